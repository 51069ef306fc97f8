//! WaveSpeedAI's words into reshoot's.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use reshoot_core::{
    Candidate, EditRequest, Error, ErrorKind, Failure, Job, JobRef, JobState, JobTimes, Operation,
    Output, Url,
    wire::{seconds, text},
};
use serde_json::Value;

use crate::{
    CAPABILITIES, NAME, error,
    generated::{PredictionStatus as Status, types},
};

/// The job that a submit made. Whatever else the answer says, its id is kept.
pub(crate) fn submitted(answer: types::PredictionAnswer) -> Result<Job, Error> {
    let prediction = answer.data.ok_or_else(|| nothing(Operation::Submit))?;
    let job_ref = JobRef::new(NAME, prediction.id.as_str())?;
    let read = read(prediction, Operation::Submit);
    Ok(read.unwrap_or_else(|_| Job::new(job_ref, JobState::Queued)))
}

/// A prediction as it stands.
pub(crate) fn job(answer: types::PredictionAnswer) -> Result<Job, Error> {
    read(answer.data.ok_or_else(|| nothing(Operation::Status))?, Operation::Status)
}

/// A prediction as a delivery describes it.
pub(crate) fn delivered(prediction: types::Prediction) -> Result<Job, Error> {
    read(prediction, Operation::Webhook)
}

fn nothing(operation: Operation) -> Error {
    unreadable(operation, "the answer holds no prediction")
}

fn unreadable(operation: Operation, message: &str) -> Error {
    Error::new(ErrorKind::Unreadable, operation, message).with_provider(NAME)
}

fn read(prediction: types::Prediction, operation: Operation) -> Result<Job, Error> {
    let ran = ran(&prediction);
    let job_ref = JobRef::new(NAME, prediction.id)?;
    let state = match &prediction.status {
        Some(Status::Created | Status::Pending) => JobState::Queued,
        Some(Status::Processing) => JobState::Running { progress: None },
        Some(Status::Completed) => {
            let outputs = outputs(prediction.outputs.as_deref());
            if outputs.is_empty() {
                let message =
                    "the prediction is completed, but its answer holds no link to a video";
                let error = unreadable(operation, message);
                return Err(error.with_retryable(false).with_job(&job_ref));
            }
            JobState::Succeeded { outputs, billed: None }
        }
        Some(Status::Failed | Status::Timeout) => {
            let kind = error::failure(prediction.code.as_ref());
            let code = text(prediction.code).filter(|code| code != "0");
            JobState::Failed(Failure::new(kind, code, text(prediction.error).unwrap_or_default()))
        }
        Some(Status::Cancelled) => JobState::Canceled,
        // Deleted by somebody, or by age.
        Some(Status::Deleted) => JobState::Expired,
        other => {
            let word = other.as_ref().map_or("(none)", |status| status.as_str());
            return Ok(Job::with_unknown_status(job_ref, word));
        }
    };
    let ran = ran.filter(|_| state.is_final());
    Ok(Job::new(job_ref, state).with_times(JobTimes::told(None, ran)))
}

/// It tells milliseconds of work, and zero before the end. Of `executionTime` beside it no page says
/// whether it counts the queue.
fn ran(prediction: &types::Prediction) -> Option<Duration> {
    seconds(prediction.timings.as_ref()?.inference).map(|millis| millis / 1000)
}

fn outputs(outputs: Option<&[Value]>) -> Vec<Output> {
    let lifetime = CAPABILITIES.link_lifetime.map(|lifetime| lifetime.value);
    let texts = outputs.unwrap_or_default().iter().filter_map(Value::as_str);
    texts.filter_map(|text| Url::parse(text).ok()).map(|url| Output::new(url, lifetime)).collect()
}

/// A page of the list. One without items is unreadable, never empty: it may hold what was lost.
pub(crate) fn page(answer: types::PredictionListAnswer) -> Result<Vec<types::Prediction>, Error> {
    let items = answer.data.and_then(|list| list.items);
    items.ok_or_else(|| unreadable(Operation::Find, "the list of predictions cannot be read"))
}

/// A listed prediction, as the possible fate of a lost submit; none if it has no usable id.
pub(crate) fn candidate(
    prediction: types::Prediction,
    request: &EditRequest<Url>,
) -> Option<Candidate> {
    let job_ref = JobRef::new(NAME, prediction.id.as_str()).ok()?;
    let input = prediction.input.as_ref().or(prediction.inputs.as_ref());
    let same_input = same_input(input, request);
    let created = text(prediction.created_at.clone());
    let created = created.and_then(|text| humantime::parse_rfc3339_weak(&text).ok());
    let running = Job::new(job_ref, JobState::Running { progress: None });
    let job = read(prediction, Operation::Find).unwrap_or(running);
    Some(Candidate::new(job, same_input, created))
}

/// Whether the echo of the input is ours; none where there is none.
fn same_input(input: Option<&Value>, request: &EditRequest<Url>) -> Option<bool> {
    let input = input?.as_object().filter(|input| !input.is_empty())?;
    let holds = |name: &str, ours: &str| input.get(name).is_some_and(|value| value == ours);
    Some(holds("video", request.video.as_str()) && holds("prompt", &request.prompt))
}

/// Where a file is to be sent, and where it can be read then.
#[derive(Debug)]
pub(crate) struct Ticket {
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) url: Url,
}

/// The ticket for an upload.
pub(crate) fn ticket(answer: types::UploadAnswer) -> Result<Ticket, Error> {
    let no_ticket =
        || unreadable(Operation::Upload, "the answer does not say where to put the file");
    let upload = answer.data.ok_or_else(no_ticket)?;
    let url = upload.download_url.and_then(|url| Url::parse(&url).ok()).ok_or_else(no_ticket)?;
    let instruction = upload.upload.ok_or_else(no_ticket)?;
    let put = text(instruction.method).is_none_or(|method| method.eq_ignore_ascii_case("put"));
    let target = instruction.url.filter(|_| put).ok_or_else(no_ticket)?;
    let headers = instruction.headers.map(|headers| headers.0).unwrap_or_default();
    Ok(Ticket { target, headers: headers.iter().filter_map(header).collect(), url })
}

fn header((name, value): (&String, &Value)) -> Option<(HeaderName, HeaderValue)> {
    Some((name.parse().ok()?, value.as_str()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(data: Value) -> Result<Job, Error> {
        job(serde_json::from_value(json!({"code": 200, "data": data})).unwrap())
    }

    #[test]
    fn each_status_word_has_its_state() {
        let state = |word: Value| read(json!({"id": "p", "status": word})).unwrap();
        assert_eq!(state(json!("created")).state, JobState::Queued);
        assert_eq!(state(json!("pending")).state, JobState::Queued);
        assert_eq!(state(json!("processing")).state, JobState::Running { progress: None });
        assert!(matches!(state(json!("failed")).state, JobState::Failed(_)));
        assert!(matches!(state(json!("timeout")).state, JobState::Failed(_)));
        assert_eq!(state(json!("cancelled")).state, JobState::Canceled);
        assert_eq!(state(json!("deleted")).state, JobState::Expired);
        for (word, kept) in [(json!("moderating"), "moderating"), (Value::Null, "(none)")] {
            assert_eq!(state(word).unknown_status.as_deref(), Some(kept));
        }
    }

    #[test]
    fn completed_without_a_link_is_said_once_and_not_asked_again() {
        for (outputs, found) in [
            (json!(["https://h.example/o.mp4"]), true),
            (json!([]), false),
            (json!(["no link"]), false),
            (json!([{"url": "https://h.example/o.mp4"}]), false),
            (Value::Null, false),
        ] {
            let done = read(json!({"id": "p", "status": "completed", "outputs": outputs}));
            assert_eq!(done.is_ok(), found, "{outputs}");
            if let Err(error) = done {
                assert!(!error.is_retryable() && error.job().is_some());
            }
        }
    }

    #[test]
    fn a_prediction_that_has_ended_tells_how_long_it_ran() {
        for (status, timings, millis) in [
            ("cancelled", json!({"inference": 318_500}), Some(318_500)),
            ("failed", json!({"inference": "7"}), Some(7)),
            ("failed", json!({"inference": 0}), None),
            ("processing", json!({"inference": 318_500}), None),
            ("failed", json!({"inference": {}}), None),
            ("failed", json!("none"), None),
            ("failed", Value::Null, None),
        ] {
            let told =
                json!({"id": "p", "status": status, "timings": timings, "executionTime": 400_000});
            let times = read(told).unwrap().times;
            let ran = times.and_then(|times| times.running).map(|time| time.as_millis());
            assert_eq!(ran, millis, "{status} {timings}");
            assert_eq!(times.and_then(|times| times.queued), None);
        }
    }

    #[test]
    fn a_failure_tells_its_kind_by_its_code() {
        for (code, kind, shown) in [
            (json!(1200), ErrorKind::ContentRejected, "no (1200)"),
            (json!("1402"), ErrorKind::InvalidRequest, "no (1402)"),
            (json!(5003), ErrorKind::Unavailable, "no (5003)"),
            (json!(0), ErrorKind::Other, "no"),
            (Value::Null, ErrorKind::Other, "no"),
        ] {
            let failed = json!({"id": "p", "status": "failed", "code": code, "error": "no"});
            let JobState::Failed(failure) = read(failed).unwrap().state else { panic!("{code}") };
            assert_eq!((failure.kind, failure.to_string().as_str()), (kind, shown));
        }
    }

    #[test]
    fn a_submit_keeps_its_id_in_whatever_state_it_comes_back() {
        for (data, id) in [
            (json!({"id": "p", "status": "created"}), Some("p")),
            (json!({"id": "p", "status": "completed", "outputs": []}), Some("p")),
            (json!({"id": "p"}), Some("p")),
            (json!({}), None),
            (Value::Null, None),
        ] {
            let answer = json!({"code": 200, "data": data});
            let job = submitted(serde_json::from_value(answer).unwrap());
            assert_eq!(job.ok().map(|job| job.job_ref.id().to_owned()).as_deref(), id);
        }
    }

    #[test]
    fn a_page_that_cannot_be_read_is_not_an_empty_one() {
        for (data, count) in [
            (json!({"items": []}), Some(0)),
            (json!({"items": [{"id": "p"}]}), Some(1)),
            (json!({"items": [{"id": "p"}, {"status": "created"}]}), None),
            (json!({}), None),
            (Value::Null, None),
        ] {
            let answer = serde_json::from_value(json!({"code": 200, "data": data})).unwrap();
            assert_eq!(page(answer).ok().map(|items| items.len()), count, "{data}");
        }
    }

    #[test]
    fn a_listed_prediction_is_ours_where_it_shows_its_input() {
        let video = Url::parse("https://h.example/a.mp4").unwrap();
        let request = EditRequest::new(video, "make it snow");
        let input = |video: &str| json!({"video": video, "prompt": "make it snow"});
        for (field, input, same) in [
            ("input", input("https://h.example/a.mp4"), Some(true)),
            ("inputs", input("https://h.example/a.mp4"), Some(true)),
            ("input", input("https://h.example/b.mp4"), Some(false)),
            ("input", json!({}), None),
            ("other", Value::Null, None),
        ] {
            let listed = json!({"id": "p", "status": "processing", field: input});
            let listed = serde_json::from_value(listed).unwrap();
            assert_eq!(candidate(listed, &request).unwrap().same_input, same, "{field} {input}");
        }
    }

    #[test]
    fn a_ticket_says_where_to_put_a_file_and_with_which_headers() {
        let at = "https://store.example/put?sig=1";
        let ticket = |method: &str, url: Value| {
            let data = json!({
                "download_url": "https://h.example/a.mp4",
                "upload": {"method": method, "url": url, "headers": {"Content-Type": "video/mp4"}},
            });
            ticket(serde_json::from_value(json!({"code": 200, "data": data})).unwrap())
        };
        let good = ticket("put", json!(at)).unwrap();
        assert_eq!((good.target.as_str(), good.url.as_str()), (at, "https://h.example/a.mp4"));
        assert_eq!(good.headers["content-type"], "video/mp4");
        assert!(ticket("POST", json!(at)).is_err() && ticket("PUT", Value::Null).is_err());
    }
}
