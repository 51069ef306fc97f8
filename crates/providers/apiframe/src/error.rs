//! What Apiframe's failure answers mean.
//!
//! The envelope is `{"error": "text", "details": {"field.path": ["text"]}}`: no code, so the status
//! decides, and the text only where two things share one.

use reshoot_core::{
    ErrorKind,
    wire::{Answer, Reading},
};

/// What an answer means.
pub(crate) fn read(answer: &Answer) -> Reading {
    let text = answer.text("/error").or_else(|| answer.text("/message"));
    let inactive = text.as_deref().is_some_and(|text| text.contains("inactive"));
    Reading {
        kind: match answer.status {
            // The key was good once: for the user the same as a wrong one.
            403 if inactive => Some(ErrorKind::Authentication),
            _ => None,
        },
        // The key was used before with another body: this request made nothing.
        refusal: (answer.status == 409).then_some(true),
        message: text.map(|text| format!("{text}{}{}", details(answer), credits(answer))),
        ..Reading::default()
    }
}

/// Each field's complaints, as `; field: text`.
fn details(answer: &Answer) -> String {
    let fields = answer.json.as_ref().and_then(|json| json.get("details")?.as_object());
    let complaints = fields.into_iter().flatten().map(|(field, texts)| {
        let texts: Vec<_> =
            texts.as_array().into_iter().flatten().filter_map(|text| text.as_str()).collect();
        format!("; {field}: {}", texts.join(", "))
    });
    complaints.take(10).collect()
}

fn credits(answer: &Answer) -> String {
    match (answer.text("/creditsRequired"), answer.text("/creditsAvailable")) {
        (Some(required), Some(available)) => {
            format!(": {required} credits are needed, {available} are there")
        }
        _ => String::new(),
    }
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
    fn the_status_decides() {
        use ErrorKind as K;
        for (status, text, expected, refused, retryable) in [
            (400, "Validation error", K::InvalidRequest, true, false),
            (401, "Invalid API key", K::Authentication, true, false),
            (402, "Insufficient credits", K::InsufficientFunds, true, false),
            (403, "API key is inactive", K::Authentication, true, false),
            (403, "Video is off for this team", K::PermissionDenied, true, false),
            (409, "Idempotency key reused", K::Conflict, true, false),
            (429, "Too many requests", K::RateLimited, true, true),
            (502, "Upstream", K::Unavailable, false, false),
            (503, "Queue is down", K::Unavailable, false, false),
        ] {
            let submission = submitted(status, &json!({ "error": text }));
            let error = submission.error().unwrap();
            assert_eq!(error.kind(), expected, "{status} {text}");
            assert_eq!(matches!(submission, Submission::Refused(_)), refused, "{status} {text}");
            assert_eq!(error.is_retryable(), retryable, "{status} {text}");
        }
    }

    #[test]
    fn the_message_names_fields_and_credits() {
        let body =
            json!({"error": "Validation error", "details": {"prompt": ["Required", "Too short"]}});
        let submission = submitted(400, &body);
        assert_eq!(
            submission.error().unwrap().message(),
            "Validation error; prompt: Required, Too short"
        );
        let body =
            json!({"error": "Insufficient credits", "creditsRequired": 55, "creditsAvailable": 3});
        let submission = submitted(402, &body);
        assert_eq!(
            submission.error().unwrap().message(),
            "Insufficient credits: 55 credits are needed, 3 are there"
        );
    }
}
