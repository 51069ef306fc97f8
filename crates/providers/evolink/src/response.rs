//! EvoLink's words into reshoot's.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reshoot_core::{
    Candidate, Charge, Error, ErrorKind, Failure, Job, JobRef, JobState, Operation, Output, Staged,
    Url,
    wire::{number, percent, text},
};
use serde_json::Value;

use crate::{
    CAPABILITIES, NAME, error,
    generated::{TaskStatus, types},
};

/// The job that a submit made.
pub(crate) fn submitted(task: types::SubmittedTask) -> Result<Job, Error> {
    let mut job = Job::new(JobRef::new(NAME, task.id)?, JobState::Queued);
    job.reserved = Charge::credits(task.usage.and_then(|usage| number(usage.credits_reserved)));
    job.estimated = estimated(task.task_info);
    Ok(job)
}

/// A task as it stands.
pub(crate) fn job(task: types::Task) -> Result<Job, Error> {
    let job_ref = JobRef::new(NAME, task.id.as_str())?;
    let state = match &task.status {
        Some(TaskStatus::Pending) => JobState::Queued,
        Some(TaskStatus::Processing) => JobState::Running { progress: percent(task.progress) },
        Some(TaskStatus::Completed) => succeeded(&task, &job_ref)?,
        Some(TaskStatus::Failed) => JobState::Failed(failure(task.error)),
        Some(TaskStatus::Cancelled | TaskStatus::Canceled) => JobState::Canceled,
        other => {
            let word = other.as_ref().map_or("(none)", |status| status.as_str());
            return Ok(Job::with_unknown_status(job_ref, word));
        }
    };
    let mut job = Job::new(job_ref, state);
    job.estimated = estimated(task.task_info);
    Ok(job)
}

fn succeeded(task: &types::Task, job_ref: &JobRef) -> Result<JobState, Error> {
    let url = video(task).ok_or_else(|| {
        let message = "the task is completed, but its answer holds no link to a video";
        Error::new(ErrorKind::Unreadable, Operation::Status, message)
            .with_provider(NAME)
            .with_retryable(false)
            .with_job(job_ref)
    })?;
    let lifetime = CAPABILITIES.link_lifetime.map(|lifetime| lifetime.value);
    Ok(JobState::Succeeded {
        outputs: vec![Output::new(url, lifetime)],
        billed: billed(task.usage.as_ref()),
    })
}

/// The first result; where there is none, the other places in which the vendor's own client looks.
fn video(task: &types::Task) -> Option<Url> {
    let results = task.results.iter().flatten().map(String::as_str);
    let data = task.result_data.as_ref();
    let items = data.and_then(Value::as_array).into_iter().flatten();
    let nested = data
        .into_iter()
        .chain(items)
        .chain(task.extra.get("data"))
        .filter_map(|item| item.get("video_url")?.as_str());
    results.chain(nested).find_map(|text| Url::parse(text).ok())
}

fn billed(usage: Option<&types::Usage>) -> Option<Charge> {
    let usage = usage?;
    let cost = usage.cost.as_ref();
    let charge = Charge {
        credits: cost.and_then(|cost| number(cost.credits)).or_else(|| number(usage.credits_used)),
        usd: cost.and_then(|cost| number(cost.usd)),
    };
    (charge != Charge::default()).then_some(charge)
}

fn failure(error: Option<types::TaskError>) -> Failure {
    let Some(error) = error else {
        return Failure::new(ErrorKind::Other, None, "");
    };
    let code = text(error.code);
    let kind = code.as_deref().and_then(error::kind).unwrap_or(ErrorKind::Other);
    Failure::new(kind, code, text(error.message).unwrap_or_default())
}

/// A task of a list, as the possible fate of a lost submit. Lists carry no input and no links.
pub(crate) fn candidate(task: types::TaskSummary) -> Option<Candidate> {
    let job_ref = JobRef::new(NAME, task.id).ok()?;
    let created = text(task.created_at).and_then(|text| text.parse().ok());
    let created = created.map(|seconds| UNIX_EPOCH + Duration::from_secs(seconds));
    // Whatever it is by now, a status call tells; for the search it only matters that it exists.
    let state = JobState::Running { progress: percent(task.progress) };
    Some(Candidate::new(Job::new(job_ref, state), None, created))
}

/// Whether a candidate can be the job of a submit that was sent at `since`: clocks differ a little.
pub(crate) fn may_be_of(candidate: &Candidate, since: SystemTime) -> bool {
    const SKEW: Duration = Duration::from_secs(60);
    candidate.created.is_none_or(|created| created + SKEW >= since)
}

/// The uploaded file, or why there is none: failures may come with status 200.
pub(crate) fn uploaded(answer: types::UploadedFile) -> Result<Staged, Error> {
    let file = answer.data.filter(|_| answer.success != Some(false));
    let url = file.and_then(|file| Url::parse(&file.file_url?).ok());
    if let Some(url) = url {
        return Ok(Staged::new(url, None));
    }
    let code = text(answer.code).unwrap_or_default();
    let said = text(answer.msg).unwrap_or_default();
    let (kind, message) = match code.as_str() {
        "40001" => {
            (ErrorKind::InvalidRequest, format!("the file is too large for the upload: {said}"))
        }
        "40002" => (
            ErrorKind::InvalidRequest,
            format!(
                "the upload does not take this type of file ({said}); put it at a URL, or stage it in a bucket of yours"
            ),
        ),
        "40003" => (ErrorKind::InvalidRequest, format!("the upload quota is used up: {said}")),
        "401" => (ErrorKind::Authentication, said),
        "403" => (ErrorKind::PermissionDenied, said),
        _ => (ErrorKind::Unavailable, format!("the file service stored nothing: {said}")),
    };
    Err(Error::new(kind, Operation::Upload, message).with_provider(NAME).with_context("code", code))
}

fn estimated(info: Option<types::TaskInfo>) -> Option<Duration> {
    let seconds = number(info?.estimated_time)?;
    Duration::try_from_secs_f64(seconds).ok()
}
