//! Errors: problem details after RFC 7807. There are no codes; the title and the status tell them apart.
use axum::response::Response;
use http::{HeaderValue, header};
use serde_json::{Value, json};

use crate::validate::Violation;
use crate::wire;

/// Seconds until the limit is reset, as a 429 tells them.
const RESET: u64 = 1;

pub(super) fn error(status: u16, message: &str) -> Response {
    let mut body = json!({ "detail": message, "status": status });
    if let Some(title) = title(status) {
        wire::set(&mut body, "title", title);
    }
    if status == 429 {
        wire::set(&mut body, "detail", format!("{message}; the limit resets in ~{RESET}s."));
        wire::set(&mut body, "retry_after", RESET);
    }
    problem(status, body)
}

/// Not each error has a title.
fn title(status: u16) -> Option<&'static str> {
    match status {
        400 => Some("Bad request"),
        401 => Some("Unauthenticated"),
        402 => Some("Payment required"),
        403 => Some("Forbidden"),
        422 => Some("Input validation failed"),
        _ => None,
    }
}

/// A body that breaks the contract; every wrong field is named.
pub(super) fn invalid(violations: &[Violation]) -> Response {
    let lines: Vec<String> = violations
        .iter()
        .map(|violation| match violation.dotted().as_str() {
            "" => format!("- {}", violation.message),
            field => format!("- {field}: {}", violation.message),
        })
        .collect();
    let fields: Vec<Value> = violations.iter().map(field).collect();
    let body = json!({
        "title": title(422), "detail": lines.join("\n"), "status": 422, "invalid_fields": fields,
    });
    problem(422, body)
}

/// One wrong field, in words of the emulator's own where the provider's are not known.
pub(super) fn invalid_field(path: &[&str], message: &str) -> Response {
    let path = path.iter().map(|&step| step.to_owned()).collect();
    invalid(&[Violation { path, message: message.to_owned() }])
}

/// A version that is not there or may not be used.
pub(super) fn no_version() -> Response {
    let body = json!({
        "title": "Invalid version or not permitted",
        "detail": "the version does not exist, or this token may not run it", "status": 422,
    });
    problem(422, body)
}

fn field(violation: &Violation) -> Value {
    json!({
        "type": rule(&violation.message), "field": violation.dotted(), "description": violation.message,
    })
}

/// The two rules whose words are known, and one for the rest.
fn rule(message: &str) -> &'static str {
    if message.starts_with("Additional properties are not allowed") {
        "additional_property_not_allowed"
    } else if message.ends_with("is a required property") {
        "required"
    } else {
        "invalid"
    }
}

fn problem(status: u16, body: Value) -> Response {
    let mut response = wire::json(status, body);
    let kind = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
