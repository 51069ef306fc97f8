//! Wrong keys, wrong bodies, wrong ids: refused as each provider does.
use super::*;

#[tokio::test]
async fn a_missing_key_gets_the_provider_s_own_401() {
    let lab = Lab::new(0).await;
    for dialect in dialects() {
        let root = lab.emulator.url(dialect.name);
        let submit =
            lab.client.post(format!("{root}{}", dialect.submit)).json(&(dialect.body)(OUTSIDE));
        let poll = lab.client.get(format!("{root}{}", dialect.status_of("x")));
        for request in [submit, poll] {
            let empty = request.header("authorization", "Bearer ");
            let (status, body) = read(empty).await;
            assert_eq!(dialect.outcome(status, &body), 401, "{} {body}", dialect.name);
            assert!(body.pointer(dialect.error).is_some(), "{body}");
        }
        assert_eq!(lab.emulator.ledger().provider(dialect.name).jobs, 0);
    }
}

#[tokio::test]
async fn a_wrong_body_is_refused_in_the_provider_s_own_format() {
    let cases = [
        (
            dialect_of("novita"),
            json!({ "prompt": "no video" }),
            "/reason",
            json!("INVALID_REQUEST_BODY"),
        ),
        (
            dialect_of("novita"),
            json!({ "video_url": OUTSIDE, "resolution": "720p" }),
            "/code",
            json!(400),
        ),
        (
            dialect_of("novita"),
            json!({ "video_url": OUTSIDE, "duration": 11 }),
            "/reason",
            json!("INVALID_REQUEST_BODY"),
        ),
        (
            dialect_of("evolink"),
            json!({ "model": "wan2.7-video-edit" }),
            "/error/type",
            json!("invalid_request_error"),
        ),
        (
            dialect_of("evolink"),
            json!({ "model": "wan2.7-video-edit", "video_urls": [OUTSIDE], "seed": 0 }),
            "/error/code",
            json!(400),
        ),
        (
            dialect_of("evolink"),
            json!({ "model": "wan2.7-video-edit", "video_urls": [OUTSIDE, OUTSIDE] }),
            "/error/code",
            json!(400),
        ),
        (
            dialect_of("evolink"),
            json!({ "model": "wan2.7-video-edit", "video_urls": [OUTSIDE], "callback_url": "http://hooks.example.org/" }),
            "/error/code",
            json!(400),
        ),
        (
            dialect_of("skills-video"),
            json!({ "prompt": "", "video_url": OUTSIDE }),
            "/code",
            json!("VIDEO_GENERATION_INVALID_INPUT"),
        ),
        (
            dialect_of("skills-video"),
            json!({ "prompt": "x", "video_url": OUTSIDE, "n": 5 }),
            "/error",
            json!("INVALID_INPUT"),
        ),
        (
            dialects().find(|dialect| dialect.submit.ends_with("v2.7-video")).unwrap(),
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
    let (status, answer) =
        read(lab.post(dialect_of("apiframe"), dialect_of("apiframe").submit, &body)).await;
    let fields: Vec<&str> =
        answer["details"].as_object().unwrap().keys().map(String::as_str).collect();
    let expected =
        ["body", "prompt", "wan27VideoeditParams.duration", "wan27VideoeditParams.video"];
    assert_eq!((status, fields.as_slice()), (400, expected.as_slice()), "{answer}");
}

#[tokio::test]
async fn what_is_not_json_is_refused() {
    let lab = Lab::new(0).await;
    for dialect in dialects() {
        for body in ["{", "[]", "", "null"] {
            let url = format!("{}{}", lab.emulator.url(dialect.name), dialect.submit);
            let request = dialect
                .authorized(lab.client.post(url))
                .header("content-type", "application/json")
                .body(body);
            let (status, answer) = read(request).await;
            let outcome = dialect.outcome(status, &answer);
            // Some tell a malformed body from one that is wrong.
            let expected = [400, dialect.invalid];
            assert!(expected.contains(&outcome), "{} {body} {outcome} {answer}", dialect.name);
        }
    }
}

#[tokio::test]
async fn undocumented_fields_and_headers_are_tolerated_where_the_provider_does() {
    let lab = Lab::new(0).await;
    for dialect in dialects() {
        let mut body = (dialect.body)(OUTSIDE);
        body["sdk_extra"] = json!("x");
        let (status, answer) =
            read(lab.post(dialect, dialect.submit, &body).header("x-evo-client", "mcp")).await;
        let strict = ["apiframe", "replicate"].contains(&dialect.name);
        let expected = if strict { dialect.invalid } else { dialect.accepted };
        assert_eq!(dialect.outcome(status, &answer), expected, "{} {answer}", dialect.name);
    }
}

#[tokio::test]
async fn evolink_cuts_text_that_is_too_long_without_a_word() {
    let lab = Lab::new(0).await;
    let mut body = (dialect_of("evolink").body)(OUTSIDE);
    body["prompt"] = json!("ä".repeat(5001));
    body["negative_prompt"] = json!("x".repeat(900));
    assert_eq!(
        read(lab.post(dialect_of("evolink"), dialect_of("evolink").submit, &body)).await.0,
        200
    );
}

#[tokio::test]
async fn unknown_ids_are_not_found() {
    let lab = Lab::new(0).await;
    for dialect in dialects() {
        let (id, expected) = dialect.nobody;
        let (status, body) = read(lab.poll(dialect, id)).await;
        assert_eq!(dialect.outcome(status, &body), expected, "{} {body}", dialect.name);
    }
}

#[tokio::test]
async fn ids_of_another_form_are_refused_where_the_provider_looks_at_them() {
    let lab = Lab::new(0).await;
    for (dialect, field, word) in [
        (dialect_of("evolink"), "/error/code", "invalid_task_id"),
        (dialect_of("apiframe"), "/error", "Invalid job id: must be a UUID"),
    ] {
        let (status, body) = read(lab.poll(dialect, "nothing")).await;
        assert_eq!((status, text(&body, field)), (400, word.to_owned()));
    }
}

#[tokio::test]
async fn another_account_s_job_is_not_found() {
    let lab = Lab::new(0).await;
    for dialect in dialects() {
        let id = lab.job(dialect).await;
        let url = format!("{}{}", lab.emulator.url(dialect.name), dialect.status_of(&id));
        let (status, body) = read(dialect.authorized_as(lab.client.get(url), "other")).await;
        assert_eq!(dialect.outcome(status, &body), dialect.nobody.1, "{} {body}", dialect.name);
    }
}

#[tokio::test]
async fn a_short_idempotency_key_is_refused_by_evolink() {
    let lab = Lab::new(0).await;
    for key in ["short", "{0b7f1d52-3c5e-4f0e-9f57-6a1f3f0a9c11}"] {
        let (status, body) =
            read(lab.submit(dialect_of("evolink")).header("idempotency-key", key)).await;
        assert_eq!((status, &body["error"]["code"]), (400, &json!("invalid_parameter")));
    }
}

#[tokio::test]
async fn senseless_durations_that_the_schema_allows_fail_the_job() {
    let lab = Lab::new(0).await;
    for (dialect, status) in [
        (dialect_of("novita"), "TASK_STATUS_FAILED"),
        (dialect_of("evolink"), "failed"),
        (dialect_of("skills-video"), "FAILED"),
    ] {
        let mut body = (dialect.body)(OUTSIDE);
        body["duration"] = json!(1);
        let id = text(&read(lab.post(dialect, dialect.submit, &body)).await.1, dialect.id);
        assert_eq!(text(&read(lab.poll(dialect, &id)).await.1, dialect.state), status);
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_get_the_provider_s_own_error() {
    let lab = Lab::new(0).await;
    for dialect in dialects() {
        let field = dialect.error;
        let (status, body) = read(lab.get(dialect, "/nothing/here")).await;
        let outcome = dialect.outcome(status, &body);
        assert!(outcome == 404 && body.pointer(field).is_some(), "{body}");
        let (status, body) = read(lab.get(dialect, dialect.submit)).await;
        let outcome = dialect.outcome(status, &body);
        assert!(outcome == 405 && body.pointer(field).is_some(), "{body}");
        assert_eq!(lab.emulator.ledger().provider(dialect.name).submits, 0);
    }
}
