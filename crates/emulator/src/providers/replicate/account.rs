//! Whose key it is.
use axum::extract::Request;
use serde_json::json;

use super::authorize;
use crate::wire::{self, Answer};

pub(super) async fn account(request: Request) -> Answer {
    authorize(&request)?;
    Ok(wire::json(
        200,
        json!({
            "type": "user", "username": "emulator", "name": "Emulator",
            "github_url": "https://github.com/emulator", "avatar_url": null,
        }),
    ))
}
