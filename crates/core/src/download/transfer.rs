//! The rim: requests out, bytes to disk.

use std::{error, io, path::Path, time::Duration, time::SystemTime};

use bytes::Bytes;
use http::header::{IF_RANGE, RANGE};
use reqwest::Response;
use tokio::{sync::mpsc, task::spawn_blocking};
use url::Url;

use super::{
    DownloadOptions, Downloaded, Progress,
    client::Clients,
    decide::{Decision, Resume, decide},
    error,
    guard::{self, Refusal},
    part::{Flaw, Part, Verify},
    place::Place,
    retry::Tries,
};
use crate::{
    error::{Error, ErrorKind},
    media::{Problem, probe_video},
    redact,
};

const MAX_REDIRECTS: usize = 5;

/// Chunks on their way from network to disk: what bounds the memory of a download.
const IN_FLIGHT: usize = 8;

/// Fetches results.
#[derive(Debug)]
pub(super) struct Fetcher {
    clients: &'static Clients,
    options: DownloadOptions,
    pub(super) verify: Verify,
    /// Before the second try; doubled before each further one.
    pub(super) pause: Duration,
}

/// What came of one try.
enum Tried {
    /// All is here.
    Whole,
    /// It broke; the error tells whether another try can help.
    Broke(Error),
    /// What was here did not fit: ask for the whole at once.
    StartOver,
}

impl Fetcher {
    pub(super) fn new(options: DownloadOptions) -> Self {
        Self {
            clients: Clients::shared(),
            options,
            verify: whole_video,
            pause: Duration::from_millis(500),
        }
    }

    /// Fetches one output, the `output`th of its job.
    pub(super) async fn fetch(
        &self,
        link: &Url,
        target: &Path,
        output: usize,
        watch: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Downloaded, Error> {
        guard::check(link, self.options.allow_loopback).map_err(|why| refused(link, why))?;
        let (overwrite, verify) = (self.options.overwrite, self.verify);
        let (place, owned_link) = (Place::new(target)?, link.clone());
        let mut part = blocking(move || {
            place.check(overwrite)?;
            Part::open(place, &owned_link)
        })
        .await?;
        let mut tries = Tries::new(self.pause);
        while !part.is_whole() {
            let tried;
            (part, tried) = self.try_once(link, part, output, watch).await?;
            if let Tried::Broke(error) = tried {
                let Some(pause) = tries.after(&error, part.len()) else {
                    return Err(give_up(&part, error));
                };
                tracing::debug!(%error, bytes = part.len(), "the download broke; it goes on");
                tokio::time::sleep(pause).await;
            }
        }
        blocking(move || part.finish(overwrite, verify)).await
    }

    /// One request and its body. Fails where the part is lost or cannot be written.
    async fn try_once(
        &self,
        link: &Url,
        mut part: Part,
        output: usize,
        watch: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<(Part, Tried), Error> {
        let resume = part.resume();
        let (mut response, decision) = match self.ask(link, resume.as_ref()).await {
            Ok(answer) => answer,
            Err(error) => return Ok((part, Tried::Broke(error))),
        };
        match decision {
            Decision::Rest => {}
            Decision::Whole { total, validator } => {
                part = restarted(part, total, validator).await?;
            }
            Decision::StartOver => {
                part = restarted(part, None, None).await?;
                return Ok((part, Tried::StartOver));
            }
            Decision::Fail(error) => return Ok((part, Tried::Broke(error))),
            Decision::Redirect(_) => return Ok((part, Tried::Broke(too_many_redirects()))),
        }
        if part.total().is_some_and(|total| total > self.options.max_bytes) {
            return Ok((part, Tried::Broke(self.too_long())));
        }
        self.take(&mut response, part, output, watch).await
    }

    /// Sends the request, following redirects by hand, since each must be checked.
    async fn ask(
        &self,
        link: &Url,
        resume: Option<&Resume>,
    ) -> Result<(Response, Decision), Error> {
        let mut url = link.clone();
        let mut hops = 0..MAX_REDIRECTS;
        loop {
            let response = self.send(&url, resume).await?;
            let (status, headers) = (response.status(), response.headers());
            match decide(resume, status, headers, SystemTime::now()) {
                Decision::Redirect(location) if hops.next().is_some() => {
                    url = self.next_hop(&url, &location)?;
                }
                decision => return Ok((response, decision)),
            }
        }
    }

    async fn send(&self, url: &Url, resume: Option<&Resume>) -> Result<Response, Error> {
        let mut request = self.clients.for_url(url)?.get(url.clone());
        if let Some(resume) = resume {
            request = request
                .header(RANGE, format!("bytes={}-", resume.offset))
                .header(IF_RANGE, &resume.validator);
        }
        request.send().await.map_err(|cause| broken(url, cause))
    }

    fn next_hop(&self, from: &Url, location: &str) -> Result<Url, Error> {
        let next = from.join(location).map_err(|_| {
            error(ErrorKind::Other, "the link leads to an address that cannot be read")
        })?;
        guard::check_hop(from, &next, self.options.allow_loopback)
            .map_err(|why| refused(&next, why))?;
        Ok(next)
    }

    /// Takes the body, writing and hashing on a thread of its own while the next bytes come in.
    async fn take(
        &self,
        response: &mut Response,
        part: Part,
        output: usize,
        watch: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<(Part, Tried), Error> {
        let (mut bytes, total) = (part.len(), part.total());
        let (send, receive) = mpsc::channel(IN_FLIGHT);
        let writer = spawn_blocking(move || write(part, receive));
        let ended = loop {
            let chunk = match response.chunk().await {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break Ok(()),
                Err(cause) => break Err(broken(response.url(), cause)),
            };
            bytes = bytes.saturating_add(chunk.len() as u64);
            if bytes > total.unwrap_or(self.options.max_bytes) {
                break Err(self.too_long());
            }
            if send.send(chunk).await.is_err() {
                // The writer has failed; it says why.
                break Ok(());
            }
            watch(Progress { output, bytes, total });
        };
        drop(send);
        let (mut part, written) = writer.await.map_err(|_| stopped())?;
        written.map_err(|cause| part.push_failed(&cause))?;
        Ok(match ended {
            Err(error) => (part, Tried::Broke(error)),
            Ok(()) => {
                part.ended();
                let tried = if part.is_whole() { Tried::Whole } else { Tried::Broke(cut_off()) };
                (part, tried)
            }
        })
    }

    fn too_long(&self) -> Error {
        let message = format!(
            "the result is longer than announced or allowed ({} bytes)",
            self.options.max_bytes
        );
        error(ErrorKind::Other, message)
    }
}

/// What the file is instead of a whole video, if it is none.
fn whole_video(path: &Path) -> Result<(), Flaw> {
    probe_video(path).map(drop).map_err(|cause| {
        let reason = format!("it {}", cause.problem);
        match cause.problem {
            Problem::Io(cause) => Flaw::Unread(cause.to_string()),
            Problem::NotAVideo(_) | Problem::Empty => Flaw::NoVideo(reason),
            _ => Flaw::Flawed(reason),
        }
    })
}

/// Runs on a thread of its own until the other end is dropped.
fn write(mut part: Part, mut chunks: mpsc::Receiver<Bytes>) -> (Part, io::Result<()>) {
    while let Some(chunk) = chunks.blocking_recv() {
        if let Err(cause) = part.push(&chunk) {
            return (part, Err(cause));
        }
    }
    (part, Ok(()))
}

async fn restarted(
    mut part: Part,
    total: Option<u64>,
    validator: Option<String>,
) -> Result<Part, Error> {
    blocking(move || part.restart(total, validator).map(|()| part)).await
}

/// What is here stays for the next call, unless nothing is.
fn give_up(part: &Part, error: Error) -> Error {
    if part.resume().is_none() {
        part.discard();
    }
    error
}

fn broken(url: &Url, cause: reqwest::Error) -> Error {
    let cause = cause.without_url();
    if let Some(why) = refusal(&cause) {
        return refused(url, why);
    }
    if cause.is_builder() {
        let message = "the link cannot be followed: was reshoot built without TLS \
                       (cargo feature rustls)?";
        return error(ErrorKind::Config, message).with_source(cause);
    }
    let message = if cause.is_timeout() {
        "the file server did not answer in time"
    } else if cause.is_connect() {
        "no connection to the file server could be made"
    } else {
        "the connection to the file server broke"
    };
    error(ErrorKind::Network, message).with_source(cause)
}

/// The refusal behind an error, if our resolver made it.
pub(super) fn refusal(cause: &(dyn error::Error + 'static)) -> Option<Refusal> {
    let causes = std::iter::successors(Some(cause), |cause| cause.source());
    causes.filter_map(|cause| cause.downcast_ref::<Refusal>()).copied().next()
}

fn refused(url: &Url, why: Refusal) -> Error {
    let message = format!("{} is not followed: it {why}", redact::shown(url));
    error(ErrorKind::Other, message)
}

fn too_many_redirects() -> Error {
    error(ErrorKind::Other, format!("the link leads on more than {MAX_REDIRECTS} times"))
}

fn cut_off() -> Error {
    error(ErrorKind::Network, "the answer ended before all announced bytes came")
}

fn stopped() -> Error {
    error(ErrorKind::Io, "writing was stopped; the result is still at the provider")
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    spawn_blocking(work).await.map_err(|_| stopped())?
}
