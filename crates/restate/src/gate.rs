//! The gate of an account as a virtual object: one call at a time, whatever the number of workers.

use std::time::Duration;

use reshoot_fleet::{Cap, GateState, Grant, Turn};
use restate_sdk::prelude::*;
use serde::{Deserialize, Serialize};

/// What is asked of a gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateAsk {
    /// Who asks: the job's key.
    pub holder: String,
    /// When, in milliseconds since 1970: the asker's clock, so that the gate, which serves one ask at a
    /// time, has nothing to wait for.
    pub now: u64,
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
const LATEST: &str = "latest";

#[object]
impl Gate {
    #[handler]
    pub(crate) async fn acquire(
        &self,
        ctx: ObjectContext<'_>,
        Json(ask): Json<GateAsk>,
    ) -> HandlerResult<Json<Turn>> {
        let (mut state, now) = read(&ctx, ask.now).await?;
        let (turn, grants) = state.acquire(&ask.holder, &ask.bell, ask.cap, now);
        write(&ctx, &state, grants, now).await?;
        Ok(Json(turn))
    }

    #[handler]
    pub(crate) async fn release(
        &self,
        ctx: ObjectContext<'_>,
        Json(ask): Json<GateAsk>,
    ) -> HandlerResult<()> {
        let (mut state, now) = read(&ctx, ask.now).await?;
        let grants = state.release(&ask.holder, now, ask.pause);
        write(&ctx, &state, grants, now).await
    }

    #[handler]
    pub(crate) async fn renew(
        &self,
        ctx: ObjectContext<'_>,
        Json(ask): Json<GateAsk>,
    ) -> HandlerResult<()> {
        let (mut state, now) = read(&ctx, ask.now).await?;
        state.renew(&ask.holder, now);
        write(&ctx, &state, Vec::new(), now).await
    }

    /// How many milliseconds to wait for the next start.
    #[handler]
    pub(crate) async fn start(
        &self,
        ctx: ObjectContext<'_>,
        Json(ask): Json<GateAsk>,
    ) -> HandlerResult<u64> {
        let (mut state, now) = read(&ctx, ask.now).await?;
        let wait = state.start(ask.cap, now, ask.pause);
        write(&ctx, &state, Vec::new(), now).await?;
        Ok(wait)
    }

    /// Takes back slots whose leases have ended, while somebody waits.
    #[handler]
    pub(crate) async fn sweep(&self, ctx: ObjectContext<'_>, now: u64) -> HandlerResult<()> {
        ctx.clear(SWEEP);
        let (mut state, now) = read(&ctx, now).await?;
        let grants = state.sweep(now);
        write(&ctx, &state, grants, now).await
    }
}

/// The state, and the time: no earlier than it was, whosever clock it is.
async fn read(ctx: &ObjectContext<'_>, now: u64) -> HandlerResult<(GateState, u64)> {
    let Json(state) =
        ctx.get::<Json<GateState>>(STATE).await?.unwrap_or_else(|| Json(GateState::default()));
    let latest = ctx.get::<u64>(LATEST).await?.unwrap_or(0).max(now);
    ctx.set(LATEST, latest);
    Ok((state, latest))
}

async fn write(
    ctx: &ObjectContext<'_>,
    state: &GateState,
    grants: Vec<Grant>,
    now: u64,
) -> HandlerResult<()> {
    for grant in grants {
        ctx.resolve_awakeable(&grant.bell, true);
    }
    if let Some(at) = state.next_sweep()
        && ctx.get::<bool>(SWEEP).await?.is_none()
    {
        ctx.set(SWEEP, true);
        let wait = Duration::from_millis(at.saturating_sub(now).saturating_add(100));
        let gate = ctx.object_client::<GateClient<'_>>(ctx.key());
        // It is on its way whether or not anybody waits for its receipt.
        drop(gate.sweep(at.saturating_add(1)).send_after(wait));
    }
    ctx.set(STATE, Json(state.clone()));
    Ok(())
}
