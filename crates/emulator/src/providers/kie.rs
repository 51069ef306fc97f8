//! KIE.AI as documented at <https://docs.kie.ai/market/wan/2-7-videoedit> and
//! <https://docs.kie.ai/market/common/get-task-detail> (read 2026-11-21).
//!
//! Where the documentation is silent: failures hide in an HTTP 200 with `code`; only unknown paths and methods
//! (404, 405), the limit on submits (429, which is never enforced), the edge (403, plain text) and what no page
//! lists as a code come with a status of their own. A missing `User-Agent` is no matter. Wrong fields and what is
//! not JSON are code 422, in the file service 400. A cancelled task is `fail`. Prices are 16 or 24 credits per
//! output second, parts of a credit rounded up. Callbacks tell the end only and are never sent again.
//! `download-url` takes dead links of the same account's clips too; its links live for 20 minutes. The price list
//! has a row of another model, whose price is made up. Files without `fileName` get a random one. A `duration` of
//! 1 passes the schema: the submit is accepted, the job fails.
use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::StatusCode;
use serde_json::{Value, json};

use super::{Dashboard, Provider, Routes};
use crate::app::Shared;
use crate::faults::Operation;
use crate::links;
use crate::validate::{Contract, Violation};
use crate::wire::{self, Refusal};

mod account;
#[cfg(test)]
mod dialect;
mod jobs;
mod submit;
mod uploads;
mod webhook;

pub(crate) static PROVIDER: Provider = Provider {
    name: "kie",
    file_service: true,
    dashboard: Dashboard::Secret,
    contract: Contract::new(include_str!("../specs/kie.json")),
    vital: &["taskId", "state"],
    status: "state",
    aliases: &[
        // The newest pages on uploads name the host of the API.
        ("/kie/api/file-", "/kie-files/api/file-"),
        ("/api/file-", "/kie-files/api/file-"),
        ("/api/v1/jobs/", "/kie/api/v1/jobs/"),
        ("/api/v1/chat/credit", "/kie/api/v1/chat/credit"),
        ("/api/v1/common/", "/kie/api/v1/common/"),
        ("/client/v1/", "/kie/client/v1/"),
    ],
    link_lifetime: links::DAY,
    // No second try is documented.
    webhook_retries: &[],
    routes,
    error,
    event: webhook::event,
    #[cfg(test)]
    dialects: dialect::ALL,
};

const MODEL: &str = "wan/2-7-videoedit";

fn routes(routes: &Routes<'_>) -> Router<Shared> {
    let account = |route| routes.on(Operation::Account, route);
    let upload = |route| routes.on(Operation::Upload, route);
    Router::new()
        .route("/kie/api/v1/jobs/createTask", routes.on(Operation::Submit, post(submit::submit)))
        .route("/kie/api/v1/jobs/recordInfo", routes.on(Operation::Status, get(jobs::record)))
        .route("/kie/api/v1/chat/credit", account(get(account::credits)))
        .route("/kie/api/v1/common/download-url", account(post(jobs::download_url)))
        .route("/kie/client/v1/model-pricing/page", account(post(account::prices)))
        .route("/kie-files/api/file-stream-upload", upload(post(uploads::stream)))
        .route("/kie-files/api/file-base64-upload", upload(post(uploads::base64)))
        .route("/kie-files/api/file-url-upload", upload(post(uploads::by_url)))
}

fn success(data: impl Into<Value>) -> Response {
    wire::json(200, json!({ "code": 200, "msg": "success", "data": data.into() }))
}

fn authorize(request: &Request) -> Result<String, Refusal> {
    Ok(wire::bearer(request.headers()).ok_or_else(|| error(401, "the key is not valid"))?)
}

fn sentence(violation: &Violation) -> String {
    format!("{}: {}", violation.dotted(), violation.message)
}

/// Codes that come in the body of an HTTP 200. The rest are statuses: of unknown paths, of the limit on
/// submits, and of what stands in front of the service.
const HIDDEN: [u16; 11] = [400, 401, 402, 408, 422, 433, 451, 455, 500, 501, 505];

fn error(status: u16, message: &str) -> Response {
    if status == 403 {
        // The edge, which knows nothing of the API's format.
        return (StatusCode::FORBIDDEN, "error code: 1010").into_response();
    }
    let shown = if HIDDEN.contains(&status) { 200 } else { status };
    wire::json(shown, json!({ "code": status, "msg": message, "data": null }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_hide_in_an_http_200_unless_the_documentation_says_otherwise() {
        for (code, status) in
            [(401, 200), (402, 200), (422, 200), (455, 200), (500, 200), (404, 404), (405, 405)]
        {
            assert_eq!(error(code, "no").status().as_u16(), status, "{code}");
        }
        for code in [403, 429, 503] {
            assert_eq!(error(code, "no").status().as_u16(), code);
        }
    }
}
