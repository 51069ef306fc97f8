//! Prices for every key; what was spent and what is left for keys of Admin scope.
use axum::extract::{Request, State};
use serde_json::{Value, json};

use super::errors::error;
use super::submit::PRICE;
use super::{MODEL, PROVIDER, authorize, requests, view};
use crate::app::{Shared, lock, round};
use crate::jobs::Job;
use crate::wire::{self, Answer, Refusal};

/// What the account holds before anything is spent, in dollars.
const BALANCE: f64 = 1_000_000.0;

pub(super) async fn pricing(request: Request) -> Answer {
    authorize(&request)?;
    requests::check_model(&request)?;
    let price =
        json!({ "endpoint_id": MODEL, "unit_price": PRICE, "unit": "seconds", "currency": "USD" });
    Ok(wire::json(200, json!({ "prices": [price], "next_cursor": null, "has_more": false })))
}

pub(super) async fn billing_events(State(app): State<Shared>, request: Request) -> Answer {
    administrate(&request)?;
    let wanted = wire::query(&request).remove("request_id");
    let jobs = lock(&app.jobs);
    let events: Vec<Value> = jobs
        .newest_first(PROVIDER.name)
        .filter(|job| app.phase(job) == crate::jobs::Phase::Succeeded)
        .filter(|job| wanted.as_ref().is_none_or(|ids| ids.split(',').any(|id| id == job.id)))
        .map(event)
        .collect();
    let body = json!({ "billing_events": events, "next_cursor": null, "has_more": false });
    Ok(wire::json(200, body))
}

fn event(job: &Job) -> Value {
    let cost = job.billed.credits;
    json!({
        "request_id": job.id, "endpoint_id": MODEL, "timestamp": view::iso(job.ends_at()),
        "output_units": job.billed.input_seconds + job.billed.output_seconds, "unit_price": PRICE,
        "percent_discount": null, "cost_subtotal": cost, "cost_discount": 0, "cost_total": cost,
        "cost_estimate_nano_usd": (cost * 1e9).round(),
    })
}

pub(super) async fn billing(State(app): State<Shared>, request: Request) -> Answer {
    administrate(&request)?;
    let mut body = json!({ "username": "emulator" });
    if wire::query(&request).get("expand").is_some_and(|wanted| wanted.contains("credits")) {
        let left = round(BALANCE - app.spent(PROVIDER.name));
        wire::set(&mut body, "credits", json!({ "current_balance": left, "currency": "USD" }));
    }
    Ok(wire::json(200, body))
}

/// A key of Admin scope is one whose text begins so.
fn administrate(request: &Request) -> Result<(), Refusal> {
    let key = authorize(request)?;
    if key.starts_with("admin") { Ok(()) } else { Err(error(403, "an admin key is needed").into()) }
}
