//! Why something is not done, as the page shows it.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::exit::Failure;

/// A status, and what happened in plain words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    /// What was asked for makes no sense.
    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// It is no longer as it was when it was asked for.
    pub(super) fn outdated(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, message)
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, told(&failure))
    }
}

/// What happened, what it means for the money, and what to do, in a line.
pub(super) fn told(failure: &Failure) -> String {
    let said = [&failure.message, &failure.money].into_iter().chain(&failure.next);
    let said = said.filter(|text| !text.is_empty()).map(String::as_str);
    said.collect::<Vec<_>>().join("; ")
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "message": self.message }))).into_response()
    }
}
