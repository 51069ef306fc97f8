//! Wrong keys, wrong bodies, wrong ids: refused as each provider does.
use super::*;

#[tokio::test]
async fn a_missing_key_gets_the_provider_s_own_401() {
    let cases = [
        ("novita", "/reason", json!("MISSING_API_KEY")),
        ("evolink", "/error/type", json!("authentication_error")),
        ("apiframe", "/error", json!("API key is required")),
        ("skills-video", "/code", json!("UNAUTHORIZED")),
    ];
    let lab = Lab::new(0).await;
    for (dialect, (name, field, word)) in DIALECTS.into_iter().zip(cases) {
        let submit = lab
            .client
            .post(format!("{}{}", lab.emulator.url(name), dialect.submit))
            .json(&dialect.body(OUTSIDE));
        let (status, body) = read(submit).await;
        assert_eq!((dialect.name, status, body.pointer(field)), (name, 401, Some(&word)), "{body}");
        let poll = lab
            .client
            .get(format!("{}{}x", lab.emulator.url(name), dialect.status))
            .header("authorization", "Bearer ");
        assert_eq!(read(poll).await.0, 401);
        assert_eq!(lab.emulator.ledger().provider(name).jobs, 0);
    }
}

#[tokio::test]
async fn a_wrong_body_is_refused_in_the_provider_s_own_format() {
    let cases = [
        (DIALECTS[0], json!({ "prompt": "no video" }), "/reason", json!("INVALID_REQUEST_BODY")),
        (DIALECTS[0], json!({ "video_url": OUTSIDE, "resolution": "720p" }), "/code", json!(400)),
        (
            DIALECTS[0],
            json!({ "video_url": OUTSIDE, "duration": 11 }),
            "/reason",
            json!("INVALID_REQUEST_BODY"),
        ),
        (
            EVOLINK,
            json!({ "model": "wan2.7-video-edit" }),
            "/error/type",
            json!("invalid_request_error"),
        ),
        (
            EVOLINK,
            json!({ "model": "wan2.7-video-edit", "video_urls": [OUTSIDE], "seed": 0 }),
            "/error/code",
            json!(400),
        ),
        (
            EVOLINK,
            json!({ "model": "wan2.7-video-edit", "video_urls": [OUTSIDE, OUTSIDE] }),
            "/error/code",
            json!(400),
        ),
        (
            EVOLINK,
            json!({ "model": "wan2.7-video-edit", "video_urls": [OUTSIDE], "callback_url": "http://hooks.example.org/" }),
            "/error/code",
            json!(400),
        ),
        (
            SKILLS_EDIT,
            json!({ "prompt": "", "video_url": OUTSIDE }),
            "/code",
            json!("VIDEO_GENERATION_INVALID_INPUT"),
        ),
        (
            SKILLS_EDIT,
            json!({ "prompt": "x", "video_url": OUTSIDE, "n": 5 }),
            "/error",
            json!("INVALID_INPUT"),
        ),
        (
            DIALECTS[4],
            json!({ "feature": "edit-video", "prompt": "x", "negative_prompt": null, "enable_prompt_expansion": true }),
            "/code",
            json!("VIDEO_GENERATION_INVALID_INPUT"),
        ),
    ];
    let lab = Lab::new(0).await;
    for (dialect, body, field, word) in cases {
        let (status, answer) = read(lab.post(dialect, dialect.submit, &body)).await;
        assert_eq!((status, answer.pointer(field)), (400, Some(&word)), "{body} {answer}");
        assert_eq!(lab.emulator.ledger().provider(dialect.name).jobs, 0);
    }
}

#[tokio::test]
async fn apiframe_names_each_wrong_field() {
    let lab = Lab::new(0).await;
    let body = json!({
        "model": "wan-2.7-videoedit", "prompt": "", "extra": 1,
        "wan27VideoeditParams": { "video": "clip.mp4", "duration": 1 },
    });
    let (status, answer) = read(lab.post(APIFRAME, APIFRAME.submit, &body)).await;
    let fields: Vec<&str> =
        answer["details"].as_object().unwrap().keys().map(String::as_str).collect();
    let expected =
        ["body", "prompt", "wan27VideoeditParams.duration", "wan27VideoeditParams.video"];
    assert_eq!((status, fields.as_slice()), (400, expected.as_slice()), "{answer}");
}

#[tokio::test]
async fn what_is_not_json_is_refused() {
    let lab = Lab::new(0).await;
    for dialect in DIALECTS {
        for body in ["{", "[]", "", "null"] {
            let url = format!("{}{}", lab.emulator.url(dialect.name), dialect.submit);
            let request = dialect
                .authorized(lab.client.post(url))
                .header("content-type", "application/json")
                .body(body);
            let (status, answer) = read(request).await;
            assert_eq!(status, 400, "{} {body} {answer}", dialect.name);
        }
    }
}

#[tokio::test]
async fn undocumented_fields_and_headers_are_tolerated_where_the_provider_does() {
    let lab = Lab::new(0).await;
    for dialect in DIALECTS {
        let mut body = dialect.body(OUTSIDE);
        body["sdk_extra"] = json!("x");
        let (status, answer) =
            read(lab.post(dialect, dialect.submit, &body).header("x-evo-client", "mcp")).await;
        let expected = if dialect.name == "apiframe" { 400 } else { dialect.accepted };
        assert_eq!(status, expected, "{} {answer}", dialect.name);
    }
}

#[tokio::test]
async fn evolink_cuts_text_that_is_too_long_without_a_word() {
    let lab = Lab::new(0).await;
    let mut body = EVOLINK.body(OUTSIDE);
    body["prompt"] = json!("ä".repeat(5001));
    body["negative_prompt"] = json!("x".repeat(900));
    assert_eq!(read(lab.post(EVOLINK, EVOLINK.submit, &body)).await.0, 200);
}

#[tokio::test]
async fn unknown_ids_are_not_found() {
    let cases = [
        (DIALECTS[0], "nothing", 404, "/reason", json!("TASK_NOT_FOUND")),
        (EVOLINK, "task-unified-1-nothing", 404, "/error/code", json!("task_not_found")),
        (EVOLINK, "nothing", 400, "/error/code", json!("invalid_task_id")),
        (APIFRAME, "0b7f1d52-3c5e-4f0e-9f57-6a1f3f0a9c11", 404, "/error", json!("Job not found")),
        (APIFRAME, "nothing", 400, "/error", json!("Invalid job id: must be a UUID")),
        (SKILLS_EDIT, "gen_nothing", 404, "/code", json!("NOT_FOUND")),
    ];
    let lab = Lab::new(0).await;
    for (dialect, id, expected, field, word) in cases {
        let (status, body) = read(lab.poll(dialect, id)).await;
        assert_eq!((status, body.pointer(field)), (expected, Some(&word)), "{body}");
    }
}

#[tokio::test]
async fn another_account_s_job_is_not_found() {
    let lab = Lab::new(0).await;
    for (dialect, header, key) in
        [(EVOLINK, "authorization", "Bearer other"), (APIFRAME, "x-api-key", "other")]
    {
        let id = lab.job(dialect).await;
        let poll = lab
            .client
            .get(format!("{}{}{id}", lab.emulator.url(dialect.name), dialect.status))
            .header(header, key);
        assert_eq!(read(poll).await.0, 404);
    }
}

#[tokio::test]
async fn a_short_idempotency_key_is_refused_by_evolink() {
    let lab = Lab::new(0).await;
    for key in ["short", "{0b7f1d52-3c5e-4f0e-9f57-6a1f3f0a9c11}"] {
        let (status, body) = read(lab.submit(EVOLINK).header("idempotency-key", key)).await;
        assert_eq!((status, &body["error"]["code"]), (400, &json!("invalid_parameter")));
    }
}

#[tokio::test]
async fn senseless_durations_that_the_schema_allows_fail_the_job() {
    let lab = Lab::new(0).await;
    for (dialect, status) in
        [(DIALECTS[0], "TASK_STATUS_FAILED"), (EVOLINK, "failed"), (SKILLS_EDIT, "FAILED")]
    {
        let mut body = dialect.body(OUTSIDE);
        body["duration"] = json!(1);
        let id = text(&read(lab.post(dialect, dialect.submit, &body)).await.1, dialect.id);
        assert_eq!(text(&read(lab.poll(dialect, &id)).await.1, dialect.state), status);
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_get_the_provider_s_own_error() {
    let lab = Lab::new(0).await;
    for (dialect, field) in [
        (DIALECTS[0], "/reason"),
        (EVOLINK, "/error/type"),
        (APIFRAME, "/error"),
        (SKILLS_EDIT, "/code"),
    ] {
        let (status, body) = read(lab.get(dialect, "/nothing/here")).await;
        assert!(status == 404 && body.pointer(field).is_some(), "{body}");
        let (status, body) = read(lab.get(dialect, dialect.submit)).await;
        assert!(status == 405 && body.pointer(field).is_some(), "{body}");
        assert_eq!(lab.emulator.ledger().provider(dialect.name).submits, 0);
    }
}
