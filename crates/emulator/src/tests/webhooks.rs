//! Deliveries as a receiver on this machine sees them.
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::*;

pub(super) type Delivery = (HeaderMap, String);

/// A receiver that answers the first `refusals` deliveries with 500.
pub(super) async fn receiver(refusals: usize) -> (String, UnboundedReceiver<Delivery>) {
    let (sender, deliveries) = unbounded_channel();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let state = (sender, std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(refusals)));
    let router = Router::new().route("/hook", post(take)).with_state(state);
    tokio::spawn(async move {
        let service = hyper_util::service::TowerToHyperService::new(router);
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let io = hyper_util::rt::TokioIo::new(stream);
            tokio::spawn(
                hyper::server::conn::http1::Builder::new().serve_connection(io, service.clone()),
            );
        }
    });
    (url, deliveries)
}

type Receiver = (UnboundedSender<Delivery>, std::sync::Arc<std::sync::atomic::AtomicUsize>);

async fn take(
    State((sender, refusals)): State<Receiver>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    use std::sync::atomic::Ordering::SeqCst;
    sender.send((headers, String::from_utf8(body.to_vec()).unwrap())).unwrap();
    let refused = refusals.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_ok();
    if refused { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK }
}

pub(super) async fn subscribed(lab: &Lab, dialect: Dialect, url: &str) -> String {
    let mut body = (dialect.body)(OUTSIDE);
    let mut path = dialect.submit.to_owned();
    match dialect.hook {
        Hook::Body(put) => put(&mut body, url),
        Hook::Query(name) => {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair(name, url)
                .finish();
            path = format!("{path}?{query}");
        }
        Hook::Dashboard(event) => {
            let hook = json!({
                "provider": dialect.name, "url": url, "secret": "whsec_c2VjcmV0", "events": [event],
            });
            let control = lab.emulator.stage_url().replace("stage", "webhooks");
            assert_eq!(read(lab.client.post(control).json(&hook)).await.0, 201);
        }
    }
    text(&read(lab.post(dialect, &path, &body)).await.1, dialect.id)
}

pub(super) async fn next(deliveries: &mut UnboundedReceiver<Delivery>) -> (HeaderMap, Value) {
    let (headers, body) =
        tokio::time::timeout(Duration::from_secs(5), deliveries.recv()).await.unwrap().unwrap();
    (headers, serde_json::from_str(&body).unwrap())
}

#[tokio::test]
async fn the_end_of_a_job_is_delivered() {
    for dialect in dialects() {
        let (name, (field, word)) = (dialect.name, dialect.delivered);
        let (url, mut deliveries) = receiver(0).await;
        let lab = Lab::new(20).await;
        let id = subscribed(&lab, dialect, &url).await;
        let (_, body) = next(&mut deliveries).await;
        assert_eq!(text(&body, field), word, "{name}");
        assert!(body.to_string().contains(&id));
        assert_eq!(lab.emulator.ledger().provider(name).webhooks, 1);
    }
}

#[tokio::test]
async fn a_refused_delivery_is_tried_again_unchanged() {
    for name in ["evolink", "replicate", "skills-video", "wavespeed"] {
        let dialect = dialect_of(name);
        let (url, mut deliveries) = receiver(2).await;
        let lab = Lab::new(0).await;
        subscribed(&lab, dialect, &url).await;
        let tries =
            [next(&mut deliveries).await, next(&mut deliveries).await, next(&mut deliveries).await];
        let id = |try_: &(HeaderMap, Value)| (try_.0.get("webhook-id").cloned(), try_.1.clone());
        assert!(id(&tries[0]) == id(&tries[1]) && id(&tries[1]) == id(&tries[2]));
        assert_eq!(lab.emulator.ledger().provider(dialect.name).webhooks, 3);
    }
}

#[tokio::test]
async fn webhook_faults_change_what_arrives() {
    for dialect in dialects() {
        let (name, (field, word)) = (dialect.name, dialect.delivered);
        for fault in [Fault::DuplicateWebhook, Fault::ReorderedWebhook, Fault::ForgedWebhook] {
            let (url, mut deliveries) = receiver(0).await;
            let lab = Lab::new(0).await;
            lab.fault(name, Operation::Webhook, fault.clone());
            subscribed(&lab, dialect, &url).await;
            let (first, second) = (next(&mut deliveries).await, next(&mut deliveries).await);
            assert_eq!(text(&first.1, field), word, "{name}");
            match fault {
                Fault::DuplicateWebhook => assert_eq!(
                    (&first.1, first.0.get("webhook-id")),
                    (&second.1, second.0.get("webhook-id"))
                ),
                Fault::ReorderedWebhook => assert_ne!(text(&second.1, field), word, "{name}"),
                _ => assert!(
                    first.1.to_string().contains("forged")
                        && !second.1.to_string().contains("forged"),
                    "{name}"
                ),
            }
        }
    }
}

#[tokio::test]
async fn apiframe_signs_and_sends_the_events_that_were_asked_for() {
    let (url, mut deliveries) = receiver(0).await;
    let lab = Lab::new(20).await;
    let mut body = (dialect_of("apiframe").body)(OUTSIDE);
    body["webhookUrl"] = json!(url);
    body["webhookEvents"] = json!(["progress", "completed"]);
    read(lab.post(dialect_of("apiframe"), dialect_of("apiframe").submit, &body)).await;
    let events = [next(&mut deliveries).await, next(&mut deliveries).await];
    assert_eq!(
        events.each_ref().map(|event| event.0["x-webhook-event"].to_str().unwrap()),
        ["progress", "completed"]
    );
    assert!(
        events.iter().all(|event| {
            event.0["x-webhook-signature"].to_str().unwrap().starts_with("sha256=")
        })
    );
}

#[tokio::test]
async fn wavespeed_signs_with_the_secret_that_it_tells() {
    let (url, mut deliveries) = receiver(0).await;
    let lab = Lab::new(0).await;
    let dialect = dialect_of("wavespeed");
    subscribed(&lab, dialect, &url).await;
    let (headers, body) = next(&mut deliveries).await;
    let answer = read(lab.get(dialect, "/api/v3/webhook/secret")).await.1;
    let secret = text(&answer, "/data/secret");
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    let signed = format!("{}.{}.{body}", header("webhook-id"), header("webhook-timestamp"));
    let key = secret.strip_prefix("whsec_").unwrap();
    let mac = crate::links::hmac_sha256(key.as_bytes(), signed.as_bytes());
    assert_eq!(header("webhook-signature"), format!("v3,{}", hex::encode(mac)));
    assert_eq!(body["input"]["video"], OUTSIDE);
}

#[tokio::test]
async fn nothing_is_delivered_outside_this_machine() {
    let lab = Lab::new(0).await;
    let id = subscribed(&lab, dialect_of("apiframe"), "https://hooks.example.org/x").await;
    let job = read(lab.poll(dialect_of("apiframe"), &id)).await.1;
    assert_eq!(
        (&job["webhookStatus"], lab.emulator.ledger().provider("apiframe").webhooks),
        (&json!("failed"), 0)
    );
}

#[tokio::test]
async fn only_a_provider_with_a_dashboard_takes_a_registration() {
    let lab = Lab::new(0).await;
    let hook = json!({ "provider": "evolink", "url": "http://127.0.0.1:1/" });
    assert_eq!(
        read(lab.client.post(lab.emulator.stage_url().replace("stage", "webhooks")).json(&hook))
            .await
            .0,
        400
    );
}
