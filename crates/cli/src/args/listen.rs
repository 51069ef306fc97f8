//! The arguments of `reshoot listen`.

use std::{net::IpAddr, time::Duration};

use clap::Args;
use reshoot::{Descriptor, Url};

use super::values;

#[derive(Debug, Args)]
pub(crate) struct ListenArgs {
    /// Where providers reach this command: an https URL that leads to its port
    #[arg(long, value_name = "URL", env = "RESHOOT_PUBLIC_URL", hide_env_values = true,
          value_parser = values::public_url)]
    pub(crate) public_url: Url,
    /// The port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 8788)]
    pub(crate) port: u16,
    /// The address to listen on; by itself only what runs on this machine gets through, such as a proxy
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    pub(crate) bind: IpAddr,
    /// Print the URL for this provider and end: for --webhook, or for its dashboard
    #[arg(long, value_name = "PROVIDER", value_parser = values::provider())]
    pub(crate) print_url: Option<&'static Descriptor>,
    /// Download the results of jobs that nobody waits for, to where each of them belongs
    #[arg(long)]
    pub(crate) fetch: bool,
    /// Look this often after jobs that nobody waits for, should a delivery have been lost
    #[arg(long, hide = true, value_name = "TIME", default_value = "5m",
          value_parser = humantime::parse_duration)]
    pub(crate) look_every: Duration,
}
