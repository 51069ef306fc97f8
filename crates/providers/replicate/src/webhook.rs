//! Replicate's webhooks: signed over id, timestamp and body, with the account's secret.

use base64::{Engine, engine::general_purpose::STANDARD};
use reshoot_core::{
    ApiKey, Delivery, Error, Hint,
    wire::{DeliveryCheck, hmac_sha256_fits},
};

use crate::{NAME, response};

/// Reads a delivery after checking its signature: `v1,` and the base64 of an HMAC-SHA256 whose key is
/// the secret's base64 part, **decoded**. Replicate leaves the tolerance for old timestamps to the
/// receiver; it is five minutes here.
pub(crate) fn read(delivery: &Delivery<'_>, secret: &ApiKey) -> Result<Hint, Error> {
    let check = DeliveryCheck::new(NAME, delivery);
    let id = check.header("webhook-id")?;
    let timestamp = check.header("webhook-timestamp")?;
    check.fresh(timestamp)?;
    let signatures = check.header("webhook-signature")?;
    let encoded = secret.expose();
    let key = STANDARD
        .decode(encoded.strip_prefix("whsec_").unwrap_or(encoded))
        .map_err(|_| check.forged("the webhook secret is not base64"))?;
    let head = format!("{id}.{timestamp}.");
    let fits =
        |signature: Vec<u8>| hmac_sha256_fits(&key, &[head.as_bytes(), delivery.body], &signature);
    // Several signatures stand in one header while a secret is being changed.
    let mut given = signatures.split(' ').filter_map(|one| one.strip_prefix("v1,"));
    if !given.any(|one| STANDARD.decode(one).is_ok_and(fits)) {
        return Err(check.forged("no signature fits the body"));
    }
    Ok(Hint::new(response::delivered(check.read()?)?, true, Some(id.to_owned())))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use http::HeaderMap;
    use reshoot_core::{ErrorKind, JobState};

    use super::*;

    // The test vector of the spec, made with another implementation.
    const SECRET: &str = "whsec_cmVzaG9vdC1yZXBsaWNhdGUtdGVzdC1rZXktMDAwMDE=";
    const BODY: &[u8] = br#"{"id":"k3v9t0x7m1rme0cs8p4bq2wz6a","status":"succeeded","output":"https://replicate.delivery/out/k3v9t0x7.mp4"}"#;
    const SIGNATURE: &str = "v1,h/XN4KnFTpCeyzznYmQJYUb8tfCQ9tO/JDLXI1qKZBw=";
    const SENT: u64 = 1_790_000_300;

    fn deliver(signature: &str, late: u64, body: &[u8], secret: &str) -> Result<Hint, Error> {
        let mut headers = HeaderMap::new();
        headers.insert("webhook-id", "msg_reshoot_0001".parse().unwrap());
        headers.insert("webhook-timestamp", SENT.to_string().parse().unwrap());
        headers.insert("webhook-signature", signature.parse().unwrap());
        let received = SystemTime::UNIX_EPOCH + Duration::from_secs(SENT + late);
        let delivery = Delivery { headers: &headers, body, received };
        read(&delivery, &ApiKey::new(secret).unwrap())
    }

    #[test]
    fn the_known_vector_fits() {
        let hint = deliver(SIGNATURE, 10, BODY, SECRET).unwrap();
        assert!(hint.signed && matches!(hint.job.state, JobState::Succeeded { .. }));
        assert_eq!(hint.delivery_id.as_deref(), Some("msg_reshoot_0001"));
    }

    #[test]
    fn whatever_was_changed_is_forged() {
        let tampered = BODY.to_ascii_uppercase();
        let hexadecimal = "v3,87f5cde0a9c54e909ecb3ce7626409614";
        for (signature, late, body, secret, genuine) in [
            (SIGNATURE, 0, BODY, SECRET, true),
            (&*format!("v1,AAAA {SIGNATURE}"), 0, BODY, SECRET, true),
            (SIGNATURE, 0, &tampered[..], SECRET, false),
            (SIGNATURE, 301, BODY, SECRET, false),
            (SIGNATURE, 0, BODY, "whsec_b3RoZXI=", false),
            (SIGNATURE, 0, BODY, "whsec_not_base64", false),
            (SIGNATURE.trim_start_matches("v1,"), 0, BODY, SECRET, false),
            (hexadecimal, 0, BODY, SECRET, false),
            ("", 0, BODY, SECRET, false),
        ] {
            let read = deliver(signature, late, body, secret);
            assert_eq!(read.is_ok(), genuine, "{signature} {late} {secret}");
            if let Err(error) = read {
                assert_eq!(error.kind(), ErrorKind::Forged);
            }
        }
    }
}
