//! `POST /v1/videos/generations`: silent truncation, idempotency keys, the hold on credits.
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

use super::{MODEL, PROVIDER, authorize, error, refuse};
use crate::app::{App, Order, Origin, Shared, is_loopback, lock, random_bytes, round};
use crate::jobs::{Billed, Job, Replay};
use crate::webhooks::{self, Subscription};
use crate::wire::{self, Answer, Refusal};

/// The vendor's own client counts with 68 credits to the dollar.
pub(super) const CREDITS_PER_USD: f64 = 68.0;

/// US dollars per second of input plus output: <https://evolink.ai/blog> (wan-2-7-api-guide, read 2026-11-20).
const USD_720P: f64 = 0.086;
const USD_1080P: f64 = 0.144;

pub(super) async fn submit(State(app): State<Shared>, request: Request) -> Answer {
    let owner = authorize(&request)?;
    let fault = wire::job_fault(&request);
    let key = idempotency_key(request.headers())?;
    let sent = wire::body(request).await.map_err(|problem| error(400, &problem))?;
    let scope = format!("{} {owner}", PROVIDER.name);
    let _turn = lock(&app.turn);
    if let Some(key) = &key {
        // The guard of the lock must not live into the arms.
        let replay = lock(&app.jobs).replay(&scope, key, &sent);
        match replay {
            Replay::Of(id) => return replayed(&app, &id),
            Replay::Conflict => return Err(conflict()),
            Replay::Fresh => {}
        }
    }
    let body = truncated(sent.clone());
    check(&body)?;
    let job = app.create(&PROVIDER, Order { fault, ..order(&app, owner, body) });
    if let Some(key) = &key {
        lock(&app.jobs).remember(&scope, key, sent, &job.id);
    }
    subscribe(&app, &job);
    Ok(accepted(&app, &job))
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let Some(key) = wire::header(headers, "idempotency-key") else {
        return Ok(None);
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if (16..=96).contains(&key.len()) && key.chars().all(allowed) {
        return Ok(Some(key));
    }
    let message = "Idempotency-Key must be 16-96 characters of [A-Za-z0-9._-]";
    Err(refuse(400, &"invalid_parameter".into(), "invalid_request_error", message).into())
}

fn conflict() -> Refusal {
    let message = "this Idempotency-Key was used with a different request body";
    refuse(409, &"idempotency_conflict".into(), "invalid_request_error", message).into()
}

fn replayed(app: &App, id: &str) -> Answer {
    let Some(job) = app.replayed(&PROVIDER, id) else {
        return Err(error(500, "the first task is gone").into());
    };
    let mut response = accepted(app, &job);
    response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
    Ok(response)
}

/// Text beyond the limit is cut off without a word.
fn truncated(mut body: Value) -> Value {
    for (field, limit) in [("prompt", 5000), ("negative_prompt", 500)] {
        if let Some(Value::String(text)) = body.get_mut(field) {
            *text = text.chars().take(limit).collect();
        }
    }
    body
}

fn check(body: &Value) -> Result<(), Refusal> {
    let callback = body.get("callback_url").and_then(Value::as_str);
    if let Some(problem) = callback.and_then(callback_problem) {
        return Err(error(400, problem).into());
    }
    let mut body = body.clone();
    if callback.is_some_and(is_local) {
        // The contract wants https; a receiver on this machine has none.
        wire::set(&mut body, "callback_url", json!("https://localhost.example/"));
    }
    match PROVIDER.contract.request("/v1/videos/generations", &body).first() {
        None => Ok(()),
        Some(violation) => {
            Err(error(400, &format!("{}: {}", violation.dotted(), violation.message)).into())
        }
    }
}

fn is_local(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| url.scheme() == "http" && is_loopback(&url))
}

fn callback_problem(text: &str) -> Option<&'static str> {
    if text.len() > 2048 {
        return Some("callback_url must not be longer than 2048 characters");
    }
    let Ok(url) = url::Url::parse(text) else {
        return Some("callback_url is not a URL");
    };
    let private = matches!(url.host(), Some(url::Host::Ipv4(ip)) if ip.is_private() || ip.is_loopback() || ip.is_link_local());
    match url.scheme() {
        "https" if private => Some("callback_url must not lead to a private address"),
        "https" => None,
        _ if is_local(text) => None,
        _ => Some("callback_url must be https"),
    }
}

fn order(app: &App, owner: String, body: Value) -> Order {
    let video = body.pointer("/video_urls/0").and_then(Value::as_str).unwrap_or_default();
    let origin = app.origin(video);
    let cut = body.get("duration").and_then(Value::as_f64);
    let billed = billed(app, &origin, cut, wire::text(&body, "quality"));
    Order {
        id: task_id(),
        owner,
        failure: failure(&origin, cut).map(|(code, message)| (code.to_owned(), message.to_owned())),
        billed,
        origin,
        input: body,
        outputs: 1,
        fault: None,
    }
}

/// Input seconds count as well as output seconds; with a cut, the seconds that are left of the input.
fn billed(app: &App, origin: &Origin, cut: Option<f64>, quality: &str) -> Billed {
    let (_, seconds) = app.seconds(origin, cut);
    let usd = if quality == "1080p" { USD_1080P } else { USD_720P };
    let credits = round(2.0 * seconds * usd * CREDITS_PER_USD);
    Billed { input_seconds: seconds, output_seconds: seconds, credits }
}

/// What only shows once the model looks at the clip.
fn failure(origin: &Origin, cut: Option<f64>) -> Option<(&'static str, &'static str)> {
    if *origin == Origin::Missing {
        return Some(("video_probe_failed", "Could not read the source clip"));
    }
    let senseless = cut.is_some_and(|cut| cut > 0.0 && cut < 2.0);
    senseless.then_some(("invalid_parameters", "duration must be 0, or from 2 to 10"))
}

fn task_id() -> String {
    const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let random = random_bytes(8);
    let tail: String = random
        .iter()
        .filter_map(|byte| ALPHABET.get(usize::from(*byte) % 36))
        .map(|c| char::from(*c))
        .collect();
    format!("task-unified-{}-{tail}", time::OffsetDateTime::now_utc().unix_timestamp())
}

fn subscribe(app: &Shared, job: &Job) {
    if let Some(url) = job.input.get("callback_url").and_then(Value::as_str) {
        let subscription =
            Subscription { url: url.to_owned(), secret: Vec::new(), events: Vec::new() };
        webhooks::watch(app, &PROVIDER, job, subscription);
    }
}

fn accepted(app: &App, job: &Job) -> Response {
    let phase = app.phase(job);
    let body = json!({
        "created": job.created_at.unix_timestamp(), "id": job.id, "model": MODEL,
        "object": "video.generation.task", "type": "video",
        "status": super::status(&phase), "progress": super::progress(&phase),
        "task_info": {
            "can_cancel": true, "estimated_time": job.time.as_secs().max(1),
            "video_duration": job.billed.output_seconds.round(),
        },
        "usage": { "billing_rule": "per_second", "credits_reserved": job.billed.credits, "user_group": "default" },
    });
    axum::Json(whole_numbers(body)).into_response()
}

/// `video_duration` is an integer on the wire.
fn whole_numbers(mut body: Value) -> Value {
    if let Some(duration) = body.pointer_mut("/task_info/video_duration") {
        #[expect(clippy::cast_possible_truncation, reason = "a clip is some seconds long")]
        let whole = duration.as_f64().unwrap_or_default() as i64;
        *duration = Value::from(whole);
    }
    body
}
