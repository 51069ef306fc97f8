//! Who is asking, and which models there are.
use axum::extract::{Request, State};
use serde_json::json;

use super::{MODEL, PROVIDER, authorize, error, submit, whole};
use crate::app::Shared;
use crate::wire::{self, Answer};

/// What the team holds before anything is spent.
const BALANCE: f64 = 1_000_000.0;

pub(super) async fn me(State(app): State<Shared>, request: Request) -> Answer {
    let key = authorize(&request)?;
    let prefix: String = key.chars().take(8).collect();
    Ok(wire::json(
        200,
        json!({
            "user": { "id": USER, "email": "emulator@example.com", "role": "member" },
            "team": {
                "id": TEAM, "name": "Emulator", "plan": "emulator",
                "credits": whole(BALANCE - app.spent(PROVIDER.name)), "customerId": null, "maxConcurrentJobs": 10,
            },
            "apiKey": { "id": KEY, "name": "emulator", "prefix": prefix },
        }),
    ))
}

const USER: &str = "00000000-0000-4000-8000-000000000001";
const TEAM: &str = "00000000-0000-4000-8000-000000000002";
const KEY: &str = "00000000-0000-4000-8000-000000000003";

const MODALITIES: [&str; 3] = ["image", "video", "music"];

/// Public: no key is asked for.
pub(super) async fn models(request: Request) -> Answer {
    let modality = wire::query(&request).remove("modality");
    if modality.as_deref().is_some_and(|wanted| !MODALITIES.contains(&wanted)) {
        return Err(error(400, "modality must be one of image, video, music").into());
    }
    let model = json!({
        "id": MODEL, "label": "Wan 2.7 VideoEdit", "modality": "video", "pricingMode": "per-second",
        "costMin": whole(submit::CREDITS_720P), "costMax": whole(submit::CREDITS_1080P),
        "description": "Prompt-driven restyle, outfit swap, background replacement on existing clips.",
    });
    let models =
        if modality.is_none_or(|wanted| wanted == "video") { vec![model] } else { Vec::new() };
    Ok(wire::json(200, json!({ "models": models })))
}
