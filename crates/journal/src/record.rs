//! What the journal holds: orders, jobs, their attempts, outputs and events.

use std::{
    fmt,
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use reshoot_core::{
    Charge, Downloaded, EditRequest, Error, Estimate, JobRef, Media, Url, path_text, redact,
};
use serde::{Deserialize, Serialize, Serializer};

use crate::{Caps, State, Usd};

macro_rules! id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id! {
    /// The number of a job in its journal: what a person types.
    JobId
}

id! {
    /// The number of an attempt in its journal.
    AttemptId
}

/// A moment as the journal keeps it: milliseconds since 1970, UTC. JSON and people get RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub i64);

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        humantime::format_rfc3339_seconds((*self).into()).fmt(f)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&humantime::format_rfc3339_millis((*self).into()))
    }
}

impl Moment {
    /// Now, by this machine's clock.
    #[must_use]
    pub fn now() -> Self {
        SystemTime::now().into()
    }

    /// So long before.
    pub(crate) fn before(self, span: Duration) -> Self {
        let millis = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(millis))
    }

    /// The day, counted from 1970-01-01, UTC.
    #[must_use]
    pub const fn day(self) -> i64 {
        self.0.div_euclid(24 * 60 * 60 * 1000)
    }
}

impl From<SystemTime> for Moment {
    fn from(time: SystemTime) -> Self {
        let millis = |span: Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        Self(match time.duration_since(UNIX_EPOCH) {
            Ok(since) => millis(since),
            Err(before) => millis(before.duration()).saturating_neg(),
        })
    }
}

impl From<Moment> for SystemTime {
    fn from(moment: Moment) -> Self {
        let span = Duration::from_millis(moment.0.unsigned_abs());
        let time =
            if moment.0 < 0 { UNIX_EPOCH.checked_sub(span) } else { UNIX_EPOCH.checked_add(span) };
        time.unwrap_or(UNIX_EPOCH)
    }
}

/// How a provider is reached, without its key: enough to come back to a job after a restart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Via {
    /// The provider's word.
    pub provider: String,
    /// Another base URL than the documented one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// Another base URL for the file service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files_url: Option<String>,
    /// The bucket in which local files are staged, such as `s3://bucket/prefix`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
}

impl Via {
    /// The documented way to a provider.
    #[must_use]
    pub fn new(provider: impl Into<String>) -> Self {
        Self { provider: provider.into(), ..Self::default() }
    }
}

/// An edit that somebody wants: what the journal keeps of it before anything is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Order {
    /// What to do.
    pub request: EditRequest,
    /// Where the first result goes, the others beside it; none downloads nothing.
    pub target: Option<PathBuf>,
    /// Whether files that are in the way are replaced.
    pub overwrite: bool,
    /// The batch that it is part of.
    pub batch: Option<String>,
    /// What tells it from the other rows of its batch.
    pub row: Option<String>,
    /// How much it may cost.
    pub caps: Caps,
}

impl Order {
    /// An edit whose result goes to `target`, without caps.
    #[must_use]
    pub fn new(request: EditRequest, target: Option<PathBuf>) -> Self {
        let (batch, row, caps) = (None, None, Caps::default());
        Self { request, target, overwrite: false, batch, row, caps }
    }

    /// Replaces files that are in the way, or not.
    #[must_use]
    pub const fn with_overwrite(mut self, overwrite: bool) -> Self {
        self.overwrite = overwrite;
        self
    }

    /// Makes it part of a batch.
    #[must_use]
    pub fn with_batch(mut self, batch: Option<String>) -> Self {
        self.batch = batch;
        self
    }

    /// Makes it a row of a batch. The same row is the same job: it cannot be begun again, unless it ended
    /// without a result.
    #[must_use]
    pub fn with_row(mut self, batch: impl Into<String>, row: impl Into<String>) -> Self {
        (self.batch, self.row) = (Some(batch.into()), Some(row.into()));
        self
    }

    /// Caps what it may cost.
    #[must_use]
    pub fn with_caps(mut self, caps: Caps) -> Self {
        self.caps = caps;
        self
    }
}

/// What an attempt will cost at most, as quoted before it was begun.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Quote {
    /// The most seconds that can be billed.
    pub seconds: f64,
    /// US dollars for them; none where the price is unknown.
    pub usd: Option<Usd>,
}

impl Quote {
    /// A quote of so many seconds for so much.
    #[must_use]
    pub const fn new(seconds: f64, usd: Option<Usd>) -> Self {
        Self { seconds, usd }
    }
}

impl From<Estimate> for Quote {
    fn from(estimate: Estimate) -> Self {
        Self { seconds: estimate.seconds, usd: estimate.usd.and_then(Usd::at_least) }
    }
}

/// A job: one edit that somebody wants, and every attempt to get it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct JobRecord {
    /// Its number.
    pub id: JobId,
    /// When it was asked for.
    pub created: Moment,
    /// What to do. A webhook and signed links in it are shown without their secrets as JSON.
    #[serde(serialize_with = "shown_request")]
    pub request: EditRequest,
    /// Where the first result goes; none downloads nothing.
    #[serde(serialize_with = "optional_path")]
    pub target: Option<PathBuf>,
    /// Whether files that are in the way are replaced.
    pub overwrite: bool,
    /// The providers that it may be tried at, in order.
    pub routes: Vec<Via>,
    /// The batch that it is part of.
    pub batch: Option<String>,
    /// How much it may cost.
    #[serde(skip)]
    pub caps: Caps,
    /// The attempts, oldest first: at least one.
    pub attempts: Vec<Attempt>,
}

impl JobRecord {
    /// The attempt that matters: the newest.
    #[must_use]
    pub fn last(&self) -> Option<&Attempt> {
        self.attempts.last()
    }

    /// The attempt of that number.
    #[must_use]
    pub fn attempt(&self, id: AttemptId) -> Option<&Attempt> {
        self.attempts.iter().find(|attempt| attempt.id == id)
    }
}

/// One attempt at one provider: at most one paid job.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Attempt {
    /// Its number.
    pub id: AttemptId,
    /// How the provider is reached.
    #[serde(flatten)]
    pub via: Via,
    /// Where it stands.
    pub state: State,
    /// When it was meant.
    pub created: Moment,
    /// When it came to stand there.
    pub changed: Moment,
    /// The key that makes a repeated submit harmless, where the provider honours one.
    pub idempotency_key: Option<String>,
    /// Where the media were when the request was submitted; none where they stand in the request.
    #[serde(skip)]
    pub media: Option<Vec<Url>>,
    /// When the first byte of the paid request may have left.
    pub submitted: Option<Moment>,
    /// The provider's id of the job.
    pub remote: Option<String>,
    /// What it was to cost at most.
    pub quote: Quote,
    /// What counts against caps: the quote until it is settled; none where the price is unknown.
    pub owed: Option<Usd>,
    /// What the provider says that it billed.
    pub billed: Option<Charge>,
    /// How long the job was in the queue, where the provider tells.
    #[serde(rename = "queued_seconds", serialize_with = "seconds")]
    pub queued: Option<Duration>,
    /// How long it was at work, where the provider tells.
    #[serde(rename = "running_seconds", serialize_with = "seconds")]
    pub running: Option<Duration>,
    /// Why it stands where it stands, where there is something to say.
    pub reason: Option<String>,
    /// Who drives it.
    #[serde(skip)]
    pub holder: Option<HolderId>,
    /// The results.
    pub outputs: Vec<OutputRecord>,
}

impl Attempt {
    /// The provider's job, if it has made one.
    ///
    /// # Errors
    /// When the id is none that could stand in a request.
    pub fn job_ref(&self) -> Option<Result<JobRef, Error>> {
        Some(JobRef::new(self.via.provider.as_str(), self.remote.clone()?))
    }
}

/// Who drives attempts: one process, for as long as it lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HolderId(pub(crate) i64);

/// One result of an attempt.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OutputRecord {
    /// Which one, counted from 1.
    pub n: usize,
    /// Where it can be fetched, while the link lives. Often signed; JSON shows it without.
    #[serde(serialize_with = "shown_url")]
    pub link: Url,
    /// When the link dies, where the provider tells.
    pub expires: Option<Moment>,
    /// The file, once it is here.
    pub file: Option<FileRecord>,
}

impl fmt::Debug for OutputRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutputRecord")
            .field("n", &self.n)
            .field("link", &redact::shown(&self.link).to_string())
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

/// A result that was written, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FileRecord {
    /// Where.
    #[serde(serialize_with = "path_text::serialize")]
    pub path: PathBuf,
    /// How many bytes.
    pub bytes: u64,
    /// Their SHA-256, in small hex digits.
    pub sha256: String,
}

/// Something that happened to an attempt. Events are only ever added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct EventRecord {
    /// To which attempt.
    pub attempt: AttemptId,
    /// When.
    pub at: Moment,
    /// The state that it came to.
    pub state: State,
    /// What there is to say about it.
    pub detail: Option<String>,
}

impl From<&Downloaded> for FileRecord {
    fn from(file: &Downloaded) -> Self {
        Self::new(file.path.clone(), file.bytes, file.sha256.clone())
    }
}

impl FileRecord {
    /// A file of so many bytes with this SHA-256, in small hex digits.
    #[must_use]
    pub const fn new(path: PathBuf, bytes: u64, sha256: String) -> Self {
        Self { path, bytes, sha256 }
    }
}

fn seconds<S: Serializer>(time: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(|time| time.as_secs_f64()).serialize(serializer)
}

fn shown_url<S: Serializer>(url: &Url, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&redact::shown(url))
}

pub(crate) fn optional_path<S: Serializer>(
    path: &Option<PathBuf>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match path {
        Some(path) => path_text::serialize(path, serializer),
        None => serializer.serialize_none(),
    }
}

fn shown_request<S: Serializer>(request: &EditRequest, serializer: S) -> Result<S::Ok, S::Error> {
    let mut request = request.clone();
    for media in std::iter::once(&mut request.video).chain(&mut request.reference_images) {
        if let Media::Url(url) = media {
            strip(url);
        }
    }
    request.webhook.iter_mut().for_each(strip);
    request.serialize(serializer)
}

/// Takes out what may be a signature or a token.
fn strip(url: &mut Url) {
    if url.query().is_some() {
        url.set_query(Some("…"));
    }
    url.set_fragment(None);
}
