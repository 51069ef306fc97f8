//! Whose a provider's job is: the first key that says so, for ever.

use reshoot_fleet::Owner;
use restate_sdk::prelude::*;
use serde::{Deserialize, Serialize};

/// Who has a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerState {
    /// Their key.
    pub key: String,
    /// Since when their own submit may have made a job unseen, if they took this one for it.
    pub doubt: Option<u64>,
}

pub(crate) struct JobOwner;

const STATE: &str = "owner";

#[object]
impl JobOwner {
    /// Makes the job the asker's, unless it is another's.
    #[handler]
    pub(crate) async fn own(
        &self,
        ctx: ObjectContext<'_>,
        Json(ask): Json<OwnerState>,
    ) -> HandlerResult<Json<Owner>> {
        let before = ctx.get::<Json<OwnerState>>(STATE).await?.map(|Json(state)| state);
        let (after, answer) = owned(before, ask);
        ctx.set(STATE, Json(after));
        Ok(Json(answer))
    }
}

/// Who has it after an ask, and what the asker is told.
fn owned(before: Option<OwnerState>, ask: OwnerState) -> (OwnerState, Owner) {
    match before {
        Some(owner) if owner.key != ask.key => {
            let doubt = owner.doubt;
            (owner, Owner::Another { doubt })
        }
        Some(owner) => (owner, Owner::Us),
        None => (ask, Owner::Us),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_who_asks_has_a_job_for_ever() {
        let state = |key: &str, doubt| OwnerState { key: key.to_owned(), doubt };
        let (first, second) = (state("a", Some(7)), state("b", None));
        assert_eq!(owned(None, first.clone()), (first.clone(), Owner::Us));
        assert_eq!(owned(Some(first.clone()), state("a", None)), (first.clone(), Owner::Us));
        let taken = Owner::Another { doubt: Some(7) };
        assert_eq!(owned(Some(first.clone()), second), (first, taken));
    }
}
