//! Apiframe's words into reshoot's.

use std::time::{Duration, SystemTime};

use reshoot_core::{
    Candidate, Charge, EditRequest, Error, ErrorKind, Failure, Job, JobRef, JobState, Operation,
    Output, Staged, Url,
    wire::{LenientNumber, LenientString, number, percent, text},
};
use serde_json::Value;

use crate::{
    CAPABILITIES, NAME,
    generated::{JobStatus, types},
};

/// The job that a submit made; a replay under the same key may find it anywhere on its way.
pub(crate) fn submitted(job: types::SubmittedJob) -> Result<Job, Error> {
    let job_ref = JobRef::new(NAME, job.job_id)?;
    let state = match text(job.status).as_deref() {
        Some("QUEUED") | None => JobState::Queued,
        // What became of it a status call tells, with links and reasons.
        Some(_) => JobState::Running { progress: None },
    };
    Ok(Job::new(job_ref, state))
}

/// A job as it stands.
pub(crate) fn job(job: types::Job) -> Result<Job, Error> {
    Seen {
        id: job.id,
        status: job.status,
        progress: job.progress,
        result: job.result,
        error: job.error,
        credits: job.credit_cost,
        expired: job.expired == Some(true),
    }
    .into_job(Operation::Status)
}

/// A job as a webhook describes it. Where the status is missing the event's name stands for it.
pub(crate) fn delivered(
    delivery: types::WebhookDelivery,
    event: Option<&str>,
) -> Result<Job, Error> {
    let event =
        event.map(str::to_owned).or_else(|| text(delivery.event)).or_else(|| text(delivery.type_));
    let status = text(delivery.status).or_else(|| {
        let status = match event.as_deref()? {
            "completed" => "COMPLETED",
            "failed" => "FAILED",
            _ => "PROCESSING",
        };
        Some(status.to_owned())
    });
    Seen {
        id: delivery.job_id,
        status: status.map(JobStatus::from),
        progress: delivery.progress,
        result: delivery.result,
        error: delivery.error,
        credits: delivery.credit_cost,
        expired: false,
    }
    .into_job(Operation::Webhook)
}

/// What jobs and webhooks tell alike.
struct Seen {
    id: String,
    status: Option<JobStatus>,
    progress: Option<LenientNumber>,
    result: Option<Value>,
    error: Option<LenientString>,
    credits: Option<LenientNumber>,
    expired: bool,
}

impl Seen {
    fn into_job(self, operation: Operation) -> Result<Job, Error> {
        let job_ref = JobRef::new(NAME, self.id)?;
        let state = match &self.status {
            Some(JobStatus::Queued) => JobState::Queued,
            Some(JobStatus::Processing) => JobState::Running { progress: percent(self.progress) },
            // The files are purged: links may still be there, and answer 404.
            Some(JobStatus::Completed) if self.expired => JobState::Expired,
            Some(JobStatus::Completed) => {
                let outputs = outputs(self.result.as_ref());
                if outputs.is_empty() {
                    return Err(no_link(operation, &job_ref));
                }
                JobState::Succeeded { outputs, billed: Charge::credits(number(self.credits)) }
            }
            Some(JobStatus::Failed) => {
                let message = text(self.error).unwrap_or_default();
                JobState::Failed(Failure::new(ErrorKind::Other, None, message))
            }
            Some(JobStatus::Cancelled) => JobState::Canceled,
            other => {
                let word = other.as_ref().map_or("(none)", |status| status.as_str());
                return Ok(Job::with_unknown_status(job_ref, word));
            }
        };
        Ok(Job::new(job_ref, state))
    }
}

fn no_link(operation: Operation, job: &JobRef) -> Error {
    let message = "the job is completed, but its answer holds no link to a video";
    Error::new(ErrorKind::Unreadable, operation, message)
        .with_provider(NAME)
        .with_retryable(false)
        .with_job(job)
}

/// The links of a result: a text, `{videoUrl}`, or `{videos: […]}` of texts or objects.
fn outputs(result: Option<&Value>) -> Vec<Output> {
    let Some(result) = result else {
        return Vec::new();
    };
    let videos = result.get("videos").and_then(Value::as_array).into_iter().flatten();
    let mut urls: Vec<Url> = Vec::new();
    for url in std::iter::once(result).chain(videos).filter_map(link) {
        if !urls.contains(&url) {
            urls.push(url);
        }
    }
    let lifetime = CAPABILITIES.link_lifetime.map(|lifetime| lifetime.value);
    urls.into_iter().map(|url| Output::new(url, lifetime)).collect()
}

fn link(value: &Value) -> Option<Url> {
    let keys = ["videoUrl", "url"];
    let text = value.as_str().or_else(|| keys.iter().find_map(|key| value.get(key)?.as_str()));
    Url::parse(text?).ok()
}

/// A listed job, as the possible fate of a lost submit.
pub(crate) fn candidate(listed: types::Job, request: &EditRequest<Url>) -> Option<Candidate> {
    let same_input = listed.input.as_ref().and_then(|input| same_input(input, request));
    let created = text(listed.created_at.clone());
    let created = created.and_then(|text| humantime::parse_rfc3339_weak(&text).ok());
    Some(Candidate::new(job(listed).ok()?, same_input, created))
}

/// Whether the echo of the input is ours; none if it shows neither clip nor prompt.
fn same_input(input: &Value, request: &EditRequest<Url>) -> Option<bool> {
    let video = input.pointer("/wan27VideoeditParams/video").or_else(|| input.get("video"));
    let prompt = input.get("prompt");
    if video.is_none() && prompt.is_none() {
        return None;
    }
    let fits = |value: Option<&Value>, ours: &str| value.is_none_or(|value| value == ours);
    Some(fits(video, request.video.as_str()) && fits(prompt, &request.prompt))
}

/// Whether a candidate can be the job of a submit that was sent at `since`: clocks differ a little.
pub(crate) fn may_be_of(candidate: &Candidate, since: SystemTime) -> bool {
    const SKEW: Duration = Duration::from_secs(60);
    candidate.created.is_none_or(|created| created + SKEW >= since)
        && candidate.same_input != Some(false)
}

/// The uploaded file.
pub(crate) fn uploaded(file: types::UploadedFile) -> Result<Staged, Error> {
    let url = Url::parse(&file.url).map_err(|error| {
        let message = "the upload's answer holds no usable link";
        Error::new(ErrorKind::Unreadable, Operation::Upload, message)
            .with_provider(NAME)
            .with_source(error)
    })?;
    let expires = text(file.expires_at);
    Ok(Staged::new(url, expires.and_then(|text| humantime::parse_rfc3339_weak(&text).ok())))
}
