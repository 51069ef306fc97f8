//! What Novita's failure answers mean.
//!
//! The envelope is `{"code", "reason", "message", "metadata"}`. The reason decides: the status of a
//! reason differs between pages of the documentation.

use reshoot_core::{
    ErrorKind, Failure,
    wire::{Answer, Fault, Reading},
};

/// The failure of the task itself, where a failed status call stands for that.
pub(crate) fn task_failure(fault: &Fault) -> Option<Failure> {
    let Fault::Answered(answer) = fault else {
        return None;
    };
    let reason = answer.text("/reason")?;
    let message = answer.text("/message").unwrap_or_default();
    (reason == "TASK_FAILED").then(|| Failure::new(ErrorKind::Other, Some(reason), message))
}

/// What an answer means.
pub(crate) fn read(answer: &Answer) -> Reading {
    let reason = answer.text("/reason");
    Reading {
        kind: reason.as_deref().and_then(kind),
        message: answer.text("/message"),
        code: reason,
        ..Reading::default()
    }
}

fn kind(reason: &str) -> Option<ErrorKind> {
    Some(match reason {
        "INVALID_REQUEST_BODY"
        | "INVALID_IMAGE_FORMAT"
        | "INVALID_IMAGE_SIZE"
        | "IMAGE_FILE_EXCEEDS_MAX_SIZE"
        | "IMAGE_EXCEEDS_MAX_RESOLUTION"
        | "IMAGE_NO_FACE_DETECTED"
        | "INVALID_AUDIO_FILE"
        | "INVALID_CUSTOM_OUTPUT_PATH" => ErrorKind::InvalidRequest,
        "ILLEGAL_PROMPT" | "ILLEGAL_IMAGE_CONTENT" => ErrorKind::ContentRejected,
        "BILLING_BALANCE_NOT_ENOUGH" | "ANONYMOUS_ACCESS_QUOTA_EXCEEDS" => {
            ErrorKind::InsufficientFunds
        }
        "MISSING_API_KEY" | "INVALID_API_KEY" | "BILLING_AUTH_FAILED" => ErrorKind::Authentication,
        "API_NOT_ALLOWED"
        | "FEATURE_NOT_ALLOWED"
        | "NEED_REAL_NAME_VERIFY"
        | "model_access_denied" => ErrorKind::PermissionDenied,
        "API_NOT_FOUND" | "TASK_NOT_FOUND" | "FUSION_MODEL_NOT_FOUND" => ErrorKind::NotFound,
        "RATE_LIMIT_EXCEEDED" => ErrorKind::RateLimited,
        "BILLING_FAILED" | "CREATE_TASK_FAILED" | "GET_RESULT_FAILED" => ErrorKind::Unavailable,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use http::HeaderMap;
    use serde_json::json;

    use reshoot_core::{Operation, Submission};

    use super::*;
    use crate::NAME;

    fn fault(status: u16, reason: &str) -> Fault {
        let body = json!({"code": status, "reason": reason, "message": "m", "metadata": {}});
        let body = body.to_string();
        Fault::Answered(Answer::new(status, &HeaderMap::new(), body.as_bytes(), SystemTime::now()))
    }

    #[test]
    fn the_reason_decides_before_the_status() {
        use ErrorKind as K;
        for (status, reason, expected, refused, retryable) in [
            (400, "INVALID_REQUEST_BODY", K::InvalidRequest, true, false),
            (400, "ILLEGAL_PROMPT", K::ContentRejected, true, false),
            (400, "BILLING_BALANCE_NOT_ENOUGH", K::InsufficientFunds, true, false),
            (403, "BILLING_BALANCE_NOT_ENOUGH", K::InsufficientFunds, true, false),
            (400, "MISSING_API_KEY", K::Authentication, true, false),
            (403, "INVALID_API_KEY", K::Authentication, true, false),
            (403, "NEED_REAL_NAME_VERIFY", K::PermissionDenied, true, false),
            (404, "API_NOT_FOUND", K::NotFound, true, false),
            (429, "RATE_LIMIT_EXCEEDED", K::RateLimited, true, true),
            (500, "CREATE_TASK_FAILED", K::Unavailable, false, false),
            (500, "BILLING_FAILED", K::Unavailable, false, false),
            (401, "NEW_REASON", K::Authentication, true, false),
        ] {
            let submission = fault(status, reason).into_submission(NAME, read);
            let error = submission.error().unwrap();
            assert_eq!(error.kind(), expected, "{reason}");
            assert_eq!(matches!(submission, Submission::Refused(_)), refused, "{reason}");
            assert_eq!(error.is_retryable(), retryable, "{reason}");
        }
    }

    #[test]
    fn a_500_ends_the_job_only_if_it_says_that_the_task_failed() {
        assert!(task_failure(&fault(500, "TASK_FAILED")).is_some());
        assert!(task_failure(&fault(500, "GET_RESULT_FAILED")).is_none());
        assert!(
            fault(500, "GET_RESULT_FAILED")
                .into_error(NAME, Operation::Status, read)
                .is_retryable()
        );
    }
}
