//! The one delivery at the end of a request, its Ed25519 signature, and the key set that verifies it.
//! Source: <https://docs.fal.ai/documentation/model-apis/inference/webhooks> (read 2026-11-21).
use axum::extract::State;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::errors::Failure;
use super::{PROVIDER, view};
use crate::app::{App, Shared};
use crate::jobs::{Job, Phase};
use crate::webhooks::{self, Event, Moment, Subscription};
use crate::wire;

/// The account that deliveries name.
const USER: &str = "user_emulator";

pub(super) fn subscribe(app: &Shared, job: &Job, url: &str) {
    let subscription =
        Subscription { url: url.to_owned(), secret: app.secret.clone(), events: Vec::new() };
    webhooks::watch(app, &PROVIDER, job, subscription);
}

pub(super) fn event(
    app: &App,
    job: &Job,
    phase: &Phase,
    moment: Moment,
    _: &Subscription,
) -> Option<Event> {
    if moment != Moment::Ended {
        return None;
    }
    let failure = Failure::of(phase);
    // Only the end is told; the third word is for a delivery out of order.
    let status = match (phase, &failure) {
        (_, Some(_)) => "ERROR",
        (Phase::Succeeded, None) => "OK",
        _ => "IN_PROGRESS",
    };
    let mut body = json!({
        "request_id": job.id, "gateway_request_id": job.id, "status": status,
        "payload": view::payload(app, job, phase),
    });
    if let Some(failure) = failure {
        wire::set(&mut body, "error", format!("Invalid status code: {}", failure.status));
    }
    Some(Event { body, sign })
}

fn sign(subscription: &Subscription, body: &str) -> Vec<(&'static str, String)> {
    let id = serde_json::from_str::<Value>(body)
        .map(|body| wire::text(&body, "request_id").to_owned())
        .unwrap_or_default();
    let timestamp = OffsetDateTime::now_utc().unix_timestamp().to_string();
    let signature = signature(&key(&subscription.secret), [&id, USER, &timestamp], body);
    vec![
        ("x-fal-webhook-request-id", id),
        ("x-fal-webhook-user-id", USER.to_owned()),
        ("x-fal-webhook-timestamp", timestamp),
        ("x-fal-webhook-signature", signature),
    ]
}

fn signature(key: &SigningKey, headers: [&str; 3], body: &str) -> String {
    let message = format!("{}\n{}", headers.join("\n"), hex::encode(Sha256::digest(body)));
    hex::encode(key.sign(message.as_bytes()).to_bytes())
}

/// The key that a secret of any length stands for.
fn key(secret: &[u8]) -> SigningKey {
    SigningKey::from_bytes(&Sha256::digest(secret).into())
}

/// `GET /.well-known/jwks.json`: the key, and the one before it, by which nothing is signed any more.
pub(super) async fn keys(State(app): State<Shared>) -> Response {
    let older = [app.secret.as_slice(), b"older"].concat();
    let keys = [entry("older", &key(&older)), entry("current", &key(&app.secret))];
    wire::json(200, json!({ "keys": keys }))
}

fn entry(name: &str, key: &SigningKey) -> Value {
    let public = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
    json!({ "kty": "OKP", "crv": "Ed25519", "kid": name, "x": public })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vector_of_the_contract_holds() {
        let seed: [u8; 32] = std::array::from_fn(|at| at as u8);
        let key = SigningKey::from_bytes(&seed);
        let body = r#"{"request_id":"7f0c2a10-0000-4000-8000-3d5e7a9b1c24","gateway_request_id":"7f0c2a10-0000-4000-8000-3d5e7a9b1c24","status":"OK","payload":{"video":{"url":"https://v3.fal.media/files/made-up/out.mp4"},"seed":7}}"#;
        let headers = ["7f0c2a10-0000-4000-8000-3d5e7a9b1c24", "user_made_up_1", "1795219200"];
        assert_eq!(
            signature(&key, headers, body),
            "dcb44161365617484942124b944d5c1d76a6a27aa0dbe96d51d3fe9a4d2310e2450951f32e51694445c8b5db3ce510902940ded35af34092fe86c61231baa302"
        );
        assert_eq!(entry("k", &key)["x"], "A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg");
    }
}
