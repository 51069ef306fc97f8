//! DashScope's words into reshoot's.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reshoot_core::{
    Candidate, Error, ErrorKind, Failure, Job, JobRef, JobState, JobTimes, Operation, Output, Url,
    wire::{LenientString, number, text},
};

use crate::{
    CAPABILITIES, NAME, error,
    generated::{TaskStatus, types},
};

/// Times come in Beijing's, without saying so.
const BEIJING: Duration = Duration::from_secs(8 * 60 * 60);

/// The job that a submit made.
pub(crate) fn submitted(answer: types::SubmitAnswer) -> Result<Job, Error> {
    let task = answer.output.ok_or_else(|| unreadable(Operation::Submit, "it names no task"))?;
    Ok(Job::new(JobRef::new(NAME, task.task_id)?, JobState::Queued))
}

/// A task as it stands at `now`.
pub(crate) fn job(answer: types::TaskAnswer, now: SystemTime) -> Result<Job, Error> {
    let task = answer.output.ok_or_else(|| unreadable(Operation::Status, "it holds no task"))?;
    let job_ref = JobRef::new(NAME, task.task_id.as_str())?;
    let times = times(&task);
    let state = match &task.task_status {
        Some(TaskStatus::Pending) => JobState::Queued,
        Some(TaskStatus::Running | TaskStatus::Suspended) => JobState::Running { progress: None },
        Some(TaskStatus::Succeeded) => succeeded(&task, &job_ref, now)?,
        Some(TaskStatus::Failed) => JobState::Failed(failure(task)),
        Some(TaskStatus::Canceled | TaskStatus::Cancelled) => JobState::Canceled,
        // After a day; an id that never was reads the same.
        Some(TaskStatus::NotKnown) => JobState::Expired,
        other => {
            let word = other.as_ref().map_or("(none)", |status| status.as_str());
            return Ok(Job::with_unknown_status(job_ref, word));
        }
    };
    Ok(Job::new(job_ref, state).with_times(times))
}

/// All of its moments are in the same zone.
fn times(task: &types::Task) -> Option<JobTimes> {
    let moment = |text: &Option<LenientString>| beijing_time(text.as_ref()?.as_str()?);
    let submitted = moment(&task.submit_time);
    JobTimes::between(submitted, moment(&task.scheduled_time), moment(&task.end_time))
}

fn unreadable(operation: Operation, why: &str) -> Error {
    let message = format!("the answer cannot be read: {why}");
    Error::new(ErrorKind::Unreadable, operation, message).with_provider(NAME)
}

fn succeeded(task: &types::Task, job_ref: &JobRef, now: SystemTime) -> Result<JobState, Error> {
    let url = task.video_url.as_deref().and_then(|url| Url::parse(url).ok()).ok_or_else(|| {
        unreadable(Operation::Status, "the task succeeded, but there is no link to a video")
            .with_retryable(false)
            .with_job(job_ref)
    })?;
    let lifetime = CAPABILITIES.link_lifetime.map(|lifetime| left(task, lifetime.value, now));
    // It tells the seconds that are billed, and not their price.
    Ok(JobState::Succeeded { outputs: vec![Output::new(url, lifetime)], billed: None })
}

/// What is left of a link's life: it began when the task ended, not when it is asked for.
fn left(task: &types::Task, lifetime: Duration, now: SystemTime) -> Duration {
    let ended = task.end_time.as_ref().and_then(|time| beijing_time(time.as_str()?));
    let age = ended.and_then(|ended| now.duration_since(ended).ok());
    lifetime.saturating_sub(age.unwrap_or_default())
}

/// A time such as `2026-11-21 18:00:00.123`.
fn beijing_time(text: &str) -> Option<SystemTime> {
    humantime::parse_rfc3339_weak(text).ok()?.checked_sub(BEIJING)
}

fn failure(task: types::Task) -> Failure {
    let code = text(task.code);
    let kind = code.as_deref().and_then(error::kind).unwrap_or(ErrorKind::Other);
    Failure::new(kind, code, text(task.message).unwrap_or_default())
}

/// A page of the list. One that cannot be read is not an empty one: it may hold what was lost.
pub(crate) fn page(list: types::TaskList) -> Result<Vec<types::ListedTask>, Error> {
    list.data.ok_or_else(|| unreadable(Operation::Find, "it holds no list of tasks"))
}

/// A listed task, as the possible fate of a lost submit. Lists carry no input.
pub(crate) fn candidate(task: types::ListedTask) -> Option<Candidate> {
    let job_ref = JobRef::new(NAME, task.task_id).ok()?;
    let created = number(task.gmt_create).filter(|millis| *millis >= 0.0);
    let created = created.and_then(|millis| Duration::try_from_secs_f64(millis / 1000.0).ok());
    // Whatever it is by now, a status call tells; for the search it only matters that it exists.
    let job = Job::new(job_ref, JobState::Running { progress: None });
    Some(Candidate::new(job, None, created.and_then(|since| UNIX_EPOCH.checked_add(since))))
}

/// Whether a task's own echo shows another prompt. That it shows ours does not prove that it is ours.
pub(crate) fn is_other(answer: &types::TaskAnswer, prompt: &str) -> bool {
    let echo = answer.output.as_ref().and_then(|task| task.orig_prompt.as_ref()?.as_str());
    echo.is_some_and(|echo| echo != prompt)
}

/// The task that a delivery is about. It tells that it has ended, and not with which result.
pub(crate) fn delivered(task: types::FinishedTask) -> Result<Job, Error> {
    let job_ref = JobRef::new(NAME, task.task_id)?;
    let state = match &task.task_status {
        Some(TaskStatus::Canceled | TaskStatus::Cancelled) => JobState::Canceled,
        _ => JobState::Running { progress: None },
    };
    Ok(Job::new(job_ref, state))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// 2026-11-21 10:00:00 UTC.
    const NOW: Duration = Duration::from_secs(1_795_255_200);

    fn read(output: Value) -> Result<Job, Error> {
        job(serde_json::from_value(json!({"output": output})).unwrap(), UNIX_EPOCH + NOW)
    }

    #[test]
    fn each_status_word_has_its_state() {
        let state = |word: Value| read(json!({"task_id": "t", "task_status": word})).unwrap();
        assert_eq!(state(json!("PENDING")).state, JobState::Queued);
        assert_eq!(state(json!("RUNNING")).state, JobState::Running { progress: None });
        assert_eq!(state(json!("SUSPENDED")).state, JobState::Running { progress: None });
        assert_eq!(state(json!("CANCELED")).state, JobState::Canceled);
        assert_eq!(state(json!("CANCELLED")).state, JobState::Canceled);
        assert_eq!(state(json!("UNKNOWN")).state, JobState::Expired);
        for (word, kept) in [(json!("MODERATING"), "MODERATING"), (Value::Null, "(none)")] {
            assert_eq!(state(word).unknown_status.as_deref(), Some(kept));
        }
    }

    #[test]
    fn a_failed_task_keeps_its_reason() {
        let failed = json!({
            "task_id": "t", "task_status": "FAILED", "code": "DataInspectionFailed", "message": "no",
        });
        let JobState::Failed(failure) = read(failed).unwrap().state else { panic!() };
        assert_eq!(failure.kind, ErrorKind::ContentRejected);
        assert_eq!(failure.to_string(), "no (DataInspectionFailed)");
    }

    #[test]
    fn a_link_has_lived_since_its_task_ended_in_beijing() {
        const DAY: u64 = 24 * 60 * 60;
        for (end, seconds) in [
            // 18:00 in Beijing is 10:00 UTC.
            (json!("2026-11-21 18:00:00.000"), DAY),
            (json!("2026-11-21 17:00:00.000"), DAY - 3600),
            (json!("2026-11-20 17:59:59"), 0),
            (json!("2026-11-22 18:00:00.000"), DAY),
            (json!("soon"), DAY),
            (Value::Null, DAY),
        ] {
            let done = json!({
                "task_id": "t", "task_status": "SUCCEEDED", "end_time": end,
                "video_url": "https://h.example/o.mp4",
            });
            let JobState::Succeeded { outputs, .. } = read(done).unwrap().state else { panic!() };
            assert_eq!(outputs[0].lifetime, Some(Duration::from_secs(seconds)), "{end}");
        }
    }

    #[test]
    fn a_task_tells_how_long_it_waited_and_ran() {
        let (submit, start, end) =
            ("2026-11-21 18:00:00.125", "2026-11-21 18:00:03.250", "2026-11-21 18:02:31.500");
        for (moments, queued, running) in [
            (json!([submit, start, end]), Some(3125), Some(148_250)),
            (json!([submit, start, null]), Some(3125), None),
            (json!([submit, null, end]), None, None),
            (json!([submit, "", end]), None, None),
            (json!([{}, 7, end]), None, None),
            (json!([end, start, submit]), None, None),
        ] {
            let task = json!({
                "task_id": "t", "task_status": "CANCELED",
                "submit_time": moments[0], "scheduled_time": moments[1], "end_time": moments[2],
            });
            let times = read(task).unwrap().times;
            let millis = |time: Option<Duration>| time.map(|time| time.as_millis());
            assert_eq!(times.and_then(|it| millis(it.queued)), queued, "{moments}");
            assert_eq!(times.and_then(|it| millis(it.running)), running, "{moments}");
        }
    }

    #[test]
    fn succeeded_without_a_link_is_said_once_and_not_asked_again() {
        for link in [Value::Null, json!("no link"), json!(7)] {
            let done = json!({"task_id": "t", "task_status": "SUCCEEDED", "video_url": link});
            let error = read(done).unwrap_err();
            assert!(!error.is_retryable() && error.job().is_some(), "{link}");
        }
    }

    #[test]
    fn a_page_that_cannot_be_read_is_not_an_empty_one() {
        for (list, count) in [
            (json!({"data": []}), Some(0)),
            (json!({"data": [{"task_id": "t"}]}), Some(1)),
            (json!({"data": [{"status": "RUNNING"}]}), None),
            (json!({}), None),
        ] {
            let tasks = page(serde_json::from_value(list.clone()).unwrap());
            assert_eq!(tasks.ok().map(|tasks| tasks.len()), count, "{list}");
        }
    }

    #[test]
    fn another_prompt_rules_a_task_out_and_the_same_proves_nothing() {
        for (echo, other) in
            [(json!("make it rain"), true), (json!("make it snow"), false), (Value::Null, false)]
        {
            let answer = json!({"output": {"task_id": "t", "orig_prompt": echo}});
            let answer = serde_json::from_value(answer).unwrap();
            assert_eq!(is_other(&answer, "make it snow"), other, "{echo}");
        }
    }
}
