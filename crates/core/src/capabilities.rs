//! What a provider can do, as plain data: every limit with its source.

use std::time::Duration;

use crate::request::{AspectRatio, Resolution};

/// Where a fact was read, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// The page.
    pub url: &'static str,
    /// The day it was read, `YYYY-MM-DD`.
    pub read: &'static str,
}

impl Source {
    /// A page, and the day it was read.
    #[must_use]
    pub const fn new(url: &'static str, read: &'static str) -> Self {
        Self { url, read }
    }
}

/// A value and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fact<T> {
    /// The value.
    pub value: T,
    /// Where it was read.
    pub source: Source,
}

impl<T> Fact<T> {
    /// A value, and where it was read.
    #[must_use]
    pub const fn new(value: T, source: Source) -> Self {
        Self { value, source }
    }
}

/// What one provider can do for a Wan 2.7 edit.
///
/// Validation, `--help`, the README's table, estimates and tests all read these constants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Capabilities {
    /// The provider's word, such as `skills-video`.
    pub provider: &'static str,
    /// The provider's name, such as `skills.video`.
    pub title: &'static str,
    /// Limits of the prompt.
    pub prompt: Fact<TextLimit>,
    /// Limits of the negative prompt; none if the provider takes none.
    pub negative_prompt: Option<Fact<TextLimit>>,
    /// How many reference images at most.
    pub reference_images: Fact<usize>,
    /// The size classes on offer.
    pub resolutions: Fact<&'static [Resolution]>,
    /// The shapes on offer, beside keeping the input's.
    pub aspect_ratios: Fact<&'static [AspectRatio]>,
    /// To how many seconds the input can be cut.
    pub duration: Fact<Range<u32>>,
    /// The range of seeds; none if the provider takes no seed.
    pub seed: Option<Fact<Range<i64>>>,
    /// The provider's default for prompt rewriting; none if it cannot be chosen.
    pub prompt_expansion: Option<Fact<bool>>,
    /// Whether a watermark can be asked for.
    pub watermark: Fact<bool>,
    /// How many results one job can make.
    pub outputs: Fact<Range<u8>>,
    /// How the provider calls back.
    pub webhook: Fact<Webhook>,
    /// What the signature of its calls proves.
    pub signature: Fact<Signature>,
    /// What a clip must be like.
    pub video: Fact<VideoLimits>,
    /// What a reference image must be like.
    pub image: Fact<ImageLimits>,
    /// What the provider's own upload takes; none if it has no proven one.
    pub upload: Option<Fact<UploadLimits>>,
    /// What is billed.
    pub billing: Fact<Billing>,
    /// US dollars per billed second; none where unknown.
    pub price: Option<Fact<Price>>,
    /// What a job costs that fails, or is stopped.
    pub failed_jobs: Fact<FailedJobs>,
    /// How long a result link lives; none where unknown.
    pub link_lifetime: Option<Fact<Duration>>,
    /// Until when a job can be stopped.
    pub cancel: Fact<Cancel>,
    /// Whether a repeated submit can be made harmless.
    pub idempotency: Option<Fact<IdempotencyRule>>,
    /// How jobs whose id was lost can be found.
    pub listing: Fact<Listing>,
    /// How many jobs an account may run at once; none where unknown.
    pub at_once: Option<Fact<u32>>,
    /// How many jobs may begin within a while; none where unknown.
    pub starts: Option<Fact<Starts>>,
    /// How many jobs one status call can ask for; none: one.
    pub statuses: Option<Fact<usize>>,
    /// How often to ask for a job's state.
    pub pace: Fact<Pace>,
    /// How long an edit takes, typically.
    pub run_time: Fact<Duration>,
}

/// An inclusive range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range<T> {
    /// The smallest value allowed.
    pub min: T,
    /// The largest value allowed.
    pub max: T,
}

impl<T: PartialOrd + Copy> Range<T> {
    /// A range with both ends allowed.
    #[must_use]
    pub const fn new(min: T, max: T) -> Self {
        Self { min, max }
    }

    /// Whether `value` is in the range.
    #[must_use]
    pub fn contains(&self, value: T) -> bool {
        self.min <= value && value <= self.max
    }
}

/// How long a text may be, counted in Unicode scalar values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextLimit {
    /// Whether an empty text is refused.
    pub required: bool,
    /// The longest text that is accepted.
    pub max_chars: usize,
    /// Above this the model may cut the text, though the provider accepts it.
    pub advised_chars: usize,
}

impl TextLimit {
    /// An optional text of at most `max_chars`.
    #[must_use]
    pub const fn optional(max_chars: usize) -> Self {
        Self { required: false, max_chars, advised_chars: max_chars }
    }

    /// A text of 1 to `max_chars`.
    #[must_use]
    pub const fn required(max_chars: usize) -> Self {
        Self { required: true, ..Self::optional(max_chars) }
    }
}

/// How a provider tells that a job has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Webhook {
    /// To a URL given with each request.
    PerRequest {
        /// Only https URLs outside private networks are called.
        public_https_only: bool,
        /// The longest URL; none where no limit is documented.
        max_chars: Option<usize>,
    },
    /// To a URL set in the provider's dashboard; none can be given with a request.
    Dashboard,
}

/// What the signature of a delivery proves. Confirm each with a status call all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// Deliveries are not signed: anybody who knows the URL can send one.
    None,
    /// The job's id and the time are the provider's; the rest of the body may be anybody's.
    Job,
    /// Every byte of the body is the provider's.
    Body,
}

/// Until when a job can be stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancel {
    /// Never.
    Never,
    /// While it waits in the queue.
    Queued,
    /// While it runs.
    Running,
}

/// What a clip must be like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VideoLimits {
    /// Length in seconds.
    pub seconds: Range<u32>,
    /// Each side in pixels.
    pub side: Range<u32>,
    /// The longer side may be at most this many times the shorter.
    pub max_aspect: u32,
    /// Size in bytes, at most.
    pub max_bytes: u64,
}

/// What a reference image must be like. Transparency is never allowed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ImageLimits {
    /// Each side in pixels.
    pub side: Range<u32>,
    /// The longer side may be at most this many times the shorter.
    pub max_aspect: u32,
    /// Size in bytes, at most.
    pub max_bytes: u64,
}

/// What a provider's upload takes. What exceeds it needs a bucket of the user's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UploadLimits {
    /// Size of a clip in bytes, at most.
    pub max_video_bytes: u64,
    /// Size of an image in bytes, at most.
    pub max_image_bytes: u64,
    /// Whether BMP images are taken.
    pub bmp: bool,
    /// The scheme of links into its store, where that is one of its own, such as `oss`: this provider
    /// takes them as media, and no other.
    pub scheme: Option<&'static str>,
}

/// Which seconds are billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Billing {
    /// Those of the input, as cut.
    Input,
    /// Those of the output.
    Output,
    /// Both, added.
    InputAndOutput,
    /// Seconds, but the provider does not say which: at most both.
    Unknown,
}

/// What a job costs that fails, or is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailedJobs {
    /// Nothing, or it is refunded.
    Free,
    /// The provider does not say.
    Unknown,
}

/// US dollars per billed second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Price {
    /// At 720p.
    pub p720: f64,
    /// At 1080p.
    pub p1080: f64,
}

impl Price {
    /// The price at a resolution.
    #[must_use]
    pub const fn at(self, resolution: Resolution) -> f64 {
        match resolution {
            Resolution::P720 => self.p720,
            Resolution::P1080 => self.p1080,
        }
    }
}

/// What an idempotency key must look like. A submit repeated under the same key makes no second job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdempotencyRule {
    /// Length in characters.
    pub chars: Range<usize>,
    /// Whether only letters, digits, `.`, `_` and `-` are allowed; else any visible ASCII.
    pub plain_only: bool,
    /// For how long the provider remembers a key; none where unknown.
    pub remembered: Option<Duration>,
}

impl IdempotencyRule {
    /// Whether `key` fits.
    #[must_use]
    pub fn allows(&self, key: &str) -> bool {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        self.chars.contains(key.chars().count())
            && key.chars().all(|c| plain(c) || (!self.plain_only && c.is_ascii_graphic()))
    }
}

/// What the provider lists of recent jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// Nothing: a lost id stays lost.
    None,
    /// Jobs that are still running.
    Running,
    /// Jobs that have begun; one that still waits may be missing.
    Begun,
    /// All recent jobs.
    Recent,
}

/// How many jobs may begin within a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Starts {
    /// How many.
    pub count: u32,
    /// Within which while, wherever that begins.
    pub per: Duration,
}

/// How often to ask for a job's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The wait before the first poll.
    pub first: Duration,
    /// The wait between polls.
    pub every: Duration,
}

impl Pace {
    /// A pace in seconds.
    #[must_use]
    pub const fn seconds(first: u64, every: u64) -> Self {
        Self { first: Duration::from_secs(first), every: Duration::from_secs(every) }
    }
}
