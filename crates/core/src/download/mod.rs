//! Fetching results: from a link that dies to a file that is whole.
//!
//! No key and no cookie travels with a download: a key sent to a signed link leaks, and often breaks
//! it. A link is what the provider said, so it is not trusted: `https` only, never to an address of
//! a private network, each redirect checked like the first link.
//!
//! Bytes go to `.<name>.part` beside the target. That file becomes the target only when it is as
//! long as announced and reads as a whole video; what was interrupted goes on from there next time,
//! if the server still has the same bytes.

mod client;
mod decide;
mod guard;
mod outputs;
mod part;
mod place;
mod retry;
mod transfer;

use std::path::{Path, PathBuf};

use serde::Serialize;
use url::Url;

use crate::error::{Error, ErrorKind, Operation};

pub(crate) use client::Clients;
pub(crate) use decide::content_range;
pub(crate) use guard::{Refusal, check as check_link, check_hop};
pub use outputs::{check_targets, fetch_outputs, target_names};
pub use part::sha256;

/// How to write results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DownloadOptions {
    /// Whether a file that is in the way is replaced. No by default.
    pub overwrite: bool,
    /// The most bytes of one result. 4 GiB by default, far above any real one.
    pub max_bytes: u64,
    /// Whether a link may lead to this machine, also by `http`: for the emulator. No by default.
    pub allow_loopback: bool,
}

impl Default for DownloadOptions {
    fn default() -> Self {
        Self { overwrite: false, max_bytes: 4 << 30, allow_loopback: false }
    }
}

impl DownloadOptions {
    /// Replaces files that are in the way, or not.
    #[must_use]
    pub const fn with_overwrite(mut self, overwrite: bool) -> Self {
        self.overwrite = overwrite;
        self
    }

    /// Refuses a result of more than `max_bytes`.
    #[must_use]
    pub const fn with_max_bytes(mut self, max_bytes: u64) -> Self {
        self.max_bytes = max_bytes;
        self
    }

    /// Lets links lead to this machine, or not.
    #[must_use]
    pub const fn with_loopback(mut self, allow: bool) -> Self {
        self.allow_loopback = allow;
        self
    }
}

/// A result that is here, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Downloaded {
    /// Where it is.
    pub path: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256, in small hex digits.
    pub sha256: String,
}

/// How far a download is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Which output, counted from 1.
    pub output: usize,
    /// Bytes that are here, those of an earlier, interrupted download included.
    pub bytes: u64,
    /// Bytes in all, where the server tells.
    pub total: Option<u64>,
}

/// Fetches what is at `link` into the file `target`. Called for every chunk, `watch` sees how far.
///
/// Broken connections and passing failures are tried again, up to 5 times without progress, going
/// on where it broke. The future may be dropped at any time: the next call goes on.
///
/// # Errors
/// Nothing is ever left at `target` that is not whole; what is at the provider is not affected.
/// - [`LinkExpired`](ErrorKind::LinkExpired): ask the provider for the job again, for a fresh link.
/// - [`Corrupt`](ErrorKind::Corrupt): what came is not a whole video. If it is a video
///   at all, it is kept beside the target, as `<name>.rejected`: it was paid for.
/// - [`Io`](ErrorKind::Io): the target exists, or cannot be written.
/// - [`Network`](ErrorKind::Network), [`Unavailable`](ErrorKind::Unavailable),
///   [`RateLimited`](ErrorKind::RateLimited): it did not pass; call again later.
/// - [`Config`](ErrorKind::Config): TLS cannot be set up.
/// - [`Other`](ErrorKind::Other): the link leads where no result can be, or to too many bytes.
pub async fn fetch(
    link: &Url,
    target: &Path,
    options: &DownloadOptions,
    watch: &mut (dyn FnMut(Progress) + Send),
) -> Result<Downloaded, Error> {
    let fetcher = transfer::Fetcher::new(*options);
    fetcher.fetch(link, target, 1, watch).await
}

/// The refusal behind an error, if a client of downloads made it.
pub(crate) fn refusal(cause: &(dyn std::error::Error + 'static)) -> Option<Refusal> {
    transfer::refusal(cause)
}

fn error(kind: ErrorKind, message: impl Into<String>) -> Error {
    Error::new(kind, Operation::Download, message)
}

#[cfg(test)]
mod tests;
