//! Apiframe's webhooks: signed, over the raw body, with a secret made from the API key.

use reshoot_core::{
    ApiKey, Delivery, Error, Hint,
    wire::{DeliveryCheck, hmac_sha256_fits},
};
use sha2::{Digest, Sha256};

use crate::{NAME, response};

/// Reads a delivery after checking its signature.
///
/// The documentation says that the secret is the SHA-256 of the API key, and not whether that means
/// its 32 bytes or its 64 hexadecimal characters; the vendor's client takes the bytes, deployed
/// servers the characters. Both are tried. There is no timestamp, so a replay cannot be told apart:
/// confirm each hint with a status call.
pub(crate) fn read(delivery: &Delivery<'_>, key: &ApiKey) -> Result<Hint, Error> {
    let check = DeliveryCheck::new(NAME, delivery);
    let text = check.header("x-webhook-signature")?;
    if !is_signed(delivery, text, key) {
        return Err(check.forged("the signature does not fit the body and the API key"));
    }
    let event = check.header("x-webhook-event").ok();
    Ok(Hint::new(response::delivered(check.read()?, event)?, true, None))
}

fn is_signed(delivery: &Delivery<'_>, text: &str, key: &ApiKey) -> bool {
    let Ok(signature) = hex::decode(text.strip_prefix("sha256=").unwrap_or(text)) else {
        return false;
    };
    let digest = Sha256::digest(key.expose());
    let characters = hex::encode(digest);
    [digest.as_slice(), characters.as_bytes()]
        .into_iter()
        .any(|secret| hmac_sha256_fits(secret, &[delivery.body], &signature))
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use hmac::{Hmac, KeyInit, Mac};
    use http::HeaderMap;
    use reshoot_core::{ErrorKind, JobState};

    use super::*;

    const BODY: &[u8] = br#"{"event":"completed","jobId":"11111111-1111-4111-8111-111111111111","status":"FAILED"}"#;

    fn signed(secret: &[u8], body: &[u8]) -> String {
        let mac = Hmac::<Sha256>::new_from_slice(secret).unwrap().chain_update(body);
        format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
    }

    fn deliver(signature: Option<&str>, body: &[u8]) -> Result<Hint, Error> {
        let mut headers = HeaderMap::new();
        if let Some(signature) = signature {
            headers.insert("x-webhook-signature", signature.parse().unwrap());
        }
        let delivery = Delivery { headers: &headers, body, received: SystemTime::now() };
        read(&delivery, &ApiKey::new("afk_test_key_0001").unwrap())
    }

    #[test]
    fn both_readings_of_the_secret_are_accepted_and_nothing_else() {
        let digest = Sha256::digest("afk_test_key_0001");
        let bytes = signed(&digest, BODY);
        let characters = signed(hex::encode(digest).as_bytes(), BODY);
        let bare = bytes.trim_start_matches("sha256=").to_owned();
        let other = signed(&Sha256::digest("afk_other"), BODY);
        for (signature, accepted) in [
            (Some(bytes.as_str()), true),
            (Some(characters.as_str()), true),
            (Some(bare.as_str()), true),
            (Some(other.as_str()), false),
            (Some("sha256=zz"), false),
            (Some(""), false),
            (None, false),
        ] {
            assert_eq!(deliver(signature, BODY).is_ok(), accepted, "{signature:?}");
        }
    }

    #[test]
    fn the_known_vectors_fit() {
        let body = br#"{"event":"completed","jobId":"11111111-1111-4111-8111-111111111111","status":"COMPLETED"}"#;
        for signature in [
            "sha256=5cf8671c2ef69fb9249d2b644c4caa45e5dbf044c76f0ddd597839c55cdc0141",
            "sha256=9ee7bf5464cd4070311556e1bf4762e2873ff732f10528d16d9b3cdae43bad82",
        ] {
            // Genuine, but completed without a link: the fault is found after the signature.
            assert_eq!(deliver(Some(signature), body).unwrap_err().kind(), ErrorKind::Unreadable);
        }
    }

    #[test]
    fn a_tampered_body_is_forged() {
        let signature = signed(&Sha256::digest("afk_test_key_0001"), BODY);
        let tampered = BODY.to_ascii_lowercase();
        assert_eq!(deliver(Some(&signature), &tampered).unwrap_err().kind(), ErrorKind::Forged);
    }

    #[test]
    fn a_good_delivery_describes_the_job() {
        let signature = signed(&Sha256::digest("afk_test_key_0001"), BODY);
        let hint = deliver(Some(&signature), BODY).unwrap();
        assert!(hint.signed && matches!(hint.job.state, JobState::Failed(_)));
    }
}
