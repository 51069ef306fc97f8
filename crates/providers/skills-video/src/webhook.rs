//! skills.video's webhooks: set up in the dashboard, signed as the headers suggest.

use std::time::{Duration, UNIX_EPOCH};

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use reshoot_core::{ApiKey, Delivery, Error, ErrorKind, Hint, Operation};
use sha2::Sha256;

use crate::{NAME, response};

/// How far a delivery's timestamp may be from its arrival, either way, before it counts as a replay.
const TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// Reads a delivery after checking its signature.
///
/// The documentation names the headers `webhook-id` and `webhook-timestamp`, which are those of the
/// Standard Webhooks scheme, and not the signature's: that it follows the same scheme is an
/// inference. Confirm each hint with a status call.
pub(crate) fn read(delivery: &Delivery<'_>, secret: Option<&ApiKey>) -> Result<Hint, Error> {
    let secret = secret.ok_or_else(|| {
        let message = "no webhook secret is set: take it from the dashboard";
        Error::new(ErrorKind::Config, Operation::Webhook, message).with_provider(NAME)
    })?;
    let id = header(delivery, "webhook-id").ok_or_else(|| forged("webhook-id is missing"))?;
    verify(delivery, id, secret)?;
    let job = response::delivered(delivery.body)?;
    Ok(Hint::new(job, true, Some(id.to_owned())))
}

fn verify(delivery: &Delivery<'_>, id: &str, secret: &ApiKey) -> Result<(), Error> {
    let timestamp = header(delivery, "webhook-timestamp")
        .ok_or_else(|| forged("webhook-timestamp is missing"))?;
    let seconds: u64 =
        timestamp.parse().map_err(|_| forged("webhook-timestamp is not a number"))?;
    let arrived = delivery.received.duration_since(UNIX_EPOCH).unwrap_or_default();
    if arrived.abs_diff(Duration::from_secs(seconds)) > TOLERANCE {
        return Err(forged("the delivery is too old, or from the future"));
    }
    let signatures = header(delivery, "webhook-signature")
        .ok_or_else(|| forged("webhook-signature is missing"))?;
    let text = secret.expose();
    let key = STANDARD
        .decode(text.strip_prefix("whsec_").unwrap_or(text))
        .map_err(|_| forged("the webhook secret is not base64"))?;
    let fits = |signature: &str| fits(&key, id, timestamp, delivery.body, signature);
    // Several signatures stand in one header while a secret is being changed.
    if signatures.split(' ').filter_map(|one| one.strip_prefix("v1,")).any(fits) {
        Ok(())
    } else {
        Err(forged("no signature fits the body"))
    }
}

/// Compares in constant time.
fn fits(key: &[u8], id: &str, timestamp: &str, body: &[u8], signature: &str) -> bool {
    let Ok(signature) = STANDARD.decode(signature) else {
        return false;
    };
    Hmac::<Sha256>::new_from_slice(key).is_ok_and(|mac| {
        mac.chain_update(format!("{id}.{timestamp}."))
            .chain_update(body)
            .verify_slice(&signature)
            .is_ok()
    })
}

fn header<'a>(delivery: &Delivery<'a>, name: &str) -> Option<&'a str> {
    delivery.headers.get(name)?.to_str().ok()
}

fn forged(why: &str) -> Error {
    Error::new(ErrorKind::Forged, Operation::Webhook, why).with_provider(NAME)
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use http::HeaderMap;
    use reshoot_core::JobState;

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
