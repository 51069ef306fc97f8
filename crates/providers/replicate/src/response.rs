//! Replicate's words into reshoot's.

use std::time::SystemTime;

use reshoot_core::{
    Cancellation, Candidate, EditRequest, Error, ErrorKind, Failure, Job, JobRef, JobState,
    JobTimes, Operation, Output, Staged, Url,
    wire::{LenientString, seconds},
};
use serde_json::Value;

use crate::{
    CAPABILITIES, NAME, error,
    generated::{PredictionStatus as Status, types},
};

/// The prediction as it stands. A submit may be answered with one that is further on, or done.
pub(crate) fn job(prediction: types::Prediction) -> Result<Job, Error> {
    read(prediction, Operation::Status)
}

/// The prediction as a delivery describes it.
pub(crate) fn delivered(prediction: types::Prediction) -> Result<Job, Error> {
    read(prediction, Operation::Webhook)
}

/// The job that a submit made. Whatever else the answer says, its id is kept.
pub(crate) fn submitted(prediction: types::Prediction) -> Result<Job, Error> {
    let job_ref = JobRef::new(NAME, prediction.id.as_str())?;
    Ok(job(prediction).unwrap_or_else(|_| Job::new(job_ref, JobState::Queued)))
}

fn read(prediction: types::Prediction, operation: Operation) -> Result<Job, Error> {
    let times = times(&prediction);
    let job_ref = JobRef::new(NAME, prediction.id)?;
    let state = match &prediction.status {
        Some(Status::Starting) => JobState::Queued,
        Some(Status::Processing) => JobState::Running { progress: None },
        // Everything but the state is gone an hour after the end.
        Some(Status::Succeeded) if prediction.data_removed == Some(true) => JobState::Expired,
        Some(Status::Succeeded) => succeeded(prediction.output.as_ref(), operation, &job_ref)?,
        Some(Status::Failed) => JobState::Failed(failure(prediction.error.as_ref())),
        Some(Status::Canceled | Status::Aborted) => JobState::Canceled,
        other => {
            let word = other.as_ref().map_or("(none)", |status| status.as_str());
            return Ok(Job::with_unknown_status(job_ref, word));
        }
    };
    Ok(Job::new(job_ref, state).with_times(times))
}

/// By its moments. Deliveries were seen without that of the start; how long it ran stands in them.
fn times(prediction: &types::Prediction) -> Option<JobTimes> {
    let (created, started) = (moment(&prediction.created_at), moment(&prediction.started_at));
    let between = JobTimes::between(created, started, moment(&prediction.completed_at));
    let ran = prediction.metrics.as_ref().and_then(|metrics| seconds(metrics.predict_time));
    let queued = between.and_then(|times| times.queued);
    JobTimes::told(queued, between.and_then(|times| times.running).or(ran))
}

fn moment(text: &Option<LenientString>) -> Option<SystemTime> {
    humantime::parse_rfc3339_weak(text.as_ref()?.as_str()?).ok()
}

/// The output of this model is one text; a list of them, as other models have, is read as well.
fn succeeded(
    output: Option<&Value>,
    operation: Operation,
    job: &JobRef,
) -> Result<JobState, Error> {
    let texts = match output {
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(text)) => vec![text.as_str()],
        _ => Vec::new(),
    };
    let lifetime = CAPABILITIES.link_lifetime.map(|lifetime| lifetime.value);
    let urls = texts.into_iter().filter_map(|text| Url::parse(text).ok());
    let outputs: Vec<_> = urls.map(|url| Output::new(url, lifetime)).collect();
    if outputs.is_empty() {
        let message = "the prediction succeeded, but its answer holds no link to a video";
        return Err(Error::new(ErrorKind::Unreadable, operation, message)
            .with_provider(NAME)
            .with_retryable(false)
            .with_job(job));
    }
    Ok(JobState::Succeeded { outputs, billed: None })
}

fn failure(error: Option<&Value>) -> Failure {
    let message = match error {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => {
            let detail = other.get("detail").and_then(Value::as_str);
            detail.map_or_else(|| other.to_string(), str::to_owned)
        }
    };
    let (kind, code) = error::failure(&message);
    Failure::new(kind, code, message)
}

/// What a cancel did, by the prediction that it answered with.
pub(crate) fn canceled(prediction: types::Prediction) -> Cancellation {
    match prediction.status {
        Some(Status::Canceled | Status::Aborted) => Cancellation::Canceled,
        Some(Status::Succeeded | Status::Failed) => Cancellation::TooLate,
        _ => Cancellation::Requested,
    }
}

/// A listed prediction, as the possible fate of a lost submit; none if it has no usable id.
pub(crate) fn candidate(
    prediction: types::Prediction,
    request: &EditRequest<Url>,
) -> Option<Candidate> {
    let job_ref = JobRef::new(NAME, prediction.id.as_str()).ok()?;
    let same_input = same_input(prediction.input.as_ref(), request);
    let created = moment(&prediction.created_at);
    let running = Job::new(job_ref, JobState::Running { progress: None });
    Some(Candidate::new(job(prediction).unwrap_or(running), same_input, created))
}

/// Whether the echo of the input is ours; none if it was removed. The model's name does not tell:
/// official models are seen under internal names.
fn same_input(input: Option<&Value>, request: &EditRequest<Url>) -> Option<bool> {
    let input = input?.as_object().filter(|input| !input.is_empty())?;
    let holds = |name: &str, ours: &str| input.get(name).is_some_and(|value| value == ours);
    Some(holds("video", request.video.as_str()) && holds("prompt", &request.prompt))
}

/// The uploaded file.
pub(crate) fn uploaded(file: types::StoredFile) -> Result<Staged, Error> {
    let url = file.urls.and_then(|urls| Url::parse(&urls.get?).ok()).ok_or_else(|| {
        let message = "the upload's answer holds no usable link";
        Error::new(ErrorKind::Unreadable, Operation::Upload, message).with_provider(NAME)
    })?;
    Ok(Staged::new(url, moment(&file.expires_at)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    fn prediction(value: Value) -> types::Prediction {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn each_status_word_has_its_state() {
        let state = |status: Value| job(prediction(json!({"id": "p", "status": status}))).unwrap();
        assert_eq!(state(json!("starting")).state, JobState::Queued);
        assert_eq!(state(json!("processing")).state, JobState::Running { progress: None });
        assert!(matches!(state(json!("failed")).state, JobState::Failed(_)));
        assert_eq!(state(json!("canceled")).state, JobState::Canceled);
        assert_eq!(state(json!("aborted")).state, JobState::Canceled);
        for (word, kept) in [(json!("queued"), "queued"), (Value::Null, "(none)")] {
            assert_eq!(state(word).unknown_status.as_deref(), Some(kept));
        }
    }

    #[test]
    fn a_prediction_tells_how_long_it_waited_and_ran() {
        let at = |seconds: u8| format!("2026-11-21T10:00:{seconds:02}.125Z");
        let moments = |created: u8, started: u8, completed: u8| json!({"created_at": at(created), "started_at": at(started), "completed_at": at(completed)});
        let metrics = json!({"predict_time": 41.5, "total_time": 44.5});
        for (told, queued, running) in [
            (moments(1, 4, 45), Some(3.0), Some(41.0)),
            (json!({"created_at": at(1), "started_at": at(4), "metrics": {}}), Some(3.0), None),
            (json!({"created_at": at(1), "completed_at": at(45)}), None, None),
            (
                json!({"created_at": at(1), "completed_at": at(45), "metrics": metrics}),
                None,
                Some(41.5),
            ),
            (
                json!({"created_at": at(1), "started_at": at(4), "metrics": metrics}),
                Some(3.0),
                Some(41.5),
            ),
            (moments(45, 4, 1), None, None),
            (
                json!({"created_at": 7, "started_at": {}, "completed_at": [], "metrics": "none"}),
                None,
                None,
            ),
        ] {
            let mut answer = told.clone();
            answer["id"] = json!("p");
            answer["status"] = json!("canceled");
            let times = job(prediction(answer)).unwrap().times;
            let seconds = |time: Option<Duration>| time.map(|time| time.as_secs_f64());
            assert_eq!(times.and_then(|it| seconds(it.queued)), queued, "{told}");
            assert_eq!(times.and_then(|it| seconds(it.running)), running, "{told}");
        }
    }

    #[test]
    fn the_output_is_one_text() {
        let at = "https://replicate.delivery/o.mp4";
        for (output, found) in [
            (json!(at), true),
            (json!([at]), true),
            (json!([]), false),
            (json!("no link"), false),
            (Value::Null, false),
        ] {
            let done = json!({"id": "p", "status": "succeeded", "output": output});
            let read = job(prediction(done));
            assert_eq!(read.is_ok(), found, "{output}");
            if let Err(error) = read {
                assert!(!error.is_retryable() && error.job().is_some());
            }
        }
    }

    #[test]
    fn an_hour_after_its_end_a_prediction_has_expired() {
        let gone = json!({"id": "p", "status": "succeeded", "output": null, "data_removed": true});
        assert_eq!(job(prediction(gone)).unwrap().state, JobState::Expired);
    }

    #[test]
    fn a_submit_may_come_back_in_any_state_and_keeps_its_id() {
        for (status, output) in [
            ("starting", Value::Null),
            ("processing", json!("https://replicate.delivery/o.mp4")),
            ("succeeded", json!("https://replicate.delivery/o.mp4")),
            ("succeeded", Value::Null),
        ] {
            let made = json!({"id": "p", "status": status, "output": output});
            assert_eq!(submitted(prediction(made)).unwrap().job_ref.id(), "p");
        }
    }

    #[test]
    fn a_cancel_is_done_when_the_prediction_says_so() {
        for (status, outcome) in [
            ("canceled", Cancellation::Canceled),
            ("aborted", Cancellation::Canceled),
            ("processing", Cancellation::Requested),
            ("starting", Cancellation::Requested),
            ("succeeded", Cancellation::TooLate),
            ("failed", Cancellation::TooLate),
        ] {
            assert_eq!(canceled(prediction(json!({"id": "p", "status": status}))), outcome);
        }
    }

    #[test]
    fn a_listed_prediction_is_ours_by_clip_and_prompt() {
        let video = Url::parse("https://h.example/a.mp4").unwrap();
        let request = EditRequest::new(video, "make it snow");
        let input = |video: &str| json!({"video": video, "prompt": "make it snow"});
        for (input, same) in [
            (input("https://h.example/a.mp4"), Some(true)),
            (input("https://h.example/b.mp4"), Some(false)),
            (json!({"image": "https://h.example/a.png"}), Some(false)),
            (json!({}), None),
            (Value::Null, None),
        ] {
            let listed = json!({"id": "p", "status": "processing", "input": input});
            let candidate = candidate(prediction(listed), &request).unwrap();
            assert_eq!(candidate.same_input, same, "{input}");
        }
    }

    #[test]
    fn the_reason_of_a_failure_is_kept_in_whatever_form_it_comes() {
        for (error, message) in [
            (json!("flagged as sensitive (E005)"), "flagged as sensitive (E005)"),
            (json!({"detail": "no"}), "no"),
            (Value::Null, ""),
        ] {
            let failed = json!({"id": "p", "status": "failed", "error": error});
            let JobState::Failed(failure) = job(prediction(failed)).unwrap().state else {
                panic!("{error}");
            };
            assert_eq!(failure.message, message);
        }
    }
}
