//! How much may be spent.

use clap::Args;
use reshoot_journal::{Caps, Usd};

/// How much may be spent.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct CapArgs {
    /// Refuse to spend more than this many US dollars, as in 2.50: on the job with all its attempts,
    /// or on the whole batch
    #[arg(long, value_name = "USD", env = "RESHOOT_MAX_COST", hide_env_values = true)]
    pub(crate) max_cost: Option<Usd>,
    /// Refuse to spend more than this on all jobs of the journal that are begun today, UTC
    #[arg(long, value_name = "USD", env = "RESHOOT_MAX_COST_PER_DAY", hide_env_values = true)]
    pub(crate) max_cost_per_day: Option<Usd>,
    /// Under a cap, use providers all the same that publish no price; their jobs count as nothing
    #[arg(long)]
    pub(crate) allow_unknown_price: bool,
}

/// How much may be spent, and on what.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct MoneyArgs {
    #[command(flatten)]
    pub(crate) caps: CapArgs,
    /// Make the job part of a batch of this name
    #[arg(long, value_name = "NAME")]
    pub(crate) batch: Option<String>,
    /// Begin the edit anew, even if the very same one was left unfinished
    #[arg(long)]
    pub(crate) again: bool,
}

impl CapArgs {
    pub(crate) fn caps(&self) -> Caps {
        Caps::default()
            .with_max_cost(self.max_cost)
            .with_max_cost_per_day(self.max_cost_per_day)
            .with_unknown_price(self.allow_unknown_price)
    }
}
