//! What the tests share: a provider that believes a delivery by its first bytes.

use std::{sync::Arc, time::Duration};

use http::HeaderMap;
use reshoot_core::{
    Cancellation, Capabilities, Delivery, Error, ErrorKind, Found, Hint, Job, JobRef, JobState,
    LocalFile, LostSubmit, Operation, Provider, Ready, Staged, Submission, async_trait,
    capabilities::{
        Billing, Cancel, Fact, FailedJobs, ImageLimits, Listing, Pace, Range, Signature, Source,
        TextLimit, VideoLimits, Webhook,
    },
};

use crate::{Token, TokenSecret};

const fn fact<T: Copy>(value: T) -> Fact<T> {
    Fact::new(value, Source::new("https://docs.example/edit", "2026-11-20"))
}

const fn capabilities(provider: &'static str, signature: Signature) -> Capabilities {
    Capabilities {
        provider,
        title: provider,
        prompt: fact(TextLimit::optional(5000)),
        negative_prompt: None,
        reference_images: fact(0),
        resolutions: fact(&[]),
        aspect_ratios: fact(&[]),
        duration: fact(Range::new(2, 10)),
        seed: None,
        prompt_expansion: None,
        watermark: fact(false),
        outputs: fact(Range::new(1, 1)),
        webhook: fact(Webhook::Dashboard),
        signature: fact(signature),
        video: fact(VideoLimits {
            seconds: Range::new(2, 10),
            side: Range::new(240, 4096),
            max_aspect: 8,
            max_bytes: 100 << 20,
        }),
        image: fact(ImageLimits {
            side: Range::new(240, 8000),
            max_aspect: 8,
            max_bytes: 20 << 20,
        }),
        upload: None,
        billing: fact(Billing::Unknown),
        price: None,
        failed_jobs: fact(FailedJobs::Unknown),
        link_lifetime: None,
        cancel: fact(Cancel::Never),
        idempotency: None,
        listing: fact(Listing::None),
        at_once: None,
        starts: None,
        statuses: None,
        pace: fact(Pace::seconds(15, 8)),
        run_time: fact(Duration::from_secs(120)),
    }
}

const SIGNED: Capabilities = capabilities("signed", Signature::Body);
const UNSIGNED: Capabilities = capabilities("unsigned", Signature::None);
const HALF: Capabilities = capabilities("half", Signature::Job);

/// A provider whose deliveries begin with what shall be thought of them: a job's name, `forged`,
/// `unreadable` or `no key`.
#[derive(Debug)]
pub(crate) struct Scripted(&'static Capabilities);

pub(crate) fn signed() -> Arc<dyn Provider> {
    Arc::new(Scripted(&SIGNED))
}

pub(crate) fn unsigned() -> Arc<dyn Provider> {
    Arc::new(Scripted(&UNSIGNED))
}

pub(crate) fn half() -> Arc<dyn Provider> {
    Arc::new(Scripted(&HALF))
}

pub(crate) fn token(provider: &str) -> Token {
    secret().token(provider)
}

fn secret() -> TokenSecret {
    "5a".repeat(32).parse().unwrap()
}

fn unasked() -> Error {
    Error::new(ErrorKind::NotOffered, Operation::Other, "not in the script")
}

#[async_trait]
impl Provider for Scripted {
    fn name(&self) -> &'static str {
        self.0.provider
    }

    fn capabilities(&self) -> &'static Capabilities {
        self.0
    }

    async fn upload(&self, _: &LocalFile) -> Result<Staged, Error> {
        Err(unasked())
    }

    async fn submit(&self, _: &Ready) -> Submission {
        Submission::Refused(unasked())
    }

    async fn status(&self, _: &JobRef) -> Result<Job, Error> {
        Err(unasked())
    }

    async fn statuses(&self, _: &[JobRef]) -> Result<Vec<Result<Job, Error>>, Error> {
        Err(unasked())
    }

    async fn cancel(&self, _: &JobRef) -> Result<Cancellation, Error> {
        Err(unasked())
    }

    async fn find(&self, _: &LostSubmit<'_>) -> Result<Found, Error> {
        Err(unasked())
    }

    async fn read_webhook(&self, delivery: &Delivery<'_>) -> Result<Hint, Error> {
        let fault = |kind| Err(Error::new(kind, Operation::Webhook, "SECRET of the body"));
        match std::str::from_utf8(delivery.body).unwrap_or_default() {
            "forged" => fault(ErrorKind::Forged),
            "unreadable" => fault(ErrorKind::Unreadable),
            "no key" => fault(ErrorKind::Unavailable),
            job => Ok(hint(self.0.provider, job, delivery.headers)),
        }
    }
}

fn hint(provider: &str, job: &str, headers: &HeaderMap) -> Hint {
    let job = JobRef::new(provider, &job[..job.len().min(40)]).unwrap();
    let job = Job::new(job, JobState::Queued);
    let id = headers.get("id").map(|id| id.to_str().unwrap().to_owned());
    Hint::new(job, true, id)
}
