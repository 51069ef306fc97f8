//! Faults that spoil an answer on its way out: cut, slowed, corrupted, or with fields gone wrong.
use std::io;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use http::{HeaderValue, header};
use serde_json::Value;

use crate::kinds::Fault;
use crate::providers::Provider;

/// Larger JSON answers than this do not exist here.
const JSON_LIMIT: usize = 64 << 20;

pub(crate) async fn spoil(fault: Fault, provider: &Provider, response: Response) -> Response {
    match fault {
        Fault::SlowLoris { ms } => trickle(response, Duration::from_millis(ms)),
        Fault::Truncated => truncate(response).await,
        Fault::CorruptDownload => response.map(corrupt),
        Fault::WrongContentType => mislabel(response),
        Fault::Garbage { bytes } => replace(response, garbage(bytes)),
        Fault::EmptyBody => replace(response, Bytes::new()),
        Fault::UnknownStatus { word } => {
            reshape(response, |value| rename(value, provider.status, &word)).await
        }
        Fault::NullFields => reshape(response, |value| null_fields(value, provider.vital)).await,
        Fault::MissingFields => reshape(response, |value| drop_fields(value, provider.vital)).await,
        Fault::ExtraFields => reshape(response, add_fields).await,
        Fault::NumbersAsStrings => reshape(response, quote_numbers).await,
        _ => response,
    }
}

fn replace(mut response: Response, body: Bytes) -> Response {
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response.map(|_| Body::from(body))
}

/// Bytes that are neither JSON nor UTF-8 nor compressible to nothing.
fn garbage(count: usize) -> Bytes {
    (0..count).map(|at| 0x80 | (at.wrapping_mul(31) & 0x7f) as u8).collect()
}

fn mislabel(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

/// States the full length, as far as it is known, before the body becomes a stream.
fn state_length(response: &mut Response) -> Option<u64> {
    let stated = response
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok());
    let length = stated.or_else(|| response.body().size_hint().exact())?;
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    Some(length)
}

fn trickle(mut response: Response, pause: Duration) -> Response {
    state_length(&mut response);
    response.map(|body| {
        let bytes = body.into_data_stream().flat_map(|chunk| {
            stream::iter(
                chunk
                    .into_iter()
                    .flatten()
                    .map(|byte| Ok::<_, io::Error>(Bytes::copy_from_slice(&[byte]))),
            )
        });
        Body::from_stream(bytes.then(move |byte| async move {
            tokio::time::sleep(pause).await;
            byte
        }))
    })
}

async fn truncate(mut response: Response) -> Response {
    let Some(length) = state_length(&mut response) else {
        return response;
    };
    response.map(|body| {
        let half = body.into_data_stream().scan(length / 2, |left, chunk| {
            let part = chunk.map(|chunk| {
                chunk.slice(..chunk.len().min(usize::try_from(*left).unwrap_or(usize::MAX)))
            });
            let more = *left > 0;
            *left -= part.as_ref().map_or(0, |part| part.len() as u64);
            std::future::ready(more.then_some(part.map_err(io::Error::other)))
        });
        let cut = stream::once(async {
            // The half that was written has to leave before the connection does.
            tokio::time::sleep(Duration::from_millis(20)).await;
            Err(io::ErrorKind::ConnectionAborted.into())
        });
        Body::from_stream(half.chain(cut))
    })
}

/// Flips bits in the first box of the clip and in every thousandth byte after it.
fn corrupt(body: Body) -> Body {
    let mut at = 0_u64;
    Body::from_stream(body.into_data_stream().map(move |chunk| {
        chunk.map(|chunk| {
            let spoiled = chunk.iter().map(|byte| {
                let hit = at < 16 || at.is_multiple_of(1000);
                at += 1;
                if hit { !byte } else { *byte }
            });
            spoiled.collect::<Bytes>()
        })
    }))
}

/// Changes the JSON of an answer; one that is not JSON goes out as it is.
async fn reshape(response: Response, change: impl FnOnce(&mut Value)) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, JSON_LIMIT).await.unwrap_or_default();
    parts.headers.remove(header::CONTENT_LENGTH);
    let bytes = match serde_json::from_slice::<Value>(&bytes) {
        Ok(mut value) => {
            change(&mut value);
            Bytes::from(value.to_string())
        }
        Err(_) => bytes,
    };
    Response::from_parts(parts, Body::from(bytes))
}

fn children(value: &mut Value) -> Box<dyn Iterator<Item = &mut Value> + '_> {
    match value {
        Value::Array(items) => Box::new(items.iter_mut()),
        Value::Object(object) => Box::new(object.values_mut()),
        _ => Box::new(std::iter::empty()),
    }
}

fn rename(value: &mut Value, field: &str, word: &str) {
    if let Some(status) = value.get_mut(field) {
        *status = Value::from(word);
    }
    children(value).for_each(|child| rename(child, field, word));
}

fn null_fields(value: &mut Value, vital: &[&str]) {
    match value {
        Value::Object(object) => {
            object
                .iter_mut()
                .filter(|(key, _)| !vital.contains(&key.as_str()))
                .for_each(|(_, child)| null_fields(child, vital));
        }
        other => *other = Value::Null,
    }
}

fn drop_fields(value: &mut Value, vital: &[&str]) {
    if let Value::Object(object) = value {
        object.retain(|key, child| vital.contains(&key.as_str()) || child.is_object());
        object.values_mut().for_each(|child| drop_fields(child, vital));
    }
}

fn add_fields(value: &mut Value) {
    children(value).for_each(add_fields);
    if let Value::Object(object) = value {
        object.insert(
            "x_undocumented".to_owned(),
            serde_json::json!({ "since": 2027, "list": [null, 1] }),
        );
    }
}

fn quote_numbers(value: &mut Value) {
    if let Value::Number(number) = value {
        *value = Value::from(number.to_string());
    }
    children(value).for_each(quote_numbers);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const VITAL: &[&str] = &["id", "status"];

    #[test]
    fn fields_go_wrong_as_asked() {
        type Change = fn(&mut Value);
        let cases: [(Change, Value); 5] = [
            (
                |value| rename(value, "status", "PAUSED"),
                json!({"id": "a", "task": {"status": "PAUSED"}, "list": [1], "n": 2.5}),
            ),
            (
                |value| null_fields(value, VITAL),
                json!({"id": "a", "task": {"status": "done"}, "list": null, "n": null}),
            ),
            (|value| drop_fields(value, VITAL), json!({"id": "a", "task": {"status": "done"}})),
            (
                quote_numbers,
                json!({"id": "a", "task": {"status": "done"}, "list": ["1"], "n": "2.5"}),
            ),
            (
                |value| {
                    add_fields(value);
                    value["n"] = json!(0);
                    drop_fields(value, VITAL)
                },
                json!({"id": "a", "task": {"status": "done", "x_undocumented": {}}, "x_undocumented": {}}),
            ),
        ];
        for (change, expected) in cases {
            let mut value = json!({"id": "a", "task": {"status": "done"}, "list": [1], "n": 2.5});
            change(&mut value);
            assert_eq!(value, expected);
        }
    }
}
