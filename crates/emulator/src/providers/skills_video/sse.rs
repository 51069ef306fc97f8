//! The streaming route: it creates the job and then tells its course.
use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream};
use http::header;

use super::{EDIT, UNIFIED, handlers, view};
use crate::app::{Shared, lock};
use crate::jobs::Job;
use crate::wire::Answer;

pub(super) async fn edit(State(app): State<Shared>, request: Request) -> Answer {
    let job = handlers::create(&app, request, EDIT).await?;
    Ok(stream(app, job))
}

pub(super) async fn unified(State(app): State<Shared>, request: Request) -> Answer {
    let job = handlers::create(&app, request, UNIFIED).await?;
    Ok(stream(app, job))
}

fn stream(app: Shared, job: Job) -> Response {
    let body = Body::from_stream(course(app, job));
    ([(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-cache")], body)
        .into_response()
}

/// One event per state, each a whole generation object, and the end after a final one.
fn course(app: Shared, job: Job) -> impl Stream<Item = Result<Bytes, Infallible>> {
    stream::unfold(Some(0.0), move |share: Option<f64>| {
        let (app, job) = (app.clone(), job.clone());
        async move {
            let share = share?;
            tokio::time::sleep_until((job.created + job.time.mul_f64(share)).into()).await;
            let job = lock(&app.jobs).get(&job.id).cloned()?;
            let phase = job.phase(job.created + job.time.mul_f64(share));
            let event = format!("data: {}\n\n", view(&app, &job, &phase));
            let next = if phase.is_final() { None } else { following(share) };
            Some((Ok(Bytes::from(event)), next))
        }
    })
}

/// The next moment worth telling, as a share of the job's time. A stuck job is told of again and again.
fn following(share: f64) -> Option<f64> {
    Some(if share < 0.25 { 0.25 } else { share.floor() + 1.0 })
}
