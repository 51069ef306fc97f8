//! What the checks of signed deliveries have in common. The schemes differ even where their headers
//! do not: each stands in its provider's `webhook.rs`.

use std::time::{Duration, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use serde::de::DeserializeOwned;
use sha2::Sha256;

use crate::{
    error::{Error, ErrorKind, Operation},
    secret::ApiKey,
    webhook::Delivery,
};

/// How far a delivery's timestamp may be from its arrival, either way, before it counts as a replay.
pub const TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// A delivery under scrutiny: whatever is wrong with it becomes an error in the provider's name.
#[derive(Clone, Copy, Debug)]
pub struct DeliveryCheck<'a> {
    provider: &'static str,
    delivery: &'a Delivery<'a>,
}

impl<'a> DeliveryCheck<'a> {
    /// Begins to look at a delivery.
    #[must_use]
    pub const fn new(provider: &'static str, delivery: &'a Delivery<'a>) -> Self {
        Self { provider, delivery }
    }

    /// The text of a header.
    ///
    /// # Errors
    /// [`Forged`](ErrorKind::Forged) when it is missing or no text.
    pub fn header(&self, name: &str) -> Result<&'a str, Error> {
        let value = self.delivery.headers.get(name).and_then(|value| value.to_str().ok());
        value.ok_or_else(|| self.forged(&format!("{name} is missing")))
    }

    /// Whether a timestamp in Unix seconds lies within [`TOLERANCE`] of the arrival.
    ///
    /// # Errors
    /// [`Forged`](ErrorKind::Forged) when it does not, or is no number.
    pub fn fresh(&self, timestamp: &str) -> Result<(), Error> {
        let sent: u64 =
            timestamp.parse().map_err(|_| self.forged("the timestamp is not a number"))?;
        let arrived = self.delivery.received.duration_since(UNIX_EPOCH).unwrap_or_default();
        if arrived.abs_diff(Duration::from_secs(sent)) > TOLERANCE {
            return Err(self.forged("the delivery is too old, or from the future"));
        }
        Ok(())
    }

    /// The body as a type.
    ///
    /// # Errors
    /// [`Unreadable`](ErrorKind::Unreadable).
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(self.delivery.body)
            .map_err(|error| self.unreadable(&format!("the body cannot be read: {error}")))
    }

    /// Says that the delivery is not genuine.
    #[must_use]
    pub fn forged(&self, why: &str) -> Error {
        Error::new(ErrorKind::Forged, Operation::Webhook, why).with_provider(self.provider)
    }

    /// Says that the delivery, genuine or not, tells nothing of a job.
    #[must_use]
    pub fn unreadable(&self, why: &str) -> Error {
        Error::new(ErrorKind::Unreadable, Operation::Webhook, why).with_provider(self.provider)
    }

    /// Says that there is no secret to check the delivery with.
    #[must_use]
    pub fn no_secret(&self) -> Error {
        let message = "no webhook secret is set: take it from the provider's dashboard";
        Error::new(ErrorKind::Config, Operation::Webhook, message).with_provider(self.provider)
    }
}

/// The secret that a provider told when it was asked for it.
///
/// # Errors
/// [`Unreadable`](ErrorKind::Unreadable) when there is none in its answer.
pub fn told_secret(provider: &'static str, secret: Option<String>) -> Result<ApiKey, Error> {
    ApiKey::new(secret.unwrap_or_default()).map_err(|_| {
        let message = "the provider told no webhook secret";
        Error::new(ErrorKind::Unreadable, Operation::Webhook, message).with_provider(provider)
    })
}

/// Whether `signature` is the HMAC-SHA256 of `message`, given in parts; compared in constant time.
#[must_use]
pub fn hmac_sha256_fits(key: &[u8], message: &[&[u8]], signature: &[u8]) -> bool {
    Hmac::<Sha256>::new_from_slice(key).is_ok_and(|mac| {
        let mac = message.iter().fold(mac, |mac, part| mac.chain_update(part));
        mac.verify_slice(signature).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    #[test]
    fn a_timestamp_counts_for_five_minutes_either_way() {
        let headers = HeaderMap::new();
        let received = UNIX_EPOCH + Duration::from_secs(1_790_000_000);
        let delivery = Delivery { headers: &headers, body: b"", received };
        for (timestamp, fresh) in [
            ("1790000000", true),
            ("1789999700", true),
            ("1790000300", true),
            ("1789999699", false),
            ("1790000301", false),
            ("1790000000000", false),
            ("-1", false),
            ("", false),
        ] {
            let checked = DeliveryCheck::new("scripted", &delivery).fresh(timestamp);
            assert_eq!(checked.is_ok(), fresh, "{timestamp}");
        }
    }

    #[test]
    fn a_signature_fits_its_key_and_message_only() {
        // RFC 4231, test case 2.
        let signature = [
            0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e, 0x6a, 0x04, 0x24, 0x26, 0x08, 0x95,
            0x75, 0xc7, 0x5a, 0x00, 0x3f, 0x08, 0x9d, 0x27, 0x39, 0x83, 0x9d, 0xec, 0x58, 0xb9,
            0x64, 0xec, 0x38, 0x43,
        ];
        let message: [&[u8]; 2] = [b"what do ya want ", b"for nothing?"];
        for (key, message, signature, fits) in [
            (b"Jefe", &message[..], &signature[..], true),
            (b"jefe", &message[..], &signature[..], false),
            (b"Jefe", &message[..1], &signature[..], false),
            (b"Jefe", &message[..], &signature[..31], false),
            (b"Jefe", &message[..], &[], false),
        ] {
            assert_eq!(hmac_sha256_fits(key, message, signature), fits);
        }
    }
}
