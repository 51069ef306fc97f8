//! `POST /v2/uploads`: the type is sniffed, the declared one ignored; small limits; gone after about two hours.
use axum::extract::{Request, State};
use serde_json::json;

use super::{PROVIDER, authorize, error, iso};
use crate::app::{Shared, random_uuid};
use crate::store::{self, Received};
use crate::wire::{self, Answer};

/// Megabytes that each kind of file may have.
const VIDEO_MB: u64 = 50;
const OTHER_MB: u64 = 25;
const LIFETIME: time::Duration = time::Duration::hours(2);

pub(super) async fn create(State(app): State<Shared>, request: Request) -> Answer {
    let owner = authorize(&request)?;
    let form =
        wire::form(&app, request, VIDEO_MB << 20).await.map_err(|problem| error(400, &problem))?;
    let file = form.files.into_iter().find(|(field, _, _)| field == "file");
    let Some((_, name, received)) = file else {
        return Err(error(400, "No file provided").into());
    };
    if let Some(problem) = problem(&received) {
        store::discard(&received.path);
        return Err(error(400, &problem).into());
    }
    let file = wire::file(&app, &owner, &name, received);
    Ok(wire::json(
        201,
        json!({
            "id": file.id, "url": crate::control::url(&app, &file.id, &file.name), "kind": file.kind.family,
            "contentType": file.kind.mime, "byteSize": file.size, "expiresAt": iso(file.created + LIFETIME),
        }),
    ))
}

/// `POST /v2/assets/create`: for other models than the edit, so nothing comes of it but an id.
pub(super) async fn register(request: Request) -> Answer {
    authorize(&request)?;
    let body = wire::body(request).await.map_err(|problem| error(400, &problem))?;
    if let Some(violation) = PROVIDER.contract.request("/v2/assets/create", &body).first() {
        return Err(error(400, &format!("{}: {}", violation.dotted(), violation.message)).into());
    }
    Ok(wire::json(201, json!({ "assetId": random_uuid() })))
}

/// `GET /v2/assets/{id}`: nothing that was registered is kept.
pub(super) async fn asset(request: Request) -> Answer {
    authorize(&request)?;
    Err(error(404, "Asset not found").into())
}

fn problem(received: &Received) -> Option<String> {
    let kind = received.kind;
    if kind.family == "unknown" || ["image/bmp", "audio/flac"].contains(&kind.mime) {
        return Some("Unsupported file type".to_owned());
    }
    let limit = if kind.family == "video" { VIDEO_MB } else { OTHER_MB };
    (received.size > limit << 20)
        .then(|| format!("File too large: max {limit} MB for {}", kind.family))
}
