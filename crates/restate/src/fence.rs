//! Who claimed the right to submit for a key, kept for ever: it outlives the workflow's own record.

use restate_sdk::prelude::*;
use serde::{Deserialize, Serialize};

/// What is known of the submits for one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FenceState {
    /// Which run of the workflow claimed; runs again of the same run have the same.
    pub owner: String,
    /// The latest attempt that was claimed, counted from 1.
    pub attempt: u32,
    /// When, in milliseconds since 1970.
    pub since: u64,
    /// The provider's job.
    pub id: Option<String>,
}

/// A claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FenceAsk {
    /// Which run of the workflow claims.
    pub owner: String,
    /// Which attempt.
    pub attempt: u32,
    /// When.
    pub since: u64,
}

/// The claim that stands after an ask: the first run to ask keeps the key until it gives it back.
fn claimed(before: Option<FenceState>, ask: FenceAsk) -> FenceState {
    match before {
        Some(held) if held.owner != ask.owner => held,
        Some(held) if held.attempt >= ask.attempt => held,
        _ => FenceState { owner: ask.owner, attempt: ask.attempt, since: ask.since, id: None },
    }
}

pub(crate) struct Fence;

const STATE: &str = "claim";

#[object]
impl Fence {
    #[handler]
    pub(crate) async fn claim(
        &self,
        ctx: ObjectContext<'_>,
        Json(ask): Json<FenceAsk>,
    ) -> HandlerResult<Json<FenceState>> {
        let before = ctx.get::<Json<FenceState>>(STATE).await?.map(|Json(state)| state);
        let after = claimed(before, ask);
        ctx.set(STATE, Json(after.clone()));
        Ok(Json(after))
    }

    #[handler]
    pub(crate) async fn keep(&self, ctx: ObjectContext<'_>, id: String) -> HandlerResult<()> {
        if let Some(Json(state)) = ctx.get::<Json<FenceState>>(STATE).await? {
            ctx.set(STATE, Json(FenceState { id: Some(id), ..state }));
        }
        Ok(())
    }

    #[handler]
    pub(crate) async fn clear(&self, ctx: ObjectContext<'_>) -> HandlerResult<()> {
        ctx.clear(STATE);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(owner: &str, attempt: u32, id: Option<&str>) -> FenceState {
        FenceState { owner: owner.to_owned(), attempt, since: 1, id: id.map(str::to_owned) }
    }

    #[test]
    fn a_key_is_one_runs_and_its_attempts_only_rise() {
        for (before, owner, attempt, after) in [
            (None, "a", 1, state("a", 1, None)),
            (Some(state("a", 1, None)), "a", 2, state("a", 2, None)),
            (Some(state("a", 2, None)), "a", 1, state("a", 2, None)),
            (Some(state("a", 1, Some("j"))), "a", 1, state("a", 1, Some("j"))),
            (Some(state("a", 1, Some("j"))), "b", 1, state("a", 1, Some("j"))),
            (Some(state("a", 1, None)), "b", 7, state("a", 1, None)),
        ] {
            let ask = FenceAsk { owner: owner.to_owned(), attempt, since: 1 };
            assert_eq!(claimed(before, ask), after);
        }
    }
}
