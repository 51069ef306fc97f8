//! What skills.video's failure answers mean.
//!
//! The envelope is `{"code", "error", "message"}`, in older answers without `code`. Codes are
//! `<FAMILY>_GENERATION_<WORD>`; the word decides, then the status.

use reshoot_core::{
    ErrorKind,
    wire::{Answer, Reading},
};

/// What an answer means.
pub(crate) fn read(answer: &Answer) -> Reading {
    let pointers = ["/code", "/error", "/error/code"];
    let code = pointers.iter().find_map(|pointer| answer.text(pointer));
    Reading {
        kind: code.as_deref().and_then(kind),
        message: answer.text("/message").or_else(|| answer.text("/error/message")),
        code,
        ..Reading::default()
    }
}

/// The kind that a code stands for, on calls and on failed generations alike.
pub(crate) fn kind(code: &str) -> Option<ErrorKind> {
    let word = code.split_once("_GENERATION_").map_or(code, |(_, word)| word);
    Some(match word {
        "FAILED" | "TIMEOUT" | "PROVIDER_UNAVAILABLE" => ErrorKind::Unavailable,
        "RATE_LIMITED" => ErrorKind::RateLimited,
        "UNSUPPORTED_MODEL" | "INVALID_INPUT" => ErrorKind::InvalidRequest,
        "INSUFFICIENT_CREDITS" => ErrorKind::InsufficientFunds,
        "CONTENT_REJECTED" => ErrorKind::ContentRejected,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use http::HeaderMap;
    use serde_json::json;

    use reshoot_core::{Submission, wire::Fault};

    use super::*;
    use crate::NAME;

    fn submitted(status: u16, body: &serde_json::Value) -> Submission {
        let body = body.to_string();
        let answer = Answer::new(status, &HeaderMap::new(), body.as_bytes(), SystemTime::now());
        Fault::Answered(answer).into_submission(NAME, read)
    }

    #[test]
    fn the_word_decides_before_the_status() {
        use ErrorKind as K;
        for (status, word, expected, refused, retryable) in [
            (400, "INVALID_INPUT", K::InvalidRequest, true, false),
            (400, "UNSUPPORTED_MODEL", K::InvalidRequest, true, false),
            (402, "INSUFFICIENT_CREDITS", K::InsufficientFunds, true, false),
            (422, "CONTENT_REJECTED", K::ContentRejected, true, false),
            (429, "RATE_LIMITED", K::RateLimited, true, true),
            // Said to be safe to repeat, but nothing proves that no job was made and paid for.
            (502, "FAILED", K::Unavailable, false, false),
            (503, "PROVIDER_UNAVAILABLE", K::Unavailable, false, false),
            (504, "TIMEOUT", K::Unavailable, false, false),
        ] {
            let code = format!("VIDEO_GENERATION_{word}");
            let submission = submitted(status, &json!({"code": code, "message": "m"}));
            let error = submission.error().unwrap();
            assert_eq!(error.kind(), expected, "{word}");
            assert_eq!(matches!(submission, Submission::Refused(_)), refused, "{word}");
            assert_eq!(error.is_retryable(), retryable, "{word}");
        }
    }

    #[test]
    fn older_envelopes_are_read_too() {
        for (body, code, message) in [
            (json!({"error": "INSUFFICIENT_CREDITS", "message": "m"}), "INSUFFICIENT_CREDITS", "m"),
            (json!({"error": {"code": "INVALID_INPUT", "message": "m"}}), "INVALID_INPUT", "m"),
            (json!({"message": "m"}), "", "m"),
        ] {
            let submission = submitted(402, &body);
            let error = submission.error().unwrap();
            let said = error.context().iter().find(|(name, _)| *name == "code");
            assert_eq!(said.map_or("", |(_, code)| code.as_str()), code, "{body}");
            assert_eq!(error.message(), message, "{body}");
        }
    }
}
