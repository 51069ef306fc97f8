//! `POST /fal-ai/wan/v2.7/edit-video`: the input itself, without an envelope and without an idempotency key.
use std::collections::HashMap;

use axum::extract::{Request, State};
use http::HeaderMap;
use serde_json::Value;

use super::errors::{detail, error, named, refused_input};
use super::{FILES, MODEL, PROVIDER, authorize, view, webhook};
use crate::app::{App, Order, Origin, Shared, lock, random_uuid, round};
use crate::control::STAGE;
use crate::jobs::{Billed, Phase};
use crate::wire::{self, Answer, Refusal};

/// Dollars per second of input and output, at each resolution.
pub(super) const PRICE: f64 = 0.10;

const MAX_BYTES: u64 = 100 << 20;

pub(super) async fn submit(State(app): State<Shared>, request: Request) -> Answer {
    let owner = authorize(&request)?;
    let fault = wire::job_fault(&request);
    let query = wire::query(&request);
    check_headers(request.headers())?;
    let body = wire::body(request).await.map_err(|problem| error(422, &problem))?;
    check(&body)?;
    check_queue(&app, &query)?;
    let job = app.create(&PROVIDER, Order { fault, ..order(&app, owner, body) });
    if let Some(url) = query.get("fal_webhook") {
        webhook::subscribe(&app, &job, url);
    }
    Ok(named(&job.id, wire::json(200, view::status(&app, &job, &Phase::Queued, false))))
}

fn check_headers(headers: &HeaderMap) -> Result<(), Refusal> {
    let Some(text) = wire::header(headers, "x-fal-request-timeout") else {
        return Ok(());
    };
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.1 => Ok(()),
        _ => Err(error(400, "X-Fal-Request-Timeout must be seconds, more than 0.1").into()),
    }
}

fn check(body: &Value) -> Result<(), Refusal> {
    let violations = PROVIDER.contract.request(&format!("/{MODEL}"), body);
    let details: Vec<Value> = violations
        .iter()
        .map(|violation| {
            let place: Vec<&str> =
                std::iter::once("body").chain(violation.path.iter().map(String::as_str)).collect();
            let given = body.pointer(&format!("/{}", violation.path.join("/")));
            let kind = if given.is_none() { "missing" } else { "value_error" };
            detail(&place, kind, &violation.message)
        })
        .collect();
    if details.is_empty() { Ok(()) } else { Err(refused_input(&details).into()) }
}

/// The caller may say how long a queue is too long.
fn check_queue(app: &App, query: &HashMap<String, String>) -> Result<(), Refusal> {
    let Some(text) = query.get("fal_max_queue_length") else {
        return Ok(());
    };
    let most: usize =
        text.parse().map_err(|_| error(400, "fal_max_queue_length must be a whole number"))?;
    let jobs = lock(&app.jobs);
    let waiting = jobs.newest_first(PROVIDER.name).filter(|job| app.phase(job) == Phase::Queued);
    if waiting.count() > most {
        return Err(error(429, "the queue is longer than fal_max_queue_length").into());
    }
    Ok(())
}

fn order(app: &App, owner: String, input: Value) -> Order {
    let origin = origin(app, wire::text(&input, "video_url"));
    let cut = input.get("duration").and_then(Value::as_f64);
    let (input_seconds, output_seconds) = app.seconds(&origin, cut);
    let credits = round((input_seconds + output_seconds) * PRICE);
    let problem = problem(app, &origin, input_seconds, cut);
    Order {
        id: random_uuid(),
        owner,
        billed: Billed { input_seconds, output_seconds, credits },
        failure: problem.map(|(kind, message)| (kind.to_owned(), message.to_owned())),
        origin,
        input,
        outputs: 1,
        fault: None,
    }
}

/// Files of the file service lie among the staged ones.
fn origin(app: &App, url: &str) -> Origin {
    match url.split_once(&format!("{FILES}/")) {
        Some((host, file)) => app.origin(&format!("{host}{STAGE}/{file}")),
        None => app.origin(url),
    }
}

/// What a runner finds wrong with input that fits the schema.
fn problem(
    app: &App,
    origin: &Origin,
    seconds: f64,
    cut: Option<f64>,
) -> Option<(&'static str, &'static str)> {
    let file = match origin {
        Origin::Missing => {
            return Some(("file_download_error", "the input video could not be fetched"));
        }
        Origin::Stored(id) => app.store.get(id),
        Origin::Outside => None,
    };
    if cut == Some(1.0) {
        return Some(("one_of", "duration must be 0, or from 2 to 10"));
    }
    if file.is_some_and(|file| file.size > MAX_BYTES) {
        return Some(("file_too_large", "the input video has more than 100 MB"));
    }
    length_problem(seconds)
}

/// Cut clips are never of whole seconds: the limits are met to the nearest one.
fn length_problem(seconds: f64) -> Option<(&'static str, &'static str)> {
    match seconds.round() {
        ..2.0 => Some(("video_duration_too_short", "the input video is shorter than 2 seconds")),
        11.0.. => Some(("video_duration_too_long", "the input video is longer than 10 seconds")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clips_play_for_two_to_ten_seconds() {
        let cases = [
            (1.4, Some("video_duration_too_short")),
            (1.9, None),
            (10.4, None),
            (10.6, Some("video_duration_too_long")),
        ];
        for (seconds, kind) in cases {
            assert_eq!(length_problem(seconds).map(|(kind, _)| kind), kind, "{seconds}");
        }
    }
}
