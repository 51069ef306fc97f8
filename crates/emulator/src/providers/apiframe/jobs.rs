//! Reading jobs: one, or a page behind a cursor.
use axum::extract::{Path, Request, State};
use serde_json::{Value, json};

use super::{MODEL, PROVIDER, authorize, error, status, view};
use crate::app::{Shared, lock};
use crate::jobs::Job;
use crate::wire::{self, Answer};

pub(super) async fn detail(
    State(app): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let owner = authorize(&request)?;
    if !is_uuid(&id) {
        return Err(error(400, "Invalid job id: must be a UUID").into());
    }
    let job =
        lock(&app.jobs).poll(PROVIDER.name, &id.to_ascii_lowercase(), wire::job_fault(&request));
    match job.filter(|job| job.owner == owner) {
        Some(job) => Ok(wire::json(200, view(&app, &job, &app.phase(&job)))),
        None => Err(error(404, "Job not found").into()),
    }
}

pub(super) async fn list(State(app): State<Shared>, request: Request) -> Answer {
    let owner = authorize(&request)?;
    let mut query = wire::query(&request);
    query.retain(|_, value| !value.is_empty());
    let limit = wire::number(&query, "limit", 20, 100).map_err(|problem| error(400, &problem))?;
    match query.get("scope").map(String::as_str) {
        None | Some("user") => {}
        Some("team") => return Err(error(403, "Only team admins can list the team's jobs").into()),
        Some(_) => return Err(error(400, "scope must be user or team").into()),
    }
    if query.get("search").is_some_and(|id| !is_uuid(id)) {
        return Err(error(400, "search must be a UUID").into());
    }
    let wanted = |name: &str, value: &str| query.get(name).is_none_or(|wanted| wanted == value);
    let jobs = lock(&app.jobs);
    let mine = jobs.newest_first(PROVIDER.name).filter(|job| job.owner == owner);
    let matching: Vec<&Job> = mine
        .filter(|job| {
            wanted("status", status(&app.phase(job)))
                && wanted("model", MODEL)
                && wanted("search", &job.id)
        })
        .collect();
    let start = match query.get("cursor") {
        None => 0,
        Some(cursor) => {
            matching.iter().position(|job| job.id == *cursor).map_or(matching.len(), |at| at + 1)
        }
    };
    let page: Vec<&Job> = matching.iter().skip(start).take(limit).copied().collect();
    let more = matching.len() > start + page.len();
    let cursor = page.last().filter(|_| more).map(|job| job.id.clone());
    let shown: Vec<Value> = page.iter().map(|job| view(&app, job, &app.phase(job))).collect();
    Ok(wire::json(200, json!({ "jobs": shown, "nextCursor": cursor, "hasMore": more })))
}

fn is_uuid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    lengths == [8, 4, 4, 4, 12]
        && parts.iter().all(|part| part.chars().all(|c| c.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::is_uuid;

    #[test]
    fn only_uuids_are_ids() {
        assert!(is_uuid("0b7f1d52-3c5e-4f0e-9f57-6a1f3f0a9c11"));
        for text in
            ["", "abc", "0b7f1d523c5e4f0e9f576a1f3f0a9c11", "0b7f1d52-3c5e-4f0e-9f57-6a1f3f0a9c1g"]
        {
            assert!(!is_uuid(text), "{text}");
        }
    }
}
