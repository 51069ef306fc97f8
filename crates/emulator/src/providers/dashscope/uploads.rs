//! The temporary store: leave to upload from the API, then a form to the store, which speaks XML.
use std::collections::HashMap;

use axum::body::Body;
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use time::OffsetDateTime;

use super::policy::{self, MAX_MB, Refused};
use super::{STORE, authorize, invalid};
use crate::app::{App, Shared, random_uuid};
use crate::links;
use crate::store::{self, Received, Stored};
use crate::wire::{self, Answer, Refusal};

/// `GET /uploads?action=getPolicy&model=…`
pub(super) async fn policy(State(app): State<Shared>, request: Request) -> Answer {
    let owner = authorize(&request)?;
    let query = wire::query(&request);
    if query.get("action").is_none_or(|action| action != "getPolicy") {
        return Err(invalid("action must be getPolicy"));
    }
    let Some(model) = query.get("model").filter(|model| !model.is_empty()) else {
        return Err(invalid("model is missing"));
    };
    let holder = policy::holder(&app.secret, &owner, model);
    let host = format!("{}{STORE}", app.base());
    let leave = policy::grant(&app.secret, &host, &holder, OffsetDateTime::now_utc());
    Ok(wire::json(200, json!({ "request_id": random_uuid(), "data": leave })))
}

/// What arrived: the fields before the file, the file, and whether anything came after it.
#[derive(Debug, Default)]
struct Form {
    fields: HashMap<String, String>,
    file: Option<Received>,
    goes_on: bool,
}

/// The form itself. The leave is in it: no key may come along.
pub(super) async fn store(State(app): State<Shared>, request: Request) -> Answer {
    if request.headers().contains_key(header::AUTHORIZATION) {
        return Err(refusal((403, "InvalidArgument: only one auth mechanism allowed".to_owned())));
    }
    let form = read(&app, request)
        .await
        .map_err(|problem| refusal((400, format!("MalformedPOSTRequest: {problem}"))))?;
    let Some(file) = form.file else {
        return Err(refusal((400, "InvalidArgument: the form has no file".to_owned())));
    };
    if let Err(problem) = check(&app, &form.fields, form.goes_on, file.size) {
        store::discard(&file.path);
        return Err(refusal(problem));
    }
    keep(&app, &form.fields, file);
    let wished = form.fields.get("success_action_status").map(String::as_str);
    let status = if wished == Some("200") { StatusCode::OK } else { StatusCode::NO_CONTENT };
    Ok(status.into_response())
}

async fn read(app: &App, request: Request) -> Result<Form, String> {
    let mut parts =
        Multipart::from_request(request, &()).await.map_err(|error| error.body_text())?;
    let mut form = Form::default();
    while let Some(part) = parts.next_field().await.map_err(|error| error.body_text())? {
        let name = part.name().unwrap_or_default().to_owned();
        if form.file.is_some() {
            form.goes_on = true;
        } else if name == "file" {
            let received = app.store.receive(part, MAX_MB << 20).await;
            form.file = Some(received.map_err(|_| "the file did not arrive".to_owned())?);
        } else {
            let value = part.text().await.map_err(|error| error.body_text())?;
            form.fields.insert(name, value);
        }
    }
    Ok(form)
}

fn check(
    app: &App,
    fields: &HashMap<String, String>,
    goes_on: bool,
    size: u64,
) -> Result<(), Refused> {
    policy::check(&app.secret, fields, OffsetDateTime::now_utc())?;
    if goes_on {
        return Err((400, "InvalidArgument: file must be the last part".to_owned()));
    }
    if size > MAX_MB << 20 {
        return Err((400, "EntityTooLarge: the file is larger than the policy allows".to_owned()));
    }
    match app.store.get(&url(fields)) {
        Some(_) => Err((409, "FileAlreadyExists: the object is there already".to_owned())),
        None => Ok(()),
    }
}

/// What the model reads the file by, which is also its id here.
fn url(fields: &HashMap<String, String>) -> String {
    format!("oss://{}", fields.get("key").map(String::as_str).unwrap_or_default())
}

/// The holder is in the key, which the policy was signed for.
fn keep(app: &App, fields: &HashMap<String, String>, received: Received) {
    let id = url(fields);
    let key = id.trim_start_matches("oss://");
    let (folder, name) = key.rsplit_once('/').unwrap_or(("", key));
    app.store.put(Stored {
        owner: key.split('/').nth(1).unwrap_or_default().to_owned(),
        folder: folder.to_owned(),
        name: wire::safe_name(name),
        original_name: name.to_owned(),
        kind: received.kind,
        size: received.size,
        path: received.path,
        created: OffsetDateTime::now_utc(),
        id,
    });
}

fn refusal((status, reason): Refused) -> Refusal {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    links::refusal(status, &reason).into()
}

/// Errors of the fault layer are the API's; the store has a form of its own.
pub(super) async fn in_xml(response: Response) -> Response {
    let json = response.headers().get(header::CONTENT_TYPE)
        == Some(&HeaderValue::from_static("application/json"));
    let status = response.status();
    if !json || status.is_success() {
        return response;
    }
    let code = match status.as_u16() {
        403 => "AccessDenied",
        429 => "QpsLimitExceeded",
        503 => "ServiceUnavailable",
        500.. => "InternalError",
        _ => "InvalidArgument",
    };
    let reason = format!("{code}: the emulator was told to refuse this call");
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let (xml, body) = links::refusal(status, &reason).into_parts();
    parts.headers.extend(xml.headers);
    Response::from_parts(parts, Body::new(body))
}
