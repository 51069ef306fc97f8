//! What the sender of a delivery is told.

use http::StatusCode;

/// What came of a delivery, as far as its sender may know: never why it was not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// Genuine, and its hint was handed over: 200.
    Taken,
    /// Genuine, and known already: 200, so that it is not sent again.
    Repeated,
    /// Believed to be the provider's, but it tells nothing of a job: 400.
    Unreadable,
    /// Not genuine, or the token is wrong: 401.
    Forged,
    /// Nobody listens at this path: 404.
    NotFound,
    /// The body is longer than [`MAX_BODY`](crate::MAX_BODY): 413.
    TooLarge,
    /// Neither proved nor disproved, since the key of the signature could not be had, or nobody had
    /// room for the hint: 503, so that it is sent again.
    Again,
}

impl Answer {
    /// The status to answer with; the body stays empty.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Taken | Self::Repeated => StatusCode::OK,
            Self::Unreadable => StatusCode::BAD_REQUEST,
            Self::Forged => StatusCode::UNAUTHORIZED,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Again => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}
