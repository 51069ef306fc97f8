//! The file store: one file a call, its URL is an input of this account, gone after a day.
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use axum::extract::{self, Request, State};
use axum::response::IntoResponse;
use http::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::view::iso;
use super::{PROVIDER, authorize, error, problem};
use crate::app::{App, Shared};
use crate::store::{self, Received, Stored};
use crate::wire::{self, Answer, Form, Refusal};

/// A file has to have less.
const LIMIT: u64 = 100 << 20;
const LIFETIME: time::Duration = time::Duration::hours(24);
const LONGEST_NAME: usize = 255;

pub(super) async fn create(State(app): State<Shared>, request: Request) -> Answer {
    let owner = authorize(&request)?;
    let form = wire::form(&app, request, LIMIT).await.map_err(|problem| error(400, &problem))?;
    let (name, metadata) = (form.field(&["filename"]).map(str::to_owned), metadata(&form));
    let (part, received) = content(form)?;
    let name = name.unwrap_or(part);
    if let Some(refusal) = refusal(&name, &received, metadata.as_ref()) {
        store::discard(&received.path);
        return Err(refusal);
    }
    let file = wire::file(&app, &owner, &name, received);
    let mut view = view(&app, &file);
    wire::set(&mut view, "metadata", metadata.unwrap_or_default());
    Ok(wire::json(201, view))
}

/// The file itself, with the name in the head of its part; all else that came as a file is dropped.
fn content(form: Form) -> Result<(String, Received), Refusal> {
    let (contents, others): (Vec<_>, Vec<_>) =
        form.files.into_iter().partition(|(field, _, _)| field == "content");
    let mut contents = contents.into_iter();
    let content = contents.next();
    others.into_iter().chain(contents).for_each(|(_, _, other)| store::discard(&other.path));
    let missing = || problem::invalid_field(&["content"], "content is a required property");
    let (_, name, received) = content.ok_or_else(missing)?;
    Ok((name, received))
}

/// An object; a client may send it as a text or, with a media type, as a file. `None` when it is no object.
fn metadata(form: &Form) -> Option<Value> {
    let file = form.files.iter().find(|(field, _, _)| field == "metadata");
    let file = file.map(|(_, _, file)| std::fs::read_to_string(&file.path).unwrap_or_default());
    let text = file.or_else(|| form.field(&["metadata"]).map(str::to_owned));
    let value = serde_json::from_str(&text.unwrap_or_else(|| "{}".to_owned()));
    value.ok().filter(Value::is_object)
}

fn refusal(name: &str, received: &Received, metadata: Option<&Value>) -> Option<Refusal> {
    let response = if received.size >= LIMIT {
        error(413, "the file is too large: it must have less than 100 MB")
    } else if name.len() > LONGEST_NAME {
        problem::invalid_field(&["filename"], "the name must have 255 bytes at most")
    } else if metadata.is_none() {
        problem::invalid_field(&["metadata"], "metadata must be a JSON object")
    } else {
        return None;
    };
    Some(response.into())
}

/// All on one page.
pub(super) async fn list(State(app): State<Shared>, request: Request) -> Answer {
    let owner = authorize(&request)?;
    let files: Vec<Value> = app
        .store
        .of(&owner)
        .iter()
        .filter(|file| lives(file))
        .map(|file| view(&app, file))
        .collect();
    Ok(wire::json(200, json!({ "next": null, "previous": null, "results": files })))
}

pub(super) async fn detail(
    State(app): State<Shared>,
    extract::Path(id): extract::Path<String>,
    request: Request,
) -> Answer {
    let owner = authorize(&request)?;
    let file = find(&app, &owner, &id).ok_or_else(unknown)?;
    Ok(wire::json(200, view(&app, &file)))
}

pub(super) async fn delete(
    State(app): State<Shared>,
    extract::Path(id): extract::Path<String>,
    request: Request,
) -> Answer {
    let owner = authorize(&request)?;
    find(&app, &owner, &id).ok_or_else(unknown)?;
    app.store.remove(&id, &owner).ok_or_else(unknown)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn unknown() -> Refusal {
    error(404, "there is no such file").into()
}

/// The file that a URL of this store names, if the key may use it.
pub(super) fn named(app: &App, owner: &str, text: &str) -> Option<String> {
    let url = url::Url::parse(text).ok()?;
    let path = crate::providers::canonical(url.path()).unwrap_or_else(|| url.path().to_owned());
    let id = path.strip_prefix(ROOT)?;
    find(app, owner, id).map(|file| file.id)
}

/// Under this path the files are.
const ROOT: &str = "/replicate/files/";

fn find(app: &App, owner: &str, id: &str) -> Option<Stored> {
    app.store.get(id).filter(|file| file.owner == owner && lives(file))
}

fn lives(file: &Stored) -> bool {
    file.created + LIFETIME > OffsetDateTime::now_utc()
}

/// Metadata is not kept. The tag is opaque; the one on the wire is an MD5.
fn view(app: &App, file: &Stored) -> Value {
    let sum = sha256(&file.path).unwrap_or_default();
    json!({
        "id": file.id, "name": file.original_name, "content_type": file.kind.mime, "size": file.size,
        "etag": sum.get(..32), "checksums": { "sha256": sum }, "metadata": {},
        "created_at": iso(file.created), "expires_at": iso(file.created + LIFETIME),
        "urls": { "get": format!("{}/{}/files/{}", app.base(), PROVIDER.name, file.id) },
    })
}

fn sha256(path: &Path) -> io::Result<String> {
    let (mut file, mut hash, mut buffer) = (File::open(path)?, Sha256::new(), vec![0; 1 << 16]);
    loop {
        let count = file.read(&mut buffer)?;
        match buffer.get(..count) {
            Some([]) | None => return Ok(hex::encode(hash.finalize())),
            Some(bytes) => hash.update(bytes),
        }
    }
}
