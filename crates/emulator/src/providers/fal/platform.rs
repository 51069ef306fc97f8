//! The Platform API's form of errors, which is not the queue's.
use axum::body::{Body, to_bytes};
use axum::response::Response;
use http::header;
use serde_json::{Value, json};

use crate::app::random_uuid;

/// Errors are short.
const LIMIT: usize = 64 << 10;

/// Puts an error of the queue's form, whoever made it, into the Platform API's.
pub(super) async fn reform(response: Response) -> Response {
    let status = response.status().as_u16();
    if status < 400 {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, LIMIT).await.unwrap_or_default();
    let reformed = serde_json::from_slice::<Value>(&bytes).ok().map(|body| form(status, &body));
    let bytes = reformed.map_or(bytes, |body| body.to_string().into());
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(bytes))
}

fn form(status: u16, body: &Value) -> Value {
    let detail = body.get("detail");
    let message = detail.and_then(Value::as_str).or_else(|| detail?.pointer("/0/msg")?.as_str());
    json!({ "error": {
        "type": word(status), "message": message, "request_id": random_uuid(),
        "docs_url": "https://fal.ai/docs/platform-apis",
    } })
}

fn word(status: u16) -> &'static str {
    match status {
        401 | 403 => "authorization_error",
        404 => "not_found",
        429 => "rate_limited",
        501 => "not_implemented",
        500.. => "server_error",
        _ => "validation_error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_stays_and_the_status_gives_the_word() {
        let cases = [
            (403, json!({ "detail": "no" }), json!("no"), "authorization_error"),
            (422, json!({ "detail": [{ "msg": "no" }] }), json!("no"), "validation_error"),
            (503, json!({}), Value::Null, "server_error"),
        ];
        for (status, body, message, word) in cases {
            let error = &form(status, &body)["error"];
            assert_eq!((&error["message"], &error["type"]), (&message, &json!(word)));
        }
    }
}
