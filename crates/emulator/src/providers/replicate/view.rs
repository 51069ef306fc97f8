//! A prediction as every answer and every delivery shows it.
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{MODEL, PROVIDER, deadline};
use crate::app::App;
use crate::jobs::{Job, Phase};
use crate::{links, wire};

pub(super) fn view(app: &App, job: &Job, phase: &Phase) -> Value {
    let removed = phase.is_final() && links::expired(app, job);
    let url = url(app, &job.id);
    let mut view = json!({
        "id": job.id, "model": MODEL, "version": "hidden", "source": "api",
        "status": status(job, phase), "input": job.input.get("input"), "logs": "",
        "output": output(app, job, phase), "error": failure(phase), "data_removed": removed,
        "metrics": metrics(job, phase), "created_at": iso(job.created_at),
        "started_at": job.started_at(phase).map(iso),
        "completed_at": phase.is_final().then(|| iso(job.ends_at())),
        "urls": { "get": url, "cancel": format!("{url}/cancel"), "web": format!("https://replicate.com/p/{}", job.id) },
    });
    if let Some(time) = deadline::of(job) {
        wire::set(&mut view, "deadline", iso(job.created_at + time));
    }
    if removed {
        wire::set(&mut view, "input", json!({}));
        wire::set(&mut view, "output", Value::Null);
        wire::set(&mut view, "logs", Value::Null);
    }
    view
}

/// Where a prediction is.
pub(super) fn url(app: &App, id: &str) -> String {
    format!("{}/{}/predictions/{id}", app.base(), PROVIDER.name)
}

/// ISO 8601 to the millisecond.
pub(super) fn iso(time: OffsetDateTime) -> String {
    let time = time.replace_millisecond(time.millisecond()).unwrap_or(time);
    time.format(&Rfc3339).unwrap_or_default()
}

fn status(job: &Job, phase: &Phase) -> &'static str {
    match phase {
        Phase::Queued => "starting",
        Phase::Running(_) => "processing",
        Phase::Succeeded => "succeeded",
        Phase::Failed { .. } => "failed",
        Phase::Canceled if deadline::aborted(job) => "aborted",
        Phase::Canceled => "canceled",
    }
}

/// One text, not a list.
fn output(app: &App, job: &Job, phase: &Phase) -> Value {
    match phase {
        Phase::Succeeded => json!(links::outputs(app, job).first()),
        _ => Value::Null,
    }
}

/// Plain text without a code.
fn failure(phase: &Phase) -> Option<&str> {
    match phase {
        Phase::Failed { message, .. } => Some(message),
        _ => None,
    }
}

/// Seconds; nothing before the end.
fn metrics(job: &Job, phase: &Phase) -> Value {
    if !phase.is_final() {
        return json!({});
    }
    let ran = job.ran(phase).unwrap_or_default();
    json!({ "predict_time": ran.as_secs_f64(), "total_time": job.time.as_secs_f64() })
}
