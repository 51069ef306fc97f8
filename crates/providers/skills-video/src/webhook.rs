//! skills.video's webhooks: set up in the dashboard, signed as the headers suggest.

use base64::{Engine, engine::general_purpose::STANDARD};
use reshoot_core::{
    ApiKey, Delivery, Error, Hint,
    wire::{DeliveryCheck, hmac_sha256_fits},
};

use crate::{NAME, response};

/// Reads a delivery after checking its signature.
///
/// The documentation names the headers `webhook-id` and `webhook-timestamp`, which are those of the
/// Standard Webhooks scheme, and not the signature's: that it follows the same scheme is an
/// inference. Confirm each hint with a status call.
pub(crate) fn read(delivery: &Delivery<'_>, secret: Option<&ApiKey>) -> Result<Hint, Error> {
    let check = DeliveryCheck::new(NAME, delivery);
    let secret = secret.ok_or_else(|| check.no_secret())?;
    let id = check.header("webhook-id")?;
    let timestamp = check.header("webhook-timestamp")?;
    check.fresh(timestamp)?;
    let signatures = check.header("webhook-signature")?;
    let text = secret.expose();
    let key = STANDARD
        .decode(text.strip_prefix("whsec_").unwrap_or(text))
        .map_err(|_| check.forged("the webhook secret is not base64"))?;
    let head = format!("{id}.{timestamp}.");
    let message = [head.as_bytes(), delivery.body];
    let fits = |signature: Vec<u8>| hmac_sha256_fits(&key, &message, &signature);
    // Several signatures stand in one header while a secret is being changed.
    let mut given = signatures.split(' ').filter_map(|one| one.strip_prefix("v1,"));
    if !given.any(|one| STANDARD.decode(one).is_ok_and(fits)) {
        return Err(check.forged("no signature fits the body"));
    }
    Ok(Hint::new(response::delivered(delivery.body)?, true, Some(id.to_owned())))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use hmac::{Hmac, KeyInit, Mac};
    use http::HeaderMap;
    use reshoot_core::{ErrorKind, JobState};
    use sha2::Sha256;

    use super::*;

    const BODY: &[u8] = br#"{"type":"task.failed","prediction":{"id":"gen_1","state":"failed"}}"#;
    const SECRET: &str = "whsec_c2tpbGxzLXZpZGVvLXNlY3JldA==";
    const SENT: u64 = 1_790_000_000;

    fn sign(key: &[u8], timestamp: u64, body: &[u8]) -> String {
        let mac = Hmac::<Sha256>::new_from_slice(key)
            .unwrap()
            .chain_update(format!("msg_1.{timestamp}."))
            .chain_update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }

    fn deliver(signature: &str, late: u64, body: &[u8]) -> Result<Hint, Error> {
        let mut headers = HeaderMap::new();
        headers.insert("webhook-id", "msg_1".parse().unwrap());
        headers.insert("webhook-timestamp", SENT.to_string().parse().unwrap());
        headers.insert("webhook-signature", signature.parse().unwrap());
        let received = SystemTime::UNIX_EPOCH + Duration::from_secs(SENT + late);
        let delivery = Delivery { headers: &headers, body, received };
        read(&delivery, Some(&ApiKey::new(SECRET).unwrap()))
    }

    #[test]
    fn only_a_fresh_delivery_with_a_fitting_signature_is_believed() {
        let good = sign(b"skills-video-secret", SENT, BODY);
        let other = sign(b"another-secret", SENT, BODY);
        for (case, signature, late, body, believed) in [
            ("good", good.clone(), 0, BODY, true),
            ("second of two", format!("{other} {good}"), 0, BODY, true),
            ("at the edge", good.clone(), 300, BODY, true),
            ("stale", good.clone(), 301, BODY, false),
            ("other secret", other, 0, BODY, false),
            ("tampered", good.clone(), 0, b"{}".as_slice(), false),
            ("other scheme", good.replace("v1,", "v2,"), 0, BODY, false),
            ("no signature", String::new(), 0, BODY, false),
        ] {
            let hint = deliver(&signature, late, body);
            assert_eq!(hint.is_ok(), believed, "{case}");
            if let Err(error) = hint {
                assert_eq!(error.kind(), ErrorKind::Forged, "{case}");
            }
        }
    }

    #[test]
    fn a_delivery_names_itself_and_its_job() {
        let hint = deliver(&sign(b"skills-video-secret", SENT, BODY), 0, BODY).unwrap();
        assert_eq!(hint.delivery_id.as_deref(), Some("msg_1"));
        assert_eq!(hint.job.job_ref.id(), "gen_1");
        assert!(hint.signed && matches!(hint.job.state, JobState::Failed(_)));
    }

    #[test]
    fn without_a_secret_nothing_is_believed() {
        let headers = HeaderMap::new();
        let delivery = Delivery { headers: &headers, body: BODY, received: SystemTime::now() };
        assert_eq!(read(&delivery, None).unwrap_err().kind(), ErrorKind::Config);
    }
}
