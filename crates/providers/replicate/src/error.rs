//! What Replicate's failure answers mean: problem documents after RFC 7807, told apart by status.

use std::time::Duration;

use reshoot_core::{
    ErrorKind,
    wire::{Answer, Reading},
};

/// What an answer means.
pub(crate) fn read(answer: &Answer) -> Reading {
    Reading {
        message: message(answer),
        code: answer.text("/title"),
        retry_after: answer.text("/retry_after").and_then(|text| seconds(&text)),
        ..Reading::default()
    }
}

/// The detail, and what is wrong with which field.
fn message(answer: &Answer) -> Option<String> {
    let detail = answer.text("/detail").or_else(|| answer.text("/title"))?;
    let field = answer.text("/invalid_fields/0/description");
    Some(match field.filter(|field| !detail.contains(field.as_str())) {
        Some(field) => format!("{detail}: {field}"),
        None => detail,
    })
}

fn seconds(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(text.parse().ok()?).ok()
}

/// The kind of a failed prediction, by the code that its text ends with, such as `(E005)`.
pub(crate) fn failure(text: &str) -> (ErrorKind, Option<String>) {
    let code = text.rsplit_once('(').and_then(|(_, rest)| rest.split(')').next());
    let code = code.filter(|code| {
        code.strip_prefix('E').is_some_and(|digits| {
            digits.len() >= 3 && digits.chars().all(|digit| digit.is_ascii_digit())
        })
    });
    let kind = match code {
        Some("E005") => ErrorKind::ContentRejected,
        _ if text.contains("flagged as sensitive") => ErrorKind::ContentRejected,
        _ => ErrorKind::Other,
    };
    (kind, code.map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use http::HeaderMap;
    use reshoot_core::{Submission, wire::Fault};
    use serde_json::json;

    use super::*;
    use crate::NAME;

    fn submitted(status: u16, body: &serde_json::Value) -> Submission {
        let body = body.to_string();
        let answer = Answer::new(status, &HeaderMap::new(), body.as_bytes(), SystemTime::now());
        Fault::Answered(answer).into_submission(NAME, read)
    }

    #[test]
    fn the_status_decides() {
        use ErrorKind as K;
        for (status, expected, refused, retryable) in [
            (400, K::InvalidRequest, true, false),
            (401, K::Authentication, true, false),
            (402, K::InsufficientFunds, true, false),
            (404, K::NotFound, true, false),
            (422, K::InvalidRequest, true, false),
            (429, K::RateLimited, true, true),
            (500, K::Unavailable, false, false),
            (504, K::Unavailable, false, false),
        ] {
            let submission = submitted(status, &json!({"title": "t", "detail": "d"}));
            let error = submission.error().unwrap();
            assert_eq!((error.kind(), error.message()), (expected, "d"), "{status}");
            assert_eq!(matches!(submission, Submission::Refused(_)), refused, "{status}");
            assert_eq!(error.is_retryable(), retryable, "{status}");
        }
    }

    #[test]
    fn the_wait_may_stand_in_the_body() {
        for (value, wait) in [(json!(5), Some(5)), (json!("7"), Some(7)), (json!(-1), None)] {
            let submission = submitted(429, &json!({"detail": "d", "retry_after": value}));
            let after = submission.error().unwrap().retry_after();
            assert_eq!(after.map(|wait| wait.as_secs()), wait);
        }
    }

    #[test]
    fn wrong_fields_are_named() {
        let field = json!([{"field": "", "description": "webhok is not allowed"}]);
        let body = json!({"detail": "there are unknown fields", "invalid_fields": field});
        let submission = submitted(422, &body);
        let message = "there are unknown fields: webhok is not allowed";
        assert_eq!(submission.error().unwrap().message(), message);
    }

    #[test]
    fn a_failure_tells_its_kind_by_its_code() {
        use ErrorKind as K;
        for (text, kind, code) in [
            ("The input was flagged as sensitive. (E005)", K::ContentRejected, Some("E005")),
            ("flagged as sensitive", K::ContentRejected, None),
            ("Prediction interrupted (code: PA)", K::Other, None),
            ("Something broke (E9825) (abc)", K::Other, None),
            ("(E1)", K::Other, None),
            ("", K::Other, None),
        ] {
            assert_eq!(failure(text), (kind, code.map(str::to_owned)), "{text}");
        }
    }
}
