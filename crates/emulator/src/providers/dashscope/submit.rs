//! `POST …/video-synthesis`: only asynchronously; text that is too long is cut, undocumented fields are accepted.
use axum::extract::{Request, State};
use http::HeaderMap;
use serde_json::{Value, json};

use super::media::{self, Reader};
use super::{MODEL, PROVIDER, SUBMIT, authorize, error, invalid, refuse, submit_request};
use crate::app::{App, Order, Origin, Shared, random_uuid, round};
use crate::jobs::Billed;
use crate::webhooks;
use crate::wire::{self, Answer, Refusal};

/// US dollars per second of input and output together, in Singapore; the price page was not read, third parties agree.
const USD_720P: f64 = 0.10;
const USD_1080P: f64 = 0.15;

pub(super) async fn submit(State(app): State<Shared>, request: Request) -> Answer {
    let owner = authorize(&request)?;
    let fault = wire::job_fault(&request);
    if !is_on(request.headers(), "x-dashscope-async") {
        let message = "current user api does not support synchronous calls";
        return Err(refuse(403, "AccessDenied", message).into());
    }
    let resolves = is_on(request.headers(), "x-dashscope-ossresourceresolve");
    let sent = wire::body(request).await.map_err(|problem| error(400, &problem))?;
    let body = normalised(sent);
    check(&body)?;
    let reader = Reader::new(&app, &owner, resolves);
    let job = app.create(&PROVIDER, Order { fault, ..order(&app, &reader, &owner, body) });
    webhooks::announce(&app, &PROVIDER, &job);
    let output = json!({ "task_status": "PENDING", "task_id": job.id });
    Ok(wire::json(200, json!({ "output": output, "request_id": submit_request(&job) })))
}

fn is_on(headers: &HeaderMap, name: &str) -> bool {
    wire::header(headers, name).is_some_and(|value| value.eq_ignore_ascii_case("enable"))
}

/// Text beyond the limit is cut off without a word; the vendor's SDK sends no prompt as null.
fn normalised(mut body: Value) -> Value {
    let Some(input) = body.get_mut("input").and_then(Value::as_object_mut) else {
        return body;
    };
    input.retain(|field, value| field != "prompt" || !value.is_null());
    for (field, limit) in [("prompt", 5000), ("negative_prompt", 500)] {
        if let Some(Value::String(text)) = input.get_mut(field) {
            *text = text.chars().take(limit).collect();
        }
    }
    body
}

fn check(body: &Value) -> Result<(), Refusal> {
    for (field, code) in [("model", "BadRequest.EmptyModel"), ("input", "BadRequest.EmptyInput")] {
        if body.get(field).is_none_or(Value::is_null) {
            return Err(refuse(400, code, &format!("{field} is missing")).into());
        }
    }
    if body.get("model").and_then(Value::as_str).is_some_and(|model| model != MODEL) {
        return Err(refuse(404, "ModelNotFound", "there is no such model").into());
    }
    if let Some(violation) = PROVIDER.contract.request(SUBMIT, body).first() {
        return Err(invalid(&format!("{}: {}", violation.dotted(), violation.message)));
    }
    match media::items(body).filter(|item| media::is_video(item)).count() {
        1 => Ok(()),
        count => Err(invalid(&format!("input.media must have one video, not {count}"))),
    }
}

fn order(app: &App, reader: &Reader<'_>, owner: &str, body: Value) -> Order {
    let read: Result<Vec<_>, _> =
        media::items(&body).map(|item| Ok((media::is_video(item), reader.origin(item)?))).collect();
    let cut = body.pointer("/parameters/duration").and_then(Value::as_f64);
    let failure = match &read {
        Err(problem) => Some(("InvalidURL", *problem)),
        Ok(_) if cut == Some(1.0) => {
            Some(("InvalidParameter", "duration must be 0, or from 2 to 10"))
        }
        Ok(_) => None,
    };
    let failure = failure.map(|(code, message)| (code.to_owned(), message.to_owned()));
    let video = read.unwrap_or_default().into_iter().find(|(is_video, _)| *is_video);
    let origin = video.map_or(Origin::Missing, |(_, origin)| origin);
    Order {
        id: random_uuid(),
        owner: owner.to_owned(),
        billed: billed(app, &origin, cut, size(&body)),
        failure,
        origin,
        input: body,
        outputs: 1,
        fault: None,
    }
}

/// The whole of the input counts, also where only its beginning is used.
fn billed(app: &App, origin: &Origin, cut: Option<f64>, size: u16) -> Billed {
    let (input_seconds, output_seconds) = app.seconds(origin, cut);
    let usd = if size == 720 { USD_720P } else { USD_1080P };
    Billed { input_seconds, output_seconds, credits: round((input_seconds + output_seconds) * usd) }
}

/// The output's size as a number.
pub(super) fn size(body: &Value) -> u16 {
    let named = body.pointer("/parameters/resolution").and_then(Value::as_str);
    if named == Some("720P") { 720 } else { 1080 }
}
