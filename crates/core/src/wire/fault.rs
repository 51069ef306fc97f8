//! How a call failed, and what that proves.

use std::{
    error,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::HeaderMap;
use serde::Serialize;

use super::{answer::Answer, limits::FieldViolation};
use crate::{
    error::{Error, ErrorKind, Operation},
    submission::Submission,
};

/// How a call failed. Read once, from the generated client's error, which must never be shown: it
/// prints headers, URLs and bodies.
#[derive(Debug)]
#[non_exhaustive]
pub enum Fault {
    /// The request could not be made, or no connection: **not a byte left**.
    NotSent(Error),
    /// The request may have arrived; no whole answer came back.
    Lost(reqwest::Error),
    /// The provider answered with a failure.
    Answered(Answer),
    /// The provider answered with success, but not in a form that can be read.
    Unreadable {
        /// The body as it came.
        body: Bytes,
        /// What is wrong with it, in the JSON reader's words.
        reason: String,
    },
}

/// What a provider's failure answer means, as its crate reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The kind, if the body tells more than the status.
    pub kind: Option<ErrorKind>,
    /// The provider's code.
    pub code: Option<String>,
    /// The provider's words.
    pub message: Option<String>,
    /// Whether it proves that nothing was created, if that differs from
    /// [`Answer::is_refusal`].
    pub refusal: Option<bool>,
    /// How long to wait, where the body says it and no header does.
    pub retry_after: Option<Duration>,
    /// Whether the same can be tried again, if that differs from what the kind says.
    pub retryable: Option<bool>,
}

impl Fault {
    /// Reads the generated client's error.
    pub async fn read(error: progenitor_client::Error<()>) -> Self {
        use progenitor_client::Error as E;
        match error {
            E::InvalidRequest(message) | E::Custom(message) => Self::not_sent(message),
            E::CommunicationError(error)
            | E::InvalidUpgrade(error)
            | E::ResponseBodyError(error) => Self::broken(error),
            E::ErrorResponse(response) => Self::Unreadable {
                body: Bytes::new(),
                reason: format!("status {} without a body", response.status().as_u16()),
            },
            E::InvalidResponsePayload(body, error) => {
                Self::Unreadable { body, reason: error.to_string() }
            }
            E::UnexpectedResponse(response) => Self::response(response).await,
        }
    }

    /// Reads a broken connection.
    #[must_use]
    pub fn broken(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if error.is_connect() || error.is_builder() {
            let message = format!("no connection could be made: {}", root_cause(&error));
            return Self::NotSent(
                Error::new(ErrorKind::Network, Operation::Other, message).with_source(error),
            );
        }
        Self::Lost(error)
    }

    /// Reads an answer whose status is not the expected one.
    pub async fn response(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        let body = match response.bytes().await {
            Ok(body) => body,
            Err(error) => return Self::broken(error),
        };
        if status.is_success() {
            let reason = format!("status {} is not expected here", status.as_u16());
            return Self::Unreadable { body, reason };
        }
        Self::Answered(Answer::new(status.as_u16(), &headers, &body, SystemTime::now()))
    }

    /// Reads a failure that hides in an answer with a success status: `code` in the body tells it.
    #[must_use]
    pub fn hidden(code: u16, headers: &HeaderMap, body: &impl Serialize) -> Self {
        Self::Answered(Answer::hidden(code, headers, body, SystemTime::now()))
    }

    /// The request could not be made: nothing was sent.
    #[must_use]
    pub fn not_sent(message: impl Into<String>) -> Self {
        Self::NotSent(Error::new(ErrorKind::InvalidRequest, Operation::Other, message))
    }

    /// What came of a submit that failed so: refused only where that is proved.
    pub fn into_submission(
        self,
        provider: &'static str,
        read: impl FnOnce(&Answer) -> Reading,
    ) -> Submission {
        let (refused, error) = self.settle(provider, Operation::Submit, read);
        if refused {
            Submission::Refused(error)
        } else {
            Submission::Unknown(error.with_retryable(false))
        }
    }

    /// The error for a call that failed so.
    #[must_use]
    pub fn into_error(
        self,
        provider: &'static str,
        operation: Operation,
        read: impl FnOnce(&Answer) -> Reading,
    ) -> Error {
        self.settle(provider, operation, read).1
    }

    /// Whether nothing was done, proved, and the error.
    fn settle(
        self,
        provider: &'static str,
        operation: Operation,
        read: impl FnOnce(&Answer) -> Reading,
    ) -> (bool, Error) {
        let new =
            |kind, message: String| Error::new(kind, operation, message).with_provider(provider);
        match self {
            Self::NotSent(cause) => {
                let error = new(cause.kind(), cause.message().to_owned())
                    .with_retryable(cause.kind() == ErrorKind::Network)
                    .with_source(cause);
                (true, error)
            }
            Self::Lost(cause) => {
                let message = if cause.is_timeout() {
                    "no whole answer came within the time limit".to_owned()
                } else {
                    format!(
                        "the connection broke before the whole answer came: {}",
                        root_cause(&cause)
                    )
                };
                (false, new(ErrorKind::Network, message).with_source(cause))
            }
            Self::Unreadable { body, reason } => {
                let message = format!("the answer cannot be read: {reason}");
                let error = new(ErrorKind::Unreadable, message)
                    .with_context("bytes", body.len().to_string());
                (false, error)
            }
            Self::Answered(answer) => {
                let reading = read(&answer);
                let refused = reading.refusal.unwrap_or_else(|| answer.is_refusal());
                (refused, reading.into_error(&answer, refused, &new))
            }
        }
    }
}

impl Reading {
    fn into_error(
        self,
        answer: &Answer,
        refused: bool,
        new: &impl Fn(ErrorKind, String) -> Error,
    ) -> Error {
        let kind = self.kind.unwrap_or_else(|| kind_of_status(answer.status));
        let message = self.message.unwrap_or_else(|| "the provider gave no reason".to_owned());
        let mut error =
            new(kind, message).with_retry_after(answer.retry_after.or(self.retry_after));
        // On a submit, being refused for a passing reason is what makes another try safe.
        let retryable = error.is_retryable() || (refused && kind.is_transient());
        error = error.with_retryable(self.retryable.unwrap_or(retryable));
        error = error.with_context("status", answer.status.to_string());
        if let Some(code) = self.code {
            error = error.with_context("code", code);
        }
        if let Some(id) = &answer.request_id {
            error = error.with_context("request id", id);
        }
        error
    }
}

/// The error for a body that breaks the limits of the spec. The check should have found it before.
#[must_use]
pub fn invalid(provider: &'static str, violations: &[FieldViolation]) -> Error {
    let list: Vec<_> = violations.iter().map(ToString::to_string).collect();
    Error::new(ErrorKind::InvalidRequest, Operation::Submit, list.join("; "))
        .with_provider(provider)
}

/// What a status means when the body does not tell more.
const fn kind_of_status(status: u16) -> ErrorKind {
    match status {
        400 | 405 | 413 | 414 | 415 | 422 => ErrorKind::InvalidRequest,
        401 => ErrorKind::Authentication,
        402 => ErrorKind::InsufficientFunds,
        403 => ErrorKind::PermissionDenied,
        404 | 410 => ErrorKind::NotFound,
        409 => ErrorKind::Conflict,
        408 | 425 | 500..=599 => ErrorKind::Unavailable,
        429 => ErrorKind::RateLimited,
        _ => ErrorKind::Other,
    }
}

/// The innermost cause: what the operating system or the TLS library said.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    fn answered(status: u16) -> Fault {
        Fault::Answered(Answer::new(status, &HeaderMap::new(), b"", SystemTime::now()))
    }

    fn no_reading(_: &Answer) -> Reading {
        Reading::default()
    }

    #[test]
    fn a_submit_is_refused_only_where_that_is_proved() {
        for (fault, refused, retryable) in [
            (Fault::not_sent("x"), true, false),
            (answered(400), true, false),
            (answered(402), true, false),
            (answered(429), true, true),
            (answered(408), false, false),
            (answered(409), false, false),
            (answered(500), false, false),
            (answered(302), false, false),
            (Fault::Unreadable { body: Bytes::new(), reason: String::new() }, false, false),
        ] {
            let case = format!("{fault:?}");
            let submission = fault.into_submission("evolink", no_reading);
            assert_eq!(matches!(submission, Submission::Refused(_)), refused, "{case}");
            assert_eq!(submission.error().unwrap().is_retryable(), retryable, "{case}");
        }
    }

    #[test]
    fn a_provider_may_know_better_than_the_status() {
        let reading = Reading {
            kind: Some(ErrorKind::Unavailable),
            code: Some("no_available_channel".to_owned()),
            refusal: Some(true),
            ..Reading::default()
        };
        let submission = answered(400).into_submission("evolink", |_| reading);
        let error = submission.error().unwrap();
        assert!(matches!(submission, Submission::Refused(_)) && error.is_retryable());
        assert_eq!(error.context()[1], ("code", "no_available_channel".to_owned()));
    }

    #[test]
    fn a_failed_status_call_may_be_repeated_if_the_reason_passes() {
        for (status, retryable) in
            [(404, false), (401, false), (429, true), (502, true), (408, true)]
        {
            let error = answered(status).into_error("evolink", Operation::Status, no_reading);
            assert_eq!(error.is_retryable(), retryable, "{status}");
        }
    }

    #[tokio::test]
    async fn a_refused_connection_is_proved_not_sent() {
        let port = {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            listener.local_addr().unwrap().port()
        };
        let error = reqwest::Client::new()
            .post(format!("http://127.0.0.1:{port}/?sig=secret"))
            .send()
            .await
            .unwrap_err();
        let submission = Fault::broken(error).into_submission("evolink", no_reading);
        let error = submission.error().unwrap();
        assert!(matches!(submission, Submission::Refused(_)) && error.is_retryable());
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    }
}
