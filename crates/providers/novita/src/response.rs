//! Novita's words into reshoot's.

use std::time::{Duration, SystemTime};

use reshoot_core::{
    Error, ErrorKind, Failure, Job, JobRef, JobState, JobTimes, Operation, Output, Url,
    wire::{LenientString, percent, seconds, text},
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
    job.estimated = seconds(task.eta);
    job.times = result.extra.and_then(|extra| times(&extra.debug_info?));
    Ok(job)
}

/// A moment that has not come yet is empty, or zero.
fn times(told: &types::DebugInfo) -> Option<JobTimes> {
    let moment = |millis: &Option<LenientString>| {
        let millis = millis.as_ref()?.as_str()?.parse().ok().filter(|millis| *millis > 0)?;
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(millis))
    };
    let submitted = moment(&told.submit_time_ms);
    JobTimes::between(submitted, moment(&told.execute_time_ms), moment(&told.complete_time_ms))
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
    let told = seconds(video.video_url_ttl);
    let assumed = CAPABILITIES.link_lifetime.map(|lifetime| lifetime.value);
    Some(Output::new(Url::parse(&url).ok()?, told.or(assumed)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(value: Value) -> Result<Job, Error> {
        job(serde_json::from_value(value).unwrap(), &JobRef::new(NAME, "t").unwrap())
    }

    fn task(status: &str) -> Value {
        json!({"task_id": "t", "status": status})
    }

    #[test]
    fn each_status_word_has_its_state() {
        let state = |word: &str| read(json!({"task": task(word)})).unwrap();
        assert_eq!(state("TASK_STATUS_QUEUED").state, JobState::Queued);
        let running = JobState::Running { progress: None };
        assert_eq!(state("TASK_STATUS_PROCESSING").state, running);
        assert!(matches!(state("TASK_STATUS_FAILED").state, JobState::Failed(_)));
        assert_eq!(state("TASK_STATUS_CANCELED").state, JobState::Canceled);
        assert_eq!(state("TASK_STATUS_CANCELLED").state, JobState::Canceled);
        for word in ["TASK_STATUS_UNKNOWN", "TASK_STATUS_NEW"] {
            assert_eq!(state(word).unknown_status.as_deref(), Some(word));
        }
        assert!(read(json!({})).unwrap().unknown_status.is_some());
    }

    #[test]
    fn links_and_their_lifetime_are_read_in_every_form() {
        let at = "https://bucket.example/o.mp4?sig=1";
        for (video, seconds) in [
            (json!({"video_url": at, "video_url_ttl": "604800"}), 604_800),
            (json!({"video_url": at, "video_url_ttl": 7200}), 7200),
            (json!({"video_url": at, "video_url_ttl": "soon"}), 3600),
            (json!({"video_url": at, "video_url_ttl": "0"}), 3600),
            (json!({"video_url": at}), 3600),
            (json!({"url": at}), 3600),
        ] {
            let result = json!({"task": task("TASK_STATUS_SUCCEED"), "videos": [video]});
            let JobState::Succeeded { outputs, .. } = read(result).unwrap().state else {
                panic!("{video}");
            };
            let lifetime = outputs[0].lifetime.map(|lifetime| lifetime.as_secs());
            assert_eq!((outputs[0].url.as_str(), lifetime), (at, Some(seconds)), "{video}");
        }
    }

    #[test]
    fn a_task_tells_how_long_it_waited_and_ran() {
        let moments = |submit: Value, execute: Value, complete: Value| {
            json!({"debug_info": {
                "submit_time_ms": submit, "execute_time_ms": execute, "complete_time_ms": complete,
            }})
        };
        let (submit, start, end) = ("1790000000000", "1790000001000", "1790000090000");
        for (extra, queued, running) in [
            (moments(json!(submit), json!(start), json!(end)), Some(1), Some(89)),
            (moments(json!(submit), json!(1_790_000_001_000_u64), json!(end)), Some(1), Some(89)),
            (moments(json!(submit), json!(start), json!("0")), Some(1), None),
            (moments(json!(submit), json!("0"), json!("0")), None, None),
            (moments(json!(submit), json!(""), json!(end)), None, None),
            (moments(json!({}), json!(-7), json!("soon")), None, None),
            (json!({"debug_info": ""}), None, None),
            (json!([]), None, None),
        ] {
            let result = json!({"task": task("TASK_STATUS_PROCESSING"), "extra": extra});
            let times = read(result).unwrap().times;
            let seconds = |time: Option<Duration>| time.map(|time| time.as_secs());
            assert_eq!(times.and_then(|it| seconds(it.queued)), queued, "{extra}");
            assert_eq!(times.and_then(|it| seconds(it.running)), running, "{extra}");
        }
    }

    #[test]
    fn success_without_a_link_is_said_once_and_not_asked_again() {
        for videos in [json!([]), Value::Null, json!([{}]), json!([{"video_url": "x"}])] {
            let result = json!({"task": task("TASK_STATUS_SUCCEED"), "videos": videos});
            let error = read(result).unwrap_err();
            assert!(!error.is_retryable() && error.job().is_some(), "{videos}");
        }
    }

    #[test]
    fn a_failure_keeps_its_reason() {
        let result =
            json!({"task": {"task_id": "t", "status": "TASK_STATUS_FAILED", "reason": "r"}});
        let JobState::Failed(failure) = read(result).unwrap().state else { panic!("not failed") };
        assert_eq!(failure.to_string(), "r");
    }
}
