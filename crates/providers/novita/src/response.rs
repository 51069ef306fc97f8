//! Novita's words into reshoot's.

use std::time::Duration;

use reshoot_core::{
    Error, ErrorKind, Failure, Job, JobRef, JobState, Operation, Output, Url,
    wire::{number, percent, text},
};

use crate::{
    CAPABILITIES, NAME,
    generated::{TaskStatus, types},
};

/// The job that a submit made.
pub(crate) fn submitted(task: types::SubmittedTask) -> Result<Job, Error> {
    Ok(Job::new(JobRef::new(NAME, task.task_id)?, JobState::Queued))
}

/// A task as it stands, asked for by `job`.
pub(crate) fn job(result: types::TaskResult, job: &JobRef) -> Result<Job, Error> {
    let Some(task) = result.task else {
        return Ok(Job::with_unknown_status(job.clone(), "(none)"));
    };
    let state = match &task.status {
        Some(TaskStatus::Queued) => JobState::Queued,
        // The percentage says nothing about completion: a finished task may show 0.
        Some(TaskStatus::Processing) => {
            JobState::Running { progress: percent(task.progress_percent) }
        }
        Some(TaskStatus::Succeeded) => {
            JobState::Succeeded { outputs: outputs(result.videos, job)?, billed: None }
        }
        Some(TaskStatus::Failed) => {
            let reason = text(task.reason).unwrap_or_default();
            JobState::Failed(Failure::new(ErrorKind::Other, None, reason))
        }
        Some(TaskStatus::Canceled | TaskStatus::Cancelled) => JobState::Canceled,
        other => {
            let word = other.as_ref().map_or("(none)", |status| status.as_str());
            return Ok(Job::with_unknown_status(job.clone(), word));
        }
    };
    let mut job = Job::new(job.clone(), state);
    let eta = number(task.eta).filter(|seconds| *seconds > 0.0);
    job.estimated = eta.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    Ok(job)
}

/// A task as a webhook describes it.
pub(crate) fn delivered(result: types::TaskResult) -> Result<Job, Error> {
    let id = result.task.as_ref().map(|task| task.task_id.clone()).unwrap_or_default();
    job(result, &JobRef::new(NAME, id)?)
}

fn outputs(videos: Option<Vec<types::Video>>, job: &JobRef) -> Result<Vec<Output>, Error> {
    let outputs: Vec<_> = videos.into_iter().flatten().filter_map(output).collect();
    if !outputs.is_empty() {
        return Ok(outputs);
    }
    let message = "the task succeeded, but its answer holds no link to a video";
    Err(Error::new(ErrorKind::Unreadable, Operation::Status, message)
        .with_provider(NAME)
        .with_retryable(false)
        .with_job(job))
}

fn output(video: types::Video) -> Option<Output> {
    let url = video.video_url.or_else(|| text(video.url))?;
    let told = number(video.video_url_ttl).filter(|seconds| *seconds > 0.0);
    let told = told.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let assumed = CAPABILITIES.link_lifetime.map(|lifetime| lifetime.value);
    Some(Output::new(Url::parse(&url).ok()?, told.or(assumed)))
}
