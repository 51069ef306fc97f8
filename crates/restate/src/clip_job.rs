//! The workflow: one edit, keyed by whatever the caller calls it.

use std::sync::Arc;

use reshoot_fleet::{Halt, Order, Outcome, Progress, Stage, Work, lead};
use restate_sdk::prelude::*;
use serde::{Deserialize, Serialize};

use crate::engine::{CANCELED, RestateEngine};

/// Where the progress is kept.
pub(crate) const PROGRESS: &str = "progress";

/// Where the id of the run is kept, by which it is canceled.
const RUN: &str = "run";

/// What came of asking to cancel a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cancel {
    /// It was asked to stop: its outcome will say what became of it, and whether it is billed.
    Asked,
    /// It had ended.
    Ended,
    /// It is not known, or has not begun: ask again once it was handed in.
    NotBegun,
}

pub(crate) struct ClipJob {
    pub(crate) work: Arc<dyn Work>,
}

#[workflow]
impl ClipJob {
    /// Leads the edit to its end, whatever crashes meanwhile.
    #[handler]
    pub(crate) async fn run(
        &self,
        ctx: WorkflowContext<'_>,
        Json(order): Json<Order>,
    ) -> HandlerResult<Json<Outcome>> {
        ctx.set(RUN, ctx.invocation_id().to_owned());
        let engine = match RestateEngine::new(ctx).await {
            Ok(engine) => engine,
            Err(error) if error.code() == CANCELED => {
                let note = "it was canceled before it began".to_owned();
                return Ok(Json(Outcome::Stopped { job: None, note }));
            }
            Err(error) => return Err(error.into()),
        };
        match lead(&engine, Arc::clone(&self.work), order).await {
            Ok(outcome) => Ok(Json(outcome)),
            Err(Halt::Canceled) => Err(TerminalError::new_with_code(CANCELED, "canceled").into()),
            // Not an end: it is tried again, and then waits for somebody to resume it.
            Err(Halt::Broken(reason)) => Err(reason.into()),
        }
    }

    /// How far it is; none before it has begun.
    #[handler]
    pub(crate) async fn progress(
        &self,
        ctx: SharedWorkflowContext<'_>,
    ) -> HandlerResult<Json<Option<Progress>>> {
        let progress = ctx.get::<Json<Progress>>(PROGRESS).await?;
        Ok(Json(progress.map(|Json(progress)| progress)))
    }

    /// Stops it, at the provider too where that is offered.
    #[handler]
    pub(crate) async fn cancel(
        &self,
        ctx: SharedWorkflowContext<'_>,
    ) -> HandlerResult<Json<Cancel>> {
        let Some(run) = ctx.get::<String>(RUN).await? else {
            return Ok(Json(Cancel::NotBegun));
        };
        let progress = ctx.get::<Json<Progress>>(PROGRESS).await?;
        if progress.is_some_and(|Json(progress)| progress.stage == Stage::Ended) {
            return Ok(Json(Cancel::Ended));
        }
        ctx.invocation_handle(run).cancel();
        Ok(Json(Cancel::Asked))
    }
}
