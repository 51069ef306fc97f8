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
    let job = response::webhook_job(delivery.body)?;
    Ok(Hint::new(job, true, Some(id.to_owned())))
}

fn verify(delivery: &Delivery<'_>, id: &str, secret: &ApiKey) -> Result<(), Error> {
    let timestamp =
        header(delivery, "webhook-timestamp").ok_or_else(|| forged("webhook-timestamp is missing"))?;
    let seconds: u64 =
        timestamp.parse().map_err(|_| forged("webhook-timestamp is not a number"))?;
    let arrived = delivery.received.duration_since(UNIX_EPOCH).unwrap_or_default();
    if arrived.abs_diff(Duration::from_secs(seconds)) > TOLERANCE {
        return Err(forged("the delivery is too old, or from the future"));
    }
    let signatures =
        header(delivery, "webhook-signature").ok_or_else(|| forged("webhook-signature is missing"))?;
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
