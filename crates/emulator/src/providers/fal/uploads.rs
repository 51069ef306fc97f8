//! Files in one piece: to a signed URL, or to the file service with a token. Nothing is kept of either but the files.
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;
use time::OffsetDateTime;

use super::errors::{detail, error, refused_input};
use super::{FILES, PROVIDER, authorize};
use crate::app::{App, Shared, random_hex};
use crate::links::{self, hmac_sha256};
use crate::store::{Received, Stored};
use crate::wire::{self, Answer, Refusal};

const TOKEN_SECONDS: i64 = 3600;

/// `POST /storage/auth/token`
pub(super) async fn token(State(app): State<Shared>, request: Request) -> Answer {
    authorize(&request)?;
    check_storage(&request)?;
    let end = OffsetDateTime::now_utc() + time::Duration::seconds(TOKEN_SECONDS);
    let seconds = end.unix_timestamp();
    Ok(wire::json(
        200,
        json!({
            "token": format!("{seconds}.{}", signature(&app, &seconds.to_string())),
            "token_type": "Bearer",
            "base_url": format!("{}/fal-files", app.base()),
            "expires_at": offset(end),
        }),
    ))
}

/// ISO 8601 to the second, with the offset that the vendor's client wants.
fn offset(time: OffsetDateTime) -> String {
    let iso = super::view::iso(time);
    format!("{}+00:00", iso.split('.').next().unwrap_or(&iso))
}

/// `POST /storage/upload/initiate`
pub(super) async fn initiate(State(app): State<Shared>, request: Request) -> Answer {
    begin(&app, "/storage/upload/initiate", request).await
}

/// `POST /storage/upload/initiate-multipart`
pub(super) async fn initiate_multipart(State(app): State<Shared>, request: Request) -> Answer {
    begin(&app, "/storage/upload/initiate-multipart", request).await
}

async fn begin(app: &App, path: &str, request: Request) -> Answer {
    authorize(&request)?;
    check_storage(&request)?;
    let body = wire::body(request).await.map_err(|problem| error(422, &problem))?;
    if let Some(violation) = PROVIDER.contract.request(path, &body).first() {
        return Err(wrong(&violation.dotted(), &violation.message));
    }
    let (id, name) = (random_hex(12), wire::safe_name(wire::text(&body, "file_name")));
    let url = address(app, &id, &name);
    let signed = format!("{url}?signature={}", signature(app, &format!("{id}/{name}")));
    Ok(wire::json(200, json!({ "upload_url": signed, "file_url": url })))
}

fn check_storage(request: &Request) -> Result<(), Refusal> {
    let kind = wire::query(request).remove("storage_type");
    match kind.as_deref() {
        Some("fal-cdn-v3" | "gcs") => Ok(()),
        _ => Err(error(422, "storage_type must be fal-cdn-v3 or gcs").into()),
    }
}

/// `PUT` to a signed URL. A key that comes along is not looked at: the vendor's Python client sends it.
pub(super) async fn put(
    State(app): State<Shared>,
    Path((id, name)): Path<(String, String)>,
    request: Request,
) -> Answer {
    if !is_signed(&app, &id, &name, &request) {
        return Err(links::refusal(StatusCode::FORBIDDEN, "SignatureDoesNotMatch").into());
    }
    let received = receive(&app, request).await?;
    keep(&app, id, &name, received);
    Ok(StatusCode::OK.into_response())
}

/// `POST /files/upload`
pub(super) async fn upload(State(app): State<Shared>, request: Request) -> Answer {
    authorize_token(&app, &request)?;
    let (id, name) = (random_hex(12), given_name(&request));
    let received = receive(&app, request).await?;
    keep(&app, id.clone(), &name, received);
    Ok(wire::json(200, json!({ "access_url": address(&app, &id, &name) })))
}

/// Files are public to whoever knows their URL.
pub(super) async fn read(
    State(app): State<Shared>,
    Path((id, _)): Path<(String, String)>,
    request: Request,
) -> Response {
    match app.store.get(&id) {
        Some(file) => links::serve(&file.path, file.kind.mime, request).await,
        None => links::refusal(StatusCode::NOT_FOUND, "NoSuchKey"),
    }
}

pub(super) fn address(app: &App, id: &str, name: &str) -> String {
    format!("{}{FILES}/{id}/{name}", app.base())
}

pub(super) fn given_name(request: &Request) -> String {
    wire::safe_name(&wire::header(request.headers(), "x-fal-file-name").unwrap_or_default())
}

pub(super) fn signature(app: &App, text: &str) -> String {
    hex::encode(hmac_sha256(&app.secret, format!("fal upload\n{text}").as_bytes()))
}

pub(super) fn is_signed(app: &App, id: &str, name: &str, request: &Request) -> bool {
    let given = wire::query(request).remove("signature");
    given.is_some_and(|given| given == signature(app, &format!("{id}/{name}")))
}

/// The token in place of the key.
pub(super) fn authorize_token(app: &App, request: &Request) -> Result<(), Refusal> {
    let token = wire::bearer(request.headers()).unwrap_or_default();
    let good = token.split_once('.').is_some_and(|(end, given)| {
        let alive =
            end.parse().is_ok_and(|end: i64| end > OffsetDateTime::now_utc().unix_timestamp());
        alive && given == signature(app, end)
    });
    if good { Ok(()) } else { Err(error(401, "the upload token is missing, wrong or old").into()) }
}

/// Any kind and size: only the model is particular.
pub(super) async fn receive(app: &App, request: Request) -> Result<Received, Refusal> {
    let stream = request.into_body().into_data_stream();
    let received = app.store.receive(stream, u64::MAX).await;
    Ok(received.map_err(|_| error(500, "the file did not arrive"))?)
}

pub(super) fn keep(app: &App, id: String, name: &str, received: Received) {
    app.store.put(Stored {
        id,
        owner: PROVIDER.name.to_owned(),
        folder: String::new(),
        name: name.to_owned(),
        original_name: name.to_owned(),
        kind: received.kind,
        size: received.size,
        path: received.path,
        created: OffsetDateTime::now_utc(),
    });
}

/// What is wrong with the body of an upload call.
pub(super) fn wrong(field: &str, message: &str) -> Refusal {
    refused_input(&[detail(&["body", field], "value_error", message)]).into()
}
