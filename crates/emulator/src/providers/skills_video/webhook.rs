//! Deliveries under the Standard Webhooks scheme, which the documented headers belong to.
//! Source: <https://docs.skills.video/webhook> and <https://www.standardwebhooks.com> (read 2026-11-20).
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::view;
use crate::app::{App, random_hex};
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
    let (name, state) = match (moment, phase) {
        (Moment::Created, _) => ("task.created", "queued"),
        (_, Phase::Queued | Phase::Running(_)) => ("task.started", "running"),
        (_, Phase::Succeeded) => ("task.completed", "succeeded"),
        (_, Phase::Failed { .. }) => ("task.failed", "failed"),
        (_, Phase::Canceled) => ("task.canceled", "canceled"),
    };
    let wanted =
        subscription.events.is_empty() || subscription.events.iter().any(|event| event == name);
    let mut prediction = view(app, job, phase);
    wire::set(&mut prediction, "state", state);
    let body = json!({ "type": name, "timestamp": time::OffsetDateTime::now_utc().unix_timestamp(), "prediction": prediction });
    wanted.then_some(Event { body, sign })
}

pub(in crate::providers) fn sign(
    subscription: &Subscription,
    body: &str,
) -> Vec<(&'static str, String)> {
    let id = format!("msg_{}", random_hex(12));
    let timestamp = time::OffsetDateTime::now_utc().unix_timestamp().to_string();
    let signature = signature(&subscription.secret, &id, &timestamp, body);
    vec![("webhook-id", id), ("webhook-timestamp", timestamp), ("webhook-signature", signature)]
}

/// The secret is `whsec_` and base64; one that is not is taken as it is.
pub(in crate::providers) fn signature(
    secret: &[u8],
    id: &str,
    timestamp: &str,
    body: &str,
) -> String {
    let encoded = secret.strip_prefix(b"whsec_").unwrap_or(secret);
    let key = STANDARD.decode(encoded).unwrap_or_else(|_| secret.to_vec());
    let mac = hmac_sha256(&key, format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac))
}

#[cfg(test)]
mod tests {
    use super::signature;

    #[test]
    fn the_published_vector_of_the_scheme_holds() {
        // The example of the Standard Webhooks libraries.
        let secret = b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let signed = signature(
            secret,
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "1614265330",
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
