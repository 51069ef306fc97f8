//! What DashScope's failure answers mean: `{"code", "message"}`, where the code's words decide and the
//! status comes second. Codes are open, and may have further parts after a dot.

use reshoot_core::{
    ErrorKind,
    wire::{Answer, LenientString, Reading},
};

/// What an answer means.
pub(crate) fn read(answer: &Answer) -> Reading {
    let code = answer.text("/code");
    let message = answer.text("/message").or_else(|| answer.text("/msg"));
    Reading {
        kind: code.as_deref().and_then(kind),
        message: match code.as_deref() {
            Some("InvalidApiKey") => message.map(|said| format!("{said} ({REGIONS})")),
            _ => message,
        },
        code,
        ..Reading::default()
    }
}

const REGIONS: &str =
    "a key belongs to one region: set the base URL to beijing, singapore or your workspace's";

/// The status that a code stands for which hides in a success.
pub(crate) fn hidden(code: Option<&LenientString>) -> Option<u16> {
    let code = code?.as_str().filter(|code| !code.is_empty())?;
    // The one that is known to come so; of any other nothing is known.
    Some(if code.starts_with("BailianGateway.Workspace.") { 403 } else { 500 })
}

/// The kind that a code stands for, on calls and on failed tasks alike.
pub(crate) fn kind(code: &str) -> Option<ErrorKind> {
    let head = code.split('.').next().unwrap_or(code);
    Some(match code {
        "InvalidParameter.DataInspection" => ErrorKind::InvalidRequest,
        "AccessDenied.Unpurchased" | "AllocationQuota.FreeTierOnly" => ErrorKind::PermissionDenied,
        _ => match head {
            "InvalidParameter"
            | "invalid_parameter_error"
            | "BadRequest"
            | "InvalidURL"
            | "InvalidFile"
            | "InvalidImage"
            | "UnsupportedOperation" => ErrorKind::InvalidRequest,
            "DataInspectionFailed" | "IPInfringementSuspect" | "CustomRoleBlocked" => {
                ErrorKind::ContentRejected
            }
            "InvalidApiKey" => ErrorKind::Authentication,
            "NOT AUTHORIZED" | "AccessDenied" | "Model" | "Workspace" | "App"
            | "BailianGateway" => ErrorKind::PermissionDenied,
            "Arrearage"
            | "CommodityNotPurchased"
            | "PrepaidBillOverdue"
            | "PostpaidBillOverdue" => ErrorKind::InsufficientFunds,
            "ModelNotFound" | "WorkSpaceNotFound" | "NotFound" => ErrorKind::NotFound,
            "Throttling" => ErrorKind::RateLimited,
            "InternalError" | "SystemError" | "ModelServiceFailed" | "ModelServingError"
            | "RequestTimeOut" | "RewriteFailed" | "ModelUnavailable" => ErrorKind::Unavailable,
            _ => return None,
        },
    })
}

/// Whether a cancel was refused because the task does not wait any more.
pub(crate) fn is_too_late(answer: &Answer) -> bool {
    answer.text("/code").is_some_and(|code| code == "UnsupportedOperation")
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use http::HeaderMap;
    use reshoot_core::{Submission, wire::Fault};
    use serde_json::json;

    use super::*;
    use crate::NAME;

    #[test]
    fn words_decide_before_the_status() {
        use ErrorKind as K;
        for (status, code, expected, refused, retryable) in [
            (400, "InvalidParameter", K::InvalidRequest, true, false),
            (400, "InvalidURL.Timeout", K::InvalidRequest, true, false),
            (400, "DataInspectionFailed", K::ContentRejected, true, false),
            (400, "Arrearage", K::InsufficientFunds, true, false),
            (401, "InvalidApiKey", K::Authentication, true, false),
            (403, "AccessDenied.Unpurchased", K::PermissionDenied, true, false),
            (404, "ModelNotFound", K::NotFound, true, false),
            (408, "RequestTimeOut", K::Unavailable, false, false),
            (429, "Throttling.RateQuota", K::RateLimited, true, true),
            (429, "PostpaidBillOverdue", K::InsufficientFunds, true, false),
            (500, "InternalError.Algo", K::Unavailable, false, false),
            (503, "ModelUnavailable", K::Unavailable, false, false),
            (418, "ANewWord", K::Other, true, false),
        ] {
            let body = json!({"code": code, "message": "m"}).to_string();
            let answer = Answer::new(status, &HeaderMap::new(), body.as_bytes(), SystemTime::now());
            let submission = Fault::Answered(answer).into_submission(NAME, read);
            let error = submission.error().unwrap();
            assert_eq!(error.kind(), expected, "{code}");
            assert_eq!(matches!(submission, Submission::Refused(_)), refused, "{code}");
            assert_eq!(error.is_retryable(), retryable, "{code}");
        }
    }

    #[test]
    fn a_wrong_key_is_told_that_it_may_be_of_the_other_region() {
        let body = json!({"code": "InvalidApiKey", "message": "wrong"}).to_string();
        let answer = Answer::new(401, &HeaderMap::new(), body.as_bytes(), SystemTime::now());
        assert!(read(&answer).message.unwrap().contains("singapore"));
    }

    #[test]
    fn a_code_that_hides_in_a_success_proves_a_refusal_only_where_it_is_known_to() {
        for (code, status) in [
            (json!("BailianGateway.Workspace.NotAuthorised"), Some(403)),
            (json!("InternalError"), Some(500)),
            (json!(""), None),
            (json!(null), None),
        ] {
            assert_eq!(hidden(Some(&code.clone().into())), status, "{code}");
        }
    }
}
