//! Whatever a provider answers: a typed result, never a panic, and never a lost truth about money.

use std::sync::{Arc, Mutex};

use axum::{Router, extract::State, http::StatusCode, response::IntoResponse};
use proptest::{prelude::*, test_runner::TestRunner};
use reshoot::{EditRequest, JobRef, Media, PROVIDERS, Staging, Submission, Url};
use reshoot_tests::connect_to;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// What the next answer will be.
type Script = Arc<Mutex<(u16, Vec<u8>)>>;

async fn answer(State(script): State<Script>) -> impl IntoResponse {
    let (status, body) = script.lock().unwrap().clone();
    (StatusCode::from_u16(status).unwrap(), [("content-type", "application/json")], body)
}

async fn server() -> (String, Script) {
    let script = Script::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().fallback(answer).with_state(Arc::clone(&script));
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, script)
}

/// Any JSON, in the words that providers use.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-zA-Z0-9:/._ -]{0,12}".prop_map(Value::from),
        Just(json!("COMPLETED")),
        Just(json!("TASK_STATUS_SUCCEED")),
        Just(json!("completed")),
        Just(json!("https://h.example/o.mp4")),
    ];
    let key = prop::sample::select(vec![
        "id",
        "jobId",
        "task_id",
        "status",
        "task",
        "videos",
        "results",
        "result",
        "data",
        "error",
        "code",
        "message",
        "usage",
        "progress",
        "video_url",
        "url",
        "input",
        "credits",
        "jobs",
        "metrics",
        "timings",
        "extra",
        "debug_info",
        "submit_time",
        "started_at",
    ]);
    leaf.prop_recursive(4, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key.clone(), inner, 0..8).prop_map(|map| json!(map)),
        ]
    })
}

/// A body: JSON of any shape, or anything at all.
fn any_body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => any_json().prop_map(|json| json.to_string().into_bytes()),
        1 => prop::collection::vec(any::<u8>(), 0..256),
        1 => Just(b"<html><body>bad gateway</body></html>".to_vec()),
        1 => Just(Vec::new()),
        1 => Just(vec![b'['; 1_000_000]),
    ]
}

fn any_status() -> impl Strategy<Value = u16> {
    prop::sample::select(vec![200, 201, 202, 204, 302, 400, 401, 402, 404, 409, 422, 429, 500, 503])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_to_a_status_call_or_a_submit_is_more_than_a_typed_result() {
    for descriptor in PROVIDERS {
        let (url, script) = server().await;
        let provider = connect_to(descriptor, &url, Some(&url));
        let video = Media::Url(Url::parse("https://h.example/a.mp4").unwrap());
        let checked = EditRequest::new(video, "make it snow")
            .check(descriptor.capabilities, Staging::Provider)
            .unwrap();
        let ready = checked.stage(&reshoot::ProviderStage(&*provider)).await.unwrap();
        let job = JobRef::new(descriptor.name(), "job-1").unwrap();
        let runtime = tokio::runtime::Handle::current();
        let mut runner = TestRunner::new(ProptestConfig { cases: 200, ..Default::default() });
        let tested = tokio::task::block_in_place(|| {
            runner.run(&(any_status(), any_body()), |(status, body)| {
                *script.lock().unwrap() = (status, body);
                let status_call = runtime.block_on(provider.status(&job));
                if status >= 300 && !(descriptor.name() == "novita" && status == 500) {
                    prop_assert!(status_call.is_err());
                }
                // A replay under a key pauses for a second; two hundred of them are too many.
                if descriptor.capabilities.idempotency.is_some() && status >= 500 {
                    return Ok(());
                }
                if descriptor.capabilities.idempotency.is_none() {
                    let submission = runtime.block_on(provider.submit(&ready));
                    let refused = matches!(submission, Submission::Refused(_));
                    prop_assert_eq!(refused, (400..500).contains(&status) && status != 409);
                }
                Ok(())
            })
        });
        assert!(tested.is_ok(), "{}: {}", descriptor.name(), tested.unwrap_err());
    }
}
