//! What can be typed: the commands and their arguments, before they are made sense of.

mod batch;
mod compare;
mod limits;
mod listen;
mod load;
mod money;
mod records;
mod request;
mod ui;
mod values;
#[cfg(feature = "restate")]
mod worker;

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use reshoot::Descriptor;

pub(crate) use batch::{BatchArgs, Engine};
pub(crate) use compare::{CompareArgs, ReportArgs};
pub(crate) use listen::ListenArgs;
pub(crate) use load::{LoadArgs, Weight};
pub(crate) use money::{CapArgs, MoneyArgs};
pub(crate) use records::{
    ForgetArgs, JobsArgs, QuoteArgs, ReconcileArgs, ResumeArgs, ShowArgs, SpendArgs,
};
pub(crate) use request::{HowArgs, RequestArgs, StagingArgs};
pub(crate) use ui::UiArgs;
pub(crate) use values::KnownJob;
#[cfg(feature = "restate")]
pub(crate) use worker::WorkerArgs;

/// Providers as they were named, each once: the same one twice is no other way.
pub(crate) fn each_once(named: Vec<&'static Descriptor>) -> Vec<&'static Descriptor> {
    let mut providers: Vec<&'static Descriptor> = Vec::new();
    for descriptor in named {
        if providers.iter().all(|known| known.name() != descriptor.name()) {
            providers.push(descriptor);
        }
    }
    providers
}

/// Edit a clip with Wan 2.7 through any provider, and never pay twice for it.
#[derive(Debug, Parser)]
#[command(name = "reshoot", version, max_term_width = 100, after_help = crate::exit::HELP)]
pub(crate) struct Cli {
    /// Print one JSON object per event on stdout, and nothing else
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// Keep the record of paid work in this file [default: reshoot/journal.db in the state directory]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "RESHOOT_JOURNAL",
        hide_env_values = true
    )]
    pub(crate) journal: Option<PathBuf>,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Edit a clip: submit it, wait for the job, download the result
    Edit(Box<EditArgs>),
    /// Submit an edit, print its job, and do not wait
    Submit(Box<SubmitArgs>),
    /// Edit many clips: check and quote them all, then run them side by side; run again, it goes on
    Batch(Box<BatchArgs>),
    /// Run one edit at several providers at once, and show the results side by side on a page
    Compare(Box<CompareArgs>),
    /// Show jobs of the journal beside their originals, on a page
    Report(ReportArgs),
    /// Compare in the browser: drop a clip, see what it costs, run it, watch, compare, keep
    Ui(UiArgs),
    /// Tell what an edit would cost at each provider, cheapest first; spends nothing
    Quote(Box<QuoteArgs>),
    /// List the jobs of the journal, newest first
    Jobs(JobsArgs),
    /// Show all that the journal holds about a job
    Show(ShowArgs),
    /// Lead jobs on from wherever they stand, until their files are here
    Resume(ResumeArgs),
    /// Find out whether a submit that is perhaps charged made a job
    Reconcile(ReconcileArgs),
    /// Remove a job from the journal; what it cost stays counted
    Forget(ForgetArgs),
    /// Sum what was spent, by day and provider
    Spend(SpendArgs),
    /// Receive the webhooks of every provider, and wake whoever waits for the jobs they are about
    Listen(ListenArgs),
    /// Ask once how a job stands
    Status(StatusArgs),
    /// Wait for a job to end, and download its result if -o is given
    Wait(WaitArgs),
    /// Download the result of a job that is done
    Download(DownloadArgs),
    /// Stop a job, or learn that it cannot be stopped
    Cancel(StatusArgs),
    /// Check an edit and tell its price, without sending or spending anything
    Check(Box<CheckArgs>),
    /// Show what each provider can do
    Providers(ProvidersArgs),
    /// Run the emulator: all providers' APIs on this machine, no model, nothing billed
    Emulator(EmulatorArgs),
    /// Work for a fleet: serve the jobs that a Restate server hands out, until it is stopped
    #[cfg(feature = "restate")]
    Worker(WorkerArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
}

#[derive(Debug, Args)]
pub(crate) struct EditArgs {
    /// Where to run the edit; with several, the next is tried only if nothing is owed to those before
    #[arg(long, short, value_delimiter = ',', required = true, value_parser = values::provider())]
    pub(crate) provider: Vec<&'static Descriptor>,
    #[command(flatten)]
    pub(crate) request: RequestArgs,
    #[command(flatten)]
    pub(crate) staging: StagingArgs,
    #[command(flatten)]
    pub(crate) money: MoneyArgs,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
    #[command(flatten)]
    pub(crate) waiting: WaitingArgs,
    /// Where to write the result [default: CLIP-PROVIDER.mp4, here]; further results are numbered
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Replace files that are in the way of the result
    #[arg(long)]
    pub(crate) overwrite: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SubmitArgs {
    /// Where to run the edit; with several, the next is tried only if nothing is owed to those before
    #[arg(long, short, value_delimiter = ',', required = true, value_parser = values::provider())]
    pub(crate) provider: Vec<&'static Descriptor>,
    #[command(flatten)]
    pub(crate) request: RequestArgs,
    #[command(flatten)]
    pub(crate) money: MoneyArgs,
    /// Where `reshoot resume` shall write the result
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Replace files that are in the way of the result
    #[arg(long, requires = "output")]
    pub(crate) overwrite: bool,
    /// Stage local files in a bucket: s3://BUCKET/PREFIX, credentials from the usual AWS variables
    #[arg(long, value_name = "BUCKET")]
    pub(crate) stage: Option<String>,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// The job, as PROVIDER:ID
    #[arg(value_parser = values::job)]
    pub(crate) job: KnownJob,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

#[derive(Debug, Args)]
pub(crate) struct WaitArgs {
    /// The job, as PROVIDER:ID
    #[arg(value_parser = values::job)]
    pub(crate) job: KnownJob,
    /// Download the result to this file
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Replace files that are in the way of the result
    #[arg(long, requires = "output")]
    pub(crate) overwrite: bool,
    #[command(flatten)]
    pub(crate) waiting: WaitingArgs,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DownloadArgs {
    /// The job, as PROVIDER:ID
    #[arg(value_parser = values::job)]
    pub(crate) job: KnownJob,
    /// Where to write the result [default: PROVIDER-ID.mp4, here]; further results are numbered
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Replace files that are in the way of the result
    #[arg(long)]
    pub(crate) overwrite: bool,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// The provider to check for
    #[arg(long, short, value_parser = values::provider())]
    pub(crate) provider: Option<&'static Descriptor>,
    /// Check for all providers, as is done when none is named
    #[arg(long, conflicts_with = "provider")]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) request: RequestArgs,
    #[command(flatten)]
    pub(crate) staging: StagingArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ProvidersArgs {
    /// Print the table in Markdown
    #[arg(long, conflicts_with = "json")]
    pub(crate) markdown: bool,
}

#[derive(Debug, Args)]
pub(crate) struct EmulatorArgs {
    /// The port to listen on, on this machine only; 0 takes a free one
    #[arg(long, default_value_t = 8787)]
    pub(crate) port: u16,
    /// Wait this long before each answer
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub(crate) latency: u64,
    /// Do wrong what this JSON file says
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Option<PathBuf>,
    /// How long a job takes
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = humantime::parse_duration)]
    pub(crate) job_time: Duration,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub(crate) shell: Shell,
}

/// How to reach the provider.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ConnectionArgs {
    /// Another base URL than the documented one, or the name of a sister host such as jiekou
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// Another base URL for the provider's file service, where that has a host of its own
    #[arg(long, value_name = "URL")]
    pub(crate) files_url: Option<String>,
}

/// How long to wait for a job.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct WaitingArgs {
    /// Stop waiting after this long, as in 90s, 30m, 1h; the job itself goes on
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = humantime::parse_duration)]
    pub(crate) timeout: Duration,
    /// Ask this often instead of at the pace that the provider advises
    #[arg(long, value_name = "TIME", hide = true, value_parser = humantime::parse_duration)]
    pub(crate) poll_every: Option<Duration>,
}
