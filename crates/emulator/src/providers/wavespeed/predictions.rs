//! Reading, listing and deleting predictions.
use axum::extract::{Path, Request, State};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{MODEL, PROVIDER, authorize, body, error, page, status, success, view};
use crate::app::{Shared, lock};
use crate::jobs::Job;
use crate::wire::{self, Answer};

/// Predictions on a page, where the call does not say.
const PAGE_SIZE: usize = 100;

pub(super) async fn result(
    State(app): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let owner = authorize(&request)?;
    let job = lock(&app.jobs).poll(PROVIDER.name, &id, wire::job_fault(&request));
    match job.filter(|job| job.owner == owner) {
        Some(job) => Ok(success(view(&app, &job, &app.phase(&job)))),
        None => Err(error(404, "prediction not found").into()),
    }
}

/// Newest first. Inputs are not shown, so two predictions of the same moment cannot be told apart.
pub(super) async fn list(State(app): State<Shared>, request: Request) -> Answer {
    let owner = authorize(&request)?;
    let body = body(request, "/api/v3/predictions").await?;
    let jobs = lock(&app.jobs);
    let mine = jobs.newest_first(PROVIDER.name).filter(|job| job.owner == owner);
    let shown: Vec<Value> = mine
        .filter(|job| !jobs.is_deleted(&job.id) && wanted(job, status(&app.phase(job)), &body))
        .map(|job| view(&app, job, &app.phase(job)))
        .collect();
    let (number, items) = page(&shown, &body, PAGE_SIZE);
    Ok(success(json!({ "page": number, "total": shown.len(), "items": items })))
}

/// Filters add up.
fn wanted(job: &Job, status: &str, body: &Value) -> bool {
    let text = |field: &str| body.get(field).and_then(Value::as_str);
    let moment =
        |field: &str| text(field).and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok());
    text("model").is_none_or(|model| model == MODEL)
        && text("status").is_none_or(|wanted| wanted == status)
        && moment("created_after").is_none_or(|from| job.created_at >= from)
        && moment("created_before").is_none_or(|until| job.created_at < until)
}

/// Unknown ids are ignored. A prediction that still runs goes on, and stays charged.
pub(super) async fn delete(State(app): State<Shared>, request: Request) -> Answer {
    let owner = authorize(&request)?;
    let body = body(request, "/api/v3/predictions/delete").await?;
    let ids = body.get("ids").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut jobs = lock(&app.jobs);
    let gone = ids
        .iter()
        .filter_map(Value::as_str)
        .filter(|id| jobs.delete(PROVIDER.name, &owner, id))
        .count();
    Ok(success(json!({ "deleted_count": gone })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::tests::job;

    #[test]
    fn filters_add_up() {
        let job = Job { created_at: time::OffsetDateTime::UNIX_EPOCH, ..job(10) };
        let cases = [
            (json!({}), true),
            (json!({"model": MODEL, "status": "created"}), true),
            (json!({"model": MODEL, "status": "completed"}), false),
            (json!({"model": "alibaba/wan-2.7/text-to-video"}), false),
            (json!({"created_after": "1970-01-01T00:00:00Z"}), true),
            (json!({"created_after": "1970-01-01T00:00:00.001Z"}), false),
            (json!({"created_before": "1970-01-01T00:00:00Z"}), false),
            (json!({"created_before": "1970-01-01T01:00:01+01:00"}), true),
        ];
        for (body, expected) in cases {
            assert_eq!(wanted(&job, "created", &body), expected, "{body}");
        }
    }
}
