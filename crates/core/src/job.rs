//! Jobs: what a provider runs for us after a submit was accepted.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};
use url::Url;

use crate::{
    error::{Error, ErrorKind, Operation},
    job_times::JobTimes,
};

/// Which job, at which provider. Holds no secret: store it, print it, pass it on.
///
/// Its text form is `provider:id`, as in `evolink:task-unified-1790000100-k3v9q2xa`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct JobRef {
    provider: String,
    id: String,
}

impl JobRef {
    /// Names a job.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`] when the id is empty, `.`, `..`, longer than 512 bytes or holds
    /// control characters: such an id cannot stand in a request path.
    pub fn new(provider: impl Into<String>, id: impl Into<String>) -> Result<Self, Error> {
        let (provider, id) = (provider.into(), id.into());
        let fits = !matches!(id.as_str(), "" | "." | "..")
            && id.len() <= 512
            && !id.chars().any(char::is_control);
        if fits && !provider.is_empty() {
            return Ok(Self { provider, id });
        }
        let message = format!("{:?} is not the id of a job", truncated(&id, 60));
        Err(Error::new(ErrorKind::InvalidRequest, Operation::Other, message))
    }

    /// The provider's word.
    #[must_use]
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// The id that the provider gave.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The id, if the job is `provider`'s.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`] when it is another provider's.
    pub fn id_for(&self, provider: &'static str) -> Result<&str, Error> {
        if self.provider == provider {
            return Ok(&self.id);
        }
        let message = format!("{self} is not a job of {provider}");
        Err(Error::new(ErrorKind::InvalidRequest, Operation::Other, message)
            .with_provider(provider))
    }
}

impl fmt::Display for JobRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.provider, self.id)
    }
}

impl FromStr for JobRef {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (provider, id) = text.split_once(':').ok_or_else(|| {
            let message = format!("{:?} does not read provider:id", truncated(text, 60));
            Error::new(ErrorKind::InvalidRequest, Operation::Other, message)
        })?;
        Self::new(provider, id)
    }
}

impl TryFrom<String> for JobRef {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<JobRef> for String {
    fn from(job: JobRef) -> Self {
        job.to_string()
    }
}

/// At most `max` characters of `text`, for messages about hostile input.
pub(crate) fn truncated(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// A job as the provider last described it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Job {
    /// Which job.
    #[serde(rename = "job")]
    pub job_ref: JobRef,
    /// Where it stands.
    #[serde(flatten)]
    pub state: JobState,
    /// A status word that reshoot does not know; the job then counts as running.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_status: Option<String>,
    /// What the provider set aside at submit; not the final price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reserved: Option<Charge>,
    /// How long the provider thinks the job will still take, or take in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated: Option<Duration>,
    /// How long it waited and ran, as far as the provider tells and by now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<JobTimes>,
}

impl Job {
    /// A job in a state, with nothing else known.
    #[must_use]
    pub fn new(job_ref: JobRef, state: JobState) -> Self {
        let (unknown_status, reserved, estimated, times) = (None, None, None, None);
        Self { job_ref, state, unknown_status, reserved, estimated, times }
    }

    /// Notes how long it waited and ran.
    #[must_use]
    pub const fn with_times(mut self, times: Option<JobTimes>) -> Self {
        self.times = times;
        self
    }

    /// A job whose status word is not known: it counts as running, and the word is kept.
    #[must_use]
    pub fn with_unknown_status(job_ref: JobRef, word: impl Into<String>) -> Self {
        Self {
            unknown_status: Some(word.into()),
            ..Self::new(job_ref, JobState::Running { progress: None })
        }
    }
}

/// Where a job stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
#[non_exhaustive]
pub enum JobState {
    /// Accepted, not begun.
    Queued,
    /// Being worked on.
    Running {
        /// Percent done, 0–100, where the provider gives one. It may fall, and says nothing about
        /// completion.
        progress: Option<u8>,
    },
    /// Done; the outputs can be downloaded until their links die.
    Succeeded {
        /// The edited clips, at least one.
        outputs: Vec<Output>,
        /// The final price, where the provider tells.
        billed: Option<Charge>,
    },
    /// Ended without a result.
    Failed(Failure),
    /// Stopped before it ended.
    Canceled,
    /// Ended, but the provider no longer has the result.
    Expired,
}

impl JobState {
    /// Whether the job will not change any more.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        !matches!(self, Self::Queued | Self::Running { .. })
    }
}

/// One edited clip at the provider.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Output {
    /// Where to fetch it. Often signed: whoever has the URL can fetch the clip.
    pub url: Url,
    /// How long the link lives from the moment it was given, where the provider tells.
    pub lifetime: Option<Duration>,
}

impl Output {
    /// An output at `url`.
    #[must_use]
    pub const fn new(url: Url, lifetime: Option<Duration>) -> Self {
        Self { url, lifetime }
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output")
            .field("url", &crate::redact::shown(&self.url))
            .field("lifetime", &self.lifetime)
            .finish()
    }
}

/// An amount, in whatever the provider counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Charge {
    /// The provider's own credits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credits: Option<f64>,
    /// US dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usd: Option<f64>,
}

impl Charge {
    /// An amount of credits, if there is one.
    #[must_use]
    pub fn credits(credits: Option<f64>) -> Option<Self> {
        Some(Self { credits: Some(credits?), usd: None })
    }
}

impl fmt::Display for Charge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.usd, self.credits) {
            (Some(usd), Some(credits)) => write!(f, "${usd:.2} ({credits} credits)"),
            (Some(usd), None) => write!(f, "${usd:.2}"),
            (None, Some(credits)) => write!(f, "{credits} credits"),
            (None, None) => f.write_str("an unknown amount"),
        }
    }
}

/// Why a job ended without a result, as the provider told.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Failure {
    /// What kind of failure, in the words of [`ErrorKind`].
    #[serde(skip)]
    pub kind: ErrorKind,
    /// The provider's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The provider's explanation.
    pub message: String,
    /// What was billed all the same, where the provider tells; zero says that nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billed: Option<Charge>,
}

impl Failure {
    /// A failure of a kind, with the provider's code and words.
    #[must_use]
    pub fn new(kind: ErrorKind, code: Option<String>, message: impl Into<String>) -> Self {
        Self { kind, code, message: message.into(), billed: None }
    }

    /// Notes what was billed all the same.
    #[must_use]
    pub const fn with_billed(mut self, billed: Option<Charge>) -> Self {
        self.billed = billed;
        self
    }

    /// Whether the provider says, of this very job, that nothing was billed.
    #[must_use]
    pub fn is_unbilled(&self) -> bool {
        self.billed.is_some_and(|billed| {
            billed != Charge::default()
                && billed.usd.is_none_or(|usd| usd == 0.0)
                && billed.credits.is_none_or(|credits| credits == 0.0)
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.code, self.message.as_str()) {
            (Some(code), "") => f.write_str(code),
            (Some(code), message) => write!(f, "{message} ({code})"),
            (None, "") => f.write_str("the provider gave no reason"),
            (None, message) => f.write_str(message),
        }
    }
}

/// What a cancel did, told as the truth about money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cancellation {
    /// The job was stopped.
    Canceled,
    /// The provider passes the wish on to the job. Whether it stops, its state will tell; until then
    /// it may be billed.
    Requested,
    /// The job runs on, or has ended, and will be billed.
    TooLate,
    /// The provider cannot stop jobs: this one runs on and will be billed.
    NotOffered,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_ref_survives_its_text_form() {
        let job = JobRef::new("novita", "a:b/c?d").unwrap();
        assert_eq!(job.to_string().parse::<JobRef>().unwrap(), job);
    }

    #[test]
    fn ids_that_cannot_stand_in_a_path_are_refused() {
        for id in ["", ".", "..", "a\nb", &"x".repeat(513)] {
            assert!(JobRef::new("novita", id).is_err(), "{id:?}");
        }
    }

    #[test]
    fn only_an_amount_of_zero_says_that_nothing_was_billed() {
        let charge = |credits, usd| Some(Charge { credits, usd });
        for (billed, unbilled) in [
            (None, false),
            (charge(None, None), false),
            (charge(Some(0.0), None), true),
            (charge(Some(0.0), Some(0.0)), true),
            (charge(Some(0.0), Some(0.1)), false),
            (charge(Some(3.0), None), false),
        ] {
            let failure = Failure::new(ErrorKind::Other, None, "").with_billed(billed);
            assert_eq!(failure.is_unbilled(), unbilled, "{billed:?}");
        }
    }

    #[test]
    fn an_output_never_shows_its_signature() {
        let url = Url::parse("https://h.example/a.mp4?sig=abc").unwrap();
        assert!(!format!("{:?}", Output::new(url, None)).contains("abc"));
    }
}
