//! The arguments of `reshoot compare` and `reshoot report`.

use std::{ffi::OsString, path::PathBuf, time::Duration};

use clap::Args;
use reshoot::Descriptor;

use super::{
    BatchArgs, CapArgs, ConnectionArgs, HowArgs, LoadArgs, StagingArgs, WaitingArgs, each_once,
    records::LagArgs, values,
};

#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// The clip: a file (mp4 or mov, 2-10 s, at most 100 MB) or a URL that the providers can read
    pub(crate) clip: OsString,
    /// What to do with it; - reads it from stdin
    #[arg(required_unless_present = "prompts")]
    pub(crate) prompt: Option<String>,
    /// Where to run the edit: at each of them
    #[arg(long, short, value_delimiter = ',', required = true, value_parser = values::provider())]
    pub(crate) provider: Vec<&'static Descriptor>,
    /// Run each prompt in this file as well, one on each line
    #[arg(long, value_name = "FILE")]
    pub(crate) prompts: Option<PathBuf>,
    /// Run each prompt with each of these seeds
    #[arg(
        long,
        value_name = "NUMBER",
        value_delimiter = ',',
        allow_negative_numbers = true,
        conflicts_with = "seed"
    )]
    pub(crate) seeds: Vec<i64>,
    #[command(flatten)]
    pub(crate) how: HowArgs,
    #[command(flatten)]
    pub(crate) staging: StagingArgs,
    #[command(flatten)]
    pub(crate) caps: CapArgs,
    /// Do not ask whether to spend what was quoted; a cap that holds does that as well
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Begin edits anew that ended without a result; each is paid for like any other
    #[arg(long)]
    pub(crate) retry: bool,
    /// Run the other edits, though some cannot be run
    #[arg(long)]
    pub(crate) skip_unfit: bool,
    /// Check and quote every edit, and end
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) load: LoadArgs,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
    #[command(flatten)]
    pub(crate) waiting: WaitingArgs,
    #[command(flatten)]
    pub(crate) lag: LagArgs,
    /// Where to write results and page [default: CLIP-compared, here]
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Replace files that are in the way
    #[arg(long)]
    pub(crate) overwrite: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// The jobs: their numbers in the journal, or PROVIDER:ID; none: all that the options leave
    #[arg(conflicts_with_all = ["batch", "since", "provider"])]
    pub(crate) job: Vec<String>,
    /// Only jobs of this batch
    #[arg(long, value_name = "NAME")]
    pub(crate) batch: Option<String>,
    /// Only jobs of this provider
    #[arg(long, short, value_parser = values::provider())]
    pub(crate) provider: Option<&'static Descriptor>,
    /// Only jobs of this last while, as in 90m, 24h, 7d
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub(crate) since: Option<Duration>,
    /// The heading of the page [default: the batch's name]
    #[arg(long, value_name = "TEXT")]
    pub(crate) title: Option<String>,
    /// Where to write the page; what lies elsewhere is linked or copied there
    /// [default: where the batch has its results, else reshoot-report, here]
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Replace a page that is another's
    #[arg(long)]
    pub(crate) overwrite: bool,
}

impl CompareArgs {
    /// A comparison is a batch whose rows nobody wrote down: called `name`, with its files in `folder`.
    pub(crate) fn batch(&self, name: String, folder: PathBuf) -> BatchArgs {
        BatchArgs {
            manifest: folder.clone(),
            provider: each_once(self.provider.clone()),
            spread: None,
            prompt: None,
            how: self.how.clone(),
            staging: self.staging.clone(),
            caps: self.caps.clone(),
            batch: Some(name),
            retry: self.retry,
            skip_unfit: self.skip_unfit,
            engine: None,
            dry_run: self.dry_run,
            load: self.load.clone(),
            connection: self.connection.clone(),
            waiting: self.waiting,
            lag: self.lag,
            output: Some(folder),
            overwrite: self.overwrite,
            is_keyed: false,
        }
    }
}
