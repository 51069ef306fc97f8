//! What EvoLink's failure answers mean.
//!
//! The envelope is `{"error": {"code", "message", "type"}}`, where `code` is a word in newer answers
//! and the HTTP status as a number in older ones. Words decide first, then the status.

use reshoot_core::{
    ErrorKind,
    wire::{Answer, LenientNumber, Reading},
};

/// The status that the code of a body stands for.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Checked before.
pub(crate) fn status(code: Option<LenientNumber>) -> Option<u16> {
    let code = code?.get()?;
    (code.fract() == 0.0 && (0.0..=65_535.0).contains(&code)).then_some(code as u16)
}

/// What an answer means.
pub(crate) fn read(answer: &Answer) -> Reading {
    let code = answer.text("/error/code");
    let class = answer.text("/error/type");
    let words = [code.as_deref(), class.as_deref()];
    let word = words.into_iter().flatten().find(|word| kind(word).is_some());
    Reading {
        kind: word.and_then(kind),
        message: message(answer),
        refusal: match word {
            // The key is taken by another request: this one made nothing.
            Some("idempotency_conflict") => Some(true),
            // The first request under this key is still in flight, and it is the one that is paid.
            Some("paid_outcome_unknown") => Some(false),
            _ => None,
        },
        code,
        ..Reading::default()
    }
}

fn message(answer: &Answer) -> Option<String> {
    let message = answer.text("/error/message").or_else(|| answer.text("/msg"))?;
    match answer.text("/error/fallback_suggestion") {
        Some(advice) => Some(format!("{message} ({advice})")),
        None => Some(message),
    }
}

/// The kind that a code or type stands for, on calls and on failed tasks alike. The set is open.
pub(crate) fn kind(word: &str) -> Option<ErrorKind> {
    Some(match word {
        "content_policy_violation" => ErrorKind::ContentRejected,
        "authentication_error" | "unauthorized" | "KEY_DISABLED" | "KEY_EXPIRED" => {
            ErrorKind::Authentication
        }
        "permission_error" | "permission_denied" | "KEY_MODEL_NOT_ALLOWED" => {
            ErrorKind::PermissionDenied
        }
        "insufficient_quota"
        | "insufficient_quota_error"
        | "insufficient_user_quota"
        | "insufficient_token_quota"
        | "quota_exceeded"
        | "token_daily_quota_exceeded" => ErrorKind::InsufficientFunds,
        "not_found_error" | "task_not_found" | "resource_not_found" => ErrorKind::NotFound,
        "idempotency_conflict" | "paid_outcome_unknown" => ErrorKind::Conflict,
        "rate_limit_error" | "rate_limit_exceeded" | "rate_limited" => ErrorKind::RateLimited,
        // A 400 in form, a lack of capacity in fact.
        "no_available_channel" | "model_unavailable" => ErrorKind::Unavailable,
        "internal_server_error"
        | "internal_error"
        | "upstream_error"
        | "service_error"
        | "service_unavailable"
        | "service_unavailable_error"
        | "resource_exhausted"
        | "generation_timeout" => ErrorKind::Unavailable,
        "invalid_request_error"
        | "invalid_parameter"
        | "invalid_parameters"
        | "invalid_task_id"
        | "request_too_large_error"
        | "image_processing_error"
        | "image_dimension_mismatch"
        | "video_probe_failed" => ErrorKind::InvalidRequest,
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
    fn words_decide_before_the_status() {
        use ErrorKind as K;
        for (status, code, class, expected, refused, retryable) in [
            (400, json!("no_available_channel"), "", K::Unavailable, true, true),
            (400, json!("content_policy_violation"), "", K::ContentRejected, true, false),
            (400, json!(400), "invalid_request_error", K::InvalidRequest, true, false),
            (401, json!(401), "authentication_error", K::Authentication, true, false),
            (402, json!("quota_exceeded"), "", K::InsufficientFunds, true, false),
            (403, json!("KEY_MODEL_NOT_ALLOWED"), "", K::PermissionDenied, true, false),
            (409, json!("idempotency_conflict"), "", K::Conflict, true, false),
            (409, json!("paid_outcome_unknown"), "", K::Conflict, false, false),
            (413, json!(413), "request_too_large_error", K::InvalidRequest, true, false),
            (429, json!(429), "", K::RateLimited, true, true),
            (500, json!("internal_error"), "", K::Unavailable, false, false),
            (503, json!(503), "service_unavailable_error", K::Unavailable, false, false),
            (418, json!("new_word"), "", K::Other, true, false),
        ] {
            let body = json!({"error": {"code": code, "message": "m", "type": class}});
            let submission = submitted(status, &body);
            let error = submission.error().unwrap();
            assert_eq!(error.kind(), expected, "{body}");
            assert_eq!(matches!(submission, Submission::Refused(_)), refused, "{body}");
            assert_eq!(error.is_retryable(), retryable, "{body}");
        }
    }

    #[test]
    fn answers_without_the_envelope_go_by_status() {
        for (body, message) in [
            (json!("bad gateway"), "the provider gave no reason"),
            (json!({"error": "text"}), "the provider gave no reason"),
            (json!({"error": {"message": "m"}}), "m"),
        ] {
            let submission = submitted(502, &body);
            let error = submission.error().unwrap();
            assert_eq!((error.kind(), error.message()), (ErrorKind::Unavailable, message));
        }
    }
}
