//! Whose a provider's job is: the first key that says so.

use restate_sdk::prelude::*;

pub(crate) struct JobOwner;

const STATE: &str = "key";

#[object]
impl JobOwner {
    /// Whether the job is `key`'s from now on.
    #[handler]
    pub(crate) async fn own(&self, ctx: ObjectContext<'_>, key: String) -> HandlerResult<bool> {
        let owner = ctx.get::<String>(STATE).await?;
        if owner.is_none() {
            ctx.set(STATE, key.clone());
        }
        Ok(owner.is_none_or(|owner| owner == key))
    }
}
