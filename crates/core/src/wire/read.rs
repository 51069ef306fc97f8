//! Reading the optional parts of an answer.

use super::lenient::{LenientNumber, LenientString};

/// The number, if there is one.
#[must_use]
pub fn number(number: Option<LenientNumber>) -> Option<f64> {
    number.and_then(LenientNumber::get)
}

/// The text, if there is one.
#[must_use]
pub fn text(text: Option<LenientString>) -> Option<String> {
    text.and_then(LenientString::into_string)
}

/// A progress in percent, brought into 0–100.
#[must_use]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Clamped before.
pub fn percent(progress: Option<LenientNumber>) -> Option<u8> {
    number(progress).map(|percent| percent.clamp(0.0, 100.0) as u8)
}
