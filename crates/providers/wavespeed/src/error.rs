//! What WaveSpeedAI's failure answers mean: `{"code", "message"}`, also under a status that says
//! success. The code stands for the status wherever it hides.

use reshoot_core::{
    ErrorKind,
    wire::{Answer, LenientNumber, LenientString, Reading},
};

/// The status that the code of an envelope stands for.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Checked before.
pub(crate) fn status(code: Option<LenientNumber>) -> Option<u16> {
    let code = code?.get()?;
    (code.fract() == 0.0 && (0.0..=65_535.0).contains(&code)).then_some(code as u16)
}

/// What an answer means.
pub(crate) fn read(answer: &Answer) -> Reading {
    let message = answer.text("/message").or_else(|| answer.text("/error"));
    Reading {
        kind: kind(answer.status, message.as_deref()),
        code: answer.text("/error_code").or_else(|| answer.text("/code")),
        message,
        ..Reading::default()
    }
}

/// With which status a lack of credit comes is not documented; its words are.
fn kind(status: u16, message: Option<&str>) -> Option<ErrorKind> {
    let text = message.unwrap_or_default().to_ascii_lowercase();
    let broke = text.contains("insufficient credits") || text.contains("top up");
    (broke && (400..500).contains(&status)).then_some(ErrorKind::InsufficientFunds)
}

/// The kind of a failed prediction, by its code.
pub(crate) fn failure(code: Option<&LenientString>) -> ErrorKind {
    match code.and_then(LenientString::as_str) {
        Some("1200") => ErrorKind::ContentRejected,
        Some("1400" | "1401" | "1402") => ErrorKind::InvalidRequest,
        Some("5000" | "5003" | "5004") => ErrorKind::Unavailable,
        _ => ErrorKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use reshoot_core::{Submission, wire::Fault};
    use serde_json::json;

    use super::*;
    use crate::NAME;

    #[test]
    fn the_code_decides_whatever_the_status_was() {
        use ErrorKind as K;
        for (code, message, expected, refused, retryable) in [
            (400, "images must contain at most 3 item(s)", K::InvalidRequest, true, false),
            (400, "Insufficient credits. Please top up", K::InsufficientFunds, true, false),
            (401, "the key is not valid", K::Authentication, true, false),
            (403, "Insufficient credits.", K::InsufficientFunds, true, false),
            (403, "the key's role may not do this", K::PermissionDenied, true, false),
            (404, "not found", K::NotFound, true, false),
            (429, "too many requests", K::RateLimited, true, true),
            (500, "top up failed", K::Unavailable, false, false),
            (5004, "Sync mode timed out", K::Other, false, false),
        ] {
            let body = json!({"code": code, "message": message});
            let fault = Fault::hidden(code, &HeaderMap::new(), &body);
            let submission = fault.into_submission(NAME, read);
            let error = submission.error().unwrap();
            assert_eq!((error.kind(), error.message()), (expected, message), "{code}");
            assert_eq!(matches!(submission, Submission::Refused(_)), refused, "{code}");
            assert_eq!(error.is_retryable(), retryable, "{code}");
        }
    }

    #[test]
    fn only_whole_codes_stand_for_a_status() {
        for (code, expected) in [
            (json!(200), Some(200)),
            (json!("429"), Some(429)),
            (json!(4.5), None),
            (json!(-1), None),
            (json!(1e9), None),
            (json!(null), None),
        ] {
            assert_eq!(status(Some(code.clone().into())), expected, "{code}");
        }
    }
}
