//! API keys that cannot be printed.

use std::fmt;

use http::HeaderValue;

use crate::error::{Error, ErrorKind, Operation};

/// A provider's API key. Its `Debug` is redacted, and it has no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// Wraps a key, with surrounding white space removed.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] when the key is empty or holds a character that no HTTP header can
    /// carry: copy it again from the provider's dashboard.
    pub fn new(key: impl AsRef<str>) -> Result<Self, Error> {
        let key = key.as_ref().trim();
        if key.is_empty() {
            return Err(Self::unusable("the API key is empty"));
        }
        if HeaderValue::from_str(key).is_err() {
            return Err(Self::unusable(
                "the API key holds a character that no HTTP header can carry",
            ));
        }
        Ok(Self(key.to_owned()))
    }

    /// The key itself. Never log or print what this returns.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The header value `<prefix><key>`, marked sensitive so that no `Debug` shows it.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] when the prefix cannot stand in a header.
    pub fn header(&self, prefix: &str) -> Result<HeaderValue, Error> {
        let mut value = HeaderValue::from_str(&format!("{prefix}{}", self.0))
            .map_err(|_| Self::unusable("the API key cannot be put into a header"))?;
        value.set_sensitive(true);
        Ok(value)
    }

    fn unusable(message: &str) -> Error {
        Error::new(ErrorKind::Config, Operation::Configure, message)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_never_shows_in_debug() {
        let key = ApiKey::new("sk-very-secret").unwrap();
        assert!(!format!("{key:?}").contains("secret"));
        assert!(!format!("{:?}", key.header("Bearer ").unwrap()).contains("secret"));
    }

    #[test]
    fn a_key_is_trimmed_and_must_fit_a_header() {
        assert_eq!(ApiKey::new(" k\n").unwrap().expose(), "k");
        for bad in ["", "  ", "a\nb"] {
            assert_eq!(ApiKey::new(bad).unwrap_err().kind(), ErrorKind::Config);
        }
    }
}
