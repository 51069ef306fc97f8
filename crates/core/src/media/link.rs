//! Measuring a clip at a URL: its headers are fetched in ranges, its picture data stays there.

mod answer;
mod ask;
mod held;

use std::{fmt::Display, ops::Range, time::Duration};

use reqwest::Response;
use tokio::time::timeout;
use url::Url;

use self::{
    answer::{Body, Version},
    ask::Asker,
    held::{BLOCK, Held, MAX_BYTES, Next, Stop},
};
use super::VideoFacts;
use crate::{
    error::{Error, ErrorKind, Operation},
    redact,
};

/// How long all requests together may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Reads the headers of an mp4 or mov file at an https URL, with the movie box at either end.
///
/// Fetches parts of the file, of 64 KiB and more: mostly one or two, at most 32, within 20 MiB and
/// 30 s. Picture data is stepped over, unless the server gives no parts. No key and no cookie travels
/// with it, and no address of a private network is asked; `allow_loopback` allows this machine, also
/// by http: for the emulator.
///
/// What was found holds for the file as it was when it was read. A clip that cannot be measured may
/// still be one that a provider can read: some links are readable from its network only.
///
/// # Errors
/// Nothing was sent to a provider, and nothing spent.
/// - [`InvalidRequest`](ErrorKind::InvalidRequest): what is there is no usable clip, or the link is
///   not one that is followed; the message says why.
/// - [`LinkExpired`](ErrorKind::LinkExpired): no file is there, or not for us: check the link, or
///   sign a new one.
/// - [`Network`](ErrorKind::Network), [`Unavailable`](ErrorKind::Unavailable),
///   [`RateLimited`](ErrorKind::RateLimited): it did not pass; call again later.
/// - [`Unreadable`](ErrorKind::Unreadable): the server contradicts itself, or the file changed
///   while it was read: call again.
/// - [`Config`](ErrorKind::Config): TLS cannot be set up.
/// - [`Other`](ErrorKind::Other): the link leads on where it must not; or it takes too much to
///   measure the clip from afar: fetch the file and check that.
pub async fn probe_link(url: &Url, allow_loopback: bool) -> Result<VideoFacts, Error> {
    within(PATIENCE, Asker::new(url, allow_loopback)?).await
}

async fn within(patience: Duration, asker: Asker<'_>) -> Result<VideoFacts, Error> {
    let link = asker.link;
    let too_slow = |_| error(ErrorKind::Network, link, "its server is too slow");
    timeout(patience, measure(asker)).await.map_err(too_slow)?
}

async fn measure(mut asker: Asker<'_>) -> Result<VideoFacts, Error> {
    match asker.ask(&(0..BLOCK)).await? {
        (Body::Part { range, total, version }, response) => {
            let mut held = Held::new(total);
            take(&asker, &mut held, range, response).await?;
            by_parts(asker, held, &version).await
        }
        (Body::Whole(version), response) => in_order(&asker, version.total, response).await,
    }
}

/// Fetches what is missing, part by part.
async fn by_parts(
    mut asker: Asker<'_>,
    mut held: Held,
    first: &Version,
) -> Result<VideoFacts, Error> {
    let link = asker.link;
    loop {
        let block = match held.next().map_err(|stop| stopped(link, stop))? {
            Next::Known(facts) => return Ok(facts),
            Next::Fetch(block) => block,
        };
        let (body, response) = asker.ask(&block).await?;
        match body {
            Body::Part { version, .. } | Body::Whole(version) if first.differs_from(&version) => {
                return Err(answer::changed(link));
            }
            Body::Part { range, .. } => take(&asker, &mut held, range, response).await?,
            Body::Whole(_) => {
                let what = "its server gave one part of the file, but not the next";
                return Err(error(ErrorKind::Unreadable, link, what));
            }
        }
    }
}

/// Takes the part that an answer holds.
async fn take(
    asker: &Asker<'_>,
    held: &mut Held,
    range: Range<u64>,
    mut response: Response,
) -> Result<(), Error> {
    let mut at = range.start;
    while at < range.end {
        let chunk = response.chunk().await.map_err(|cause| asker.broken(cause))?;
        let chunk = chunk.ok_or_else(|| cut_off(asker.link))?;
        let room = usize::try_from(range.end - at).unwrap_or(usize::MAX);
        let chunk = chunk.get(..room).unwrap_or(&chunk);
        held.add(at, chunk);
        at += chunk.len() as u64;
    }
    Ok(())
}

/// Takes the file from its first byte on, as far as needed: its server gives no parts.
async fn in_order(
    asker: &Asker<'_>,
    total: Option<u64>,
    mut response: Response,
) -> Result<VideoFacts, Error> {
    let link = asker.link;
    let mut held = Held::new(total.unwrap_or(MAX_BYTES));
    if total.is_none() {
        // Without its length a file cannot be told from one that is cut off: read to its end.
        fill(asker, &mut held, MAX_BYTES, &mut response).await?;
        if held.len() >= MAX_BYTES {
            return Err(no_parts(link));
        }
        held.ends_here();
    }
    loop {
        match held.next().map_err(|stop| stopped(link, stop))? {
            Next::Known(facts) => return Ok(facts),
            Next::Fetch(block) if block.start >= MAX_BYTES => return Err(no_parts(link)),
            Next::Fetch(block) => {
                let end = block.end.min(MAX_BYTES);
                fill(asker, &mut held, end, &mut response).await?;
                if held.len() < end {
                    return Err(cut_off(link));
                }
            }
        }
    }
}

/// Reads on until all before `end` is here, or the body ends.
async fn fill(
    asker: &Asker<'_>,
    held: &mut Held,
    end: u64,
    response: &mut Response,
) -> Result<(), Error> {
    while held.len() < end {
        match response.chunk().await.map_err(|cause| asker.broken(cause))? {
            Some(chunk) => held.add(held.len(), &chunk),
            None => break,
        }
    }
    Ok(())
}

fn stopped(link: &Url, stop: Stop) -> Error {
    match stop {
        Stop::Unusable(problem) => error(ErrorKind::InvalidRequest, link, problem),
        Stop::TooMuch => {
            let what = format!("more than {} MiB of it would have to be fetched", MAX_BYTES >> 20);
            error(ErrorKind::Other, link, what)
        }
    }
}

fn no_parts(link: &Url) -> Error {
    let what = format!(
        "its server gives no parts of a file, and its first {} MiB do not tell enough",
        MAX_BYTES >> 20
    );
    error(ErrorKind::Other, link, what)
}

fn cut_off(link: &Url) -> Error {
    error(ErrorKind::Network, link, "the answer ended before all announced bytes came")
}

fn error(kind: ErrorKind, link: &Url, what: impl Display) -> Error {
    Error::new(kind, Operation::Check, format!("{}: {what}", redact::shown(link)))
}

#[cfg(test)]
mod tests;
