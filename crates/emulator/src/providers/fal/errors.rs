//! The queue's errors, and why a job failed: with which status, word and form.
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use serde_json::{Value, json};

use super::PROVIDER;
use crate::app::random_uuid;
use crate::jobs::Phase;
use crate::wire;

/// An error of the queue: text and word. Wrong input has a list in place of the text, as the model has.
pub(super) fn error(status: u16, message: &str) -> Response {
    let kind = match status {
        400 => Some("bad_request"),
        422 => return refused_input(&[detail(&["body"], "value_error", message)]),
        429 => Some("concurrent_requests_limit"),
        499 => Some("client_cancelled"),
        500 => Some("internal_error"),
        502 => Some("runner_incomplete_response"),
        503 => Some("runner_scheduling_failure"),
        504 => Some("startup_timeout"),
        _ => None,
    };
    let response = failed(status, kind, message);
    if status == 429 { ([("x-fal-needs-retry", "1")], response).into_response() } else { response }
}

/// A request that nobody has, or that is another's.
pub(super) fn unknown() -> Response {
    named(&random_uuid(), wire::json(404, json!({ "status": "NOT_FOUND" })))
}

/// Input that the model does not take.
pub(super) fn refused_input(details: &[Value]) -> Response {
    let response = wire::json(422, json!({ "detail": details }));
    named(&random_uuid(), ([("x-fal-retryable", "false")], response).into_response())
}

/// One entry of `detail`.
pub(super) fn detail(place: &[&str], kind: &str, message: &str) -> Value {
    let url = format!("https://docs.fal.ai/errors/#{kind}");
    json!({ "loc": place, "msg": message, "type": kind, "url": url })
}

fn failed(status: u16, kind: Option<&str>, message: &str) -> Response {
    let mut body = json!({ "detail": message });
    let mut response = match kind {
        Some(kind) => {
            wire::set(&mut body, "error_type", kind);
            wire::json(status, body)
        }
        None => wire::json(status, body),
    };
    if let Some(Ok(kind)) = kind.map(str::parse) {
        response.headers_mut().insert("x-fal-error-type", kind);
    }
    named(&random_uuid(), response)
}

/// The header by which a call is named to support.
pub(super) fn named(id: &str, mut response: Response) -> Response {
    if let Ok(id) = id.parse() {
        response.headers_mut().insert("x-fal-request-id", id);
    }
    response
}

/// Why a job has no result.
#[derive(Debug, PartialEq)]
pub(super) struct Failure {
    /// The status that reading the result answers.
    pub(super) status: u16,
    /// A word of the queue or of the model.
    pub(super) kind: String,
    pub(super) message: String,
}

impl Failure {
    pub(super) fn of(phase: &Phase) -> Option<Self> {
        match phase {
            Phase::Failed { code, message } => {
                let status = status_of(code);
                Some(Self { status, kind: code.clone(), message: message.clone() })
            }
            Phase::Canceled => Some(Self {
                status: 499,
                kind: "client_cancelled".to_owned(),
                message: "the request was cancelled".to_owned(),
            }),
            Phase::Queued | Phase::Running(_) | Phase::Succeeded => None,
        }
    }

    /// The model lists what is wrong with its input; all else is a text.
    pub(super) fn body(&self) -> Value {
        match self.status {
            422 => {
                json!({ "detail": [detail(&["body", self.field()], &self.kind, &self.message)] })
            }
            _ => json!({ "detail": self.message, "error_type": self.kind }),
        }
    }

    fn field(&self) -> &'static str {
        match self.kind.as_str() {
            "content_policy_violation" => "prompt",
            "one_of" => "duration",
            _ => "video_url",
        }
    }

    pub(super) fn response(&self, id: &str) -> Response {
        let mut response = named(id, wire::json(self.status, self.body()));
        let headers = response.headers_mut();
        let retryable = if self.status >= 500 { "true" } else { "false" };
        headers.insert("x-fal-retryable", HeaderValue::from_static(retryable));
        if let Ok(kind) = self.kind.parse()
            && self.status != 422
        {
            headers.insert("x-fal-error-type", kind);
        }
        response
    }
}

/// The status that belongs to a failure's word. What is no word of fal's is a failure of the service.
fn status_of(kind: &str) -> u16 {
    match kind {
        "bad_request" | "downstream_service_error" => 400,
        "client_disconnected" | "client_cancelled" => 499,
        "internal_server_error" | "downstream_service_unavailable" => 500,
        "runner_server_error" | "internal_error" => 500,
        "runner_incomplete_response" => 502,
        "request_timeout" | "startup_timeout" | "generation_timeout" => 504,
        _ if is_word("ModelErrorType", kind) => 422,
        _ if is_word("RequestErrorType", kind) => 503,
        _ => 500,
    }
}

fn is_word(schema: &str, word: &str) -> bool {
    let place = format!("/components/schemas/{schema}/enum");
    let words = PROVIDER.contract.document().pointer(&place).and_then(Value::as_array);
    words.is_some_and(|words| words.iter().any(|known| known == word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_decides_the_status_of_a_failure() {
        let cases = [
            ("content_policy_violation", 422),
            ("file_download_error", 422),
            ("runner_disconnected", 503),
            ("runner_incomplete_response", 502),
            ("generation_timeout", 504),
            ("downstream_service_error", 400),
            ("internal_server_error", 500),
            ("no word of theirs", 500),
        ];
        for (word, status) in cases {
            assert_eq!(status_of(word), status, "{word}");
        }
    }

    #[test]
    fn only_the_model_answers_with_a_list() {
        let failed = |code: &str| Phase::Failed { code: code.into(), message: "m".into() };
        let list = Failure::of(&failed("one_of")).unwrap().body();
        assert_eq!(list["detail"][0]["loc"], json!(["body", "duration"]));
        let text = Failure::of(&failed("internal_error")).unwrap().body();
        assert_eq!(text, json!({ "detail": "m", "error_type": "internal_error" }));
        assert_eq!(Failure::of(&Phase::Canceled).unwrap().status, 499);
        assert_eq!(Failure::of(&Phase::Succeeded), None);
    }
}
