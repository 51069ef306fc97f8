//! Deliveries and the keys that verify them.
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, Verifier, VerifyingKey};
use http::HeaderMap;
use sha2::{Digest, Sha256};

use super::super::contract::check;
use super::super::webhooks::{next, receiver, subscribed};
use super::*;

/// How many keys of the set verify this delivery.
fn verified_by(keys: &Value, headers: &HeaderMap, body: &str) -> usize {
    let header = |name: &str| headers[name].to_str().unwrap();
    let message = format!(
        "{}\n{}\n{}\n{}",
        header("x-fal-webhook-request-id"),
        header("x-fal-webhook-user-id"),
        header("x-fal-webhook-timestamp"),
        hex::encode(Sha256::digest(body))
    );
    let signature = hex::decode(header("x-fal-webhook-signature")).unwrap();
    let signature = Signature::from_slice(&signature).unwrap();
    let verifies = |key: &&Value| {
        let bytes = URL_SAFE_NO_PAD.decode(text(key, "/x")).unwrap();
        let key = VerifyingKey::from_bytes(&bytes.try_into().unwrap()).unwrap();
        key.verify(message.as_bytes(), &signature).is_ok()
    };
    keys["keys"].as_array().unwrap().iter().filter(verifies).count()
}

#[tokio::test]
async fn a_delivery_is_signed_by_one_published_key_and_a_forged_one_by_none() {
    let lab = Lab::new(0).await;
    let url = lab.fal_files("/.well-known/jwks.json");
    check(lab.client.get(&url), "fal", ("get", "/.well-known/jwks.json"), 200).await;
    let keys = read(lab.client.get(url)).await.1;
    assert_eq!(keys["keys"].as_array().unwrap().len(), 2);
    lab.fault("fal", Operation::Webhook, Fault::ForgedWebhook);
    let (url, mut deliveries) = receiver(0).await;
    subscribed(&lab, fal(), &url).await;
    for keys_that_verify in [0, 1] {
        let (headers, body) = deliveries.recv().await.unwrap();
        assert_eq!(verified_by(&keys, &headers, &body), keys_that_verify, "{body}");
    }
}

#[tokio::test]
async fn a_failed_job_is_delivered_with_its_failure() {
    let lab = Lab::new(0).await;
    let fault = Fault::JobFailed { code: "content_policy_violation".into(), message: "no".into() };
    lab.fault("fal", Operation::Submit, fault);
    let (url, mut deliveries) = receiver(0).await;
    subscribed(&lab, fal(), &url).await;
    let body = next(&mut deliveries).await.1;
    assert_eq!(
        (&body["status"], &body["error"]),
        (&json!("ERROR"), &json!("Invalid status code: 422"))
    );
    assert_eq!(body["payload"]["detail"][0]["type"], "content_policy_violation");
}
