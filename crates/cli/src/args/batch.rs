//! The arguments of `reshoot batch`.

use std::{path::PathBuf, str::FromStr};

use clap::Args;
use reshoot::Descriptor;

use super::{
    CapArgs, ConnectionArgs, HowArgs, LoadArgs, StagingArgs, WaitingArgs, Weight, records::LagArgs,
    values,
};

#[derive(Debug, Args)]
pub(crate) struct BatchArgs {
    /// What to edit: a .csv or .jsonl file with a row for each edit, or a directory of clips
    pub(crate) manifest: PathBuf,
    /// Where to run the rows: each at the cheapest that can run it, and at the next only if nothing is
    /// owed to those before
    #[arg(long, short, value_delimiter = ',', required = true, value_parser = values::provider())]
    pub(crate) provider: Vec<&'static Descriptor>,
    /// Share the rows among the providers instead: evenly, or by weight, as in evolink=2,novita=1
    #[arg(long, value_name = "PROVIDER=WEIGHT", num_args = 0..=1, value_delimiter = ',')]
    pub(crate) spread: Option<Vec<Weight>>,
    /// What to do with the clips of rows that do not say
    #[arg(long, value_name = "TEXT")]
    pub(crate) prompt: Option<String>,
    #[command(flatten)]
    pub(crate) how: HowArgs,
    #[command(flatten)]
    pub(crate) staging: StagingArgs,
    #[command(flatten)]
    pub(crate) caps: CapArgs,
    /// What the batch is called in the journal: the same row of the same batch is paid for once
    /// [default: the manifest's name without its ending]
    #[arg(long, value_name = "NAME")]
    pub(crate) batch: Option<String>,
    /// Begin rows anew that ended without a result; each is paid for like any other
    #[arg(long)]
    pub(crate) retry: bool,
    /// Run the other rows, though some cannot be run
    #[arg(long)]
    pub(crate) skip_unfit: bool,
    /// Hand the rows to a fleet instead of leading them here: restate=URL, the server's ingress
    #[arg(long, value_name = "ENGINE=URL")]
    pub(crate) engine: Option<Engine>,
    /// Check and quote every row, and end
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
    /// Where to write the results [default: MANIFEST-edited, here]
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Replace files that are in the way of the results
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Every file is named by its row's key as well.
    #[arg(skip)]
    pub(crate) is_keyed: bool,
}

/// A durable engine that leads jobs elsewhere.
#[derive(Clone, Debug)]
pub(crate) struct Engine(String);

impl Engine {
    /// Where it takes jobs.
    pub(crate) fn url(&self) -> &str {
        &self.0
    }
}

impl FromStr for Engine {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some(("restate", url)) if !url.is_empty() => Ok(Self(url.to_owned())),
            _ => Err("it reads restate=URL, as in restate=http://127.0.0.1:8080".to_owned()),
        }
    }
}
