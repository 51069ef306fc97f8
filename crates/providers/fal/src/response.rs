//! fal's words into reshoot's.

use reshoot_core::{
    Cancellation, Candidate, EditRequest, Error, ErrorKind, Failure, Job, JobRef, JobState,
    JobTimes, Operation, Output, Staged, Url,
    wire::{Answer, seconds, text},
};
use serde_json::Value;

use crate::{
    CAPABILITIES, NAME, error,
    generated::{CancelStatus, QueueStatus, WebhookStatus, types},
    place::Place,
};

/// The job that a submit made. `base` is where it was sent.
pub(crate) fn submitted(request: types::QueuedRequest, base: &str) -> Result<Job, Error> {
    let url = text(request.status_url);
    let place = Place::of(&request.request_id, url.as_deref(), base);
    Ok(Job::new(place.job()?, JobState::Queued))
}

/// What a status call tells.
#[derive(Debug, PartialEq)]
pub(crate) enum Stand {
    /// Not completed yet, or of no known word.
    Going(Job),
    /// Completed: the result decides how. With what the status says of a failure, if it was one.
    Completed(Option<Failure>),
    /// Stopped before it ended.
    Canceled,
}

/// How a request stands.
pub(crate) fn stand(status: types::RequestStatus, job: &JobRef) -> Stand {
    let word = text(status.error_type);
    let message = match &status.error {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Null) | None => None,
        Some(other) => Some(other.to_string()),
    };
    match &status.status {
        Some(QueueStatus::InQueue) => Stand::Going(Job::new(job.clone(), JobState::Queued)),
        Some(QueueStatus::InProgress) => {
            Stand::Going(Job::new(job.clone(), JobState::Running { progress: None }))
        }
        Some(QueueStatus::Canceled) => Stand::Canceled,
        Some(QueueStatus::Completed | QueueStatus::Failed) => match word {
            Some(word) if error::is_cancelled(&word) => Stand::Canceled,
            None if message.is_none() => Stand::Completed(None),
            word => {
                let kind = word.as_deref().and_then(error::kind).unwrap_or(ErrorKind::Other);
                Stand::Completed(Some(Failure::new(kind, word, message.unwrap_or_default())))
            }
        },
        other => {
            let word = other.as_ref().map_or("(none)", |status| status.as_str());
            Stand::Going(Job::with_unknown_status(job.clone(), word))
        }
    }
}

/// How long a request ran. The time in the queue is told in the list of requests alone.
pub(crate) fn times(status: &types::RequestStatus) -> Option<JobTimes> {
    JobTimes::told(None, seconds(status.metrics.as_ref()?.inference_time))
}

/// A completed request whose result was answered with a success.
pub(crate) fn succeeded(result: types::EditResult, job: &JobRef) -> Result<Job, Error> {
    let url = result.video.and_then(|video| Url::parse(&video.url?).ok()).ok_or_else(|| {
        let message = "the request is completed, but its result holds no link to a video";
        Error::new(ErrorKind::Unreadable, Operation::Status, message)
            .with_provider(NAME)
            .with_retryable(false)
            .with_job(job)
    })?;
    let state = JobState::Succeeded { outputs: vec![output(url)], billed: None };
    Ok(Job::new(job.clone(), state))
}

fn output(url: Url) -> Output {
    Output::new(url, CAPABILITIES.link_lifetime.map(|lifetime| lifetime.value))
}

/// What it means that the result of a completed request was answered with a failure; none if that may
/// be the call's failure rather than the job's.
pub(crate) fn failed(answer: &Answer, told: Option<&Failure>) -> Option<JobState> {
    let from_model = answer.json.as_ref().is_some_and(|body| body.get("detail").is_some());
    match answer.status {
        // The result is no longer kept.
        404 if told.is_none() => Some(JobState::Expired),
        422 if from_model => Some(JobState::Failed(error::failure(answer))),
        400 | 422 | 500..=599 if told.is_some() && from_model => {
            Some(JobState::Failed(error::failure(answer)))
        }
        _ => told.cloned().map(JobState::Failed),
    }
}

/// What a cancel did.
pub(crate) fn canceled(answer: types::CancelledRequest) -> Cancellation {
    match answer.status {
        Some(CancelStatus::Removed) => Cancellation::Canceled,
        Some(CancelStatus::AlreadyCompleted) => Cancellation::TooLate,
        _ => Cancellation::Requested,
    }
}

/// Whether a cancel was refused because the request had completed before.
pub(crate) fn is_too_late(answer: &Answer) -> bool {
    answer.text("/status").is_some_and(|word| word == CancelStatus::AlreadyCompleted.as_str())
}

/// A listed request, as the possible fate of a lost submit; none if it has no usable id.
pub(crate) fn candidate(
    listed: types::ListedRequest,
    request: &EditRequest<Url>,
) -> Option<Candidate> {
    let job_ref = JobRef::new(NAME, listed.request_id).ok()?;
    let same_input = same_input(listed.json_input.as_ref(), request);
    let created = text(listed.sent_at);
    let created = created.and_then(|text| humantime::parse_rfc3339_weak(&text).ok());
    // Whatever it is by now, a status call tells; for the search it only matters that it exists.
    let job = Job::new(job_ref, JobState::Running { progress: None });
    Some(Candidate::new(job, same_input, created))
}

/// Whether the echo of the input is ours; none where it is not kept.
fn same_input(input: Option<&Value>, request: &EditRequest<Url>) -> Option<bool> {
    let input = input?.as_object().filter(|input| !input.is_empty())?;
    let holds = |name: &str, ours: &str| input.get(name).is_some_and(|value| value == ours);
    Some(holds("video_url", request.video.as_str()) && holds("prompt", &request.prompt))
}

/// A request as a delivery describes it.
pub(crate) fn delivered(delivery: types::WebhookDelivery) -> Result<Job, Error> {
    let job_ref = JobRef::new(NAME, delivery.request_id)?;
    let payload = delivery.payload.unwrap_or_default();
    let link = payload.pointer("/video/url").and_then(Value::as_str);
    let state = match (&delivery.status, link.and_then(|link| Url::parse(link).ok())) {
        (Some(WebhookStatus::Succeeded), Some(url)) => {
            JobState::Succeeded { outputs: vec![output(url)], billed: None }
        }
        (Some(WebhookStatus::Failed), _) => {
            let word = payload.pointer("/detail/0/type").and_then(Value::as_str);
            let kind = word.and_then(error::kind).unwrap_or(ErrorKind::Other);
            let said = payload.pointer("/detail/0/msg").and_then(Value::as_str);
            let message = said.map(str::to_owned).or_else(|| text(delivery.error));
            let code = word.map(str::to_owned);
            JobState::Failed(Failure::new(kind, code, message.unwrap_or_default()))
        }
        // The result did not fit into the delivery: the status tells.
        _ => JobState::Running { progress: None },
    };
    Ok(Job::new(job_ref, state))
}

/// Where a file is to be sent, and where it can be read then.
pub(crate) fn ticket(upload: types::InitiatedUpload) -> Result<(String, Staged), Error> {
    let url = Url::parse(&upload.file_url).map_err(|error| {
        let message = "the answer does not say where the file can be read";
        Error::new(ErrorKind::Unreadable, Operation::Upload, message)
            .with_provider(NAME)
            .with_source(error)
    })?;
    Ok((upload.upload_url, Staged::new(url, None)))
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use http::HeaderMap;
    use serde_json::json;

    use super::*;

    fn job() -> JobRef {
        JobRef::new(NAME, "r").unwrap()
    }

    fn read(status: Value) -> Stand {
        stand(serde_json::from_value(status).unwrap(), &job())
    }

    fn answer(status: u16, body: &Value) -> Answer {
        Answer::new(status, &HeaderMap::new(), body.to_string().as_bytes(), SystemTime::now())
    }

    #[test]
    fn completed_is_not_yet_success() {
        let going = |state| Stand::Going(Job::new(job(), state));
        assert_eq!(read(json!({"status": "IN_QUEUE"})), going(JobState::Queued));
        let running = going(JobState::Running { progress: None });
        assert_eq!(read(json!({"status": "IN_PROGRESS", "logs": null})), running);
        assert_eq!(read(json!({"status": "COMPLETED"})), Stand::Completed(None));
        assert_eq!(read(json!({"status": "COMPLETED", "error": null})), Stand::Completed(None));
        let failed =
            read(json!({"status": "COMPLETED", "error": "no", "error_type": "internal_error"}));
        assert!(
            matches!(&failed, Stand::Completed(Some(failure)) if failure.kind == ErrorKind::Unavailable)
        );
        let canceled =
            json!({"status": "COMPLETED", "error": "x", "error_type": "client_cancelled"});
        assert_eq!(read(canceled), Stand::Canceled);
        for (word, kept) in [(json!("MODERATING"), "MODERATING"), (Value::Null, "(none)")] {
            let Stand::Going(job) = read(json!({"status": word})) else { panic!("{word}") };
            assert_eq!(job.unknown_status.as_deref(), Some(kept));
        }
    }

    #[test]
    fn a_completed_request_tells_how_long_it_ran() {
        for (metrics, millis) in [
            (json!({"inference_time": 84.5}), Some(84_500)),
            (json!({"inference_time": "84.5"}), Some(84_500)),
            (json!({"inference_time": null}), None),
            (json!({"inference_time": [84.5]}), None),
            (json!({}), None),
            (json!(84.5), None),
        ] {
            let status = json!({"status": "COMPLETED", "metrics": metrics});
            let times = times(&serde_json::from_value(status).unwrap());
            let ran = times.and_then(|times| times.running).map(|time| time.as_millis());
            assert_eq!(ran, millis, "{metrics}");
        }
    }

    #[test]
    fn a_result_that_fails_is_the_jobs_failure_only_where_that_is_sure() {
        let told = Failure::new(ErrorKind::Other, None, "Invalid status code");
        let detail = json!({"detail": [{"msg": "no", "type": "content_policy_violation"}]});
        let text = json!({"detail": "something broke", "error_type": "internal_error"});
        let state = |status, body: &Value, told: Option<&Failure>| {
            failed(&answer(status, body), told).map(|state| match state {
                JobState::Failed(failure) => failure.to_string(),
                other => format!("{other:?}"),
            })
        };
        for (status, body, told, expected) in [
            (422, &detail, Some(&told), Some("no (content_policy_violation)")),
            (422, &detail, None, Some("no (content_policy_violation)")),
            (500, &text, Some(&told), Some("something broke (internal_error)")),
            (500, &text, None, None),
            (502, &json!("bad gateway"), Some(&told), Some("Invalid status code")),
            (502, &json!("bad gateway"), None, None),
            (404, &json!({"detail": "gone"}), None, Some("Expired")),
            (404, &json!({"detail": "gone"}), Some(&told), Some("Invalid status code")),
            (401, &json!({"detail": "no key"}), None, None),
        ] {
            assert_eq!(state(status, body, told).as_deref(), expected, "{status} {body} {told:?}");
        }
    }

    #[test]
    fn a_result_without_a_link_is_said_once_and_not_asked_again() {
        for video in [Value::Null, json!({}), json!({"url": "no link"})] {
            let result = serde_json::from_value(json!({"video": video})).unwrap();
            let error = succeeded(result, &job()).unwrap_err();
            assert!(!error.is_retryable() && error.job().is_some(), "{video}");
        }
    }

    #[test]
    fn a_cancel_has_three_answers() {
        for (status, outcome) in [
            (json!("OK"), Cancellation::Canceled),
            (json!("CANCELLATION_REQUESTED"), Cancellation::Requested),
            (json!("ALREADY_COMPLETED"), Cancellation::TooLate),
            (Value::Null, Cancellation::Requested),
        ] {
            let answer = serde_json::from_value(json!({"status": status})).unwrap();
            assert_eq!(canceled(answer), outcome, "{status}");
        }
        assert!(is_too_late(&answer(400, &json!({"status": "ALREADY_COMPLETED"}))));
        assert!(!is_too_late(&answer(404, &json!({"status": "NOT_FOUND"}))));
    }

    #[test]
    fn a_listed_request_is_ours_by_clip_and_prompt() {
        let video = Url::parse("https://h.example/a.mp4").unwrap();
        let request = EditRequest::new(video, "make it snow");
        for (input, same) in [
            (json!({"video_url": "https://h.example/a.mp4", "prompt": "make it snow"}), Some(true)),
            (json!({"video_url": "https://h.example/a.mp4", "prompt": "rain"}), Some(false)),
            (json!({"prompt": "make it snow"}), Some(false)),
            (json!({}), None),
            (Value::Null, None),
        ] {
            let listed = json!({"request_id": "r", "json_input": input});
            let candidate = candidate(serde_json::from_value(listed).unwrap(), &request).unwrap();
            assert_eq!(candidate.same_input, same, "{input}");
        }
    }
}
