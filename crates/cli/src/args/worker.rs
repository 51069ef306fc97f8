//! What can be typed after `reshoot worker`.

use std::{net::SocketAddr, time::Duration};

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct WorkerArgs {
    /// Where the Restate server, or the balancer before several workers, finds this one; whoever can
    /// reach it can have jobs done, so never a public address
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: SocketAddr,
    /// Where results stay, the same for every worker: a directory that all of them see, or
    /// s3://BUCKET/PREFIX, credentials from the usual AWS variables
    #[arg(long, value_name = "PLACE")]
    pub(crate) outputs: String,
    /// Stage local files in a bucket: s3://BUCKET/PREFIX, credentials from the usual AWS variables
    #[arg(long, value_name = "BUCKET")]
    pub(crate) stage: Option<String>,
    /// Give a submit up after this long; then its outcome is unknown
    #[arg(long, value_name = "TIME", default_value = "2m", value_parser = humantime::parse_duration)]
    pub(crate) submit_within: Duration,
    /// How long a provider's list of jobs may lag behind
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = humantime::parse_duration)]
    pub(crate) lag: Duration,
    /// For how long a job that may run unseen takes up its slot [default: as each provider says]
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub(crate) runs_for: Option<Duration>,
}
