//! What only fal does: one word for every end, failures in the result, cancelling, streams.
use super::contract::check;
use super::*;

mod files;
mod platform;
mod webhook;

const CLIP: &[u8] = include_bytes!("../../assets/result.mp4");
const LIST: &str = "/v1/models/requests/by-endpoint";
const MODEL: &str = "endpoint_id=fal-ai/wan/v2.7/edit-video";

fn fal() -> Dialect {
    dialect_of("fal")
}

impl Lab {
    fn fal_files(&self, path: &str) -> String {
        format!("{}{path}", self.emulator.files_url("fal").unwrap())
    }

    fn listed(&self, query: &str) -> RequestBuilder {
        fal().authorized(self.client.get(self.fal_files(&format!("{LIST}?{MODEL}{query}"))))
    }

    fn result(&self, id: &str) -> RequestBuilder {
        self.get(fal(), &fal().result.replace("ID", id))
    }

    fn cancel(&self, id: &str) -> RequestBuilder {
        let path = format!("/fal-ai/wan/requests/{id}/cancel");
        fal().authorized(self.client.put(format!("{}{path}", self.emulator.url("fal"))))
    }

    async fn fal_token(&self) -> (String, Value) {
        let url = self.fal_files("/storage/auth/token?storage_type=fal-cdn-v3");
        let token = read(fal().authorized(self.client.post(url)).json(&json!({}))).await.1;
        (format!("Bearer {}", text(&token, "/token")), token)
    }

    /// Edits what lies there and answers the result's bytes.
    async fn comes_back(&self, url: &str) -> Vec<u8> {
        let id = self.edit(fal(), &(fal().body)(url)).await;
        let link = self.link(fal(), &id).await;
        self.client.get(link).send().await.unwrap().bytes().await.unwrap().to_vec()
    }
}

#[tokio::test]
async fn a_submit_answers_where_to_ask() {
    let lab = Lab::new(3_600_000).await;
    let body = read(lab.submit(fal())).await.1;
    for (field, status) in [("/status_url", 202), ("/response_url", 400)] {
        let url = text(&body, field);
        assert!(url.contains("/fal/fal-ai/wan/requests/"), "{url}");
        assert_eq!(read(fal().authorized(lab.client.get(url))).await.0, status, "{field}");
    }
    let url = text(&body, "/cancel_url");
    assert_eq!(read(fal().authorized(lab.client.put(url))).await.0, 202);
}

#[tokio::test]
async fn the_status_has_what_the_official_clients_need() {
    let stuck = || FaultPlan::one("fal", Operation::Submit, Occurrence::EVERY, Fault::Stuck);
    let cases = [
        (3_600_000, FaultPlan::default(), 202, "IN_QUEUE", "/queue_position"),
        (0, stuck(), 202, "IN_PROGRESS", "/logs/0/message"),
        (0, FaultPlan::default(), 200, "COMPLETED", "/metrics/inference_time"),
    ];
    for (job_ms, plan, code, word, field) in cases {
        let lab = Lab::new(job_ms).await;
        lab.emulator.set_faults(plan).unwrap();
        let path = fal().status_of(&lab.job(fal()).await);
        let (status, body) = read(lab.get(fal(), &format!("{path}?logs=1"))).await;
        assert_eq!((status, text(&body, "/status").as_str()), (code, word));
        assert!(body.pointer(field).is_some(), "{field} {body}");
        let silent = read(lab.get(fal(), &format!("{path}?logs=false"))).await.1;
        assert_eq!(silent.get("logs").is_some_and(Value::is_null), word != "IN_QUEUE");
    }
}

#[tokio::test]
async fn a_failed_job_is_complete_and_its_result_fails() {
    let failed = |code: &str| Fault::JobFailed { code: code.into(), message: "no".into() };
    let cases = [
        (failed("content_policy_violation"), 422, "/detail/0/type", "content_policy_violation"),
        (failed("service_error"), 500, "/error_type", "service_error"),
        (failed("runner_disconnected"), 503, "/error_type", "runner_disconnected"),
        (Fault::JobCanceled, 499, "/error_type", "client_cancelled"),
    ];
    for (fault, code, field, word) in cases {
        let lab = Lab::new(0).await;
        lab.fault("fal", Operation::Submit, fault);
        let id = lab.job(fal()).await;
        let status = read(lab.poll(fal(), &id)).await.1;
        assert_eq!(
            (text(&status, "/status"), text(&status, "/error_type")),
            ("COMPLETED".to_owned(), word.to_owned())
        );
        let response = lab.result(&id).send().await.unwrap();
        assert_eq!(response.headers().contains_key("x-fal-error-type"), code != 422);
        assert_eq!(response.status().as_u16(), code);
        assert_eq!(text(&json_of(response).await, field), word);
    }
}

#[tokio::test]
async fn a_body_outside_the_schema_is_refused_field_by_field() {
    let lab = Lab::new(0).await;
    let body = json!({ "video_url": OUTSIDE, "duration": 11 });
    let (status, answer) = read(lab.post(fal(), fal().submit, &body)).await;
    let mut found: Vec<_> = answer["detail"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (text(one, "/loc/1"), text(one, "/type")))
        .collect();
    found.sort();
    let expected = [("duration", "value_error"), ("prompt", "missing")];
    assert_eq!(
        (status, found),
        (422, expected.map(|(field, kind)| (field.to_owned(), kind.to_owned())).into())
    );
}

#[tokio::test]
async fn input_that_only_the_model_refuses_fails_the_job() {
    let lab = Lab::new(0).await;
    let nowhere = format!("{}/nothing/clip.mp4", lab.emulator.stage_url());
    let cases = [
        (json!({ "prompt": "x", "video_url": OUTSIDE, "duration": 1 }), "one_of"),
        (json!({ "prompt": "x", "video_url": nowhere }), "file_download_error"),
    ];
    for (body, word) in cases {
        let id = lab.edit(fal(), &body).await;
        let (status, answer) = read(lab.result(&id)).await;
        assert_eq!((status, text(&answer, "/detail/0/type")), (422, word.to_owned()));
    }
}

#[tokio::test]
async fn a_result_says_what_was_billed() {
    let lab = Lab::new(0).await;
    let id = lab.job(fal()).await;
    let response = lab.result(&id).send().await.unwrap();
    assert_eq!(response.headers()["x-fal-billable-units"], "10");
    assert_eq!(response.headers()["x-fal-request-id"], id.as_str());
    let body = json_of(response).await;
    assert_eq!(body["video"]["file_size"], CLIP.len());
}

#[tokio::test]
async fn a_request_is_cancelled_once_and_costs_nothing() {
    let lab = Lab::new(3_600_000).await;
    let (id, place) = (lab.job(fal()).await, "/{owner}/{app}/requests/{request_id}/cancel");
    for expected in [202, 400] {
        check(lab.cancel(&id), "fal", ("put", place), expected).await;
    }
    assert_eq!(read(lab.cancel(&id)).await.1["status"], "ALREADY_COMPLETED");
    check(lab.cancel("nothing"), "fal", ("put", place), 404).await;
    assert_eq!(read(lab.poll(fal(), &id)).await.1["error_type"], "client_cancelled");
    assert_eq!(read(lab.result(&id)).await.0, 499);
    assert_eq!(lab.emulator.ledger().provider("fal").credits, 0.0);
}

#[tokio::test]
async fn a_queue_may_be_too_long() {
    let lab = Lab::new(3_600_000).await;
    lab.job(fal()).await;
    for (query, expected) in [("1", 200), ("0", 429), ("x", 400)] {
        let path = format!("{}?fal_max_queue_length={query}", fal().submit);
        let answer = read(lab.post(fal(), &path, &(fal().body)(OUTSIDE))).await;
        assert_eq!(answer.0, expected, "{query} {}", answer.1);
    }
    let hurried = lab.submit(fal()).header("x-fal-request-timeout", "0");
    assert_eq!(read(hurried).await.0, 400);
}

#[tokio::test]
async fn a_request_streams_its_states() {
    let lab = Lab::new(800).await;
    let id = lab.job(fal()).await;
    let response = lab.get(fal(), &format!("{}/stream", fal().status_of(&id))).send().await;
    let stream = response.unwrap().text().await.unwrap();
    let states: Vec<String> = stream
        .split("\n\n")
        .filter_map(|event| event.strip_prefix("data: "))
        .map(|data| text(&serde_json::from_str(data).unwrap(), "/status"))
        .collect();
    assert_eq!(states, ["IN_QUEUE", "IN_PROGRESS", "COMPLETED"]);
}
