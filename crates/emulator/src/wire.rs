//! Reading requests and writing answers: what all providers have in common.
use std::collections::HashMap;

use axum::Json;
use axum::extract::{FromRequest, Multipart, Request};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::app::{Shared, random_hex};
use crate::inject::Strike;
use crate::kinds::JobFault;
use crate::store::{Received, Stored};

/// A handler's answer; the error side is a refusal in the provider's own format.
pub(crate) type Answer = Result<Response, Refusal>;

/// A refusal on its way out.
#[derive(Debug)]
pub(crate) struct Refusal(Box<Response>);

impl From<Response> for Refusal {
    fn from(response: Response) -> Self {
        Self(Box::new(response))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        *self.0
    }
}

/// JSON with a status; a status that is none becomes 500.
pub(crate) fn json(status: u16, body: Value) -> Response {
    (StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), Json(body))
        .into_response()
}

/// Sets a field of an object; anything else stays as it is.
pub(crate) fn set(object: &mut Value, field: &str, value: impl Into<Value>) {
    if let Some(object) = object.as_object_mut() {
        object.insert(field.to_owned(), value.into());
    }
}

/// Base64 of a 100 MB file, with room.
const JSON_LIMIT: usize = 144 << 20;

/// The whole JSON body, or a sentence about what is wrong with it.
pub(crate) async fn body(request: Request) -> Result<Value, String> {
    let mut stream = request.into_body().into_data_stream();
    let (mut bytes, mut size) = (Vec::new(), 0);
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| "the body ended too early".to_owned())?;
        size += chunk.len();
        if size <= JSON_LIMIT {
            bytes.extend_from_slice(&chunk);
        }
    }
    if size > JSON_LIMIT {
        return Err("the body is too large".to_owned());
    }
    let value: Value =
        serde_json::from_slice(&bytes).map_err(|error| format!("the body is not JSON: {error}"))?;
    if value.is_object() { Ok(value) } else { Err("the body must be a JSON object".to_owned()) }
}

/// The key of `Authorization: Bearer <key>`, or of a bare `Authorization: <key>`, which Novita's own
/// JavaScript client sends.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<String> {
    let text = headers.get("authorization")?.to_str().ok()?.trim();
    let key = match text.split_once(char::is_whitespace) {
        Some((scheme, key)) if scheme.eq_ignore_ascii_case("bearer") => key.trim(),
        _ if text.eq_ignore_ascii_case("bearer") => "",
        _ => text,
    };
    (!key.is_empty()).then(|| key.to_owned())
}

pub(crate) fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

/// The query, decoded; the last of repeated keys counts.
pub(crate) fn query(request: &Request) -> HashMap<String, String> {
    let text = request.uri().query().unwrap_or_default();
    url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

/// A number from the query, kept inside a range; `Err` when it is none.
pub(crate) fn number(
    query: &HashMap<String, String>,
    name: &str,
    default: usize,
    max: usize,
) -> Result<usize, String> {
    match query.get(name) {
        None => Ok(default),
        Some(text) => match text.parse() {
            Ok(number) if (1..=max).contains(&number) => Ok(number),
            _ => Err(format!("{name} must be a whole number from 1 to {max}")),
        },
    }
}

/// What this call's fault does to its job.
pub(crate) fn job_fault(request: &Request) -> Option<JobFault> {
    request.extensions().get::<Strike>().and_then(|strike| strike.0.clone())
}

/// A text field of a body; empty when absent.
pub(crate) fn text<'a>(body: &'a Value, field: &str) -> &'a str {
    body.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// The fields and the files of a form; a file comes with its field's name, the file's name, and its bytes on disk.
#[derive(Debug, Default)]
pub(crate) struct Form {
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) files: Vec<(String, String, Received)>,
}

impl Form {
    /// The first field of any of these names.
    pub(crate) fn field(&self, names: &[&str]) -> Option<&str> {
        self.fields
            .iter()
            .find(|(name, _)| names.contains(&name.as_str()))
            .map(|(_, value)| value.as_str())
    }
}

/// Reads a form, streaming files to disk; at most `keep` bytes of each are kept.
pub(crate) async fn form(app: &Shared, request: Request, keep: u64) -> Result<Form, String> {
    let mut parts =
        Multipart::from_request(request, &()).await.map_err(|error| error.body_text())?;
    let mut form = Form::default();
    while let Some(part) = parts.next_field().await.map_err(|error| error.body_text())? {
        let name = part.name().unwrap_or_default().to_owned();
        match part.file_name().map(str::to_owned) {
            Some(file) => {
                let received = app
                    .store
                    .receive(part, keep)
                    .await
                    .map_err(|error| format!("the file did not arrive: {error}"))?;
                form.files.push((name, file, received));
            }
            None => form.fields.push((name, part.text().await.map_err(|error| error.body_text())?)),
        }
    }
    Ok(form)
}

/// Files what has arrived under an id of its own, and answers it.
pub(crate) fn file(app: &Shared, owner: &str, name: &str, received: Received) -> Stored {
    let stored = Stored {
        id: random_hex(12),
        owner: owner.to_owned(),
        folder: String::new(),
        name: safe_name(name),
        original_name: name.to_owned(),
        kind: received.kind,
        size: received.size,
        path: received.path,
        created: time::OffsetDateTime::now_utc(),
    };
    app.store.put(stored.clone());
    stored
}

/// A name that needs no escaping in a URL.
pub(crate) fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let safe: String = last
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' })
        .collect();
    if safe.trim_matches('.').is_empty() { "file".to_owned() } else { safe }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_key_counts_with_or_without_its_scheme() {
        for (text, key) in [
            ("Bearer sk-1", Some("sk-1")),
            ("bearer  sk-1 ", Some("sk-1")),
            ("sk-1", Some("sk-1")),
            ("Bearer ", None),
            ("Bearer", None),
            (" ", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("authorization", text.parse().unwrap());
            assert_eq!(bearer(&headers).as_deref(), key, "{text:?}");
        }
        assert_eq!(bearer(&HeaderMap::new()), None);
    }
}
