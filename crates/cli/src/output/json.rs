//! One JSON object per event on stdout, for scripts. The fields are documented in the README.

use std::sync::{Mutex, PoisonError};

use reshoot::{Checked, Job, JobState, Progress, Violation};
use serde_json::{Map, Value, json};

use super::{Event, Output, result};
use crate::{exit::Failure, session::NO_MODEL};

/// One object per line; remembers how far a download was, to tell only what is new.
#[derive(Debug, Default)]
pub(super) struct Json(Mutex<Option<(usize, u64)>>);

impl Output for Json {
    fn show(&self, event: Event<'_>) {
        if let Event::Downloading { progress, .. } = event
            && !self.is_next_tenth(progress)
        {
            return;
        }
        if let Some(object) = object(event) {
            print(object);
        }
    }

    fn fail(&self, failure: &Failure) {
        print(error(failure));
    }
}

impl Json {
    /// Whether another tenth of a result has come in.
    fn is_next_tenth(&self, progress: Progress) -> bool {
        let tenth = progress.bytes.saturating_mul(10).checked_div(progress.total.unwrap_or(0));
        let now = Some((progress.output, tenth.unwrap_or(0)));
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *last, now) != now
    }
}

fn print(object: Value) {
    result(object);
}

fn object(event: Event<'_>) -> Option<Value> {
    Some(match event {
        // An estimate for eyes; what is known stands in the events that follow.
        Event::Waiting { .. } => return None,
        Event::Emulated => json!({ "event": "emulator", "message": NO_MODEL }),
        Event::Checked(checked) | Event::Fit(checked) => self::checked(checked),
        Event::Clip(facts) => json!({
            "event": "clip",
            "seconds": facts.duration.as_secs_f64(),
            "width": facts.display_width,
            "height": facts.display_height,
            "bytes": facts.bytes,
        }),
        Event::Unfit(violations) => json!({
            "event": "unfit",
            "provider": violations.provider,
            "violations": list(&violations.list),
            "could_do": violations.could_do,
        }),
        Event::Recorded(id) => json!({ "event": "recorded", "id": id }),
        Event::Unable(violations) => json!({
            "event": "left_out",
            "provider": violations.provider,
            "violations": list(&violations.list),
        }),
        Event::GoingOn { error, next } => json!({
            "event": "going_on", "message": error.to_string(), "provider": next.provider,
        }),
        Event::Reconciling(via) => json!({ "event": "reconciling", "provider": via.provider }),
        Event::Adopted(job) => json!({ "event": "adopted", "job": job }),
        Event::Absent => json!({ "event": "absent" }),
        Event::Missing { output } => json!({ "event": "missing", "output": output }),
        Event::NotMeasured(error) => json!({
            "event": "not_measured", "message": error.to_string(),
        }),
        Event::Settled { id, state, .. } => json!({ "event": "settled", "id": id, "state": state }),
        Event::Forgotten(id) => json!({ "event": "done", "id": id, "state": "forgotten" }),
        Event::Serving(url) => json!({ "event": "serving", "url": url }),
        Event::Page(index) => json!({ "event": "page", "path": index.display().to_string() }),
        Event::NothingToDo(why) => json!({ "event": "nothing_to_do", "message": why }),
        Event::Staging { files } => json!({ "event": "staging", "files": files }),
        Event::Queued(via) => json!({ "event": "queued", "provider": via.provider }),
        Event::Submitting { descriptor, idempotency_key } => json!({
            "event": "submitting",
            "provider": descriptor.name(),
            "idempotency_key": idempotency_key,
        }),
        Event::Deferred { error, wait } => json!({
            "event": "deferred",
            "message": error.to_string(),
            "wait_seconds": wait.as_secs_f64(),
        }),
        Event::Finishing => json!({ "event": "finishing" }),
        Event::Accepted(job) => json!({
            "event": "accepted", "job": job.job_ref, "reserved": job.reserved,
        }),
        Event::Polled(job) => standing("polled", job),
        Event::Missed { error, job } => json!({
            "event": "missed", "job": job, "message": error.to_string(),
        }),
        Event::Downloading { job, progress } => json!({
            "event": "downloading",
            "job": job,
            "output": progress.output,
            "bytes": progress.bytes,
            "total": progress.total,
        }),
        Event::Listening { provider, url, advice } => json!({
            "event": "listening", "provider": provider, "url": url, "advice": advice,
        }),
        Event::Ready(address) => json!({ "event": "ready", "address": address }),
        Event::Hinted { job, id } => json!({ "event": "hinted", "job": job, "id": id }),
        Event::Submitted { job, .. } => json!({ "event": "done", "job": job.job_ref }),
        Event::Stands(job) => standing("status", job),
        Event::Ended { job, .. } => standing("done", job),
        Event::Canceled(job) => json!({ "event": "done", "job": job, "state": "canceled" }),
        Event::Batch(event) => return super::batch::object(event),
        Event::Done { job, files, emulated } => json!({
            "event": "done",
            "job": job.job_ref,
            "files": files,
            "billed": billed(job),
            "emulated": emulated,
        }),
    })
}

fn checked(checked: &Checked) -> Value {
    let estimate = checked.estimate();
    let warnings: Vec<_> = checked
        .warnings()
        .iter()
        .map(|warning| json!({ "field": warning.field, "message": warning.message }))
        .collect();
    json!({
        "event": "checked",
        "provider": checked.provider(),
        "estimate": {
            "seconds": estimate.seconds,
            "is_bound": estimate.is_bound,
            "usd": estimate.usd,
            "text": estimate.to_string(),
        },
        "warnings": warnings,
    })
}

/// A job as it stands, without its links: whoever reads those can fetch the clips.
fn standing(event: &str, job: &Job) -> Value {
    let mut object = Map::new();
    let mut put = |name: &str, value: Value| object.insert(name.to_owned(), value);
    put("event", json!(event));
    put("job", json!(job.job_ref));
    put("state", json!(word(&job.state)));
    match &job.state {
        JobState::Running { progress } => put("progress", json!(progress)),
        JobState::Succeeded { outputs, .. } => {
            put("outputs", json!(outputs.len()));
            put("billed", json!(billed(job)))
        }
        JobState::Failed(failure) => put("failure", json!(failure)),
        _ => None,
    };
    if let Some(word) = &job.unknown_status {
        put("unknown_status", json!(word));
    }
    Value::Object(object)
}

const fn word(state: &JobState) -> &'static str {
    match state {
        JobState::Queued => "queued",
        JobState::Running { .. } => "running",
        JobState::Succeeded { .. } => "succeeded",
        JobState::Failed(_) => "failed",
        JobState::Canceled => "canceled",
        JobState::Expired => "expired",
        _ => "unknown",
    }
}

fn billed(job: &Job) -> Value {
    match &job.state {
        JobState::Succeeded { billed, .. } => json!(billed),
        _ => Value::Null,
    }
}

pub(super) fn list(violations: &[Violation]) -> Vec<Value> {
    let one = |violation: &Violation| {
        json!({
            "field": violation.field,
            "message": violation.message,
            "source": violation.source.map(|source| source.url),
        })
    };
    violations.iter().map(one).collect()
}

pub(super) fn error(failure: &Failure) -> Value {
    json!({
        "event": "error",
        "kind": failure.kind,
        "message": failure.message,
        "money": failure.money,
        "next": failure.next,
        "exit_code": failure.exit.code(),
        "id": failure.id,
        "job": failure.job,
        "idempotency_key": failure.idempotency_key,
        "violations": failure.violations.as_ref().map(|violations| list(&violations.list)),
    })
}
