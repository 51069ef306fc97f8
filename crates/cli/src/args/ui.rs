//! The arguments of `reshoot ui`.

use std::path::PathBuf;

use clap::Args;
use reshoot::Descriptor;

use super::{
    BatchArgs, CapArgs, ConnectionArgs, HowArgs, LoadArgs, StagingArgs, WaitingArgs,
    records::LagArgs, values,
};

/// How many bytes a megabyte has, as providers count.
const MB: u64 = 1 << 20;

#[derive(Debug, Args)]
pub(crate) struct UiArgs {
    /// Offer only these providers [default: all]
    #[arg(long, short, value_delimiter = ',', value_parser = values::provider())]
    pub(crate) provider: Vec<&'static Descriptor>,
    #[command(flatten)]
    pub(crate) staging: StagingArgs,
    #[command(flatten)]
    pub(crate) caps: CapArgs,
    #[command(flatten)]
    pub(crate) load: LoadArgs,
    #[command(flatten)]
    pub(crate) waiting: WaitingArgs,
    #[command(flatten)]
    pub(crate) lag: LagArgs,
    /// The port to listen on, on this machine only; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// Take clips up to this many megabytes
    #[arg(long, value_name = "MB", default_value_t = 500)]
    pub(crate) max_upload: u64,
    /// The folder for clips, results and page; used again, it shows what is there
    #[arg(long, short, value_name = "DIR", default_value = "reshoot-ui")]
    pub(crate) output: PathBuf,
    /// Replace a page in the folder that is another's
    #[arg(long)]
    pub(crate) overwrite: bool,
}

impl UiArgs {
    /// The largest clip that is taken, in bytes.
    pub(crate) const fn most_bytes(&self) -> u64 {
        self.max_upload.saturating_mul(MB)
    }

    /// A comparison is a batch whose rows nobody wrote down: called `name`, with its results in `results`.
    pub(crate) fn batch(
        &self,
        provider: Vec<&'static Descriptor>,
        name: String,
        results: PathBuf,
    ) -> BatchArgs {
        BatchArgs {
            manifest: results.clone(),
            provider,
            spread: None,
            prompt: None,
            // Rows say how.
            how: HowArgs::default(),
            staging: self.staging.clone(),
            caps: self.caps.clone(),
            batch: Some(name),
            // Each press of the button says its price.
            retry: true,
            skip_unfit: true,
            engine: None,
            dry_run: false,
            load: self.load.clone(),
            connection: ConnectionArgs::default(),
            waiting: self.waiting,
            lag: self.lag,
            output: Some(results),
            overwrite: false,
            // Comparisons are planned side by side.
            is_keyed: true,
        }
    }
}
