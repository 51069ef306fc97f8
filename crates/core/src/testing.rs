//! What the unit tests of this crate share: capabilities and a provider that follows a script.

use std::{collections::VecDeque, sync::Mutex, time::Duration};

use async_trait::async_trait;

use crate::{
    capabilities::{
        Billing, Cancel, Capabilities, Fact, FailedJobs, ImageLimits, Listing, Pace, Price, Range,
        Signature, Source, TextLimit, VideoLimits, Webhook,
    },
    error::{Error, ErrorKind, Operation},
    job::{Cancellation, Job, JobRef},
    provider::{Found, LostSubmit, Provider},
    ready::Ready,
    request::{AspectRatio, Resolution},
    stage::{LocalFile, Staged},
    submission::Submission,
    webhook::{Delivery, Hint},
};

const DOC: Source = Source::new("https://docs.example/edit", "2026-11-20");

const fn fact<T: Copy>(value: T) -> Fact<T> {
    Fact::new(value, DOC)
}

/// A provider with every option, and the limits that most providers share.
pub(crate) const CAPABILITIES: Capabilities = Capabilities {
    provider: "scripted",
    title: "Scripted",
    prompt: fact(TextLimit::optional(5000)),
    negative_prompt: Some(fact(TextLimit::optional(500))),
    reference_images: fact(4),
    resolutions: fact(Resolution::ALL),
    aspect_ratios: fact(AspectRatio::ALL),
    duration: fact(Range::new(2, 10)),
    seed: Some(fact(Range::new(0, 2_147_483_647))),
    prompt_expansion: Some(fact(true)),
    watermark: fact(true),
    outputs: fact(Range::new(1, 4)),
    webhook: fact(Webhook::PerRequest { public_https_only: true, max_chars: Some(2048) }),
    signature: fact(Signature::None),
    video: fact(VideoLimits {
        seconds: Range::new(2, 10),
        side: Range::new(240, 4096),
        max_aspect: 8,
        max_bytes: 100 << 20,
    }),
    image: fact(ImageLimits { side: Range::new(240, 8000), max_aspect: 8, max_bytes: 20 << 20 }),
    upload: None,
    billing: fact(Billing::InputAndOutput),
    price: Some(fact(Price { p720: 0.086, p1080: 0.144 })),
    failed_jobs: fact(FailedJobs::Unknown),
    link_lifetime: Some(fact(Duration::from_secs(3600))),
    cancel: fact(Cancel::Never),
    idempotency: None,
    listing: fact(Listing::None),
    at_once: None,
    starts: None,
    statuses: None,
    pace: fact(Pace::seconds(15, 8)),
    run_time: fact(Duration::from_secs(120)),
};

pub(crate) fn job_ref() -> JobRef {
    JobRef::new("scripted", "job-1").unwrap()
}

/// A provider whose answers are given beforehand; it fails the test when it is asked for more.
#[derive(Debug, Default)]
pub(crate) struct Scripted {
    statuses: Mutex<VecDeque<Result<Job, Error>>>,
    submissions: Mutex<VecDeque<Submission>>,
}

impl Scripted {
    pub(crate) fn new(statuses: Vec<Result<Job, Error>>) -> Self {
        Self { statuses: Mutex::new(statuses.into()), ..Self::default() }
    }

    pub(crate) fn submitting(submissions: Vec<Submission>) -> Self {
        Self { submissions: Mutex::new(submissions.into()), ..Self::default() }
    }
}

fn not_scripted() -> Error {
    Error::new(ErrorKind::NotOffered, Operation::Other, "not in the script")
}

#[async_trait]
impl Provider for Scripted {
    fn name(&self) -> &'static str {
        CAPABILITIES.provider
    }

    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    async fn upload(&self, _: &LocalFile) -> Result<Staged, Error> {
        Err(not_scripted())
    }

    async fn submit(&self, _: &Ready) -> Submission {
        self.submissions.lock().unwrap().pop_front().expect("one more submit than scripted")
    }

    async fn status(&self, _: &JobRef) -> Result<Job, Error> {
        self.statuses.lock().unwrap().pop_front().expect("one more poll than scripted")
    }

    async fn statuses(&self, _: &[JobRef]) -> Result<Vec<Result<Job, Error>>, Error> {
        Err(not_scripted())
    }

    async fn cancel(&self, _: &JobRef) -> Result<Cancellation, Error> {
        Ok(Cancellation::NotOffered)
    }

    async fn find(&self, _: &LostSubmit<'_>) -> Result<Found, Error> {
        Ok(Found::CannotList)
    }

    async fn read_webhook(&self, _: &Delivery<'_>) -> Result<Hint, Error> {
        Err(not_scripted())
    }
}
