//! The file service, on a host of its own: three ways in, list, quota, delete. Files live for 72 hours.
use axum::extract::{Path, Request, State};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::stream;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::PROVIDER;
use crate::app::{Origin, Shared, random_hex};
use crate::store::{self, Received, Stored};
use crate::wire::{self, Answer, Refusal};

/// Limits of the vendor's client, <https://github.com/EvoLinkAI/evolink-mcp> (read 2026-11-20).
const MAX_BYTES: u64 = 100 << 20;
const MAX_FILES: usize = 100;
const LIFETIME: time::Duration = time::Duration::hours(72);

/// Where a file shall lie, as far as the client says.
#[derive(Default)]
struct Wish {
    folder: Option<String>,
    name: Option<String>,
    original: String,
}

pub(super) async fn stream(State(app): State<Shared>, request: Request) -> Answer {
    let owner = authorize(&request)?;
    let mut form =
        wire::form(&app, request, MAX_BYTES).await.map_err(|problem| refuse(400, &problem))?;
    let wish = |original: &str| Wish {
        folder: form.field(&["upload_path", "uploadPath"]).map(str::to_owned),
        name: form.field(&["file_name", "fileName"]).map(str::to_owned),
        original: original.to_owned(),
    };
    let Some(at) = form.files.iter().position(|(field, _, _)| field == "file") else {
        return Err(refuse(400, "file is required").into());
    };
    let wish = wish(form.files.get(at).map_or("file", |(_, name, _)| name));
    let (_, _, received) = form.files.swap_remove(at);
    keep(&app, &owner, wish, received)
}

pub(super) async fn base64(State(app): State<Shared>, request: Request) -> Answer {
    let owner = authorize(&request)?;
    let (body, wish) = json_body("/api/v1/files/upload/base64", request).await?;
    let text = wire::text(&body, "base64_data");
    let raw = text.split_once("base64,").map_or(text, |(_, raw)| raw);
    let bytes =
        STANDARD.decode(raw.trim()).map_err(|_| refuse(400, "base64_data is not base64"))?;
    let received = take(&app, bytes.into()).await?;
    keep(&app, &owner, wish, received)
}

pub(super) async fn by_url(State(app): State<Shared>, request: Request) -> Answer {
    let owner = authorize(&request)?;
    let (body, wish) = json_body("/api/v1/files/upload/url", request).await?;
    let url = wire::text(&body, "file_url");
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(refuse(400, "file_url must be http or https").into());
    }
    // Nothing outside is ever fetched: the built-in clip stands for it.
    let path = match app.origin(url) {
        Origin::Missing => return Err(refuse(40004, "the remote file could not be fetched").into()),
        Origin::Stored(id) => app.store.get(&id).map(|file| file.path),
        Origin::Outside => None,
    };
    let path = path.unwrap_or_else(|| app.store.built_in());
    let bytes = tokio::fs::read(path).await.map_err(|_| refuse(50001, "storage failed"))?;
    let received = take(&app, bytes.into()).await?;
    keep(&app, &owner, wish, received)
}

async fn json_body(path: &str, request: Request) -> Result<(Value, Wish), Refusal> {
    let body = wire::body(request).await.map_err(|problem| refuse(400, &problem))?;
    if let Some(violation) = PROVIDER.contract.request(path, &body).first() {
        return Err(refuse(400, &format!("{}: {}", violation.dotted(), violation.message)).into());
    }
    let text = |field: &str| body.get(field).and_then(Value::as_str).map(str::to_owned);
    let wish = Wish {
        folder: text("upload_path"),
        name: text("file_name"),
        original: text("file_name").unwrap_or_default(),
    };
    Ok((body, wish))
}

async fn take(app: &Shared, bytes: Bytes) -> Result<Received, Refusal> {
    let whole = stream::iter([Ok::<_, std::convert::Infallible>(bytes)]);
    Ok(app.store.receive(whole, MAX_BYTES).await.map_err(|_| refuse(50001, "storage failed"))?)
}

fn keep(app: &Shared, owner: &str, wish: Wish, received: Received) -> Answer {
    if let Some(problem) = problem(app, owner, &received) {
        store::discard(&received.path);
        return Err(problem.into());
    }
    let folder = wish.folder.unwrap_or_else(|| "uploads".to_owned());
    let id = file_id(owner, &folder, wish.name.as_deref());
    let ending = received.kind.mime.rsplit('/').next().unwrap_or("bin");
    let name = wish.name.unwrap_or_else(|| format!("{id}.{ending}"));
    let file = Stored {
        id,
        owner: owner.to_owned(),
        folder,
        name: wire::safe_name(&name),
        original_name: wish.original,
        kind: received.kind,
        size: received.size,
        path: received.path,
        created: OffsetDateTime::now_utc(),
    };
    app.store.put(file.clone());
    Ok(success(&view(app, &file)))
}

fn problem(app: &Shared, owner: &str, received: &Received) -> Option<Response> {
    if received.size == 0 {
        return Some(refuse(400, "the file is empty"));
    }
    if received.size > MAX_BYTES {
        return Some(refuse(40001, "the file is larger than 100 MB"));
    }
    if received.kind.family == "unknown" || received.kind.mime == "image/bmp" {
        return Some(refuse(40002, "this file type is not allowed"));
    }
    (app.store.of(owner).len() >= MAX_FILES).then(|| refuse(40003, "the file quota is used up"))
}

/// The same name in the same place overwrites what was there.
fn file_id(owner: &str, folder: &str, name: Option<&str>) -> String {
    let Some(name) = name else {
        return format!("file_{}", random_hex(12));
    };
    let digest = hex::encode(Sha256::digest(format!("{owner}\n{folder}\n{name}")));
    format!("file_{}", digest.get(..24).unwrap_or(&digest))
}

fn view(app: &Shared, file: &Stored) -> Value {
    let url = crate::control::url(app, &file.id, &file.name);
    json!({
        "file_id": file.id, "file_name": file.name, "original_name": file.original_name,
        "file_size": file.size, "mime_type": file.kind.mime, "upload_path": file.folder,
        "file_url": url, "download_url": url,
        "upload_time": iso(file.created), "expires_at": iso(file.created + LIFETIME),
    })
}

fn iso(time: OffsetDateTime) -> String {
    let whole = time.replace_nanosecond(0).unwrap_or(time);
    whole.format(&Rfc3339).unwrap_or_default().replace('Z', "+00:00")
}

pub(super) async fn list(State(app): State<Shared>, request: Request) -> Answer {
    let owner = authorize(&request)?;
    let query = wire::query(&request);
    // No limits are documented here: a number that makes no sense is as good as none.
    let page = wire::number(&query, "page", 1, 1_000_000).unwrap_or(1);
    let size = wire::number(&query, "pageSize", 20, 100).unwrap_or(20);
    let files = app.store.of(&owner);
    let shown: Vec<Value> =
        files.iter().skip((page - 1) * size).take(size).map(|file| view(&app, file)).collect();
    Ok(success(&json!({ "total": files.len(), "files": shown })))
}

pub(super) async fn quota(State(app): State<Shared>, request: Request) -> Answer {
    let owner = authorize(&request)?;
    let used = app.store.of(&owner).len();
    Ok(success(&json!({
        "user_group": "default", "used_files": used, "max_files": MAX_FILES, "remain_files": MAX_FILES.saturating_sub(used),
    })))
}

pub(super) async fn delete(
    State(app): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let owner = authorize(&request)?;
    app.store.remove(&id, &owner).ok_or_else(|| refuse(404, "file not found"))?;
    Ok(success(&Value::Null))
}

fn success(data: &Value) -> Response {
    wire::json(200, json!({ "success": true, "code": 200, "msg": "success", "data": data }))
}

fn authorize(request: &Request) -> Result<String, Refusal> {
    Ok(wire::bearer(request.headers()).ok_or_else(|| refuse(401, "unauthorized"))?)
}

/// Codes of five digits come with HTTP 200, the others as what they are.
fn refuse(code: u16, message: &str) -> Response {
    let status = if code < 1000 { code } else { 200 };
    wire::json(status, json!({ "success": false, "code": code, "msg": message, "data": null }))
}
