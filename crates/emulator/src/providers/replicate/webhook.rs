//! Deliveries, under the Standard Webhooks scheme, and the secret that signs them.
//! Source: <https://replicate.com/docs/topics/webhooks/verify-webhook> (read 2026-11-21).
use axum::extract::Request;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::view::view;
use super::{PROVIDER, authorize};
use crate::app::{App, Shared};
use crate::jobs::{Job, Phase};
use crate::providers::skills_video::webhook::sign;
use crate::webhooks::{self, Event, Moment, Subscription};
use crate::wire::{self, Answer};

/// `GET /webhooks/default/secret`.
pub(super) async fn secret(request: Request) -> Answer {
    let owner = authorize(&request)?;
    Ok(wire::json(200, json!({ "key": secret_of(&owner) })))
}

/// The standard alphabet: the provider's Python client allows one underscore only.
fn secret_of(owner: &str) -> String {
    let digest = Sha256::digest(format!("webhooks of {owner}"));
    format!("whsec_{}", STANDARD.encode(digest))
}

/// Follows a job whose submit asked for events.
pub(super) fn subscribe(app: &Shared, job: &Job) {
    let text = |field: &str| job.input.get(field).and_then(Value::as_str).map(str::to_owned);
    let asked = text("webhook").map(|url| (url, filter(&job.input)));
    let ends = text("webhook_completed").map(|url| (url, vec!["completed".to_owned()]));
    for (url, events) in asked.into_iter().chain(ends) {
        let secret = secret_of(&job.owner).into_bytes();
        webhooks::watch(app, &PROVIDER, job, Subscription { url, secret, events });
    }
}

/// New outputs and the end, unless something else is asked for.
fn filter(body: &Value) -> Vec<String> {
    let asked = body.get("webhook_events_filter").and_then(Value::as_array);
    let asked = asked.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    let events: Vec<String> = asked.collect();
    if events.is_empty() { vec!["output".to_owned(), "completed".to_owned()] } else { events }
}

/// The emulated model prints nothing and puts out its clip in the end, so only two kinds of events come.
pub(super) fn event(
    app: &App,
    job: &Job,
    phase: &Phase,
    moment: Moment,
    subscription: &Subscription,
) -> Option<Event> {
    let name = match moment {
        Moment::Created => return None,
        Moment::Started => "start",
        Moment::Ended => "completed",
    };
    let events = &subscription.events;
    let wanted = events.is_empty() || events.iter().any(|event| event == name);
    wanted.then(|| Event { body: view(app, job, phase), sign })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::skills_video::webhook::signature;

    #[test]
    fn deliveries_are_signed_as_documented() {
        let secret = b"whsec_cmVzaG9vdC1yZXBsaWNhdGUtdGVzdC1rZXktMDAwMDE=";
        let body = r#"{"id":"k3v9t0x7m1rme0cs8p4bq2wz6a","status":"succeeded","output":"https://replicate.delivery/out/k3v9t0x7.mp4"}"#;
        let signed = signature(secret, "msg_reshoot_0001", "1790000300", body);
        assert_eq!(signed, "v1,h/XN4KnFTpCeyzznYmQJYUb8tfCQ9tO/JDLXI1qKZBw=");
    }

    #[test]
    fn a_secret_has_two_parts_and_belongs_to_one_key() {
        let (mine, yours) = (secret_of("r8_mine"), secret_of("r8_yours"));
        let (word, key) = mine.split_once('_').unwrap();
        assert_eq!((word, STANDARD.decode(key).unwrap().len()), ("whsec", 32));
        assert!(mine != yours && mine == secret_of("r8_mine"));
    }
}
