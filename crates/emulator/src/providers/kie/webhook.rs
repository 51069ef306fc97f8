//! The callback of a finished task. Its signature covers the task id and the time, but not the body.
//! Source: <https://docs.kie.ai/common-api/webhook-verification> (read 2026-11-21).
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{account, jobs};
use crate::app::App;
use crate::jobs::{Job, Phase};
use crate::links::hmac_sha256;
use crate::webhooks::{Event, Moment, Subscription};
use crate::wire;

pub(super) fn event(
    app: &App,
    job: &Job,
    phase: &Phase,
    moment: Moment,
    subscription: &Subscription,
) -> Option<Event> {
    if moment != Moment::Ended {
        return None;
    }
    let sign = if subscription.secret.is_empty() { unsigned } else { sign };
    let (code, msg) = match phase {
        Phase::Failed { .. } | Phase::Canceled => (501, "Playground task failed."),
        _ => (200, "Playground task completed successfully."),
    };
    Some(Event { body: json!({ "code": code, "msg": msg, "data": data(app, job, phase) }), sign })
}

fn data(app: &App, job: &Job, phase: &Phase) -> Value {
    let mut data = jobs::view(app, job, phase);
    let took = if *phase == Phase::Succeeded { job.time.as_secs() } else { 0 };
    wire::set(&mut data, "costTime", took);
    wire::set(&mut data, "consumeCredits", jobs::charged(job, phase));
    wire::set(&mut data, "remainedCredits", account::left(app));
    data
}

type Headers = Vec<(&'static str, String)>;

fn unsigned(_: &Subscription, _: &str) -> Headers {
    Vec::new()
}

fn sign(subscription: &Subscription, body: &str) -> Headers {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let id = body.pointer("/data/taskId").and_then(Value::as_str).unwrap_or_default();
    let timestamp = OffsetDateTime::now_utc().unix_timestamp().to_string();
    let signature = signature(&subscription.secret, id, &timestamp);
    vec![("x-webhook-timestamp", timestamp), ("x-webhook-signature", signature)]
}

/// The key is the text of the settings as it stands there.
fn signature(secret: &[u8], id: &str, timestamp: &str) -> String {
    STANDARD.encode(hmac_sha256(secret, format!("{id}.{timestamp}").as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::signature;

    #[test]
    fn the_vector_of_the_contract_holds() {
        let signed = signature(b"kie_hook_key_0001", "task_wan_1790000200000", "1790000290");
        assert_eq!(signed, "dSjOfJyW295vmv5hbCVnXcN3h+sQcoy9U9QCwcuRnQ0=");
    }
}
