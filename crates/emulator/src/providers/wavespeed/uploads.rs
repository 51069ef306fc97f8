//! Files: a ticket and a PUT to storage, or the older form in one step.
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::{authorize, body, error, iso, success};
use crate::app::{App, Shared, lock, random_hex};
use crate::control;
use crate::links::{self, hmac_sha256};
use crate::store::{self, Received, Stored};
use crate::wire::{self, Answer, Refusal};

/// Under this path the storage lies, which is no part of the API.
pub(super) const STORE: &str = "/wavespeed-store";

/// Bytes of a file: by the clients of the ticket route, and by the page on the older one.
const MOST_BY_TICKET: u64 = 200 << 20;
const MOST_BY_FORM: u64 = 300 << 20;

const TICKET_LIFETIME: Duration = Duration::hours(1);

/// What a ticket's signature covers: nothing of it may differ when the bytes come.
struct Signed<'a> {
    path: &'a str,
    expires: &'a str,
    size: &'a str,
    content_type: &'a str,
}

impl Signed<'_> {
    fn signature(&self, app: &App) -> String {
        let text = [self.path, self.expires, self.size, self.content_type].join("\n");
        hex::encode(hmac_sha256(&app.secret, text.as_bytes()))
    }
}

pub(super) async fn ticket(State(app): State<Shared>, request: Request) -> Answer {
    authorize(&request)?;
    let body = body(request, "/api/v3/media/uploads").await?;
    let size = body.get("size").and_then(Value::as_u64).unwrap_or_default();
    if size > MOST_BY_TICKET {
        return Err(error(413, "the file is too large").into());
    }
    let content_type = wire::text(&body, "content_type");
    let family = family(content_type)?;
    let (id, name) = (random_hex(12), wire::safe_name(wire::text(&body, "filename")));
    let path = format!("{STORE}/{id}/{name}");
    let expires = OffsetDateTime::now_utc() + TICKET_LIFETIME;
    let (seconds, bytes) = (expires.unix_timestamp().to_string(), size.to_string());
    let signed = Signed { path: &path, expires: &seconds, size: &bytes, content_type };
    let signature = signed.signature(&app);
    let url = format!("{}{path}?expires={seconds}&size={bytes}&signature={signature}", app.base());
    Ok(success(json!({
        "type": family, "filename": name, "size": size,
        "download_url": control::url(&app, &id, &name),
        "upload": {
            "method": "PUT", "url": url, "headers": headers(content_type),
            "expires_at": iso(expires),
        },
    })))
}

fn headers(content_type: &str) -> Value {
    match content_type {
        "" => json!({ "If-None-Match": "*" }),
        known => json!({ "Content-Type": known, "If-None-Match": "*" }),
    }
}

/// Image, video or audio; none where the client could not tell.
fn family(content_type: &str) -> Result<Option<&str>, Refusal> {
    match content_type.split('/').next() {
        None | Some("") => Ok(None),
        Some(family @ ("image" | "video" | "audio")) => Ok(Some(family)),
        Some(_) => Err(hidden("this type of file is not taken")),
    }
}

/// A failure inside of an HTTP 200: what the official clients look for at uploads.
fn hidden(message: &str) -> Refusal {
    wire::json(200, json!({ "code": 500, "message": message, "data": null })).into()
}

/// The PUT. Storage knows no API key: the URL is the credential, and a second one is refused.
pub(super) async fn store(
    State(app): State<Shared>,
    Path((id, name)): Path<(String, String)>,
    request: Request,
) -> Response {
    let query = wire::query(&request);
    let size = query.get("size").and_then(|size| size.parse().ok()).unwrap_or_default();
    if let Err(reason) = may_write(&app, &request) {
        return links::refusal(StatusCode::FORBIDDEN, reason);
    }
    let received = app.store.receive(request.into_body().into_data_stream(), size).await;
    let Some(received) = received.ok().filter(|received| whole(received, size)) else {
        return links::refusal(StatusCode::BAD_REQUEST, "IncompleteBody");
    };
    // Nobody else may come between the look and the write.
    let _turn = lock(&app.turn);
    if app.store.get(&id).is_some() {
        store::discard(&received.path);
        return links::refusal(StatusCode::PRECONDITION_FAILED, "PreconditionFailed");
    }
    app.store.put(stored(id, name, received));
    StatusCode::OK.into_response()
}

fn may_write(app: &App, request: &Request) -> Result<(), &'static str> {
    let headers = request.headers();
    if headers.contains_key(header::AUTHORIZATION) {
        return Err("InvalidArgument: only one auth mechanism allowed");
    }
    let query = wire::query(request);
    let field = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    let signed = Signed {
        path: request.uri().path(),
        expires: field("expires"),
        size: field("size"),
        content_type: text(headers, "content-type"),
    };
    let unconditional = text(headers, "if-none-match") != "*";
    if unconditional || field("signature") != signed.signature(app) {
        return Err("SignatureDoesNotMatch");
    }
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let alive = field("expires").parse::<i64>().is_ok_and(|expires| expires >= now);
    if alive { Ok(()) } else { Err("AccessDenied: Request has expired") }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Whether as many bytes came as the ticket was for; those of another count are gone.
fn whole(received: &Received, size: u64) -> bool {
    let whole = received.size == size;
    if !whole {
        store::discard(&received.path);
    }
    whole
}

fn stored(id: String, name: String, received: Received) -> Stored {
    Stored {
        id,
        owner: String::new(),
        folder: String::new(),
        original_name: name.clone(),
        name,
        kind: received.kind,
        size: received.size,
        path: received.path,
        created: OffsetDateTime::now_utc(),
    }
}

pub(super) async fn binary(State(app): State<Shared>, request: Request) -> Answer {
    let owner = authorize(&request)?;
    let form =
        wire::form(&app, request, MOST_BY_FORM).await.map_err(|problem| error(400, &problem))?;
    let file = form.files.into_iter().find(|(field, _, _)| field == "file");
    let (_, name, received) = file.ok_or_else(|| error(400, "file is required"))?;
    if let Err(refusal) = takes(&received) {
        store::discard(&received.path);
        return Err(refusal);
    }
    let file = wire::file(&app, &owner, &name, received);
    Ok(success(json!({
        "type": file.kind.family, "download_url": control::url(&app, &file.id, &file.name),
        "filename": file.original_name, "size": file.size,
    })))
}

fn takes(received: &Received) -> Result<(), Refusal> {
    match received.kind.family {
        _ if received.size > MOST_BY_FORM => Err(error(413, "the file is too large").into()),
        "unknown" => Err(hidden("this type of file is not taken")),
        _ => Ok(()),
    }
}
