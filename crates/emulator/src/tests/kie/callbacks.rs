//! KIE.AI's callbacks, whose body nobody signs.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;

use super::*;
use crate::jobs::Phase;
use crate::links::hmac_sha256;
use crate::providers;
use crate::webhooks::{Moment, Subscription};

impl Lab {
    async fn set_secret(&self, secret: &str) {
        assert_eq!(self.dashboard(json!({ "provider": "kie", "secret": secret })).await, 201);
    }

    async fn dashboard(&self, entry: Value) -> u16 {
        let control = self.emulator.stage_url().replace("stage", "webhooks");
        read(self.client.post(control).json(&entry)).await.0
    }
}

/// Whether the headers are those of this key for this task.
fn signed(headers: &HeaderMap, secret: &str, id: &str) -> bool {
    let header = |name: &str| headers[name].to_str().unwrap();
    let message = format!("{id}.{}", header("x-webhook-timestamp"));
    header("x-webhook-signature")
        == STANDARD.encode(hmac_sha256(secret.as_bytes(), message.as_bytes()))
}

#[tokio::test]
async fn callbacks_are_signed_only_with_a_secret_from_the_dashboard() {
    let lab = Lab::new(0).await;
    let (url, mut deliveries) = webhooks::receiver(0).await;
    webhooks::subscribed(&lab, kie(), &url).await;
    let headers = webhooks::next(&mut deliveries).await.0;
    assert!(!headers.contains_key("x-webhook-signature"));
    assert!(!headers.contains_key("x-webhook-timestamp"));
    lab.set_secret("kie_hook_key_0001").await;
    let id = webhooks::subscribed(&lab, kie(), &url).await;
    let headers = webhooks::next(&mut deliveries).await.0;
    assert!(signed(&headers, "kie_hook_key_0001", &id), "{headers:?}");
}

#[tokio::test]
async fn a_forged_callback_leads_elsewhere_and_its_signature_is_wrong() {
    let lab = Lab::new(0).await;
    let (url, mut deliveries) = webhooks::receiver(0).await;
    lab.set_secret("kie_hook_key_0001").await;
    lab.fault("kie", Operation::Webhook, Fault::ForgedWebhook);
    let id = webhooks::subscribed(&lab, kie(), &url).await;
    for (genuine, name) in [(false, "forged"), (true, "true")] {
        let (headers, body) = webhooks::next(&mut deliveries).await;
        let link = text(&inner(&body, "/data/resultJson"), "/resultUrls/0");
        let seen = (
            link.starts_with(&lab.emulator.app.base()),
            signed(&headers, "kie_hook_key_0001", &id),
        );
        assert_eq!(seen, (genuine, genuine), "{name}");
    }
}

#[tokio::test]
async fn callbacks_tell_the_money() {
    for (fault, code, credits, left) in
        [(None, 200, 80, 999_920), (Some(("500", "no")), 501, 0, 1_000_000)]
    {
        let lab = Lab::new(0).await;
        let (url, mut deliveries) = webhooks::receiver(0).await;
        if let Some((code, message)) = fault {
            let fault = Fault::JobFailed { code: code.into(), message: message.into() };
            lab.fault("kie", Operation::Submit, fault);
        }
        webhooks::subscribed(&lab, kie(), &url).await;
        let body = webhooks::next(&mut deliveries).await.1;
        let data = &body["data"];
        assert_eq!(
            (&body["code"], &data["consumeCredits"], &data["remainedCredits"]),
            (&json!(code), &json!(credits), &json!(left)),
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_refused_callback_is_not_sent_again() {
    let lab = Lab::new(0).await;
    let (url, mut deliveries) = webhooks::receiver(1).await;
    for _ in 0..2 {
        webhooks::subscribed(&lab, kie(), &url).await;
        webhooks::next(&mut deliveries).await;
    }
    assert_eq!(lab.emulator.ledger().provider("kie").webhooks, 2);
}

#[tokio::test]
async fn the_dashboard_takes_a_secret_and_no_url() {
    let lab = Lab::new(0).await;
    for (entry, status) in [
        (json!({ "provider": "kie" }), 201),
        (json!({ "provider": "kie", "secret": "x" }), 201),
        (json!({ "provider": "kie", "url": "http://127.0.0.1:1/" }), 400),
    ] {
        assert_eq!(lab.dashboard(entry.clone()).await, status, "{entry}");
    }
}

#[tokio::test]
async fn a_task_s_time_is_milliseconds_in_the_query_and_seconds_in_the_callback() {
    let lab = Lab::new(3_600_000).await;
    let id = lab.job(kie()).await;
    let job = {
        let mut jobs = crate::app::lock(&lab.emulator.app.jobs);
        let job = jobs.get_mut(&id).unwrap();
        (job.time, job.created) = (Duration::from_secs(88), job.created - Duration::from_secs(100));
        job.clone()
    };
    let asked = read(lab.poll(kie(), &id)).await.1["data"]["costTime"].clone();
    let to = Subscription { url: String::new(), secret: Vec::new(), events: Vec::new() };
    let event = providers::find("kie").unwrap().event;
    let told = event(&lab.emulator.app, &job, &Phase::Succeeded, Moment::Ended, &to).unwrap();
    assert_eq!((asked, &told.body["data"]["costTime"]), (json!(88_000), &json!(88)));
}
