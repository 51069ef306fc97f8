//! fal's webhooks: signed with Ed25519, by any key of a published set.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, VerifyingKey};
use reshoot_core::{Delivery, Error, ErrorKind, Hint, Operation, wire::DeliveryCheck};
use sha2::{Digest, Sha256};

use crate::{NAME, generated::types, response};

/// The keys of a set that can sign deliveries.
///
/// # Errors
/// [`ErrorKind::Unreadable`] when there is none.
pub(crate) fn keys(set: types::WebhookKeySet) -> Result<Vec<VerifyingKey>, Error> {
    let keys: Vec<_> = set.keys.unwrap_or_default().iter().filter_map(key).collect();
    if keys.is_empty() {
        let message = "the provider's set of webhook keys holds none that can be used";
        return Err(
            Error::new(ErrorKind::Unreadable, Operation::Webhook, message).with_provider(NAME)
        );
    }
    Ok(keys)
}

fn key(key: &types::WebhookKey) -> Option<VerifyingKey> {
    let curve = key.crv.as_ref().and_then(|curve| curve.as_str());
    let bytes = URL_SAFE_NO_PAD.decode(key.x.as_ref()?.trim_end_matches('=')).ok()?;
    let bytes = bytes.try_into().ok().filter(|_| curve.is_none_or(|curve| curve == "Ed25519"))?;
    VerifyingKey::from_bytes(&bytes).ok()
}

/// Reads a delivery after checking its signature. Nothing in it names the key: one that fits is enough.
pub(crate) fn read(delivery: &Delivery<'_>, keys: &[VerifyingKey]) -> Result<Hint, Error> {
    let check = DeliveryCheck::new(NAME, delivery);
    let id = check.header("x-fal-webhook-request-id")?;
    let user = check.header("x-fal-webhook-user-id")?;
    let timestamp = check.header("x-fal-webhook-timestamp")?;
    check.fresh(timestamp)?;
    let signature = signature(check.header("x-fal-webhook-signature")?)
        .ok_or_else(|| check.forged("the signature is not 64 bytes in hex"))?;
    let body = hex::encode(Sha256::digest(delivery.body));
    let message = format!("{id}\n{user}\n{timestamp}\n{body}");
    if !keys.iter().any(|key| key.verify_strict(message.as_bytes(), &signature).is_ok()) {
        return Err(check.forged("no key of the provider fits the signature"));
    }
    let told: types::WebhookDelivery = check.read()?;
    Ok(Hint::new(response::delivered(told)?, true, Some(id.to_owned())))
}

fn signature(text: &str) -> Option<Signature> {
    Some(Signature::from_bytes(&hex::decode(text).ok()?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use http::HeaderMap;
    use reshoot_core::JobState;
    use serde_json::{Value, json};

    use super::*;

    // The test vector of the spec, made with another implementation.
    const ID: &str = "7f0c2a10-0000-4000-8000-3d5e7a9b1c24";
    const X: &str = "A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg";
    const OTHER_X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    const SENT: u64 = 1_795_219_200;
    const BODY: &[u8] = br#"{"request_id":"7f0c2a10-0000-4000-8000-3d5e7a9b1c24","gateway_request_id":"7f0c2a10-0000-4000-8000-3d5e7a9b1c24","status":"OK","payload":{"video":{"url":"https://v3.fal.media/files/made-up/out.mp4"},"seed":7}}"#;
    const SIGNATURE: &str = "dcb44161365617484942124b944d5c1d76a6a27aa0dbe96d51d3fe9a4d2310e2450951f32e51694445c8b5db3ce510902940ded35af34092fe86c61231baa302";

    fn set(listed: &Value) -> Result<Vec<VerifyingKey>, Error> {
        keys(serde_json::from_value(json!({"keys": listed})).unwrap())
    }

    fn ed25519(xs: &[&str]) -> Vec<VerifyingKey> {
        let keys: Vec<_> =
            xs.iter().map(|x| json!({"kty": "OKP", "crv": "Ed25519", "x": x})).collect();
        set(&json!(keys)).unwrap()
    }

    fn deliver(changed: (&str, &str), late: u64, body: &[u8], xs: &[&str]) -> Result<Hint, Error> {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("x-fal-webhook-request-id", ID),
            ("x-fal-webhook-user-id", "user_made_up_1"),
            ("x-fal-webhook-timestamp", "1795219200"),
            ("x-fal-webhook-signature", SIGNATURE),
        ] {
            let value = if name == changed.0 { changed.1 } else { value };
            headers.insert(name, value.parse().unwrap());
        }
        let received = SystemTime::UNIX_EPOCH + Duration::from_secs(SENT + late);
        read(&Delivery { headers: &headers, body, received }, &ed25519(xs))
    }

    #[test]
    fn the_known_vector_fits_whichever_key_of_the_set_it_is() {
        for xs in [&[X][..], &[OTHER_X, X]] {
            let hint = deliver(("", ""), 10, BODY, xs).unwrap();
            assert!(hint.signed && matches!(hint.job.state, JobState::Succeeded { .. }));
            assert_eq!((hint.job.job_ref.id(), hint.delivery_id.as_deref()), (ID, Some(ID)));
        }
    }

    #[test]
    fn whatever_was_changed_is_forged() {
        let tampered = BODY.to_ascii_uppercase();
        for (changed, late, body, x) in [
            (("", ""), 0, &tampered[..], X),
            (("", ""), 301, BODY, X),
            (("", ""), 0, BODY, OTHER_X),
            (("x-fal-webhook-user-id", "user_made_up_2"), 0, BODY, X),
            (("x-fal-webhook-request-id", "other"), 0, BODY, X),
            (("x-fal-webhook-timestamp", "1795219201"), 0, BODY, X),
            (("x-fal-webhook-signature", &SIGNATURE[2..]), 0, BODY, X),
            (("x-fal-webhook-signature", ""), 0, BODY, X),
        ] {
            let error = deliver(changed, late, body, &[x]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Forged, "{changed:?} {late} {x}");
        }
    }

    #[test]
    fn keys_of_other_kinds_are_left_out_and_a_set_without_any_is_unreadable() {
        let good = json!({"kty": "OKP", "crv": "Ed25519", "x": X});
        for (keys, count) in [
            (json!([good]), Some(1)),
            (json!([good, {"kty": "RSA", "n": "AQAB"}, {"crv": "X25519", "x": X}]), Some(1)),
            (json!([{"crv": "Ed25519", "x": "short"}]), None),
            (json!([]), None),
            (Value::Null, None),
        ] {
            assert_eq!(set(&keys).ok().map(|keys| keys.len()), count, "{keys}");
        }
    }
}
