//! Reading tasks: one, a page, or up to fifty by id.
use axum::extract::{Path, Request, State};
use serde_json::{Value, json};

use super::{MODEL, PROVIDER, authorize, refuse, status, view};
use crate::app::{App, Shared, lock};
use crate::jobs::{Job, Phase};
use crate::wire::{self, Answer, Refusal};

/// Largest batch: <https://github.com/EvoLinkAI/evolink-mcp> (read 2026-11-20).
const BATCH: usize = 50;

pub(super) async fn detail(
    State(app): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let owner = authorize(&request)?;
    if !id.starts_with("task-unified-") {
        return Err(invalid("invalid_task_id", "task_id must start with task-unified-"));
    }
    let job = lock(&app.jobs).poll(PROVIDER.name, &id, wire::job_fault(&request));
    match job.filter(|job| job.owner == owner) {
        Some(job) => Ok(wire::json(200, view(&app, &job, &app.phase(&job)))),
        None => {
            Err(refuse(404, &"task_not_found".into(), "not_found_error", "task not found").into())
        }
    }
}

pub(super) async fn batch(State(app): State<Shared>, request: Request) -> Answer {
    let owner = authorize(&request)?;
    let fault = wire::job_fault(&request);
    let body =
        wire::body(request).await.map_err(|problem| invalid("invalid_parameter", &problem))?;
    let violations = PROVIDER.contract.request("/v1/tasks/batch", &body);
    let ids = body
        .get("task_ids")
        .and_then(Value::as_array)
        .filter(|ids| ids.len() <= BATCH && violations.is_empty());
    let Some(ids) = ids else {
        return Err(invalid("invalid_parameter", "task_ids must be a list of at most 50 ids"));
    };
    let mut jobs = lock(&app.jobs);
    let mut tasks = Vec::new();
    for id in ids.iter().filter_map(Value::as_str) {
        let job = jobs.poll(PROVIDER.name, id, fault.clone());
        let own = job.filter(|job| is_theirs(job, &owner));
        tasks.extend(own.map(|job| view(&app, &job, &app.phase(&job))));
    }
    Ok(wire::json(200, json!({ "code": 200, "data": tasks })))
}

fn is_theirs(job: &Job, owner: &str) -> bool {
    job.provider == PROVIDER.name && job.owner == owner
}

pub(super) async fn list(State(app): State<Shared>, request: Request) -> Answer {
    let owner = authorize(&request)?;
    let query = wire::query(&request);
    // No 400 is documented here: a number that makes no sense is as good as none.
    let number = |name, default, max| wire::number(&query, name, default, max).unwrap_or(default);
    let (page, page_size) = (number("page", 1, 1_000_000), number("page_size", 20, 100));
    let wanted = |name: &str, value: &str| query.get(name).is_none_or(|wanted| wanted == value);
    let jobs = lock(&app.jobs);
    let matching = jobs.newest_first(PROVIDER.name).filter(|job| is_theirs(job, &owner));
    let matching = matching.filter(|job| {
        let (state, asked) = (status(&app.phase(job)), query.get("status").map(String::as_str));
        // The vendor's client says that asking for "processing" brings queued tasks too.
        let right_state =
            asked.is_none_or(|asked| asked == state || (asked, state) == ("processing", "pending"));
        right_state && wanted("model", MODEL) && wanted("type", "video")
    });
    let all: Vec<&Job> = matching.collect();
    let data: Vec<Value> = all
        .iter()
        .skip((page - 1) * page_size)
        .take(page_size)
        .map(|job| entry(&app, job))
        .collect();
    Ok(wire::json(
        200,
        json!({ "object": "list", "total": all.len(), "page": page, "page_size": page_size, "data": data }),
    ))
}

/// An entry of the list has no links, and says `created_at` where the detail says `created`.
fn entry(app: &App, job: &Job) -> Value {
    let phase = app.phase(job);
    let mut entry = json!({
        "id": job.id, "model": MODEL, "type": "video", "status": status(&phase),
        "progress": super::progress(&phase), "created_at": job.created_at.unix_timestamp(),
        "has_results": phase == Phase::Succeeded, "has_error": matches!(phase, Phase::Failed { .. }),
    });
    if phase == Phase::Succeeded {
        wire::set(&mut entry, "result_count", Value::from(job.outputs));
        wire::set(&mut entry, "credits_used", Value::from(job.billed.credits));
        wire::set(&mut entry, "duration", Value::from(job.time.as_secs_f64()));
    }
    entry
}

fn invalid(code: &str, message: &str) -> Refusal {
    refuse(400, &code.into(), "invalid_request_error", message).into()
}
