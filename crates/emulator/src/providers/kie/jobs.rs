//! Reading a task, and fresh links to its clip.
use std::time::Duration;

use axum::extract::{Request, State};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::account::whole;
use super::{MODEL, PROVIDER, authorize, error, sentence, success};
use crate::app::{App, Shared, lock};
use crate::jobs::{Job, Phase};
use crate::links;
use crate::wire::{self, Answer};

pub(super) async fn record(State(app): State<Shared>, request: Request) -> Answer {
    let owner = authorize(&request)?;
    let id = wire::query(&request).remove("taskId").filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| error(400, "taskId is missing"))?;
    let job = lock(&app.jobs).poll(PROVIDER.name, &id, wire::job_fault(&request));
    let job = job.filter(|job| job.owner == owner);
    let job = job.ok_or_else(|| error(422, "recordInfo is null"))?;
    let phase = app.phase(&job);
    let mut view = view(&app, &job, &phase);
    if phase.is_final() {
        // Milliseconds here, seconds in callbacks.
        wire::set(&mut view, "costTime", u64::try_from(job.time.as_millis()).unwrap_or(0));
        wire::set(&mut view, "creditsConsumed", charged(&job, &phase));
    }
    Ok(success(view))
}

/// What the task query and the callback have in common. Request and result are JSON inside texts.
pub(super) fn view(app: &App, job: &Job, phase: &Phase) -> Value {
    let (code, message) = failure(phase).unwrap_or_default();
    let mut view = json!({
        "taskId": job.id, "model": MODEL, "state": state(phase), "param": job.input.to_string(),
        "resultJson": result(app, job, phase), "failCode": code, "failMsg": message,
        "createTime": milliseconds(job.created_at), "updateTime": milliseconds(job.created_at),
    });
    if phase.is_final() {
        wire::set(&mut view, "completeTime", milliseconds(job.ends_at()));
        wire::set(&mut view, "updateTime", milliseconds(job.ends_at()));
    }
    view
}

/// A task that was stopped from outside counts as failed: there is no word for it.
fn state(phase: &Phase) -> &'static str {
    match phase {
        Phase::Queued => "waiting",
        Phase::Running(_) => "generating",
        Phase::Succeeded => "success",
        Phase::Failed { .. } | Phase::Canceled => "fail",
    }
}

fn failure(phase: &Phase) -> Option<(String, String)> {
    match phase {
        Phase::Failed { code, message } => Some((code.clone(), message.clone())),
        Phase::Canceled => Some(("500".to_owned(), "the task was stopped".to_owned())),
        _ => None,
    }
}

fn result(app: &App, job: &Job, phase: &Phase) -> String {
    match phase {
        Phase::Succeeded => json!({ "resultUrls": links::outputs(app, job) }).to_string(),
        _ => String::new(),
    }
}

/// Zero for a failed task, as in the documented callback.
pub(super) fn charged(job: &Job, phase: &Phase) -> i64 {
    if *phase == Phase::Succeeded { whole(job.billed.credits) } else { 0 }
}

fn milliseconds(time: OffsetDateTime) -> i64 {
    i64::try_from(time.unix_timestamp_nanos() / 1_000_000).unwrap_or(0)
}

/// How long a link lives that was asked for. Source: <https://docs.kie.ai/common-api/download-url>.
const DOWNLOAD_LIFETIME: Duration = Duration::from_secs(20 * 60);

/// `POST /api/v1/common/download-url`: for clips made here only, whether their first link is dead or not.
pub(super) async fn download_url(State(app): State<Shared>, request: Request) -> Answer {
    let owner = authorize(&request)?;
    let body = wire::body(request).await.map_err(|problem| error(422, &problem))?;
    if let Some(violation) = PROVIDER.contract.request("/api/v1/common/download-url", &body).first()
    {
        return Err(error(422, &sentence(violation)).into());
    }
    let mine = |job: &Job| job.provider == PROVIDER.name && job.owner == owner;
    match links::renewed(&app, wire::text(&body, "url"), DOWNLOAD_LIFETIME, mine) {
        Some(link) => Ok(success(link)),
        None => Err(error(422, "the URL is not of this service").into()),
    }
}
