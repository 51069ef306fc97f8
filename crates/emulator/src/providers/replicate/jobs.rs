//! Reading and cancelling a prediction.
use std::time::Instant;

use axum::extract::{Path, Request, State};

use super::view::view;
use super::{PROVIDER, authorize, error};
use crate::app::{App, Shared, lock};
use crate::jobs::{Cancellation, Phase};
use crate::kinds::JobFault;
use crate::wire::{self, Answer, Refusal};

pub(super) async fn detail(
    State(app): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let owner = authorize(&request)?;
    let job = lock(&app.jobs).poll(PROVIDER.name, &id, wire::job_fault(&request));
    let job = job.filter(|job| job.owner == owner).ok_or_else(unknown)?;
    Ok(wire::json(200, view(&app, &job, &app.phase(&job))))
}

/// Answers the prediction as it stands then; one that has ended before stays as it is.
pub(super) async fn cancel(
    State(app): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let owner = authorize(&request)?;
    if stop(&app, &owner, &id) == Cancellation::Unknown {
        return Err(unknown());
    }
    let job = lock(&app.jobs).get(&id).cloned().ok_or_else(unknown)?;
    Ok(wire::json(200, view(&app, &job, &app.phase(&job))))
}

/// Ends a job as canceled. One that ran is charged, as the provider says of deadlines; one that waited is not.
pub(super) fn stop(app: &App, owner: &str, id: &str) -> Cancellation {
    let now = Instant::now();
    let mut jobs = lock(&app.jobs);
    let ran = jobs.get(id).is_some_and(|job| job.phase(now) != Phase::Queued);
    let outcome = jobs.cancel(PROVIDER.name, owner, id, now);
    if let Some(job) = jobs.get_mut(id).filter(|_| ran && outcome == Cancellation::Done) {
        job.fault = Some(JobFault::Stopped);
    }
    outcome
}

fn unknown() -> Refusal {
    error(404, "there is no such prediction").into()
}
