//! kie.ai's words into reshoot's.

use std::time::SystemTime;

use reshoot_core::{
    Charge, Error, ErrorKind, Failure, Job, JobRef, JobState, Operation, Output, Staged, Url,
    wire::{number, percent, text},
};
use serde_json::Value;

use crate::{
    CAPABILITIES, NAME, error,
    generated::{TaskState, types},
};

/// Dollars of one credit: <https://kie.ai/pricing> (2026-11-21).
const DOLLARS: f64 = 0.005;

/// The job that a submit made.
pub(crate) fn submitted(task: types::SubmittedTask) -> Result<Job, Error> {
    let id = task.data.and_then(|data| text(data.task_id)).unwrap_or_default();
    Ok(Job::new(JobRef::new(NAME, id)?, JobState::Queued))
}

/// A task as it stands. Its id is known to whoever asked.
pub(crate) fn job(answer: types::TaskAnswer, job: &JobRef) -> Result<Job, Error> {
    match answer.data {
        Some(record) => read(record, job.clone(), Operation::Status),
        None => Err(unreadable(Operation::Status, "the answer holds no task")),
    }
}

/// A task as a delivery describes it.
pub(crate) fn delivered(record: types::TaskRecord) -> Result<Job, Error> {
    let id = task_id(&record).unwrap_or_default();
    read(record, JobRef::new(NAME, id)?, Operation::Webhook)
}

/// The id of a delivered task: the provider's own samples read it under another name.
pub(crate) fn task_id(record: &types::TaskRecord) -> Option<String> {
    let other = || Some(record.extra.get("task_id")?.as_str()?.to_owned());
    text(record.task_id.clone()).or_else(other)
}

fn read(record: types::TaskRecord, job_ref: JobRef, operation: Operation) -> Result<Job, Error> {
    let billed = billed(&record);
    let state = match &record.state {
        Some(TaskState::Waiting | TaskState::Queuing) => JobState::Queued,
        Some(TaskState::Generating) => JobState::Running { progress: percent(record.progress) },
        Some(TaskState::Success | TaskState::Completed) => {
            let outputs = outputs(record.result_json.as_ref());
            if outputs.is_empty() {
                let message = "the task succeeded, but its answer holds no link to a video";
                return Err(unreadable(operation, message).with_job(&job_ref));
            }
            JobState::Succeeded { outputs, billed }
        }
        Some(TaskState::Fail | TaskState::Failed) => {
            let message = text(record.fail_msg).unwrap_or_default();
            let code = text(record.fail_code).filter(|code| !code.is_empty());
            let failure = Failure::new(error::failure(&message), code, message);
            JobState::Failed(failure.with_billed(billed))
        }
        other => {
            let word = other.as_ref().map_or("(none)", |state| state.as_str());
            return Ok(Job::with_unknown_status(job_ref, word));
        }
    };
    Ok(Job::new(job_ref, state))
}

/// Neither field is documented for status calls and deliveries alike.
fn billed(record: &types::TaskRecord) -> Option<Charge> {
    let credits = number(record.credits_consumed).or_else(|| number(record.consume_credits))?;
    Some(Charge { credits: Some(credits), usd: Some(credits * DOLLARS) })
}

/// The links of a result, which is JSON inside a text, and may once come as the object itself.
fn outputs(result: Option<&Value>) -> Vec<Output> {
    let parsed = match result {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_default(),
        Some(other) => other.clone(),
        None => Value::Null,
    };
    let urls = parsed.get("resultUrls").and_then(Value::as_array).into_iter().flatten();
    let lifetime = CAPABILITIES.link_lifetime.map(|lifetime| lifetime.value);
    urls.filter_map(|url| Url::parse(url.as_str()?).ok())
        .map(|url| Output::new(url, lifetime))
        .collect()
}

/// The uploaded file.
pub(crate) fn uploaded(answer: types::UploadedFile) -> Result<Staged, Error> {
    let file = answer.data;
    let link = file
        .as_ref()
        .and_then(|file| text(file.download_url.clone()).or_else(|| text(file.file_url.clone())));
    let url = link
        .and_then(|link| Url::parse(&link).ok())
        .ok_or_else(|| unreadable(Operation::Upload, "the upload's answer holds no usable link"))?;
    Ok(Staged::new(url, file.and_then(|file| expiry(&text(file.expires_at)?))))
}

fn expiry(text: &str) -> Option<SystemTime> {
    humantime::parse_rfc3339_weak(text).ok()
}

fn unreadable(operation: Operation, message: &str) -> Error {
    Error::new(ErrorKind::Unreadable, operation, message).with_provider(NAME).with_retryable(false)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(data: Value) -> Result<Job, Error> {
        let answer = json!({"code": 200, "msg": "success", "data": data});
        job(serde_json::from_value(answer).unwrap(), &JobRef::new(NAME, "t").unwrap())
    }

    #[test]
    fn each_state_word_has_its_state() {
        let state = |word: Value| read(json!({"taskId": "t", "state": word})).unwrap();
        assert_eq!(state(json!("waiting")).state, JobState::Queued);
        assert_eq!(state(json!("queuing")).state, JobState::Queued);
        assert_eq!(state(json!("generating")).state, JobState::Running { progress: None });
        assert!(matches!(state(json!("fail")).state, JobState::Failed(_)));
        for (word, kept) in [(json!("moderating"), "moderating"), (Value::Null, "(none)")] {
            assert_eq!(state(word).unknown_status.as_deref(), Some(kept));
        }
    }

    #[test]
    fn the_result_is_json_inside_a_text() {
        let urls = json!({"resultUrls": ["https://h.example/o.mp4"]});
        for (result, found) in [
            (json!(urls.to_string()), true),
            (urls, true),
            (json!("{\"resultUrls\":[]}"), false),
            (json!("{"), false),
            (json!(""), false),
            (Value::Null, false),
        ] {
            let done = read(json!({"taskId": "t", "state": "success", "resultJson": result}));
            assert_eq!(done.is_ok(), found, "{result}");
            if let Err(error) = done {
                assert!(!error.is_retryable() && error.job().is_some());
            }
        }
    }

    #[test]
    fn credits_are_told_in_dollars_too() {
        for (field, value) in [("creditsConsumed", json!(80)), ("consumeCredits", json!("80"))] {
            let result = json!({"resultUrls": ["https://h.example/o.mp4"]}).to_string();
            let done = json!({"state": "success", "resultJson": result, field: value});
            let JobState::Succeeded { billed, .. } = super::tests::read(done).unwrap().state else {
                panic!("{field}");
            };
            assert_eq!(billed, Some(Charge { credits: Some(80.0), usd: Some(0.4) }));
        }
    }

    #[test]
    fn a_failed_task_keeps_its_reason() {
        let failed = json!({
            "state": "fail", "failCode": "501", "failMsg": "may contain inappropriate content",
        });
        let JobState::Failed(failure) = read(failed).unwrap().state else { panic!() };
        assert_eq!(failure.kind, ErrorKind::ContentRejected);
        assert_eq!(failure.to_string(), "may contain inappropriate content (501)");
    }

    #[test]
    fn a_submit_without_an_id_made_no_job_that_can_be_named() {
        for (data, id) in [
            (json!({"taskId": "t"}), Some("t")),
            (json!({"taskId": 7}), Some("7")),
            (json!({}), None),
            (Value::Null, None),
        ] {
            let answer = json!({"code": 200, "msg": "success", "data": data});
            let job = submitted(serde_json::from_value(answer).unwrap());
            assert_eq!(job.ok().map(|job| job.job_ref.id().to_owned()).as_deref(), id);
        }
    }
}
