//! Submit, status, running list and credits.
use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::header;
use serde_json::{Value, json};

use super::{EDIT, PROVIDER, UNIFIED, brief, input, refuse, view};
use crate::app::{Order, Origin, Shared, lock, random_hex};
use crate::jobs::{Job, Phase};
use crate::webhooks;
use crate::wire::{self, Answer, Refusal};

/// What the account holds before anything is spent.
const BALANCE: f64 = 1_000_000.0;

pub(super) async fn edit(State(app): State<Shared>, request: Request) -> Answer {
    create(&app, request, EDIT).await.map(|job| accepted(&job))
}

pub(super) async fn unified(State(app): State<Shared>, request: Request) -> Answer {
    create(&app, request, UNIFIED).await.map(|job| accepted(&job))
}

/// The documentation lists 200 and 202; 202 is the one "accepted for processing".
fn accepted(job: &Job) -> Response {
    wire::json(202, brief(job, &Phase::Queued))
}

/// The whole of a submit but its answer.
pub(super) async fn create(
    app: &Shared,
    request: Request,
    route: &'static str,
) -> Result<Job, Refusal> {
    let owner = authorize(&request)?;
    let fault = wire::job_fault(&request);
    let body = read(app, &owner, request).await.map_err(invalid)?;
    if let Some(violation) = PROVIDER.contract.request(route, &body).first() {
        return Err(invalid(format!("{}: {}", violation.dotted(), violation.message)));
    }
    if let Some(problem) = input::workflow_problem(&body).filter(|_| route == UNIFIED) {
        return Err(invalid(problem.to_owned()));
    }
    let input = input::normalised(body, route == UNIFIED);
    let job = app.create(&PROVIDER, Order { fault, ..order(app, owner, input) });
    webhooks::announce(app, &PROVIDER, &job);
    Ok(job)
}

fn order(app: &Shared, owner: String, input: Value) -> Order {
    let origin = app.origin(wire::text(&input, "video_url"));
    let problem = match origin {
        Origin::Missing => Some("The input video could not be read."),
        _ if input.get("duration") == Some(&json!(1)) => {
            Some("duration must be 0, or from 2 to 10.")
        }
        _ => None,
    };
    Order {
        id: format!("gen_{}", random_hex(12)),
        owner,
        billed: input::billed(app, &origin, &input),
        failure: problem.map(|problem| ("INVALID_INPUT".to_owned(), problem.to_owned())),
        outputs: input.get("n").and_then(Value::as_u64).unwrap_or(1),
        origin,
        input,
        fault: None,
    }
}

/// JSON, or a form whose files are kept and whose text stands for scalars.
async fn read(app: &Shared, owner: &str, request: Request) -> Result<Value, String> {
    let content_type =
        wire::header(request.headers(), header::CONTENT_TYPE.as_str()).unwrap_or_default();
    if !content_type.starts_with("multipart/form-data") {
        return wire::body(request).await;
    }
    let form = wire::form(app, request, u64::MAX).await?;
    Ok(input::from_form(form, |name, received| {
        let file = wire::file(app, owner, name, received);
        crate::control::url(app, &file.id, &file.name)
    }))
}

pub(super) async fn status(
    State(app): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let owner = authorize(&request)?;
    let job = lock(&app.jobs).poll(PROVIDER.name, &id, wire::job_fault(&request));
    let Some(job) = job.filter(|job| job.owner == owner) else {
        return Err(refuse(404, "NOT_FOUND", "Generation not found.").into());
    };
    Ok(wire::json(200, view(&app, &job, &app.phase(&job))))
}

pub(super) async fn running(State(app): State<Shared>, request: Request) -> Answer {
    let owner = authorize(&request)?;
    let limit = wire::number(&wire::query(&request), "limit", 50, 100).map_err(invalid)?;
    let jobs = lock(&app.jobs);
    let mine = jobs.newest_first(PROVIDER.name).filter(|job| job.owner == owner);
    let unfinished = mine.map(|job| (job, app.phase(job))).filter(|(_, phase)| !phase.is_final());
    let list: Vec<Value> = unfinished.take(limit).map(|(job, phase)| brief(job, &phase)).collect();
    Ok(wire::json(200, Value::from(list)))
}

pub(super) async fn credits(State(app): State<Shared>, request: Request) -> Answer {
    authorize(&request)?;
    let left = BALANCE - app.spent(PROVIDER.name);
    Ok(wire::json(200, json!({ "total": left, "subscription": left, "permanent": 0 })))
}

fn authorize(request: &Request) -> Result<String, Refusal> {
    Ok(wire::bearer(request.headers())
        .ok_or_else(|| refuse(401, "UNAUTHORIZED", "API key is missing or invalid."))?)
}

fn invalid(message: String) -> Refusal {
    refuse(400, "VIDEO_GENERATION_INVALID_INPUT", &message).into()
}
