//! WaveSpeedAI's webhooks: signed over id, timestamp and body, with a secret of the key's own.

use reshoot_core::{
    ApiKey, Delivery, Error, Hint,
    wire::{DeliveryCheck, hmac_sha256_fits},
};

use crate::{NAME, response};

/// Reads a delivery after checking its signature: `v3,` and the hex of an HMAC-SHA256 whose key is the
/// text after `whsec_`, **not** decoded, although other providers with the same headers do that.
pub(crate) fn read(delivery: &Delivery<'_>, secret: &ApiKey) -> Result<Hint, Error> {
    let check = DeliveryCheck::new(NAME, delivery);
    let id = check.header("webhook-id")?;
    let timestamp = check.header("webhook-timestamp")?;
    check.fresh(timestamp)?;
    let signatures = check.header("webhook-signature")?;
    let text = secret.expose();
    let key = text.strip_prefix("whsec_").unwrap_or(text).as_bytes();
    let head = format!("{id}.{timestamp}.");
    let fits =
        |signature: Vec<u8>| hmac_sha256_fits(key, &[head.as_bytes(), delivery.body], &signature);
    let mut given = signatures.split(' ').filter_map(|one| one.strip_prefix("v3,"));
    if !given.any(|one| hex::decode(one).is_ok_and(fits)) {
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
    const SECRET: &str = "whsec_reshootWavespeedTestKey0001";
    const BODY: &[u8] = br#"{"id":"0a1b2c3d4e5f","status":"completed","outputs":["https://media.example.org/o.mp4"]}"#;
    const SIGNATURE: &str = "v3,0e6811112e77494dfa7bbf8c79987510157d0028762c3e6ae17dfeed1e9e952a";
    const SENT: u64 = 1_795_000_000;

    fn deliver(signature: &str, late: u64, body: &[u8], secret: &str) -> Result<Hint, Error> {
        let mut headers = HeaderMap::new();
        headers.insert("webhook-id", "0a1b2c3d4e5f".parse().unwrap());
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
        assert_eq!(hint.delivery_id.as_deref(), Some("0a1b2c3d4e5f"));
    }

    #[test]
    fn whatever_was_changed_is_forged() {
        let tampered = BODY.to_ascii_uppercase();
        for (signature, late, body, secret, genuine) in [
            (SIGNATURE, 0, BODY, SECRET, true),
            (SIGNATURE, 0, &tampered[..], SECRET, false),
            (SIGNATURE, 301, BODY, SECRET, false),
            (SIGNATURE, 0, BODY, "whsec_other", false),
            (&SIGNATURE.replace("v3,", "v1,"), 0, BODY, SECRET, false),
            (&SIGNATURE.replace("v3,", ""), 0, BODY, SECRET, false),
            ("v3,zz", 0, BODY, SECRET, false),
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
