//! skills.video's words into reshoot's.

use reshoot_core::{
    Candidate, Charge, EditRequest, Error, ErrorKind, Failure, Job, JobRef, JobState, Operation,
    Output, Url,
    wire::{number, text},
};
use serde_json::{Map, Value};

use crate::{NAME, error, generated::types};

/// The job that a submit made. Whatever the answer says beside the id, the id is kept.
pub(crate) fn submitted(generation: types::Generation) -> Result<Job, Error> {
    let job_ref = JobRef::new(NAME, generation.id.as_str())?;
    let reserved = credits(&generation);
    let mut made =
        job(generation).unwrap_or_else(|_| Job::new(job_ref, JobState::Running { progress: None }));
    made.reserved = reserved;
    Ok(made)
}

/// A generation as it stands. Two vocabularies name its states; both are read, in any case.
pub(crate) fn job(generation: types::Generation) -> Result<Job, Error> {
    let job_ref = JobRef::new(NAME, generation.id.as_str())?;
    let word = generation.status.as_ref().map_or("(none)", |status| status.as_str());
    let state = match word.to_ascii_lowercase().as_str() {
        "in_queue" | "starting" | "queued" => JobState::Queued,
        "in_progress" | "processing" | "running" => JobState::Running { progress: None },
        "completed" | "succeeded" => JobState::Succeeded {
            outputs: outputs(generation.data.as_ref(), &job_ref)?,
            billed: credits(&generation),
        },
        "failed" => JobState::Failed(failure(generation)),
        "canceled" | "cancelled" => JobState::Canceled,
        _ => return Ok(Job::with_unknown_status(job_ref, word)),
    };
    Ok(Job::new(job_ref, state))
}

fn credits(generation: &types::Generation) -> Option<Charge> {
    Charge::credits(number(generation.usage.as_ref()?.total))
}

fn failure(generation: types::Generation) -> Failure {
    let billed = credits(&generation);
    let code = text(generation.code);
    let kind = code.as_deref().and_then(error::kind).unwrap_or(ErrorKind::Other);
    Failure::new(kind, code, text(generation.message).unwrap_or_default()).with_billed(billed)
}

fn outputs(data: Option<&Value>, job: &JobRef) -> Result<Vec<Output>, Error> {
    let mut urls: Vec<Url> = Vec::new();
    for url in data.map(links).unwrap_or_default() {
        if !urls.contains(&url) {
            urls.push(url);
        }
    }
    if urls.is_empty() {
        let message = "the generation is completed, but its answer holds no link to a video";
        return Err(Error::new(ErrorKind::Unreadable, Operation::Status, message)
            .with_provider(NAME)
            .with_retryable(false)
            .with_job(job));
    }
    Ok(urls.into_iter().map(|url| Output::new(url, None)).collect())
}

/// The links in a result. Only that of an image is documented: for a video its form is inferred, so
/// the likely places are tried in order, and then every object that says it is a video.
fn links(data: &Value) -> Vec<Url> {
    let items = |key: &str| data.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let listed: Vec<Url> = items("videos").iter().filter_map(link).collect();
    if !listed.is_empty() {
        return listed;
    }
    let single = ["video", "video_url", "url"].iter().find_map(|key| link(data.get(key)?));
    if let Some(url) = single {
        return vec![url];
    }
    let listed: Vec<Url> = items("urls").iter().filter_map(link).collect();
    if !listed.is_empty() {
        return listed;
    }
    let mut found = Vec::new();
    nested(data, &mut found);
    found
}

/// A text that is a URL, or the `url` of an object.
fn link(value: &Value) -> Option<Url> {
    let text = value.as_str().or_else(|| value.get("url")?.as_str())?;
    Url::parse(text).ok()
}

fn nested(value: &Value, found: &mut Vec<Url>) {
    match value {
        Value::Object(fields) => {
            found.extend(video(fields));
            fields.values().for_each(|field| nested(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| nested(item, found)),
        _ => {}
    }
}

/// The link of an object that is a video, by its type or by the ending of its path.
fn video(fields: &Map<String, Value>) -> Option<Url> {
    let url = Url::parse(fields.get("url")?.as_str()?).ok()?;
    let kind = fields.get("content_type").and_then(Value::as_str).unwrap_or_default();
    let path = url.path().to_ascii_lowercase();
    let is_video =
        kind.starts_with("video/") || [".mp4", ".mov"].iter().any(|end| path.ends_with(end));
    is_video.then_some(url)
}

/// A running generation, as the possible fate of a lost submit.
pub(crate) fn candidate(
    generation: types::Generation,
    request: &EditRequest<Url>,
) -> Option<Candidate> {
    let job_ref = JobRef::new(NAME, generation.id.as_str()).ok()?;
    let same_input = generation.input.as_ref().and_then(|input| same_input(input, request));
    let running = Job::new(job_ref, JobState::Running { progress: None });
    Some(Candidate::new(job(generation).unwrap_or(running), same_input, None))
}

/// Whether the echo of the input is ours; none if it shows neither clip nor prompt.
fn same_input(input: &Map<String, Value>, request: &EditRequest<Url>) -> Option<bool> {
    let (video, prompt) = (input.get("video_url"), input.get("prompt"));
    if video.is_none() && prompt.is_none() {
        return None;
    }
    let fits = |value: Option<&Value>, ours: &str| value.is_none_or(|value| value == ours);
    Some(fits(video, request.video.as_str()) && fits(prompt, &request.prompt))
}

/// A generation as a webhook describes it. Only `prediction` with its `state` is documented; that
/// the id stands in it is a guess.
pub(crate) fn delivered(body: &[u8]) -> Result<Job, Error> {
    let unreadable = |message: String| {
        Error::new(ErrorKind::Unreadable, Operation::Webhook, message).with_provider(NAME)
    };
    let delivery: types::WebhookDelivery = serde_json::from_slice(body)
        .map_err(|error| unreadable(format!("the body cannot be read: {error}")))?;
    let prediction = delivery
        .prediction
        .ok_or_else(|| unreadable("the delivery is not about a generation".to_owned()))?;
    let job_ref = JobRef::new(NAME, text(prediction.id).unwrap_or_default())?;
    let status = prediction.state.as_ref().map(|state| state.as_str().to_owned());
    let word = status.or_else(|| text(prediction.status)).unwrap_or_default();
    let state = match word.to_ascii_lowercase().as_str() {
        "queued" | "in_queue" => JobState::Queued,
        // The result itself, or the reason, a status call tells.
        "failed" => JobState::Failed(Failure::new(ErrorKind::Other, None, "")),
        "canceled" | "cancelled" => JobState::Canceled,
        _ => JobState::Running { progress: None },
    };
    Ok(Job::new(job_ref, state))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> Result<Job, Error> {
        job(serde_json::from_value(value).unwrap())
    }

    #[test]
    fn both_vocabularies_are_read_in_any_case() {
        let state = |word: &str| read(json!({"id": "g", "status": word})).unwrap();
        for word in ["IN_QUEUE", "in_queue", "starting"] {
            assert_eq!(state(word).state, JobState::Queued, "{word}");
        }
        for word in ["IN_PROGRESS", "processing", "Processing"] {
            assert_eq!(state(word).state, JobState::Running { progress: None }, "{word}");
        }
        for word in ["FAILED", "failed"] {
            assert!(matches!(state(word).state, JobState::Failed(_)), "{word}");
        }
        for word in ["CANCELED", "canceled", "CANCELLED"] {
            assert_eq!(state(word).state, JobState::Canceled, "{word}");
        }
        assert_eq!(state("MODERATING").unknown_status.as_deref(), Some("MODERATING"));
        assert!(read(json!({"id": "g", "status": null})).unwrap().unknown_status.is_some());
    }

    #[test]
    fn links_are_found_wherever_they_may_be() {
        let (one, two) = ("https://h.example/1.mp4", "https://h.example/2.mp4");
        for (data, found) in [
            (
                json!({"videos": [{"url": one}, {"url": two}], "video": {"url": one}}),
                vec![one, two],
            ),
            (json!({"video": {"url": one}}), vec![one]),
            (json!({"video_url": one}), vec![one]),
            (json!({"url": one}), vec![one]),
            (json!({"urls": [one, two, one]}), vec![one, two]),
            (
                json!({"out": [{"url": "https://h.example/x", "content_type": "video/mp4"}]}),
                vec!["https://h.example/x"],
            ),
            (
                json!({"out": {"deep": {"url": one}}, "image": {"url": "https://h.example/i.png"}}),
                vec![one],
            ),
        ] {
            let done = json!({"id": "g", "status": "COMPLETED", "data": data});
            let JobState::Succeeded { outputs, .. } = read(done).unwrap().state else {
                panic!("{data}");
            };
            let urls: Vec<_> = outputs.iter().map(|output| output.url.as_str()).collect();
            assert_eq!(urls, found, "{data}");
        }
    }

    #[test]
    fn completed_without_a_link_is_said_once_and_not_asked_again() {
        for data in [Value::Null, json!({}), json!({"image": {"url": "https://h.example/i.png"}})] {
            let error = read(json!({"id": "g", "status": "succeeded", "data": data})).unwrap_err();
            assert!(!error.is_retryable() && error.job().is_some(), "{data}");
        }
    }

    #[test]
    fn only_the_end_tells_what_was_billed() {
        let usage = json!({"total": "64", "subscription": 64});
        let done = json!({"id": "g", "status": "COMPLETED", "data": {"url": "https://h.example/o"}, "usage": usage});
        let JobState::Succeeded { billed, .. } = read(done).unwrap().state else { panic!() };
        assert_eq!(billed.and_then(|charge| charge.credits), Some(64.0));
        let queued = json!({"id": "g", "status": "IN_QUEUE", "usage": usage});
        let job = submitted(serde_json::from_value(queued).unwrap()).unwrap();
        assert_eq!(job.reserved.and_then(|charge| charge.credits), Some(64.0));
    }

    #[test]
    fn an_accepted_job_keeps_its_id_whatever_else_was_said() {
        for answer in [
            json!({"id": "g"}),
            json!({"id": "g", "status": "COMPLETED", "data": null}),
            json!({"id": "g", "status": "FAILED", "code": "X", "message": "m"}),
        ] {
            let job = submitted(serde_json::from_value(answer.clone()).unwrap()).unwrap();
            assert_eq!(job.job_ref.id(), "g", "{answer}");
        }
    }

    #[test]
    fn a_running_job_is_ours_by_clip_and_prompt() {
        let request =
            EditRequest::new(Url::parse("https://h.example/a.mp4").unwrap(), "make it snow");
        for (input, same) in [
            (json!({"video_url": "https://h.example/a.mp4", "prompt": "make it snow"}), Some(true)),
            (
                json!({"video_url": "https://h.example/b.mp4", "prompt": "make it snow"}),
                Some(false),
            ),
            (json!({"n": 1}), None),
        ] {
            let running = json!({"id": "g", "status": "IN_PROGRESS", "input": input});
            let found = candidate(serde_json::from_value(running).unwrap(), &request).unwrap();
            assert_eq!(found.same_input, same, "{input}");
        }
    }
}
