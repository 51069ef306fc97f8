//! A request's course as a stream of its states.
use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::response::IntoResponse;
use futures_util::stream::{self, Stream};
use http::header;

use super::errors::named;
use super::{jobs, view};
use crate::app::{Shared, lock};
use crate::jobs::Job;
use crate::wire::Answer;

pub(super) async fn stream(
    State(app): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let job = jobs::find(&app, &id, &request)?;
    let logs = jobs::wants_logs(&request);
    let headers =
        [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-cache")];
    let body = Body::from_stream(course(app, job, logs));
    Ok(named(&id, (headers, body).into_response()))
}

/// How often a job is looked at, in parts of its time.
const LOOKS: u32 = 8;

/// The least time between two looks.
const PAUSE: Duration = Duration::from_millis(2);

/// First the state as it is, then each change, and the end after a final one.
fn course(app: Shared, job: Job, logs: bool) -> impl Stream<Item = Result<Bytes, Infallible>> {
    stream::unfold(Some(None), move |seen: Option<Option<std::mem::Discriminant<_>>>| {
        let (app, job) = (app.clone(), job.clone());
        async move {
            let seen = seen?;
            loop {
                let job = lock(&app.jobs).get(&job.id).cloned()?;
                let phase = app.phase(&job);
                let state = std::mem::discriminant(&phase);
                if seen != Some(state) {
                    let event = format!("data: {}\n\n", view::status(&app, &job, &phase, logs));
                    let next = (!phase.is_final()).then_some(Some(state));
                    return Some((Ok(Bytes::from(event)), next));
                }
                tokio::time::sleep((job.time / LOOKS).max(PAUSE)).await;
            }
        }
    })
}
