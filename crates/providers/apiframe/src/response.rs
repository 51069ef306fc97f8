//! Apiframe's words into reshoot's.

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
                let billed = Charge::credits(number(self.credits));
                JobState::Failed(Failure::new(ErrorKind::Other, None, message).with_billed(billed))
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

/// A listed job, as the possible fate of a lost submit; none if it has no usable id.
pub(crate) fn candidate(listed: types::Job, request: &EditRequest<Url>) -> Option<Candidate> {
    let job_ref = JobRef::new(NAME, listed.id.as_str()).ok()?;
    let same_input = listed.input.as_ref().and_then(|input| same_input(input, request));
    let created = text(listed.created_at.clone());
    let created = created.and_then(|text| humantime::parse_rfc3339_weak(&text).ok());
    let running = Job::new(job_ref, JobState::Running { progress: None });
    Some(Candidate::new(job(listed).unwrap_or(running), same_input, created))
}

/// Whether the echo of the input is ours; none if it shows neither clip nor prompt.
pub(crate) fn same_input(input: &Value, request: &EditRequest<Url>) -> Option<bool> {
    let video = input.pointer("/wan27VideoeditParams/video").or_else(|| input.get("video"));
    let prompt = input.get("prompt");
    if video.is_none() && prompt.is_none() {
        return None;
    }
    let fits = |value: Option<&Value>, ours: &str| value.is_none_or(|value| value == ours);
    Some(fits(video, request.video.as_str()) && fits(prompt, &request.prompt))
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> Result<Job, Error> {
        job(serde_json::from_value(value).unwrap())
    }

    #[test]
    fn each_status_word_has_its_state() {
        let state = |status: Value| read(json!({"id": "j", "status": status})).unwrap();
        assert_eq!(state(json!("QUEUED")).state, JobState::Queued);
        assert_eq!(state(json!("PROCESSING")).state, JobState::Running { progress: None });
        assert!(matches!(state(json!("FAILED")).state, JobState::Failed(_)));
        assert_eq!(state(json!("CANCELLED")).state, JobState::Canceled);
        for (word, kept) in [(json!("MODERATING"), "MODERATING"), (Value::Null, "(none)")] {
            assert_eq!(state(word).unknown_status.as_deref(), Some(kept));
        }
    }

    #[test]
    fn results_are_found_in_every_documented_form() {
        let at = "https://cdn.example/o.mp4";
        for (result, count) in [
            (json!(at), 1),
            (json!({"videoUrl": at}), 1),
            (json!({"videos": [at]}), 1),
            (json!({"videos": [{"url": at}, {"videoUrl": "https://cdn.example/2.mp4"}]}), 2),
            (json!({"videoUrl": at, "videos": [at]}), 1),
        ] {
            let job =
                json!({"id": "j", "status": "COMPLETED", "result": result, "creditCost": "55"});
            let JobState::Succeeded { outputs, billed } = read(job).unwrap().state else {
                panic!("{result}");
            };
            assert_eq!((outputs.len(), outputs[0].url.as_str()), (count, at), "{result}");
            assert_eq!(billed.and_then(|charge| charge.credits), Some(55.0));
        }
    }

    #[test]
    fn completed_without_a_link_is_said_once_and_not_asked_again() {
        for result in [Value::Null, json!({}), json!("not a link"), json!({"videos": [7]})] {
            let job = json!({"id": "j", "status": "COMPLETED", "result": result});
            let error = read(job).unwrap_err();
            assert!(!error.is_retryable() && error.job().is_some(), "{result}");
        }
    }

    #[test]
    fn a_purged_result_is_expired() {
        let job = json!({
            "id": "j", "status": "COMPLETED", "result": "https://cdn.example/o", "expired": true,
        });
        assert_eq!(read(job).unwrap().state, JobState::Expired);
    }

    #[test]
    fn a_replayed_submit_may_find_the_job_further_on() {
        for (status, queued) in
            [(json!("QUEUED"), true), (Value::Null, true), (json!("COMPLETED"), false)]
        {
            let answer = json!({"jobId": "j", "status": status});
            let job = submitted(serde_json::from_value(answer).unwrap()).unwrap();
            assert_eq!(job.state == JobState::Queued, queued, "{status}");
        }
    }

    #[test]
    fn the_event_stands_for_a_missing_status() {
        for (body, header, failed) in [
            (json!({"jobId": "j", "event": "failed"}), None, true),
            (json!({"jobId": "j", "type": "failed"}), None, true),
            (json!({"jobId": "j"}), Some("failed"), true),
            (json!({"jobId": "j", "event": "progress"}), None, false),
        ] {
            let job = delivered(serde_json::from_value(body.clone()).unwrap(), header).unwrap();
            assert_eq!(matches!(job.state, JobState::Failed(_)), failed, "{body}");
        }
    }

    #[test]
    fn a_listed_job_is_ours_by_clip_and_prompt() {
        let video = Url::parse("https://h.example/a.mp4").unwrap();
        let request = EditRequest::new(video, "make it snow");
        let ours = json!({"video": "https://h.example/a.mp4"});
        for (input, same) in [
            (json!({"prompt": "make it snow", "wan27VideoeditParams": ours}), Some(true)),
            (json!({"prompt": "make it rain", "wan27VideoeditParams": ours}), Some(false)),
            (json!({"prompt": "make it snow", "video": "https://h.example/b.mp4"}), Some(false)),
            (json!({}), None),
            (Value::Null, None),
        ] {
            let job = json!({"id": "j", "status": "QUEUED", "input": input});
            let candidate = candidate(serde_json::from_value(job).unwrap(), &request).unwrap();
            assert_eq!(candidate.same_input, same, "{input}");
        }
    }
}
