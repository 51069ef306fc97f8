//! What fal's failure answers mean.
//!
//! `detail` is a text, or a list whose entries have a `type` to go by; failures outside the model say
//! `error_type` beside it.

use reshoot_core::{
    Charge, ErrorKind, Failure,
    wire::{Answer, Reading},
};

/// What an answer means.
pub(crate) fn read(answer: &Answer) -> Reading {
    let code = code(answer);
    let message = message(answer);
    let locked = message
        .as_deref()
        .is_some_and(|text| text.contains("Exhausted balance") || text.contains("User is locked"));
    let kind = code.as_deref().and_then(kind);
    Reading {
        kind: if locked { Some(ErrorKind::InsufficientFunds) } else { kind },
        code,
        message,
        ..Reading::default()
    }
}

fn code(answer: &Answer) -> Option<String> {
    answer.text("/detail/0/type").or_else(|| answer.text("/error_type"))
}

fn message(answer: &Answer) -> Option<String> {
    let text = answer.text("/detail").or_else(|| answer.text("/detail/0/msg"))?;
    match answer.text("/detail/0/loc/1") {
        Some(field) => Some(format!("{field}: {text}")),
        None => Some(text),
    }
}

/// The kind that a type stands for, on calls and on failed jobs alike. The set is open.
pub(crate) fn kind(word: &str) -> Option<ErrorKind> {
    Some(match word {
        "content_policy_violation" => ErrorKind::ContentRejected,
        "concurrent_requests_limit" => ErrorKind::RateLimited,
        "auth_error" => ErrorKind::Authentication,
        "not_found" => ErrorKind::NotFound,
        "internal_server_error"
        | "generation_timeout"
        | "downstream_service_error"
        | "downstream_service_unavailable"
        | "internal_error"
        | "request_timeout"
        | "startup_timeout" => ErrorKind::Unavailable,
        word if word.starts_with("runner_") => ErrorKind::Unavailable,
        "no_media_generated" => ErrorKind::Other,
        "bad_request" | "file_download_error" | "image_load_error" | "missing" => {
            ErrorKind::InvalidRequest
        }
        word if word.starts_with("value_error") || word.starts_with("video_") => {
            ErrorKind::InvalidRequest
        }
        _ => return None,
    })
}

/// Whether a word says that the job was cancelled.
pub(crate) fn is_cancelled(word: &str) -> bool {
    matches!(word, "client_cancelled" | "client_disconnected")
}

/// Why a job failed, as reading its result tells. Server errors are never billed.
pub(crate) fn failure(answer: &Answer) -> Failure {
    let reading = read(answer);
    let kind = reading.kind.unwrap_or(match answer.status {
        422 => ErrorKind::InvalidRequest,
        500..=599 => ErrorKind::Unavailable,
        _ => ErrorKind::Other,
    });
    let unbilled = (answer.status >= 500).then_some(Charge { credits: None, usd: Some(0.0) });
    Failure::new(kind, reading.code, reading.message.unwrap_or_default()).with_billed(unbilled)
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use http::HeaderMap;
    use reshoot_core::{Submission, wire::Fault};
    use serde_json::{Value, json};

    use super::*;
    use crate::NAME;

    fn answer(status: u16, body: &Value) -> Answer {
        Answer::new(status, &HeaderMap::new(), body.to_string().as_bytes(), SystemTime::now())
    }

    fn detail(word: &str) -> Value {
        json!({"detail": [{"loc": ["body", "prompt"], "msg": "no", "type": word}]})
    }

    #[test]
    fn words_decide_before_the_status() {
        use ErrorKind as K;
        let locked = json!({"detail": "User is locked. Reason: Exhausted balance."});
        for (status, body, expected, refused, retryable) in [
            (401, json!({"detail": "the key is not known"}), K::Authentication, true, false),
            (403, locked, K::InsufficientFunds, true, false),
            (403, json!({"detail": "no"}), K::PermissionDenied, true, false),
            (404, json!({"status": "NOT_FOUND"}), K::NotFound, true, false),
            (422, detail("content_policy_violation"), K::ContentRejected, true, false),
            (422, detail("video_duration_too_long"), K::InvalidRequest, true, false),
            (422, detail("a_new_word"), K::InvalidRequest, true, false),
            (
                429,
                json!({"detail": "x", "error_type": "concurrent_requests_limit"}),
                K::RateLimited,
                true,
                true,
            ),
            (
                500,
                json!({"detail": "x", "error_type": "internal_error"}),
                K::Unavailable,
                false,
                false,
            ),
            (
                503,
                json!({"detail": "x", "error_type": "runner_disconnected"}),
                K::Unavailable,
                false,
                false,
            ),
            (502, json!("bad gateway"), K::Unavailable, false, false),
        ] {
            let submission = Fault::Answered(answer(status, &body)).into_submission(NAME, read);
            let error = submission.error().unwrap();
            assert_eq!(error.kind(), expected, "{status} {body}");
            assert_eq!(matches!(submission, Submission::Refused(_)), refused, "{status} {body}");
            assert_eq!(error.is_retryable(), retryable, "{status} {body}");
        }
    }

    #[test]
    fn the_field_that_is_wrong_is_named() {
        let reading = read(&answer(422, &detail("missing")));
        assert_eq!(reading.message.as_deref(), Some("prompt: no"));
        assert_eq!(reading.code.as_deref(), Some("missing"));
    }

    #[test]
    fn only_server_errors_surely_cost_nothing() {
        for (status, unbilled) in [(422, false), (400, false), (500, true), (504, true)] {
            assert_eq!(failure(&answer(status, &json!({}))).is_unbilled(), unbilled, "{status}");
        }
    }
}
