//! The emulator's own endpoints under `/_emulator`: ledger, faults, stage, dashboard webhooks.
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use crate::app::{Shared, lock, random_bytes};
use crate::faults::{Armed, FaultPlan};
use crate::providers::{self, Dashboard};
use crate::webhooks::Subscription;
use crate::{dashboard, links, wire};

/// Under this path staged files lie.
pub(crate) const STAGE: &str = "/_emulator/stage";

pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/_emulator/ledger", get(ledger))
        .route("/_emulator/jobs", get(jobs))
        .route("/_emulator/faults", get(show_faults).post(set_faults).delete(clear_faults))
        .route("/_emulator/webhooks", post(subscribe))
        .route(&format!("{STAGE}/{{name}}"), put(stage))
        .route(&format!("{STAGE}/{{id}}/{{name}}"), get(staged))
        .layer(DefaultBodyLimit::max(1 << 20))
}

async fn ledger(State(app): State<Shared>) -> Response {
    axum::Json(app.ledger()).into_response()
}

/// Which jobs to show.
#[derive(Deserialize)]
struct Shown {
    provider: Option<String>,
}

async fn jobs(State(app): State<Shared>, Query(shown): Query<Shown>) -> Response {
    axum::Json(dashboard::jobs(&lock(&app.jobs), shown.provider.as_deref())).into_response()
}

async fn show_faults(State(app): State<Shared>) -> Response {
    axum::Json(lock(&app.faults).plan().clone()).into_response()
}

async fn set_faults(State(app): State<Shared>, body: Bytes) -> Response {
    match read_plan(&body) {
        Ok(plan) => {
            *lock(&app.faults) = Armed::new(plan.clone());
            axum::Json(plan).into_response()
        }
        Err(problem) => wire::json(400, json!({ "error": problem })),
    }
}

fn read_plan(body: &[u8]) -> Result<FaultPlan, String> {
    let plan: FaultPlan = serde_json::from_slice(body)
        .map_err(|error| format!("this is not a fault plan: {error}"))?;
    plan.check(&providers::names()).map(|()| plan)
}

async fn clear_faults(State(app): State<Shared>) -> StatusCode {
    *lock(&app.faults) = Armed::default();
    StatusCode::NO_CONTENT
}

/// What a provider's dashboard would ask for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    provider: String,
    /// Only where webhooks themselves are set up there.
    #[serde(default)]
    url: String,
    #[serde(default)]
    secret: Option<String>,
    #[serde(default)]
    events: Vec<String>,
}

async fn subscribe(State(app): State<Shared>, body: Bytes) -> Response {
    match read_entry(&body) {
        Ok((provider, entry)) => {
            let secret = entry.secret.unwrap_or_else(new_secret);
            let subscription = Subscription {
                url: entry.url,
                secret: secret.clone().into_bytes(),
                events: entry.events,
            };
            lock(&app.subscriptions).push((provider, subscription));
            wire::json(201, json!({ "secret": secret }))
        }
        Err(problem) => wire::json(400, json!({ "error": problem })),
    }
}

fn read_entry(body: &[u8]) -> Result<(&'static str, Entry), String> {
    let entry: Entry =
        serde_json::from_slice(body).map_err(|error| format!("this is not a webhook: {error}"))?;
    let provider = providers::find(&entry.provider).ok_or("there is no such provider")?;
    match (provider.dashboard, entry.url.as_str()) {
        (Dashboard::Nothing, _) => {
            Err("this provider has nothing to set up: webhooks go with each submit".to_owned())
        }
        (Dashboard::Secret, "") => Ok((provider.name, entry)),
        (Dashboard::Webhooks, "") => Err("url is missing".to_owned()),
        (Dashboard::Secret, _) => {
            Err("this provider takes its webhook URL with each submit, and only the secret here"
                .to_owned())
        }
        (Dashboard::Webhooks, _) => Ok((provider.name, entry)),
    }
}

fn new_secret() -> String {
    use base64::Engine;
    format!("whsec_{}", base64::engine::general_purpose::STANDARD.encode(random_bytes(24)))
}

async fn stage(State(app): State<Shared>, Path(name): Path<String>, request: Request) -> Response {
    match app.store.receive(request.into_body().into_data_stream(), u64::MAX).await {
        Ok(received) => {
            let file = wire::file(&app, "stage", &name, received);
            wire::json(200, json!({ "url": url(&app, &file.id, &file.name) }))
        }
        Err(error) => {
            wire::json(400, json!({ "error": format!("the file did not arrive: {error}") }))
        }
    }
}

/// Where a file of the store can be read.
pub(crate) fn url(app: &Shared, id: &str, name: &str) -> String {
    format!("{}{STAGE}/{id}/{name}", app.base())
}

async fn staged(
    State(app): State<Shared>,
    Path((id, _)): Path<(String, String)>,
    request: Request,
) -> Response {
    match app.store.get(&id) {
        Some(file) => links::serve(&file.path, file.kind.mime, request).await,
        None => links::refusal(StatusCode::NOT_FOUND, "NoSuchKey"),
    }
}
