//! The workflow: one edit, keyed by whatever the caller calls it.

use std::sync::Arc;

use reshoot_fleet::{Halt, Order, Outcome, Progress, Work, lead};
use restate_sdk::prelude::*;

use crate::engine::RestateEngine;

/// Where the progress is kept.
pub(crate) const PROGRESS: &str = "progress";

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
        let engine = RestateEngine::new(ctx).await?;
        match lead(&engine, Arc::clone(&self.work), order).await {
            Ok(outcome) => Ok(Json(outcome)),
            Err(Halt::Canceled) => Err(TerminalError::new_with_code(409, "canceled").into()),
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
}
