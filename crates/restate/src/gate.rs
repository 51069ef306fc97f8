//! The gate of an account as a virtual object: one call at a time, whatever the number of workers.

use std::time::Duration;

use reshoot_fleet::{Cap, GateState, Grant, Moment, Start, Turn};
use restate_sdk::prelude::*;
use serde::{Deserialize, Serialize};

use crate::moment::moment;

/// What is asked of a gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateAsk {
    /// Who asks: the job's key.
    pub holder: String,
    /// When: the asker's clock, so that the gate, which serves one ask at a time, has nothing to wait for.
    pub now: Moment,
    /// What is resolved when a slot comes later.
    #[serde(default)]
    pub bell: String,
    /// What the account can bear.
    #[serde(default)]
    pub cap: Cap,
    /// For how many milliseconds nobody may start, or a slot stays taken after its release.
    #[serde(default)]
    pub pause: u64,
}

pub(crate) struct Gate;

const STATE: &str = "gate";
const SWEEP: &str = "sweep";

#[object]
impl Gate {
    #[handler]
    pub(crate) async fn acquire(
        &self,
        ctx: ObjectContext<'_>,
        Json(ask): Json<GateAsk>,
    ) -> HandlerResult<Json<Turn>> {
        let (mut state, sweeps) = read(&ctx).await?;
        let (turn, grants) = state.acquire(&ask.holder, &ask.bell, ask.cap, &ask.now);
        write(&ctx, &state, grants, sweeps);
        Ok(Json(turn))
    }

    #[handler]
    pub(crate) async fn release(
        &self,
        ctx: ObjectContext<'_>,
        Json(ask): Json<GateAsk>,
    ) -> HandlerResult<()> {
        let (mut state, sweeps) = read(&ctx).await?;
        let grants = state.release(&ask.holder, &ask.now, ask.pause);
        write(&ctx, &state, grants, sweeps);
        Ok(())
    }

    #[handler]
    pub(crate) async fn renew(
        &self,
        ctx: ObjectContext<'_>,
        Json(ask): Json<GateAsk>,
    ) -> HandlerResult<()> {
        let (mut state, sweeps) = read(&ctx).await?;
        state.renew(&ask.holder, ask.cap, &ask.now);
        write(&ctx, &state, Vec::new(), sweeps);
        Ok(())
    }

    /// The next start.
    #[handler]
    pub(crate) async fn start(
        &self,
        ctx: ObjectContext<'_>,
        Json(ask): Json<GateAsk>,
    ) -> HandlerResult<Json<Start>> {
        let (mut state, sweeps) = read(&ctx).await?;
        let start = state.start(&ask.holder, ask.cap, &ask.now, ask.pause);
        write(&ctx, &state, Vec::new(), sweeps);
        Ok(Json(start))
    }

    /// Takes back slots whose leases have ended, while somebody waits.
    #[handler]
    pub(crate) async fn sweep(&self, ctx: ObjectContext<'_>) -> HandlerResult<()> {
        let Json(now) = ctx.run(|| async { Ok(Json(moment()?)) }).name("now").await?;
        let (mut state, _) = read(&ctx).await?;
        let grants = state.sweep(&now);
        ctx.clear(SWEEP);
        write(&ctx, &state, grants, false);
        Ok(())
    }
}

/// The state, and whether a sweep is on its way.
async fn read(ctx: &ObjectContext<'_>) -> HandlerResult<(GateState, bool)> {
    let state = ctx.get::<Json<GateState>>(STATE).await?;
    let sweeps = ctx.get::<bool>(SWEEP).await?.is_some();
    Ok((state.map(|Json(state)| state).unwrap_or_default(), sweeps))
}

/// Waits for nothing: a cancel cannot come between the state and the bells.
fn write(ctx: &ObjectContext<'_>, state: &GateState, grants: Vec<Grant>, sweeps: bool) {
    ctx.set(STATE, Json(state.clone()));
    for grant in grants {
        ctx.resolve_awakeable(&grant.bell, true);
    }
    if !sweeps && let Some(wait) = state.next_sweep() {
        ctx.set(SWEEP, true);
        let gate = ctx.object_client::<GateClient<'_>>(ctx.key());
        // It is on its way whether or not anybody waits for its receipt.
        drop(gate.sweep().send_after(Duration::from_millis(wait.saturating_add(100))));
    }
}
