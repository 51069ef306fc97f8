//! Replicate as its reference at <https://replicate.com/docs/reference/http> says (read 2026-11-21).
//!
//! Where the documentation is silent: a submit is answered with 201, one that waited in vain with 202 and
//! `starting`, whatever the job does by then: the SDKs take any other word for the end. A `Prefer` or
//! `Cancel-After` of another form is 422, a body that is not JSON 400. The price is $0.10 per output second, the
//! higher of two that third parties name. A job that is cancelled in the queue is free, one that runs is charged
//! in full, by call and by deadline alike; a cancel that comes too late answers the job as it is. Input, output
//! and logs go when the link dies; then `input` is `{}`. Webhooks know `start` and `completed` only: the emulated
//! model prints nothing and its output comes with the end; `start` is tried again too, which the provider does
//! not do. A webhook must be https, but http to this machine is accepted, for tests. Only the key that brought a
//! file can use it as an input. Its type is sniffed, its `metadata` is told once and not kept, its `etag` is no
//! MD5, and the list of files has one page.
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::{get, post};

use super::{Dashboard, Provider, Routes};
use crate::app::{App, Shared};
use crate::faults::Operation;
use crate::jobs::{Job, Phase};
use crate::validate::Contract;
use crate::webhooks::{Event, Moment, Subscription};
use crate::wire::{self, Refusal};

mod account;
mod deadline;
#[cfg(test)]
mod dialect;
mod headers;
mod jobs;
mod list;
mod problem;
mod submit;
mod uploads;
mod view;
mod webhook;

pub(crate) static PROVIDER: Provider = Provider {
    name: "replicate",
    file_service: false,
    dashboard: Dashboard::Nothing,
    contract: Contract::new(include_str!("../specs/replicate.json")),
    vital: &["id", "status"],
    status: "status",
    // The root stands for a base URL with a version; the Python client 1 writes the version itself.
    aliases: &[
        ("/replicate/v1/", "/replicate/"),
        ("/v1/models/", "/replicate/models/"),
        ("/v1/predictions", "/replicate/predictions"),
        ("/v1/files", "/replicate/files"),
        ("/v1/webhooks/", "/replicate/webhooks/"),
        ("/v1/account", "/replicate/account"),
        ("/models/wan-video/", "/replicate/models/wan-video/"),
        ("/predictions", "/replicate/predictions"),
    ],
    link_lifetime: Duration::from_secs(60 * 60),
    // Growing pauses, the last try about a minute after the end.
    webhook_retries: &[1000, 2000, 4000, 8000, 16_000, 32_000],
    routes,
    error,
    event,
    #[cfg(test)]
    dialects: dialect::ALL,
};

const MODEL: &str = "wan-video/wan-2.7-videoedit";

fn routes(routes: &Routes<'_>) -> Router<Shared> {
    let account = |route| routes.on(Operation::Account, route);
    let submit = |route| routes.on(Operation::Submit, route);
    let job = "/replicate/predictions/{id}";
    Router::new()
        .route("/replicate/models/{owner}/{name}/predictions", submit(post(submit::by_model)))
        .route("/replicate/predictions", submit(post(submit::by_version)))
        .route("/replicate/predictions", routes.on(Operation::List, get(list::list)))
        .route(job, routes.on(Operation::Status, get(jobs::detail)))
        .route(&format!("{job}/cancel"), routes.on(Operation::Cancel, post(jobs::cancel)))
        .route("/replicate/files", routes.on(Operation::Upload, post(uploads::create)))
        .route("/replicate/files", account(get(uploads::list)))
        .route("/replicate/files/{id}", account(get(uploads::detail).delete(uploads::delete)))
        .route("/replicate/webhooks/default/secret", account(get(webhook::secret)))
        .route("/replicate/account", account(get(account::account)))
}

fn event(
    app: &App,
    job: &Job,
    phase: &Phase,
    moment: Moment,
    subscription: &Subscription,
) -> Option<Event> {
    webhook::event(app, job, phase, moment, subscription)
}

/// The key, after `Bearer` or, as the pages on files write it, `Token`.
fn authorize(request: &Request) -> Result<String, Refusal> {
    let key = wire::bearer(request.headers());
    let key = key.map(|key| key.strip_prefix("Token ").unwrap_or(&key).trim().to_owned());
    Ok(key.ok_or_else(|| error(401, "the token is missing"))?)
}

fn error(status: u16, message: &str) -> Response {
    problem::error(status, message)
}
