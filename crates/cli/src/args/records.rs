//! The arguments of the commands over the journal.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use reshoot::Descriptor;
use reshoot_journal::State;

use super::{RequestArgs, StagingArgs, WaitingArgs, values};

#[derive(Debug, Args)]
pub(crate) struct QuoteArgs {
    /// Only for these providers
    #[arg(long, short, value_delimiter = ',', value_parser = values::provider())]
    pub(crate) provider: Vec<&'static Descriptor>,
    #[command(flatten)]
    pub(crate) request: RequestArgs,
    #[command(flatten)]
    pub(crate) staging: StagingArgs,
}

#[derive(Debug, Args)]
pub(crate) struct JobsArgs {
    /// Only jobs about which something is still to be done or to be found out
    #[arg(long, conflicts_with = "state")]
    pub(crate) open: bool,
    /// Only jobs in these states
    #[arg(long, value_name = "STATE", value_delimiter = ',', value_parser = values::state())]
    pub(crate) state: Vec<State>,
    /// Only jobs of this provider
    #[arg(long, short, value_parser = values::provider())]
    pub(crate) provider: Option<&'static Descriptor>,
    /// Only jobs of this batch
    #[arg(long, value_name = "NAME")]
    pub(crate) batch: Option<String>,
    /// Only jobs of this last while, as in 90m, 24h, 7d
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub(crate) since: Option<Duration>,
    /// At most so many jobs
    #[arg(long, value_name = "COUNT", default_value_t = 50, conflicts_with = "all")]
    pub(crate) limit: usize,
    /// All jobs, however many
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The job: its number in the journal, or PROVIDER:ID
    pub(crate) job: String,
}

#[derive(Debug, Args)]
pub(crate) struct ResumeArgs {
    /// The jobs: their numbers in the journal, or PROVIDER:ID
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub(crate) job: Vec<String>,
    /// Every job about which something is still to be done, and files of the last day that are missing
    #[arg(long)]
    pub(crate) all: bool,
    /// Write the result of the one job to this file
    #[arg(long, short, value_name = "FILE", conflicts_with = "all")]
    pub(crate) output: Option<PathBuf>,
    /// Replace files that are in the way of the result
    #[arg(long, conflicts_with = "all")]
    pub(crate) overwrite: bool,
    #[command(flatten)]
    pub(crate) waiting: WaitingArgs,
    #[command(flatten)]
    pub(crate) lag: LagArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ReconcileArgs {
    /// The jobs: their numbers in the journal; none: every one that is perhaps charged
    pub(crate) job: Vec<String>,
    /// You have looked into the provider's dashboard: this is the job that was made
    #[arg(long, value_name = "PROVIDER:ID", conflicts_with = "absent", requires = "job")]
    pub(crate) adopt: Option<String>,
    /// You have looked into the provider's dashboard: no job was made
    #[arg(long, requires = "job")]
    pub(crate) absent: bool,
    #[command(flatten)]
    pub(crate) lag: LagArgs,
}

#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct LagArgs {
    /// How long a provider's list of jobs may lag behind a submit
    #[arg(long, hide = true, value_name = "TIME", default_value = "30s",
          value_parser = humantime::parse_duration)]
    pub(crate) lag: Duration,
}

#[derive(Debug, Args)]
pub(crate) struct ForgetArgs {
    /// The jobs: their numbers in the journal, or PROVIDER:ID
    #[arg(required = true)]
    pub(crate) job: Vec<String>,
    /// Give up what is still to be done or to be found out about them, even if it was paid for
    #[arg(long)]
    pub(crate) abandon: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SpendArgs {
    /// Only this last while, as in 24h, 7d; whole days, UTC
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub(crate) since: Option<Duration>,
}
