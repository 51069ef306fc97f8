//! fal as <https://fal.ai/docs/api-reference/inference-api> and the pages of the model say (read 2026-11-21): the
//! queue at its root; storage, files and the Platform API, which are hosts of their own, at its second one.
//!
//! Where the documentation is silent: fal looks at wrong input when a runner takes it; here a body outside the
//! schema gets its 422 at once, and what the schema allows (a `duration` of 1, a clip that is missing, above 100
//! MB, or not of 2 to 10 seconds) fails the job, whose result then answers 422. Failures of the service answer
//! the status of their word, 500 without one. Both input and output seconds cost $0.10. A cancelled job, waiting
//! or running, is answered 202, ends at once with 499 and costs nothing. The list of requests shows a job once it
//! runs, not while it waits. Logs come when asked for. A token or a signed URL stands for every account; each
//! part of a file counts as an upload. Keys that begin with `admin` have Admin scope. Storage preferences and
//! lifecycle headers are accepted and mean nothing. Results are never forgotten.
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware;
use axum::routing::{MethodRouter, get, post, put};

use super::{Dashboard, Provider, Routes};
use crate::app::Shared;
use crate::faults::Operation;
use crate::validate::Contract;
use crate::wire::{self, Refusal};

mod account;
#[cfg(test)]
mod dialect;
mod errors;
mod jobs;
mod parts;
mod platform;
mod requests;
mod sse;
mod submit;
mod uploads;
mod view;
mod webhook;

use errors::error;

pub(crate) static PROVIDER: Provider = Provider {
    name: "fal",
    file_service: true,
    dashboard: Dashboard::Nothing,
    contract: Contract::new(include_str!("../specs/fal.json")),
    vital: &["request_id", "status"],
    status: "status",
    // Of the Platform API only what is served: the beginning `/v1/models/` is not fal's alone.
    aliases: &[
        ("/fal-ai/", "/fal/fal-ai/"),
        ("/storage/", "/fal-files/storage/"),
        ("/.well-known/", "/fal-files/.well-known/"),
        ("/files/upload", "/fal-files/files/upload"),
        ("/v1/models/requests/", "/fal-files/v1/models/requests/"),
        ("/v1/models/pricing", "/fal-files/v1/models/pricing"),
        ("/v1/models/billing-events", "/fal-files/v1/models/billing-events"),
        ("/v1/account/billing", "/fal-files/v1/account/billing"),
    ],
    link_lifetime: Duration::from_secs(7 * 24 * 60 * 60),
    // Ten more tries over two hours; the pauses between them are not documented.
    webhook_retries: &[
        7_000, 14_000, 28_000, 56_000, 112_000, 224_000, 448_000, 896_000, 1_792_000, 3_584_000,
    ],
    routes,
    error,
    event: webhook::event,
    #[cfg(test)]
    dialects: dialect::ALL,
};

/// The model's id, which is the submit's path too.
const MODEL: &str = "fal-ai/wan/v2.7/edit-video";

/// Where the files of this provider lie: the path of its file service.
const FILES: &str = "/fal-files/files";

fn routes(routes: &Routes<'_>) -> Router<Shared> {
    queue(routes).merge(platform_api(routes)).merge(storage(routes))
}

fn queue(routes: &Routes<'_>) -> Router<Shared> {
    let status = |route| routes.on(Operation::Status, route);
    let request = "/fal/fal-ai/wan/requests/{id}";
    Router::new()
        .route(&format!("/fal/{MODEL}"), routes.on(Operation::Submit, post(submit::submit)))
        .route(request, status(get(jobs::result)))
        .route(&format!("{request}/status"), status(get(jobs::status)))
        .route(&format!("{request}/status/stream"), status(get(sse::stream)))
        .route(&format!("{request}/cancel"), routes.on(Operation::Cancel, put(jobs::cancel)))
}

fn platform_api(routes: &Routes<'_>) -> Router<Shared> {
    let on = |operation, route: MethodRouter<Shared>| {
        routes.on(operation, route).route_layer(middleware::map_response(platform::reform))
    };
    let account = |route| on(Operation::Account, route);
    Router::new()
        .route(
            "/fal-files/v1/models/requests/by-endpoint",
            on(Operation::List, get(requests::list)),
        )
        .route("/fal-files/v1/models/pricing", account(get(account::pricing)))
        .route("/fal-files/v1/models/billing-events", account(get(account::billing_events)))
        .route("/fal-files/v1/account/billing", account(get(account::billing)))
}

/// What carries a file's bytes is an upload; what only speaks of it is not.
fn storage(routes: &Routes<'_>) -> Router<Shared> {
    let account = |route| routes.on(Operation::Account, route);
    let upload = |route| routes.on(Operation::Upload, route);
    let file = format!("{FILES}/{{id}}/{{name}}");
    Router::new()
        .route("/fal-files/.well-known/jwks.json", account(get(webhook::keys)))
        .route("/fal-files/storage/auth/token", account(post(uploads::token)))
        .route("/fal-files/storage/upload/initiate", account(post(uploads::initiate)))
        .route(
            "/fal-files/storage/upload/initiate-multipart",
            account(post(uploads::initiate_multipart)),
        )
        .route(&format!("{FILES}/upload"), upload(post(uploads::upload)))
        .route(&format!("{FILES}/upload/multipart"), account(post(parts::create)))
        .route(&file, get(uploads::read).merge(upload(put(uploads::put))))
        .route(&format!("{file}/complete"), account(post(parts::complete)))
        .route(&format!("{file}/{{part}}"), upload(put(parts::part)))
        .route(&format!("{file}/multipart/{{upload}}/complete"), account(post(parts::complete)))
        .route(&format!("{file}/multipart/{{upload}}/{{part}}"), upload(put(parts::part)))
}

fn authorize(request: &Request) -> Result<String, Refusal> {
    let text = wire::header(request.headers(), "authorization").unwrap_or_default();
    let key = text
        .split_once(' ')
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("key"))
        .map(|(_, key)| key.trim().to_owned());
    let key = key.filter(|key| !key.is_empty());
    Ok(key.ok_or_else(|| error(401, "the header Authorization must be: Key, a blank, the key"))?)
}
