//! `GET /v1/models/requests/by-endpoint`: the way to find a request whose answer was lost.
use std::cmp::Reverse;
use std::collections::HashMap;
use std::time::Instant;

use axum::extract::{Request, State};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::errors::{Failure, error};
use super::{MODEL, PROVIDER, authorize, view};
use crate::app::{App, Shared, lock};
use crate::jobs::{Job, Phase};
use crate::wire::{self, Answer, Refusal};

/// What a caller wants to see of the own requests.
struct Wish {
    owner: String,
    from: OffsetDateTime,
    to: Option<OffsetDateTime>,
    outcome: Option<String>,
    id: Option<String>,
    payloads: bool,
}

pub(super) async fn list(State(app): State<Shared>, request: Request) -> Answer {
    let owner = authorize(&request)?;
    check_model(&request)?;
    let query = wire::query(&request);
    let limit = wire::number(&query, "limit", 50, 100).map_err(|problem| error(400, &problem))?;
    let by_duration = one_of(&query, "sort_by", &["ended_at", "duration"])? == Some("duration");
    let wish = wish(owner, &query)?;
    let now = Instant::now();
    let jobs = lock(&app.jobs);
    let mut shown: Vec<(&Job, Phase)> = jobs
        .newest_first(PROVIDER.name)
        .map(|job| (job, job.phase(now)))
        .filter(|(job, phase)| wish.covers(job, phase))
        .collect();
    match by_duration {
        true => shown.sort_by_key(|(job, _)| Reverse(job.time)),
        false => shown.sort_by_key(|(job, phase)| Reverse((!phase.is_final(), job.ends_at()))),
    }
    let start = query.get("cursor").map_or(0, |cursor| {
        shown.iter().position(|(job, _)| job.id == *cursor).map_or(shown.len(), |at| at + 1)
    });
    let page: Vec<_> = shown.iter().skip(start).take(limit).collect();
    let more = shown.len() > start + page.len();
    let next = page.last().filter(|_| more).map(|(job, _)| job.id.clone());
    let items: Vec<Value> =
        page.iter().map(|(job, phase)| item(&app, job, phase, wish.payloads)).collect();
    Ok(wire::json(200, json!({ "items": items, "next_cursor": next, "has_more": more })))
}

/// Models come with commas between them or as repeated parameters.
pub(super) fn check_model(request: &Request) -> Result<(), Refusal> {
    let text = request.uri().query().unwrap_or_default();
    let pairs = url::form_urlencoded::parse(text.as_bytes());
    let given: Vec<_> =
        pairs.filter(|(name, _)| name == "endpoint_id").map(|(_, value)| value).collect();
    if given.is_empty() {
        return Err(error(400, "endpoint_id is missing").into());
    }
    let known = given.iter().flat_map(|value| value.split(',')).any(|id| id.trim() == MODEL);
    if known { Ok(()) } else { Err(error(404, "no such model").into()) }
}

fn wish(owner: String, query: &HashMap<String, String>) -> Result<Wish, Refusal> {
    let id = query.get("request_id").cloned();
    let days = if id.is_some() { 90 } else { 1 };
    let earliest = OffsetDateTime::now_utc() - time::Duration::days(days);
    Ok(Wish {
        owner,
        from: moment(query, "start")?.unwrap_or(earliest),
        to: moment(query, "end")?,
        outcome: one_of(query, "status", &["success", "error", "user_error"])?.map(str::to_owned),
        id,
        payloads: query.get("expand").is_some_and(|wanted| wanted.contains("payloads")),
    })
}

fn one_of<'a>(
    query: &HashMap<String, String>,
    name: &str,
    words: &[&'a str],
) -> Result<Option<&'a str>, Refusal> {
    let Some(text) = query.get(name) else {
        return Ok(None);
    };
    match words.iter().find(|word| *word == text) {
        Some(word) => Ok(Some(word)),
        None => Err(error(400, &format!("{name} must be one of {}", words.join(", "))).into()),
    }
}

/// A day, or a day and a time; without an offset it is UTC.
fn moment(query: &HashMap<String, String>, name: &str) -> Result<Option<OffsetDateTime>, Refusal> {
    let Some(text) = query.get(name) else {
        return Ok(None);
    };
    let forms = [text.clone(), format!("{text}Z"), format!("{text}T00:00:00Z")];
    let parsed = forms.iter().find_map(|form| OffsetDateTime::parse(form, &Rfc3339).ok());
    match parsed {
        Some(moment) => Ok(Some(moment)),
        None => Err(error(400, &format!("{name} must be a day or a time in ISO 8601")).into()),
    }
}

impl Wish {
    /// A request that waits is not there: the list knows only what has been started.
    fn covers(&self, job: &Job, phase: &Phase) -> bool {
        job.owner == self.owner
            && *phase != Phase::Queued
            && job.created_at >= self.from
            && self.to.is_none_or(|to| job.created_at < to)
            && self.id.as_ref().is_none_or(|id| *id == job.id)
            && self.outcome.as_ref().is_none_or(|wanted| outcome(phase) == Some(wanted))
    }
}

fn outcome(phase: &Phase) -> Option<&'static str> {
    match status_code(phase)? {
        ..400 => Some("success"),
        400..500 => Some("user_error"),
        _ => Some("error"),
    }
}

fn status_code(phase: &Phase) -> Option<u16> {
    let failed = Failure::of(phase).map(|failure| failure.status);
    failed.or_else(|| (*phase == Phase::Succeeded).then_some(200))
}

fn item(app: &App, job: &Job, phase: &Phase, payloads: bool) -> Value {
    let ended = phase.is_final();
    let mut item = json!({
        "request_id": job.id, "endpoint_id": MODEL, "status_code": status_code(phase),
        "sent_at": view::iso(job.created_at), "started_at": job.started_at(phase).map(view::iso),
        "ended_at": ended.then(|| view::iso(job.ends_at())),
        "duration": ended.then_some(job.time.as_secs_f64()),
    });
    if payloads {
        wire::set(&mut item, "json_input", job.input.clone());
        wire::set(&mut item, "json_output", view::payload(app, job, phase));
    }
    item
}
