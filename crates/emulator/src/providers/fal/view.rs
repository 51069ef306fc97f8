//! A request as the queue shows it: where to ask, how it stands, what came of it.
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::errors::Failure;
use crate::app::App;
use crate::jobs::{Job, Phase, Source};
use crate::{links, wire};

/// The id and the three URLs, which leave out the model's path under its app.
fn addresses(app: &App, job: &Job) -> Value {
    let root = format!("{}/fal/fal-ai/wan/requests/{}", app.base(), job.id);
    json!({
        "request_id": job.id, "response_url": root,
        "status_url": format!("{root}/status"), "cancel_url": format!("{root}/cancel"),
    })
}

/// The request as it stands. There is one word for every end.
pub(super) fn status(app: &App, job: &Job, phase: &Phase, logs: bool) -> Value {
    let mut view = addresses(app, job);
    let word = match phase {
        Phase::Queued => "IN_QUEUE",
        Phase::Running(_) => "IN_PROGRESS",
        Phase::Succeeded | Phase::Failed { .. } | Phase::Canceled => "COMPLETED",
    };
    wire::set(&mut view, "status", word);
    match phase {
        Phase::Queued => wire::set(&mut view, "queue_position", 0),
        _ => wire::set(&mut view, "logs", logs.then(|| lines(job))),
    }
    if phase.is_final() {
        let ran = job.ran(phase).map(|time| time.as_secs_f64());
        let metrics = json!({ "inference_time": ran });
        wire::set(&mut view, "metrics", metrics);
    }
    if let Some(failure) = Failure::of(phase) {
        wire::set(&mut view, "error", failure.message);
        wire::set(&mut view, "error_type", failure.kind);
    }
    view
}

fn lines(job: &Job) -> Value {
    let start = iso(job.created_at + job.time / 4);
    json!([{ "message": "the clip was fetched", "level": "INFO", "source": "USER", "timestamp": start }])
}

/// What the model answers for a job that is done.
pub(super) fn output(app: &App, job: &Job) -> Value {
    let seed = job.input.get("seed").cloned().unwrap_or_else(|| Value::from(7));
    json!({
        "video": {
            "url": links::outputs(app, job).first(), "content_type": "video/mp4",
            "file_name": format!("{}.mp4", job.id), "file_size": size(app, job),
        },
        "seed": seed,
        "actual_prompt": job.input.get("prompt"),
    })
}

/// What an end brings: the output, or the body of the failure.
pub(super) fn payload(app: &App, job: &Job, phase: &Phase) -> Value {
    match (Failure::of(phase), phase) {
        (Some(failure), _) => failure.body(),
        (None, Phase::Succeeded) => output(app, job),
        (None, _) => Value::Null,
    }
}

fn size(app: &App, job: &Job) -> Option<u64> {
    let stored = match &job.source {
        Source::Stored(id) => app.store.get(id).map(|file| file.size),
        Source::BuiltIn => None,
    };
    stored.or_else(|| Some(app.store.built_in().metadata().ok()?.len()))
}

/// ISO 8601 in UTC, to the millisecond.
pub(super) fn iso(t: OffsetDateTime) -> String {
    let (date, month) = (t.date(), u8::from(t.month()));
    let clock =
        format!("{:02}:{:02}:{:02}.{:03}Z", t.hour(), t.minute(), t.second(), t.millisecond());
    format!("{:04}-{month:02}-{:02}T{clock}", date.year(), date.day())
}
