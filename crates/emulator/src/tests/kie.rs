//! KIE.AI: codes in the body, JSON inside texts, prices.
use super::*;
use crate::providers::canonical;

mod callbacks;
mod files;

const PRICES: &str = "/client/v1/model-pricing/page";

fn kie() -> Dialect {
    dialect_of("kie")
}

fn edit(input: Value) -> Value {
    json!({ "model": "wan/2-7-videoedit", "input": input })
}

/// The JSON inside a text.
fn inner(body: &Value, pointer: &str) -> Value {
    serde_json::from_str(&text(body, pointer)).unwrap()
}

#[tokio::test]
async fn a_refused_submit_is_an_http_200_that_makes_no_job() {
    let lab = Lab::new(0).await;
    let cases = [
        (json!({ "model": "wan/2-7-videoedit" }), "input"),
        (edit(json!({ "prompt": "snow" })), "input.video_url"),
        (edit(json!({ "video_url": OUTSIDE, "resolution": "720P" })), "input.resolution"),
        (edit(json!({ "video_url": OUTSIDE, "duration": 11 })), "input.duration"),
        (edit(json!({ "video_url": OUTSIDE, "seed": null })), "input.seed"),
        (json!({ "model": "wan/2-5", "input": {} }), "The page does not exist"),
    ];
    for (body, words) in cases {
        let (status, answer) = read(lab.post(kie(), kie().submit, &body)).await;
        let seen = (status, &answer["code"], &answer["data"]);
        assert_eq!(seen, (200, &json!(422), &Value::Null), "{body}");
        assert!(text(&answer, "/msg").starts_with(words), "{answer}");
    }
    assert_eq!(lab.emulator.ledger().provider("kie").jobs, 0);
}

#[tokio::test]
async fn a_task_query_without_an_id_is_refused() {
    let lab = Lab::new(0).await;
    for path in ["/api/v1/jobs/recordInfo", "/api/v1/jobs/recordInfo?taskId="] {
        let (status, answer) = read(lab.get(kie(), path)).await;
        assert_eq!((status, &answer["code"]), (200, &json!(400)), "{path} {answer}");
    }
}

#[tokio::test]
async fn request_and_result_are_json_inside_texts() {
    let lab = Lab::new(3_600_000).await;
    let mut body = (kie().body)(OUTSIDE);
    body["callBackUrl"] = json!("https://hooks.example.org/kie/1");
    let id = lab.edit(kie(), &body).await;
    let running = read(lab.poll(kie(), &id)).await.1;
    assert_eq!(inner(&running, "/data/param"), body);
    assert_eq!(
        (&running["data"]["resultJson"], running["data"].get("completeTime")),
        (&json!(""), None)
    );
    lab.age(&id, 3600);
    let done = read(lab.poll(kie(), &id)).await.1;
    assert!(inner(&done, "/data/resultJson")["resultUrls"][0].is_string());
    assert_eq!(done["data"]["creditsConsumed"], 80);
}

#[tokio::test]
async fn a_failed_task_is_read_with_code_200_and_costs_nothing() {
    let lab = Lab::new(0).await;
    let id = lab.edit(kie(), &edit(json!({ "video_url": OUTSIDE, "duration": 1 }))).await;
    let answer = read(lab.poll(kie(), &id)).await.1;
    let data = &answer["data"];
    assert_eq!(
        (&answer["code"], &data["state"], &data["failCode"], &data["creditsConsumed"]),
        (&json!(200), &json!("fail"), &json!("422"), &json!(0))
    );
}

#[tokio::test]
async fn output_seconds_and_resolution_make_the_price() {
    for (input, credits) in [
        (json!({ "video_url": OUTSIDE }), 120.0),
        (json!({ "video_url": OUTSIDE, "resolution": "1080p", "duration": 0 }), 120.0),
        (json!({ "video_url": OUTSIDE, "resolution": "720p", "duration": 10 }), 160.0),
    ] {
        let lab = Lab::new(0).await;
        lab.edit(kie(), &edit(input.clone())).await;
        assert_eq!(lab.emulator.ledger().provider("kie").credits, credits, "{input}");
        let left = read(lab.get(kie(), "/api/v1/chat/credit")).await.1;
        assert_eq!(left["data"].as_f64(), Some(1_000_000.0 - credits));
    }
}

#[tokio::test]
async fn a_task_just_created_can_be_null() {
    let lab = Lab::new(0).await;
    lab.fault("kie", Operation::Submit, Fault::NotFoundAtFirst { times: 1 });
    let id = lab.job(kie()).await;
    let first = read(lab.poll(kie(), &id)).await;
    assert_eq!(first, (200, json!({ "code": 422, "msg": "recordInfo is null", "data": null })));
    assert_eq!(read(lab.poll(kie(), &id)).await.1["code"], 200);
}

#[tokio::test]
async fn the_limit_on_submits_and_the_edge_answer_with_statuses_of_their_own() {
    let lab = Lab::new(0).await;
    lab.fault("kie", Operation::Submit, Fault::RateLimited { retry_after: None, as_date: false });
    let (status, body) = read(lab.submit(kie())).await;
    assert_eq!((status, &body["code"]), (429, &json!(429)));
    lab.fault("kie", Operation::Submit, Fault::ErrorBefore { status: 403 });
    let blocked = lab.submit(kie()).send().await.unwrap();
    assert_eq!(blocked.status(), 403);
    assert_eq!(blocked.text().await.unwrap(), "error code: 1010");
}

#[tokio::test]
async fn the_price_list_needs_no_key_and_has_pages() {
    let lab = Lab::new(0).await;
    let ask =
        |body: Value| lab.client.post(format!("{}{PRICES}", lab.emulator.url("kie"))).json(&body);
    let one =
        json!({ "pageNum": 2, "pageSize": 1, "modelDescription": "wan 2.7 video, videoedit" });
    contract::check(ask(one.clone()), "kie", ("post", PRICES), 200).await;
    let data = read(ask(one)).await.1["data"].clone();
    assert_eq!((&data["total"], &data["pages"]), (&json!(2), &json!(2)));
    let row = &data["records"][0];
    assert_eq!(
        (&row["modelDescription"], &row["creditPrice"], &row["usdPrice"]),
        (&json!("wan 2.7 video, videoedit, 1080p"), &json!("24"), &json!("0.12"))
    );
    for (body, total) in [
        (json!({ "pageNum": 1, "pageSize": 100 }), 3),
        (json!({ "pageNum": 1, "pageSize": 100, "interfaceType": "image" }), 0),
    ] {
        assert_eq!(read(ask(body.clone())).await.1["data"]["total"], total, "{body}");
    }
    assert_eq!(read(ask(json!({ "pageNum": 0, "pageSize": 1 }))).await.1["code"], 422);
}

#[test]
fn documented_paths_lead_to_the_provider_and_its_file_service() {
    for (from, to) in [
        ("/api/v1/jobs/createTask", "/kie/api/v1/jobs/createTask"),
        ("/api/v1/chat/credit", "/kie/api/v1/chat/credit"),
        ("/api/v1/common/download-url", "/kie/api/v1/common/download-url"),
        ("/client/v1/model-pricing/page", "/kie/client/v1/model-pricing/page"),
        ("/api/file-stream-upload", "/kie-files/api/file-stream-upload"),
        ("/kie/api/file-url-upload", "/kie-files/api/file-url-upload"),
    ] {
        assert_eq!(canonical(from).as_deref(), Some(to));
    }
}
