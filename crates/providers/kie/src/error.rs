//! What kie.ai's failure answers mean: `{"code", "msg"}`, most often under a status that says success.
//! The code stands for the status wherever it hides.

use reshoot_core::{
    ErrorKind,
    wire::{Answer, LenientString, Reading},
};

/// The status that the code of a body stands for.
pub(crate) fn status(code: Option<&LenientString>) -> Option<u16> {
    code?.as_str()?.parse().ok()
}

/// What an answer means.
pub(crate) fn read(answer: &Answer) -> Reading {
    let message = answer.text("/msg").or_else(|| answer.text("/message"));
    Reading {
        kind: kind(answer.status, message.as_deref()),
        code: answer.text("/code"),
        message: message.or_else(|| edge(answer)),
        ..Reading::default()
    }
}

/// The kinds of codes that are no HTTP status, or mean something of their own.
fn kind(code: u16, message: Option<&str>) -> Option<ErrorKind> {
    Some(match code {
        // The words for a task that does not exist, or not yet; else a wrong field.
        422 if message.is_some_and(|text| text.contains("recordInfo is null")) => {
            ErrorKind::NotFound
        }
        433 => ErrorKind::InsufficientFunds,
        451 => ErrorKind::InvalidRequest,
        455 | 505 => ErrorKind::Unavailable,
        501 => ErrorKind::Other,
        _ => return None,
    })
}

/// The edge before the API turns clients away in plain text, which looks like a wrong key and is none.
fn edge(answer: &Answer) -> Option<String> {
    (answer.status == 403 && answer.json.is_none()).then(|| {
        "turned away before the API was reached, as happens to clients without a common User-Agent"
            .to_owned()
    })
}

/// The kind of a failed task, by its words.
pub(crate) fn failure(message: &str) -> ErrorKind {
    let refused = ["inappropriate content", "DataInspection", "sensitive"];
    if refused.iter().any(|words| message.contains(words)) {
        ErrorKind::ContentRejected
    } else {
        ErrorKind::Other
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
            (401, "You do not have access", K::Authentication, true, false),
            (402, "Credits insufficient", K::InsufficientFunds, true, false),
            (404, "Not found", K::NotFound, true, false),
            (408, "timed out", K::Unavailable, false, false),
            (422, "duration is wrong", K::InvalidRequest, true, false),
            (422, "recordInfo is null", K::NotFound, true, false),
            (429, "too many", K::RateLimited, true, true),
            (433, "the key's cap is used up", K::InsufficientFunds, true, false),
            (451, "the file could not be fetched", K::InvalidRequest, true, false),
            (455, "maintenance", K::Unavailable, true, true),
            (500, "server exception", K::Unavailable, false, false),
            (501, "generation failed", K::Other, false, false),
            (505, "feature disabled", K::Unavailable, false, false),
        ] {
            let body = json!({"code": code, "msg": message, "data": null});
            let fault = Fault::hidden(code, &HeaderMap::new(), &body);
            let submission = fault.into_submission(NAME, read);
            let error = submission.error().unwrap();
            assert_eq!((error.kind(), error.message()), (expected, message), "{code}");
            assert_eq!(matches!(submission, Submission::Refused(_)), refused, "{code}");
            assert_eq!(error.is_retryable(), retryable, "{code}");
        }
    }

    #[test]
    fn codes_are_numbers_or_texts() {
        for (code, expected) in [
            (json!(200), Some(200)),
            (json!("429"), Some(429)),
            (json!(null), None),
            (json!("success"), None),
        ] {
            assert_eq!(status(Some(&code.into())), expected);
        }
        assert_eq!(status(None), None);
    }
}
