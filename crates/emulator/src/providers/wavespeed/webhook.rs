//! The secret of each key, and deliveries signed with it.
//! Source: <https://wavespeed.ai/docs/verify-webhooks> (read 2026-11-21).
use axum::extract::Request;
use serde_json::json;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::{authorize, success, view};
use crate::app::{App, random_hex};
use crate::jobs::{Job, Phase};
use crate::links::hmac_sha256;
use crate::webhooks::{Event, Moment, Subscription};
use crate::wire::{self, Answer};

const PREFIX: &str = "whsec_";

pub(super) async fn secret(request: Request) -> Answer {
    let owner = authorize(&request)?;
    Ok(success(json!({ "secret": secret_of(&owner) })))
}

/// Another for each key, always the same for one.
fn secret_of(owner: &str) -> String {
    format!("{PREFIX}{}", hex::encode(Sha256::digest(format!("wavespeed {owner}"))))
}

pub(super) fn subscription(url: String, owner: &str) -> Subscription {
    Subscription { url, secret: secret_of(owner).into_bytes(), events: Vec::new() }
}

/// Only that a prediction is completed or failed is told: the prediction with its input, without an envelope.
pub(super) fn event(app: &App, job: &Job, phase: &Phase, moment: Moment) -> Option<Event> {
    if moment != Moment::Ended || *phase == Phase::Canceled {
        return None;
    }
    let mut body = view(app, job, phase);
    wire::set(&mut body, "input", job.input.clone());
    Some(Event { body, sign })
}

fn sign(subscription: &Subscription, body: &str) -> Vec<(&'static str, String)> {
    let id = random_hex(16);
    let timestamp = OffsetDateTime::now_utc().unix_timestamp().to_string();
    let signature = signature(&subscription.secret, &id, &timestamp, body);
    vec![("webhook-id", id), ("webhook-timestamp", timestamp), ("webhook-signature", signature)]
}

/// The text after `whsec_` is the key as it stands: nothing is decoded from base64.
fn signature(secret: &[u8], id: &str, timestamp: &str, body: &str) -> String {
    let key = secret.strip_prefix(PREFIX.as_bytes()).unwrap_or(secret);
    let mac = hmac_sha256(key, format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v3,{}", hex::encode(mac))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_vector_holds() {
        let signed = signature(
            b"whsec_reshootWavespeedTestKey0001",
            "0a1b2c3d4e5f",
            "1795000000",
            r#"{"id":"0a1b2c3d4e5f","status":"completed","outputs":["https://media.example.org/o.mp4"]}"#,
        );
        assert_eq!(signed, "v3,0e6811112e77494dfa7bbf8c79987510157d0028762c3e6ae17dfeed1e9e952a");
    }

    #[test]
    fn each_key_has_a_secret_of_its_own() {
        assert_eq!(secret_of("a"), secret_of("a"));
        assert_ne!(secret_of("a"), secret_of("b"));
    }
}
