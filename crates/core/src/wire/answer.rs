//! A provider's answer that is not a success.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, header::RETRY_AFTER};
use serde::Serialize;
use serde_json::Value;

use crate::job::truncated;

/// Where providers put the id that their support asks for.
const REQUEST_ID_HEADERS: &[&str] = &["x-request-id", "x-oneapi-request-id", "x-trace-id"];

/// An answer whose status says that the call failed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// How long to wait, from `Retry-After`.
    pub retry_after: Option<Duration>,
    /// The provider's id of this request.
    pub request_id: Option<String>,
    /// The body, if it is JSON.
    pub json: Option<Value>,
}

impl Answer {
    /// Reads status, headers and body.
    #[must_use]
    pub fn new(status: u16, headers: &HeaderMap, body: &[u8], now: SystemTime) -> Self {
        let text = |name: &&str| headers.get(*name)?.to_str().ok().map(str::to_owned);
        Self {
            status,
            retry_after: retry_after(headers, now),
            request_id: REQUEST_ID_HEADERS.iter().find_map(text),
            json: serde_json::from_slice(body).ok(),
        }
    }

    /// A failure that hides in a success: `code` in the body stands for the status.
    #[must_use]
    pub fn hidden(code: u16, headers: &HeaderMap, body: &impl Serialize, now: SystemTime) -> Self {
        let json = serde_json::to_value(body).ok();
        Self { json, ..Self::new(code, headers, &[], now) }
    }

    /// The text at a JSON pointer such as `/error/message`; numbers are read as text. Long texts are
    /// cut to 500 characters.
    #[must_use]
    pub fn text(&self, pointer: &str) -> Option<String> {
        match self.json.as_ref()?.pointer(pointer)? {
            Value::String(text) if !text.is_empty() => Some(truncated(text, 500)),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// Whether the status alone proves that nothing was created: the provider looked at the request
    /// and turned it down. 408, 409, 425 and 499 do not prove that, nor does any 5xx or redirect.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        matches!(self.status, 400..=498) && !matches!(self.status, 408 | 409 | 425)
    }
}

/// The wait that a `Retry-After` header asks for: seconds, or a date after `now`.
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = httpdate::parse_http_date("Sat, 21 Nov 2026 10:00:00 GMT").unwrap();
        for (text, seconds) in [
            ("7", Some(7)),
            ("Sat, 21 Nov 2026 10:00:30 GMT", Some(30)),
            ("Sat, 21 Nov 2026 09:00:00 GMT", Some(0)),
            ("-1", None),
            ("soon", None),
            ("99999999999999999999999", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, text.parse().unwrap());
            assert_eq!(retry_after(&headers, now).map(|wait| wait.as_secs()), seconds, "{text}");
        }
    }

    #[test]
    fn only_a_plain_refusal_proves_that_nothing_was_created() {
        for (status, refusal) in [
            (303, false),
            (400, true),
            (402, true),
            (404, true),
            (408, false),
            (409, false),
            (422, true),
            (429, true),
            (499, false),
            (500, false),
            (502, false),
            (503, false),
        ] {
            let answer = Answer::new(status, &HeaderMap::new(), b"", SystemTime::now());
            assert_eq!(answer.is_refusal(), refusal, "{status}");
        }
    }

    #[test]
    fn texts_are_found_by_pointer_whatever_the_body_is() {
        let read = |body: &[u8]| {
            Answer::new(400, &HeaderMap::new(), body, SystemTime::now()).text("/error/code")
        };
        assert_eq!(read(br#"{"error":{"code":"bad"}}"#).as_deref(), Some("bad"));
        assert_eq!(read(br#"{"error":{"code":400}}"#).as_deref(), Some("400"));
        assert_eq!(read(br#"{"error":"x"}"#), None);
        assert_eq!(read(b"<html>"), None);
    }
}
