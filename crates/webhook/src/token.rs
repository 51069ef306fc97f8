//! The part of a URL that nobody can guess: where deliveries are not signed, it is all the proof there is.

use std::{fmt, str::FromStr};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// How many bytes of the derived value stand in a URL: 128 bits cannot be guessed, and some providers
/// limit a URL's length.
const BYTES: usize = 16;

/// What the tokens of all providers are derived from: 32 random bytes. Keep it as long as the URLs
/// shall stay the same, where nobody else can read it. Its `Debug` shows nothing.
#[derive(Clone)]
pub struct TokenSecret([u8; 32]);

/// A text is not the 64 hexadecimal digits of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not a secret for tokens: it must be 64 hexadecimal digits")]
pub struct NotASecret;

impl TokenSecret {
    /// A new one.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// The token of a provider, such as `evolink`: always the same for one secret.
    #[must_use]
    pub fn token(&self, provider: &str) -> Token {
        // HMAC takes keys of any length, so that this cannot fail.
        let mac = Hmac::<Sha256>::new_from_slice(&self.0)
            .map(|mac| mac.chain_update(b"reshoot webhook\n").chain_update(provider))
            .map(|mac| mac.finalize().into_bytes());
        let bytes = mac.unwrap_or_default();
        Token(hex::encode(bytes.get(..BYTES).unwrap_or_default()))
    }

    /// The secret as text, to be kept. Never log or print what this returns.
    #[must_use]
    pub fn expose(&self) -> String {
        hex::encode(self.0)
    }
}

impl FromStr for TokenSecret {
    type Err = NotASecret;

    fn from_str(text: &str) -> Result<Self, NotASecret> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text.trim(), &mut bytes).map_err(|_| NotASecret)?;
        Ok(Self(bytes))
    }
}

impl fmt::Debug for TokenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSecret(***)")
    }
}

/// A token as it stands in a URL. Its `Debug` shows nothing.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// The token itself, to be put into the URL that the provider is given.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Compares in constant time: how long it takes tells nothing of how much of it was right.
    #[must_use]
    pub fn is(&self, given: &str) -> bool {
        self.0.as_bytes().ct_eq(given.as_bytes()).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_the_same_for_one_secret_and_provider_only() {
        let secret = TokenSecret::random().unwrap();
        let token = secret.token("evolink");
        let again: TokenSecret = secret.expose().parse().unwrap();
        let (text, other) = (token.expose(), TokenSecret::random().unwrap());
        assert_eq!(text.len(), 2 * BYTES);
        for (given, fits) in [
            (again.token("evolink").expose(), true),
            (again.token("novita").expose(), false),
            (other.token("evolink").expose(), false),
            (&text[..31], false),
            (&text.to_uppercase(), false),
            (&"0".repeat(32), false),
            ("", false),
        ] {
            assert_eq!(token.is(given), fits, "{given}");
        }
    }

    #[test]
    fn a_known_secret_gives_a_known_token() {
        let secret: TokenSecret = "00".repeat(32).parse().unwrap();
        assert_eq!(secret.token("evolink").expose(), KNOWN);
        // Made with another implementation of HMAC-SHA256.
        const KNOWN: &str = "439352f1c77d6ce0d094c4c4713afc5c";
    }

    #[test]
    fn what_is_no_secret_is_refused_and_secrets_are_not_shown() {
        for text in ["", "00", &"zz".repeat(32), &"00".repeat(33)] {
            assert_eq!(text.parse::<TokenSecret>().unwrap_err(), NotASecret);
        }
        let secret = TokenSecret::random().unwrap();
        let shown = format!("{secret:?} {:?}", secret.token("evolink"));
        assert_eq!(shown, "TokenSecret(***) Token(***)");
    }
}
