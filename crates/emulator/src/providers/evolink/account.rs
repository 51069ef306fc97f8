//! Credits and the public price list.
use axum::extract::{Request, State};
use serde_json::json;

use super::{MODEL, PROVIDER, authorize};
use crate::app::{Shared, round};
use crate::wire::{self, Answer};

/// What the account holds before anything is spent.
const BALANCE: f64 = 1_000_000.0;

pub(super) async fn credits(State(app): State<Shared>, request: Request) -> Answer {
    authorize(&request)?;
    let used = app.spent(PROVIDER.name);
    let left = round(BALANCE - used);
    Ok(wire::json(
        200,
        json!({ "success": true, "data": {
            "user": { "remaining_credits": left, "used_credits": used },
            "token": { "remaining_credits": left, "used_credits": used, "unlimited_credits": false },
        }}),
    ))
}

/// Public: no key is asked for.
pub(super) async fn pricing() -> Answer {
    Ok(wire::json(
        200,
        json!({ "success": true, "data": [{
            "sku_id": "emulator-wan27-video-edit", "sku_name": "Wan 2.7 Video Edit",
            "model_name": MODEL, "model_type": "video", "billing_rule": "per_second", "cny_price": 0.5848,
            "price_range": { "min_usd": 0.086, "max_usd": 0.144 },
            "resolution_multipliers": { "720p": 1.0, "1080p": 1.674 },
            "min_charge_uc": 0,
            "routing_note": "$0.086 - $0.144 per second",
        }]}),
    ))
}
