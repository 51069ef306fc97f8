//! Files in parts: each by a token, or under a signed URL; put together in the order of their numbers.
use std::collections::HashMap;

use axum::extract::{Path, Request, State};
use axum::response::IntoResponse;
use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use http::StatusCode;
use serde_json::{Value, json};

use super::PROVIDER;
use super::errors::error;
use super::uploads::{
    address, authorize_token, given_name, is_signed, keep, receive, signature, wrong,
};
use crate::app::{App, Shared, random_hex};
use crate::store::{Received, Stored};
use crate::wire::{self, Answer, Refusal};

/// The values in the path of a part: `id`, `name`, and `upload` and `part` where they are.
type Place = HashMap<String, String>;

const COMPLETE: &str = "/files/{folder}/{file}/multipart/{upload_id}/complete";

/// `POST /files/upload/multipart`
pub(super) async fn create(State(app): State<Shared>, request: Request) -> Answer {
    authorize_token(&app, &request)?;
    let (id, name) = (random_hex(12), given_name(&request));
    let upload = signature(&app, &format!("{id}/{name}"));
    Ok(wire::json(200, json!({ "access_url": address(&app, &id, &name), "uploadId": upload })))
}

/// One part. The vendor's clients read its name in two places: header and body.
pub(super) async fn part(
    State(app): State<Shared>,
    Path(place): Path<Place>,
    request: Request,
) -> Answer {
    let (id, _) = admit(&app, &place, &request)?;
    let number = place.get("part").and_then(|part| part.parse::<u32>().ok());
    let number = number
        .filter(|number| *number > 0)
        .ok_or_else(|| error(404, "a part is a whole number from 1 on"))?;
    let received = receive(&app, request).await?;
    let etag = random_hex(16);
    keep(&app, part_id(&id, number.into()), &etag, received);
    let body = wire::json(200, json!({ "partNumber": number, "etag": etag }));
    Ok(([("etag", etag)], body).into_response())
}

/// The end: all parts that are named become the file.
pub(super) async fn complete(
    State(app): State<Shared>,
    Path(place): Path<Place>,
    request: Request,
) -> Answer {
    let (id, name) = admit(&app, &place, &request)?;
    let body = wire::body(request).await.map_err(|problem| wrong("parts", &problem))?;
    let parts = parts(&app, &id, &body)?;
    let received = join(&app, &parts).await?;
    keep(&app, id, &name, received);
    for part in parts {
        app.store.remove(&part.id, PROVIDER.name);
    }
    Ok(StatusCode::OK.into_response())
}

/// The file that the path names, when signature or token and upload belong to it.
fn admit(app: &App, place: &Place, request: &Request) -> Result<(String, String), Refusal> {
    let value = |name: &str| place.get(name).cloned().unwrap_or_default();
    let (id, name) = (value("id"), value("name"));
    if !place.contains_key("upload") {
        let signed = is_signed(app, &id, &name, request);
        return if signed { Ok((id, name)) } else { Err(error(403, "wrong signature").into()) };
    }
    authorize_token(app, request)?;
    if value("upload") == signature(app, &format!("{id}/{name}")) {
        Ok((id, name))
    } else {
        Err(error(404, "no such upload").into())
    }
}

fn part_id(file: &str, number: u64) -> String {
    format!("{file}.{number}")
}

/// The parts that a body names, in order.
fn parts(app: &App, file: &str, body: &Value) -> Result<Vec<Stored>, Refusal> {
    if let Some(violation) = PROVIDER.contract.request(COMPLETE, body).first() {
        return Err(wrong(&violation.dotted(), &violation.message));
    }
    let named = body.get("parts").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut numbered: Vec<(u64, &str)> = named
        .iter()
        .filter_map(|part| Some((part.get("partNumber")?.as_u64()?, wire::text(part, "etag"))))
        .collect();
    numbered.sort_unstable();
    if numbered.is_empty() {
        return Err(wrong("parts", "there are no parts"));
    }
    let stored = numbered.into_iter().map(|(number, etag)| {
        let part = app.store.get(&part_id(file, number)).filter(|part| part.name == etag);
        part.ok_or_else(|| wrong("parts", &format!("part {number} is unknown")))
    });
    stored.collect()
}

async fn join(app: &App, parts: &[Stored]) -> Result<Received, Refusal> {
    let paths: Vec<_> = parts.iter().map(|part| part.path.clone()).collect();
    let bytes =
        stream::iter(paths).then(|path| async { tokio::fs::read(path).await.map(Bytes::from) });
    let received = app.store.receive(Box::pin(bytes), u64::MAX).await;
    Ok(received.map_err(|_| error(500, "the parts could not be put together"))?)
}
