//! The balance, and the one model that is emulated.
use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::{MODEL, PROVIDER, authorize, price, success};
use crate::app::{Shared, round};
use crate::wire::Answer;

/// Dollars before anything is spent.
const BALANCE: f64 = 1_000_000.0;

pub(super) async fn balance(State(app): State<Shared>, request: Request) -> Answer {
    authorize(&request)?;
    Ok(success(json!({ "balance": round(BALANCE - app.spent(PROVIDER.name)) })))
}

pub(super) async fn models(request: Request) -> Answer {
    authorize(&request)?;
    Ok(catalogue())
}

fn catalogue() -> Response {
    success(json!([{
        "model_id": MODEL, "name": MODEL, "description": "Edits a clip by a prompt.",
        "type": "video-to-video", "base_price": price::BASE_USD, "sort_order": 1,
        "formula": "{\"total_price\": base_price}",
        "api_schema": { "api_schemas": [{
            "type": "model_run", "method": "POST", "server": "https://api.wavespeed.ai",
            "api_path": format!("/api/v3/{MODEL}"), "request_schema": inputs(),
        }] },
    }]))
}

/// The documented inputs only: whether the model takes others is what a client asks this list for.
fn inputs() -> Value {
    json!({
        "type": "object", "required": ["prompt", "video"],
        "x-order-properties": ["prompt", "video", "images", "negative_prompt", "resolution", "duration", "audio_setting"],
        "properties": {
            "prompt": { "type": "string" },
            "video": { "type": "string" },
            "images": { "type": "array", "items": { "type": "string" }, "maxItems": 3 },
            "negative_prompt": { "type": "string" },
            "resolution": { "type": "string", "enum": ["720p", "1080p"], "default": "720p" },
            "duration": { "type": "integer", "minimum": 0, "maximum": 10, "default": 0 },
            "audio_setting": { "type": "string", "enum": ["auto", "origin"], "default": "auto" },
        },
    })
}
