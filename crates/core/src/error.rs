//! The one error type of reshoot.

use std::{error, fmt, time::Duration};

use crate::job::JobRef;

/// What went wrong, in the words that decide what to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The set-up is unusable: key, base URL, certificates.
    ///
    /// *What to do:* mend the setting that the message names. Nothing was sent.
    Config,
    /// The request breaks a limit, or the provider called it invalid.
    ///
    /// *What to do:* change what the message names. Sending the same again fails again.
    InvalidRequest,
    /// The provider refused the content of prompt or media.
    ///
    /// *What to do:* change the prompt or the clip.
    ContentRejected,
    /// The key is missing, wrong, disabled or expired.
    ///
    /// *What to do:* check the key in the provider's dashboard.
    Authentication,
    /// The key is good but may not do this.
    ///
    /// *What to do:* ask whoever administers the account.
    PermissionDenied,
    /// The account has too little credit.
    ///
    /// *What to do:* top up, then submit again: nothing was created.
    InsufficientFunds,
    /// Too many requests, or too many jobs at once.
    ///
    /// *What to do:* wait [`Error::retry_after`], or some seconds, and try again.
    RateLimited,
    /// The provider knows no such job, or it is not this key's.
    ///
    /// *What to do:* check provider and id; a job just created may need some seconds to show.
    NotFound,
    /// The idempotency key was used before, for another request or one still in flight.
    ///
    /// *What to do:* as the message says; never submit the same edit under a new key before the
    /// first one's fate is known.
    Conflict,
    /// The provider is down, overloaded or has no capacity.
    ///
    /// *What to do:* try again later.
    Unavailable,
    /// No connection, or it broke.
    ///
    /// *What to do:* check the network; [`Error::operation`] tells what is at stake.
    Network,
    /// An answer came that cannot be read.
    ///
    /// *What to do:* try again; if it stays, the provider changed its API: report it.
    Unreadable,
    /// The caller's deadline passed while the job was still running.
    ///
    /// *What to do:* wait again for the same job; it goes on and will be billed.
    TimedOut,
    /// The link to the result is dead and the provider gave no live one.
    ///
    /// *What to do:* ask the provider's support with the job's id; the edit was paid for.
    LinkExpired,
    /// What was downloaded is not the whole, or not a video.
    ///
    /// *What to do:* download again: the job's result is not affected.
    Corrupt,
    /// A local file or directory could not be read or written.
    ///
    /// *What to do:* mend what the message names, then continue with the same job.
    Io,
    /// The provider does not offer this operation.
    ///
    /// *What to do:* as the message says.
    NotOffered,
    /// A webhook delivery is not genuine.
    ///
    /// *What to do:* drop it.
    Forged,
    /// Anything else that the provider said.
    ///
    /// *What to do:* read the message.
    Other,
}

impl ErrorKind {
    /// Whether such an error passes by itself, so that *asking* again can help.
    ///
    /// Says nothing about whether a paid request may be sent again: see
    /// [`Submission`](crate::Submission).
    #[must_use]
    pub const fn is_transient(self) -> bool {
        matches!(self, Self::RateLimited | Self::Unavailable | Self::Network | Self::Unreadable)
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Config => "set-up",
            Self::InvalidRequest => "invalid request",
            Self::ContentRejected => "content rejected",
            Self::Authentication => "key not accepted",
            Self::PermissionDenied => "not permitted",
            Self::InsufficientFunds => "insufficient funds",
            Self::RateLimited => "rate limited",
            Self::NotFound => "not found",
            Self::Conflict => "conflict",
            Self::Unavailable => "unavailable",
            Self::Network => "network",
            Self::Unreadable => "unreadable answer",
            Self::TimedOut => "timed out",
            Self::LinkExpired => "link expired",
            Self::Corrupt => "corrupt",
            Self::Io => "file",
            Self::NotOffered => "not offered",
            Self::Forged => "not genuine",
            Self::Other => "error",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What was being done when the error came up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Reading settings, building clients.
    Configure,
    /// Checking a request before anything is sent.
    Check,
    /// Bringing a local file to where the provider can read it.
    Upload,
    /// The paid request.
    Submit,
    /// Asking for a job's state.
    Status,
    /// Waiting for a job to end.
    Wait,
    /// Stopping a job.
    Cancel,
    /// Looking for a job whose id was lost.
    Find,
    /// Fetching a result.
    Download,
    /// Reading a webhook delivery.
    Webhook,
    /// Any other call to the provider.
    Other,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Configure => "configure",
            Self::Check => "check",
            Self::Upload => "upload",
            Self::Submit => "submit",
            Self::Status => "status",
            Self::Wait => "wait",
            Self::Cancel => "cancel",
            Self::Find => "find",
            Self::Download => "download",
            Self::Webhook => "webhook",
            Self::Other => "call",
        })
    }
}

type Source = Box<dyn error::Error + Send + Sync>;

/// What went wrong, where, and whether asking again can help.
///
/// Its `Display` holds no key and no signed URL. Match on [`Error::kind`].
#[derive(Debug)]
pub struct Error(Box<Details>);

#[derive(Debug)]
struct Details {
    kind: ErrorKind,
    operation: Operation,
    message: String,
    provider: Option<&'static str>,
    retryable: bool,
    retry_after: Option<Duration>,
    job: Option<JobRef>,
    context: Vec<(&'static str, String)>,
    source: Option<Source>,
}

impl Error {
    /// An error that is retryable if its kind is transient and the operation costs nothing.
    ///
    /// A failed *submit* is never retryable by default: whoever can prove that no job was created
    /// says so with [`Error::with_retryable`].
    #[must_use]
    pub fn new(kind: ErrorKind, operation: Operation, message: impl Into<String>) -> Self {
        Self(Box::new(Details {
            kind,
            operation,
            message: message.into(),
            provider: None,
            retryable: kind.is_transient() && operation != Operation::Submit,
            retry_after: None,
            job: None,
            context: Vec::new(),
            source: None,
        }))
    }

    /// Names the provider.
    #[must_use]
    pub fn with_provider(mut self, provider: &'static str) -> Self {
        self.0.provider = Some(provider);
        self
    }

    /// Decides whether the same may be tried again.
    #[must_use]
    pub fn with_retryable(mut self, retryable: bool) -> Self {
        self.0.retryable = retryable;
        self
    }

    /// Notes how long the provider asks to wait.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = wait;
        self
    }

    /// Names the job that is at stake.
    #[must_use]
    pub fn with_job(mut self, job: &JobRef) -> Self {
        self.0.job = Some(job.clone());
        self
    }

    /// Adds a fact for whoever reads the message, such as the provider's request id.
    #[must_use]
    pub fn with_context(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.context.push((name, value.into()));
        self
    }

    /// Keeps what caused this. The cause must hold no key and no signed URL.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The same for another who is told of it; the cause stays with the first.
    pub(crate) fn without_source(&self) -> Self {
        let Details {
            kind,
            operation,
            message,
            provider,
            retryable,
            retry_after,
            job,
            context,
            ..
        } = &*self.0;
        Self(Box::new(Details {
            kind: *kind,
            operation: *operation,
            message: message.clone(),
            provider: *provider,
            retryable: *retryable,
            retry_after: *retry_after,
            job: job.clone(),
            context: context.clone(),
            source: None,
        }))
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What was being done.
    #[must_use]
    pub fn operation(&self) -> Operation {
        self.0.operation
    }

    /// The provider's word, such as `evolink`; none for errors of our own making.
    #[must_use]
    pub fn provider(&self) -> Option<&'static str> {
        self.0.provider
    }

    /// What happened, in plain words, without the prefix that `Display` adds.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Whether doing exactly the same again can succeed **and cannot be paid for twice**.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.0.retryable
    }

    /// How long the provider asks to wait before the next try.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The accepted job that this error is about; it exists and may be billed.
    #[must_use]
    pub fn job(&self) -> Option<&JobRef> {
        self.0.job.as_ref()
    }

    /// Further facts: the provider's code, its request id, the HTTP status.
    #[must_use]
    pub fn context(&self) -> &[(&'static str, String)] {
        &self.0.context
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(provider) = self.0.provider {
            write!(f, "{provider}: ")?;
        }
        write!(f, "{}: {}", self.0.operation, self.0.kind)?;
        if !self.0.message.is_empty() {
            write!(f, ": {}", self.0.message)?;
        }
        for (index, (name, value)) in self.0.context.iter().enumerate() {
            let lead = if index == 0 { " (" } else { ", " };
            write!(f, "{lead}{name} {value}")?;
        }
        if !self.0.context.is_empty() {
            f.write_str(")")?;
        }
        if let Some(job) = &self.0.job {
            write!(f, " [job {job}]")?;
        }
        Ok(())
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.0.source.as_ref().map(|source| &**source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_names_provider_operation_kind_facts_and_job() {
        let error = Error::new(ErrorKind::Unavailable, Operation::Status, "no channel is free")
            .with_provider("evolink")
            .with_context("status", "503")
            .with_context("request id", "r-1")
            .with_job(&JobRef::new("evolink", "task-1").unwrap());
        assert_eq!(
            error.to_string(),
            "evolink: status: unavailable: no channel is free (status 503, request id r-1) [job evolink:task-1]"
        );
    }

    #[test]
    fn only_what_costs_nothing_is_retryable_by_default() {
        for (kind, operation, retryable) in [
            (ErrorKind::Network, Operation::Status, true),
            (ErrorKind::Network, Operation::Submit, false),
            (ErrorKind::RateLimited, Operation::Submit, false),
            (ErrorKind::Authentication, Operation::Status, false),
            (ErrorKind::Unreadable, Operation::Upload, true),
        ] {
            let error = Error::new(kind, operation, "");
            assert_eq!(error.is_retryable(), retryable, "{error}");
        }
    }
}
