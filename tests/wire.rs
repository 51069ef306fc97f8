//! The exact HTTP request of each provider for each canonical edit, as snapshots.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::{
    fmt::Write,
    sync::{Arc, Mutex},
};

use axum::{Router, body::Bytes, extract::State, http::Request, response::IntoResponse};
use reshoot::{
    AspectRatio, Audio, EditRequest, Media, PROVIDERS, Resolution, Seconds, Staging, Submission,
    Url,
};
use reshoot_tests::connect_to;
use tokio::net::TcpListener;

type Log = Arc<Mutex<String>>;

/// Writes down what came in, and answers in no provider's words.
async fn record(State(log): State<Log>, request: Request<axum::body::Body>) -> impl IntoResponse {
    let (head, body) = request.into_parts();
    let body: Bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let mut text = format!("{} {}\n", head.method, head.uri);
    let mut names: Vec<_> = head.headers.keys().map(|name| name.as_str()).collect();
    names.sort_unstable();
    for name in names {
        let value = head.headers[name].to_str().unwrap();
        let shown = match name {
            "host" | "content-length" | "user-agent" => "…",
            _ => value,
        };
        writeln!(text, "{name}: {shown}").unwrap();
    }
    let json: serde_json::Value = serde_json::from_slice(&body).unwrap();
    write!(text, "\n{}\n", serde_json::to_string_pretty(&json).unwrap()).unwrap();
    log.lock().unwrap().push_str(&text);
    axum::http::StatusCode::BAD_REQUEST
}

/// What a submit of `request` sends.
async fn sent(descriptor: &reshoot::Descriptor, request: EditRequest) -> String {
    let log = Log::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().fallback(record).with_state(Arc::clone(&log));
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    let provider = connect_to(descriptor, &url, Some(&url));
    let checked = request.check(descriptor.capabilities, Staging::Provider).unwrap();
    let ready = checked.stage(&reshoot::ProviderStage(&*provider)).await.unwrap();
    assert!(matches!(provider.submit(&ready).await, Submission::Refused(_)));
    server.abort();
    std::mem::take(&mut *log.lock().unwrap())
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn minimal() -> EditRequest {
    EditRequest::new(Media::Url(url("https://media.example.net/in/street.mp4")), "make it snow")
}

/// Everything that the provider can do, at a value that is not the default.
fn full(descriptor: &reshoot::Descriptor) -> EditRequest {
    let can = descriptor.capabilities;
    let mut request = minimal();
    request.negative_prompt = can.negative_prompt.map(|_| "rain".to_owned());
    request.reference_images = (1..=can.reference_images.value)
        .map(|n| Media::Url(url(&format!("https://media.example.net/in/{n}.png"))))
        .collect();
    request.resolution = Resolution::P720;
    let shape = AspectRatio::Portrait9x16;
    request.aspect_ratio = can.aspect_ratios.value.contains(&shape).then_some(shape);
    request.duration = Some(Seconds(5));
    request.audio = Audio::Original;
    request.seed = can.seed.map(|_| 7);
    request.prompt_expansion = can.prompt_expansion.map(|default| !default.value);
    request.watermark = can.watermark.value;
    request.outputs = can.outputs.value.max;
    if matches!(can.webhook.value, reshoot::capabilities::Webhook::PerRequest { .. }) {
        request.webhook = Some(url("https://hooks.example.net/8f2c"));
    }
    request.idempotency_key = can.idempotency.map(|_| "reshoot-0123456789abcdef".to_owned());
    request
}

#[tokio::test]
async fn each_edit_is_sent_in_the_providers_own_words() {
    let filters = [(r"reshoot-[0-9a-f]{32}", "reshoot-<random>")];
    for descriptor in PROVIDERS {
        let name = descriptor.name();
        for (case, request) in [("minimal", minimal()), ("full", full(descriptor))] {
            let text = sent(descriptor, request).await;
            insta::with_settings!({filters => filters, omit_expression => true}, {
                insta::assert_snapshot!(format!("{name}-{case}"), text);
            });
        }
    }
}
