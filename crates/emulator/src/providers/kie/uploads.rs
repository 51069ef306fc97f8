//! The file service, on a host of its own: three ways in, any type of file, no list.
use axum::extract::{Request, State};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::stream;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::{PROVIDER, sentence};
use crate::app::{Origin, Shared, random_hex};
use crate::store::{self, Received, Stored};
use crate::wire::{self, Answer, Refusal};

/// Where a file shall lie.
struct Place {
    owner: String,
    folder: String,
    /// A random one when absent.
    name: Option<String>,
}

pub(super) async fn stream(State(app): State<Shared>, request: Request) -> Answer {
    let owner = authorize(&request)?;
    let mut form =
        wire::form(&app, request, u64::MAX).await.map_err(|problem| refuse(400, &problem))?;
    let field = |name: &str| form.field(&[name]).filter(|text| !text.is_empty()).map(str::to_owned);
    let (folder, name) = (field("uploadPath"), field("fileName"));
    let file = form.files.iter().position(|(field, _, _)| field == "file");
    let file = file.map(|at| form.files.swap_remove(at).2);
    form.files.iter().for_each(|(_, _, other)| store::discard(&other.path));
    match (file, folder) {
        (Some(received), Some(folder)) => Ok(keep(&app, Place { owner, folder, name }, received)),
        (None, _) => Err(refuse(400, "file is missing").into()),
        (Some(received), None) => {
            store::discard(&received.path);
            Err(refuse(400, "uploadPath is missing").into())
        }
    }
}

pub(super) async fn base64(State(app): State<Shared>, request: Request) -> Answer {
    let (body, place) = read("/api/file-base64-upload", request).await?;
    let text = wire::text(&body, "base64Data");
    let raw = text.split_once("base64,").map_or(text, |(_, raw)| raw);
    let bytes = STANDARD.decode(raw.trim()).map_err(|_| refuse(400, "base64Data is not base64"))?;
    Ok(keep(&app, place, take(&app, bytes.into()).await?))
}

pub(super) async fn by_url(State(app): State<Shared>, request: Request) -> Answer {
    let (body, place) = read("/api/file-url-upload", request).await?;
    let url = wire::text(&body, "fileUrl");
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(refuse(400, "fileUrl must be http or https").into());
    }
    // Nothing outside is ever fetched: the built-in clip stands for it.
    let path = match app.origin(url) {
        Origin::Missing => return Err(refuse(400, "fileUrl could not be fetched").into()),
        Origin::Stored(id) => app.store.get(&id).map(|file| file.path),
        Origin::Outside => None,
    };
    let path = path.unwrap_or_else(|| app.store.built_in());
    let bytes = tokio::fs::read(path).await.map_err(|_| refuse(500, "an unexpected error"))?;
    Ok(keep(&app, place, take(&app, bytes.into()).await?))
}

/// The body of the two ways that are not a form.
async fn read(path: &str, request: Request) -> Result<(Value, Place), Refusal> {
    let owner = authorize(&request)?;
    let body = wire::body(request).await.map_err(|problem| refuse(400, &problem))?;
    if let Some(violation) = PROVIDER.contract.request(path, &body).first() {
        return Err(refuse(400, &sentence(violation)).into());
    }
    let text = |field: &str| Some(wire::text(&body, field)).filter(|text| !text.is_empty());
    let folder = text("uploadPath").ok_or_else(|| refuse(400, "uploadPath is missing"))?.to_owned();
    let name = text("fileName").map(str::to_owned);
    Ok((body, Place { owner, folder, name }))
}

async fn take(app: &Shared, bytes: Bytes) -> Result<Received, Refusal> {
    let whole = stream::iter([Ok::<_, std::convert::Infallible>(bytes)]);
    let received = app.store.receive(whole, u64::MAX).await;
    Ok(received.map_err(|_| refuse(500, "an unexpected error"))?)
}

/// The same name in the same folder overwrites what was there.
fn keep(app: &Shared, place: Place, received: Received) -> Response {
    let ending = received.kind.mime.rsplit('/').next().unwrap_or("bin");
    let name = place.name.unwrap_or_else(|| format!("{}.{ending}", random_hex(8)));
    let folder = place.folder.trim_matches('/').to_owned();
    let file = Stored {
        id: file_id(&place.owner, &folder, &name),
        owner: place.owner,
        folder,
        name: wire::safe_name(&name),
        original_name: name,
        kind: received.kind,
        size: received.size,
        path: received.path,
        created: OffsetDateTime::now_utc(),
    };
    app.store.put(file.clone());
    let body = json!({ "success": true, "code": 200, "msg": "File uploaded successfully", "data": view(app, &file) });
    wire::json(200, body)
}

fn file_id(owner: &str, folder: &str, name: &str) -> String {
    let digest = hex::encode(Sha256::digest(format!("{owner}\n{folder}\n{name}")));
    digest.get(..24).unwrap_or(&digest).to_owned()
}

fn view(app: &Shared, file: &Stored) -> Value {
    json!({
        "fileName": file.name, "filePath": format!("{}/{}", file.folder, file.name),
        "downloadUrl": crate::control::url(app, &file.id, &file.name), "fileSize": file.size,
        "mimeType": file.kind.mime, "uploadedAt": iso(file.created),
    })
}

/// ISO 8601 as JavaScript writes it.
fn iso(t: OffsetDateTime) -> String {
    let (date, month) = (t.date(), u8::from(t.month()));
    let (hour, minute, second) = (t.hour(), t.minute(), t.second());
    let clock = format!("{hour:02}:{minute:02}:{second:02}.{:03}Z", t.millisecond());
    format!("{:04}-{month:02}-{:02}T{clock}", date.year(), date.day())
}

fn authorize(request: &Request) -> Result<String, Refusal> {
    Ok(wire::bearer(request.headers()).ok_or_else(|| refuse(401, "the key is not valid"))?)
}

/// Refusals come with HTTP 200 here too.
fn refuse(code: u16, message: &str) -> Response {
    wire::json(200, json!({ "success": false, "code": code, "msg": message, "data": null }))
}
