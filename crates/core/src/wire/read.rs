//! Reading the optional parts of an answer.

use std::time::Duration;

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

/// A length of time in seconds. Zero stands for one that is not known, so it is none.
#[must_use]
pub fn seconds(seconds: Option<LenientNumber>) -> Option<Duration> {
    let seconds = number(seconds).filter(|seconds| *seconds > 0.0)?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// A progress in percent, brought into 0–100.
#[must_use]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Clamped before.
pub fn percent(progress: Option<LenientNumber>) -> Option<u8> {
    number(progress).map(|percent| percent.clamp(0.0, 100.0) as u8)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_length_of_time_is_above_zero() {
        for (value, millis) in [
            (json!(88.4), Some(88_400)),
            (json!("2"), Some(2000)),
            (json!(0), None),
            (json!(-1), None),
            (json!(1e300), None),
            (json!("soon"), None),
            (Value::Null, None),
        ] {
            let read = seconds(Some(value.clone().into()));
            assert_eq!(read.map(|time| time.as_millis()), millis, "{value}");
        }
    }
}
