//! EvoLink's words into reshoot's.

use std::time::{Duration, UNIX_EPOCH};

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
        Some(TaskStatus::Failed) => {
            let billed = billed(task.usage.as_ref());
            JobState::Failed(failure(task.error).with_billed(billed))
        }
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

/// The states of these jobs, in their order, from an answer for several.
pub(crate) fn jobs(
    batch: types::TaskBatch,
    jobs: &[JobRef],
) -> Result<Vec<Result<Job, Error>>, Error> {
    let entries = batch.data.ok_or_else(|| {
        let message = "the answer holds no list of tasks";
        Error::new(ErrorKind::Unreadable, Operation::Status, message).with_provider(NAME)
    })?;
    let read = |entry| serde_json::from_value::<types::Task>(entry).ok();
    let tasks: Vec<_> = entries.into_iter().filter_map(read).collect();
    Ok(jobs.iter().map(|job_ref| one_of(&tasks, job_ref)).collect())
}

fn one_of(tasks: &[types::Task], job_ref: &JobRef) -> Result<Job, Error> {
    let task = tasks.iter().find(|task| task.id == job_ref.id()).ok_or_else(|| {
        let message = "the provider does not tell of this task among others";
        Error::new(ErrorKind::NotFound, Operation::Status, message)
            .with_provider(NAME)
            .with_job(job_ref)
    });
    task.cloned().and_then(job).map_err(|error| error.with_job(job_ref))
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(task: Value) -> Result<Job, Error> {
        job(serde_json::from_value(task).unwrap())
    }

    fn links(task: Value) -> Vec<String> {
        match read(task).map(|job| job.state) {
            Ok(JobState::Succeeded { outputs, .. }) => {
                outputs.iter().map(|output| output.url.to_string()).collect()
            }
            _ => Vec::new(),
        }
    }

    #[test]
    fn each_status_word_has_its_state() {
        let state = |status: Value| read(json!({"id": "t", "status": status})).unwrap();
        assert_eq!(state(json!("pending")).state, JobState::Queued);
        assert_eq!(state(json!("processing")).state, JobState::Running { progress: None });
        assert!(matches!(state(json!("failed")).state, JobState::Failed(_)));
        assert_eq!(state(json!("cancelled")).state, JobState::Canceled);
        assert_eq!(state(json!("canceled")).state, JobState::Canceled);
        for (word, kept) in [(json!("moderating"), "moderating"), (Value::Null, "(none)")] {
            let job = state(word);
            assert_eq!(job.state, JobState::Running { progress: None });
            assert_eq!(job.unknown_status.as_deref(), Some(kept));
        }
    }

    #[test]
    fn each_job_of_several_has_its_own_answer_and_an_odd_one_costs_no_other() {
        let refs = ["a", "b", "c", "b"].map(|id| JobRef::new(NAME, id).unwrap());
        let going = |id: &str| json!({"id": id, "status": "processing"});
        let no_link = json!({"id": "b", "status": "completed", "results": []});
        for (data, told) in [
            (json!([going("c"), going("a"), going("b")]), [true; 4]),
            (json!([going("a"), going("c")]), [true, false, true, false]),
            (json!([going("a"), no_link, going("c")]), [true, false, true, false]),
            (json!([going("a"), {"id": null}, 7, null, going("c")]), [true, false, true, false]),
            (json!([going("x")]), [false; 4]),
            (json!([]), [false; 4]),
        ] {
            let batch = serde_json::from_value(json!({"code": 200, "data": data})).unwrap();
            let read = jobs(batch, &refs).unwrap();
            for ((job_ref, told), read) in refs.iter().zip(told).zip(read) {
                assert_eq!(read.is_ok(), told, "{job_ref} {data}");
                let named =
                    read.map(|job| job.job_ref).or_else(|error| error.job().cloned().ok_or(()));
                assert_eq!(named.as_ref(), Ok(job_ref), "{data}");
            }
        }
    }

    #[test]
    fn one_call_asks_for_as_many_as_the_spec_allows() {
        let most = CAPABILITIES.statuses.unwrap().value;
        for (count, fits) in [(most, true), (most + 1, false)] {
            let call = types::GetTasks { task_ids: vec!["t".to_owned(); count] };
            assert_eq!(call.validate().is_ok(), fits, "{count}");
        }
    }

    #[test]
    fn an_answer_without_a_list_says_nothing_about_any_job() {
        for batch in [json!({"code": 200}), json!({"data": null}), json!({"data": "none"})] {
            let read = jobs(serde_json::from_value(batch.clone()).unwrap(), &[]);
            assert_eq!(read.unwrap_err().kind(), ErrorKind::Unreadable, "{batch}");
        }
    }

    #[test]
    fn the_video_is_the_first_result_or_where_the_vendor_looks_next() {
        let at = "https://files.example/o.mp4";
        for task in [
            json!({"id": "t", "status": "completed", "results": [at, "https://files.example/2"]}),
            json!({"id": "t", "status": "completed", "results": [], "result_data": [{"video_url": at}]}),
            json!({"id": "t", "status": "completed", "result_data": {"video_url": at}}),
            json!({"id": "t", "status": "completed", "results": null, "data": {"video_url": at}}),
        ] {
            assert_eq!(links(task.clone()), [at], "{task}");
        }
    }

    #[test]
    fn completed_without_a_link_is_said_once_and_not_asked_again() {
        let error = read(json!({"id": "t", "status": "completed", "results": []})).unwrap_err();
        assert!(!error.is_retryable());
        assert_eq!(error.job().map(JobRef::id), Some("t"));
    }

    #[test]
    fn money_is_read_as_it_was_settled() {
        for (usage, billed) in [
            (json!({"credits_used": 97.92}), Some((Some(97.92), None))),
            (json!({"credits_used": "97.92"}), Some((Some(97.92), None))),
            (
                json!({"credits_used": 1, "cost": {"credits": 2, "usd": 1.44}}),
                Some((Some(2.0), Some(1.44))),
            ),
            (json!({"credits_reserved": 5}), None),
            (Value::Null, None),
        ] {
            let task = json!({
                "id": "t", "status": "completed", "results": ["https://h.example/o"], "usage": usage,
            });
            let JobState::Succeeded { billed: read, .. } = read(task).unwrap().state else {
                panic!("{usage}");
            };
            assert_eq!(read.map(|charge| (charge.credits, charge.usd)), billed, "{usage}");
        }
    }

    #[test]
    fn a_failure_keeps_code_and_words_whatever_their_form() {
        for (error, shown) in [
            (json!({"code": "video_probe_failed", "message": "m"}), "m (video_probe_failed)"),
            (json!({"code": 400, "message": null}), "400"),
            (json!({}), "the provider gave no reason"),
            (Value::Null, "the provider gave no reason"),
        ] {
            let task = json!({"id": "t", "status": "failed", "error": error});
            let JobState::Failed(failure) = read(task).unwrap().state else { panic!("{error}") };
            assert_eq!(failure.to_string(), shown);
        }
    }

    #[test]
    fn an_upload_is_stored_only_if_it_says_so() {
        let url = "https://files.example/a.mp4";
        for (answer, stored) in [
            (json!({"success": true, "code": 200, "data": {"file_url": url}}), true),
            (json!({"data": {"file_url": url}}), true),
            (json!({"success": false, "code": 40002, "msg": "type"}), false),
            (json!({"success": true, "data": null}), false),
            (json!({}), false),
        ] {
            let read = uploaded(serde_json::from_value(answer.clone()).unwrap());
            assert_eq!(read.is_ok(), stored, "{answer}");
        }
    }
}
