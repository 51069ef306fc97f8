//! The tasks of at most one day, newest first, without inputs and results.
use std::collections::HashMap;

use axum::extract::{Request, State};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::times::{from_digits, unix_ms};
use super::{
    ACCOUNT, API, MODEL, PROVIDER, REGION, authorize, invalid, is_kept, key_number, status,
    submit_request,
};
use crate::app::{Shared, lock, random_uuid};
use crate::jobs::{Job, Phase};
use crate::links::DAY;
use crate::wire::{self, Answer, Refusal};

const STATES: [&str; 6] = ["PENDING", "RUNNING", "SUCCEEDED", "FAILED", "CANCELED", "UNKNOWN"];

/// No limit is documented; this one is above all use.
const LARGEST_PAGE: usize = 1000;

pub(super) async fn list(State(app): State<Shared>, request: Request) -> Answer {
    let owner = authorize(&request)?;
    let mut query = wire::query(&request);
    query.retain(|_, value| !value.is_empty());
    let number = |name: &str, default: usize, max: usize| {
        wire::number(&query, name, default, max).map_err(|problem| invalid(&problem))
    };
    let (page, size) = (number("page_no", 1, usize::MAX)?, number("page_size", 10, LARGEST_PAGE)?);
    let now = OffsetDateTime::now_utc();
    let (from, to) = window(&query, now)?;
    if query.get("status").is_some_and(|word| !STATES.contains(&word.as_str())) {
        return Err(invalid(&format!("status must be one of {}", STATES.join(", "))));
    }
    let jobs = lock(&app.jobs);
    let in_window = |job: &&Job| (from..=to).contains(&job.created_at) && is_kept(job, now);
    let mine = jobs.newest_first(PROVIDER.name).filter(|job| job.owner == owner);
    let all: Vec<Value> = mine
        .filter(in_window)
        .map(|job| entry(job, &app.phase(job)))
        .filter(|entry| is_wanted(entry, &query))
        .collect();
    let (total, pages) = (all.len(), all.len().div_ceil(size));
    let shown: Vec<Value> =
        all.into_iter().skip((page - 1).saturating_mul(size)).take(size).collect();
    Ok(wire::json(
        200,
        json!({
            "request_id": random_uuid(), "data": shown, "total": total, "total_page": pages,
            "page_no": page, "page_size": size,
        }),
    ))
}

/// From when to when; one end without the other is a day from it.
fn window(
    query: &HashMap<String, String>,
    now: OffsetDateTime,
) -> Result<(OffsetDateTime, OffsetDateTime), Refusal> {
    let time = |name: &str| match query.get(name) {
        None => Ok(None),
        Some(text) => from_digits(text)
            .map(Some)
            .ok_or_else(|| invalid(&format!("{name} must be YYYYMMDDhhmmss"))),
    };
    let (from, to) = match (time("start_time")?, time("end_time")?) {
        (None, None) => (now - DAY, now),
        (Some(from), None) => (from, from + DAY),
        (None, Some(to)) => (to - DAY, to),
        (Some(from), Some(to)) => (from, to),
    };
    if from > to || to > from + DAY {
        return Err(invalid("start_time and end_time must span at most 24 hours"));
    }
    Ok((from, to))
}

fn entry(job: &Job, phase: &Phase) -> Value {
    let mut entry = json!({
        "api_key_id": key_number(&job.owner), "caller_parent_id": ACCOUNT, "caller_uid": ACCOUNT,
        "gmt_create": unix_ms(job.created_at), "model_name": MODEL, "region": REGION,
        "request_id": submit_request(job), "status": status(phase), "task_id": job.id,
        "user_api_unique_key": API,
    });
    if let Some(time) = job.started_at(phase) {
        wire::set(&mut entry, "start_time", unix_ms(time));
    }
    if phase.is_final() {
        wire::set(&mut entry, "end_time", unix_ms(job.ends_at()));
    }
    entry
}

fn is_wanted(entry: &Value, query: &HashMap<String, String>) -> bool {
    ["task_id", "model_name", "status", "api_key_id", "region"]
        .into_iter()
        .all(|name| query.get(name).is_none_or(|wanted| wire::text(entry, name) == wanted))
}
