//! The list of predictions: newest first, by dates, a hundred on a page.
use std::collections::HashMap;

use axum::extract::{Request, State};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use time::format_description::well_known::{Iso8601, Rfc3339};
use time::{Date, OffsetDateTime, PrimitiveDateTime};

use super::view::view;
use super::{PROVIDER, authorize, error};
use crate::app::{App, Shared, lock};
use crate::jobs::Job;
use crate::wire::{self, Answer, Refusal};

const PAGE: usize = 100;

/// The query, as it came.
type Query = HashMap<String, String>;

pub(super) async fn list(State(app): State<Shared>, request: Request) -> Answer {
    let owner = authorize(&request)?;
    let query = wire::query(&request);
    let (after, before) = (date(&query, "created_after")?, date(&query, "created_before")?);
    let web = source(&query)?;
    let jobs = lock(&app.jobs);
    let mine = jobs.newest_first(PROVIDER.name).filter(|job| job.owner == owner);
    // Nothing here was made on the website.
    let matching: Vec<&Job> = mine
        .filter(|job| !web && after.is_none_or(|after| job.created_at >= after))
        .filter(|job| before.is_none_or(|before| job.created_at < before))
        .collect();
    let start = start(&query, &matching)?;
    let shown = matching.iter().skip(start).take(PAGE);
    let results: Vec<Value> = shown.map(|job| view(&app, job, &app.phase(job))).collect();
    let link = |at: usize| matching.get(at).map(|job| link(&app, &query, job));
    let previous = if start > 0 { link(start.saturating_sub(PAGE)) } else { None };
    Ok(wire::json(
        200,
        json!({ "next": link(start + PAGE), "previous": previous, "results": results }),
    ))
}

/// Whether only those of the website are wanted.
fn source(query: &Query) -> Result<bool, Refusal> {
    match query.get("source").map(String::as_str) {
        None => Ok(false),
        Some("web") => Ok(true),
        Some(_) => Err(error(400, "source must be web").into()),
    }
}

/// A cursor names the prediction that its page begins with.
fn start(query: &Query, matching: &[&Job]) -> Result<usize, Refusal> {
    let Some(cursor) = query.get("cursor") else {
        return Ok(0);
    };
    let first = matching.iter().position(|job| cursor_of(job) == *cursor);
    Ok(first.ok_or_else(|| error(400, "cursor leads nowhere"))?)
}

fn cursor_of(job: &Job) -> String {
    URL_SAFE_NO_PAD.encode(&job.id)
}

/// The URL of the page that begins with this prediction, under the same filters.
fn link(app: &App, query: &Query, job: &Job) -> String {
    let mut url = url::form_urlencoded::Serializer::new(String::new());
    url.append_pair("cursor", &cursor_of(job));
    for name in ["created_after", "created_before"] {
        if let Some(value) = query.get(name) {
            url.append_pair(name, value);
        }
    }
    format!("{}/{}/predictions?{}", app.base(), PROVIDER.name, url.finish())
}

fn date(query: &Query, name: &str) -> Result<Option<OffsetDateTime>, Refusal> {
    let Some(text) = query.get(name) else {
        return Ok(None);
    };
    let moment = moment(text);
    Ok(Some(moment.ok_or_else(|| error(400, &format!("{name} must be a time in ISO 8601")))?))
}

/// A time with its zone, or in UTC; a day alone is its beginning.
fn moment(text: &str) -> Option<OffsetDateTime> {
    let zoned = OffsetDateTime::parse(text, &Rfc3339).ok();
    let plain = || PrimitiveDateTime::parse(text, &Iso8601::DEFAULT).ok();
    let day = || Date::parse(text, &Iso8601::DEFAULT).ok();
    zoned
        .or_else(|| plain().map(PrimitiveDateTime::assume_utc))
        .or_else(|| day().map(|day| day.midnight().assume_utc()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_clients_write_them() {
        let cases = [
            ("2026-11-21T09:59:00Z", Some(1_795_255_140)),
            ("2026-11-21T10:59:00.250+01:00", Some(1_795_255_140)),
            ("2026-11-21T09:59:00", Some(1_795_255_140)),
            ("2026-11-21T09:59:00.123456", Some(1_795_255_140)),
            ("2026-11-21", Some(1_795_219_200)),
            ("yesterday", None),
            ("", None),
        ];
        for (text, seconds) in cases {
            assert_eq!(moment(text).map(OffsetDateTime::unix_timestamp), seconds, "{text}");
        }
    }
}
