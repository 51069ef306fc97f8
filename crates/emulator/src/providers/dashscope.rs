//! DashScope, the maker's own API, as documented at
//! <https://www.alibabacloud.com/help/en/model-studio/wan-video-editing-api-reference> (read 2026-11-21).
//!
//! Where the documentation is silent: charges are dollars, 0.10 (720P) or 0.15 (1080P) per second of input and
//! output together, the whole input also where `duration` cuts it; each key counts as an account. An unknown
//! task, one of another key and one older than a day read as `UNKNOWN` with 200, and cancelling them gets the
//! same `UnsupportedOperation` as a task that runs. Media that cannot be read fail the task with `InvalidURL`, an
//! `oss://` URL without its header included. The times that a list is asked for are Beijing's. Of the upload's
//! form only the place of `file` counts, the last; `upload_host` is http and has a path here. Events are not
//! signed, the certificate being on the provider's host; they go to every URL set up, for all keys, and tell of
//! canceled tasks too. A `duration` of 1 passes the schema: the submit is accepted, the job fails.
use axum::Router;
use axum::extract::Request;
use axum::middleware;
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use serde_json::json;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::{Dashboard, Provider, Routes};
use crate::app::{self, Shared};
use crate::faults::Operation;
use crate::jobs::{Job, Phase};
use crate::links;
use crate::validate::Contract;
use crate::wire::{self, Refusal};

#[cfg(test)]
mod dialect;
mod list;
mod media;
mod policy;
mod submit;
mod tasks;
mod times;
mod uploads;
mod webhook;

pub(crate) static PROVIDER: Provider = Provider {
    name: "dashscope",
    file_service: false,
    dashboard: Dashboard::Webhooks,
    contract: Contract::new(include_str!("../specs/dashscope.json")),
    vital: &["task_id", "task_status", "status"],
    status: "task_status",
    aliases: &[
        ("/dashscope/api/v1/", "/dashscope/"),
        ("/api/v1/services/", "/dashscope/services/"),
        ("/api/v1/tasks", "/dashscope/tasks"),
        ("/api/v1/uploads", "/dashscope/uploads"),
        ("/services/aigc/", "/dashscope/services/aigc/"),
    ],
    link_lifetime: links::DAY,
    // Up to three times, 10 to 20 seconds apart.
    webhook_retries: &[10_000, 15_000, 20_000],
    routes,
    error,
    event: webhook::event,
    #[cfg(test)]
    dialects: dialect::ALL,
};

const MODEL: &str = "wan2.7-videoedit";

/// The submit, as the contract writes it.
const SUBMIT: &str = "/services/aigc/video-generation/video-synthesis";

/// Where forms with files go: a place of the emulator's own, which only the leave to upload tells.
const STORE: &str = "/dashscope-oss";

/// The one region that is emulated, the account, and the model's place in the vendor's own order.
const REGION: &str = "cn-beijing";
const ACCOUNT: &str = "100200300";
const API: &str = "apikey:v1:aigc:video-generation:video-synthesis:wan2.7-videoedit";

fn routes(routes: &Routes<'_>) -> Router<Shared> {
    let store = routes
        .on(Operation::Upload, post(uploads::store))
        .route_layer(middleware::map_response(uploads::in_xml));
    let table = [
        (SUBMIT, routes.on(Operation::Submit, post(submit::submit))),
        ("/tasks", routes.on(Operation::List, get(list::list))),
        ("/tasks/{id}", routes.on(Operation::Status, get(tasks::read))),
        ("/tasks/{id}/cancel", routes.on(Operation::Cancel, post(tasks::cancel))),
        // What only speaks of a file is no upload.
        ("/uploads", routes.on(Operation::Account, get(uploads::policy))),
    ];
    let router = table.into_iter().fold(Router::new(), |router, (path, route)| {
        with_and_without_slash(router, &format!("/{}{path}", PROVIDER.name), route)
    });
    with_and_without_slash(router, STORE, store)
}

/// The pages write some paths with a slash at the end, the vendor's SDKs now with and now without.
fn with_and_without_slash(
    router: Router<Shared>,
    path: &str,
    route: MethodRouter<Shared>,
) -> Router<Shared> {
    router.route(path, route.clone()).route(&format!("{path}/"), route)
}

fn status(phase: &Phase) -> &'static str {
    match phase {
        Phase::Queued => "PENDING",
        Phase::Running(_) => "RUNNING",
        Phase::Succeeded => "SUCCEEDED",
        Phase::Failed { .. } => "FAILED",
        Phase::Canceled => "CANCELED",
    }
}

/// Tasks are kept for a day.
fn is_kept(job: &Job, now: OffsetDateTime) -> bool {
    now < job.created_at + links::DAY
}

/// The id of the request that submitted a task: always the same one for the same task.
fn submit_request(job: &Job) -> String {
    app::uuid(&hex::encode(Sha256::digest(&job.id)))
}

/// The number of a key, which is shown in its place.
fn key_number(owner: &str) -> String {
    let digest = Sha256::digest(owner);
    digest.iter().take(3).fold(1_u64, |number, byte| number << 8 | u64::from(*byte)).to_string()
}

fn authorize(request: &Request) -> Result<String, Refusal> {
    let key = wire::bearer(request.headers());
    Ok(key.ok_or_else(|| refuse(401, "InvalidApiKey", "No API-key provided."))?)
}

fn refuse(status: u16, code: &str, message: &str) -> Response {
    let request_id = app::random_uuid();
    wire::json(status, json!({ "code": code, "message": message, "request_id": request_id }))
}

fn invalid(message: &str) -> Refusal {
    refuse(400, "InvalidParameter", message).into()
}

/// The code that stands for a status where a handler has no better one.
fn error(status: u16, message: &str) -> Response {
    let code = match status {
        400 => "InvalidParameter",
        401 => "InvalidApiKey",
        402 => "Arrearage",
        403 => "AccessDenied",
        404 => "NotFound",
        405 => "MethodNotAllowed",
        408 => "RequestTimeOut",
        413 => "BadRequest.TooLarge",
        429 => "Throttling.RateQuota",
        503 => "ModelUnavailable",
        504 => "InternalError.Timeout",
        _ => "InternalError",
    };
    refuse(status, code, message)
}
