//! The rim: requests for ranges of one file, wherever its link leads.

use std::{
    ops::Range,
    time::{Duration, SystemTime},
};

use http::header::RANGE;
use reqwest::Response;
use url::Url;

use super::{
    answer::{self, Answer, Body},
    error,
};
use crate::{
    download::{Clients, Refusal, check_hop, check_link, refusal},
    error::{Error, ErrorKind, Operation},
};

const MAX_REDIRECTS: usize = 5;

/// The most requests in all, redirects included.
const MAX_REQUESTS: usize = 32;

/// How long one request may take, its body included.
const PATIENCE: Duration = Duration::from_secs(15);

/// Asks for parts of one file.
#[derive(Debug)]
pub(super) struct Asker<'a> {
    /// As it was given; this is what messages name.
    pub(super) link: &'a Url,
    /// Where it leads, as far as is known.
    url: Url,
    allow_loopback: bool,
    clients: Clients,
    requests: usize,
    pub(super) patience: Duration,
}

impl<'a> Asker<'a> {
    pub(super) fn new(link: &'a Url, allow_loopback: bool) -> Result<Self, Error> {
        check_link(link, allow_loopback)
            .map_err(|why| refused(ErrorKind::InvalidRequest, link, why))?;
        Ok(Self {
            link,
            url: link.clone(),
            allow_loopback,
            clients: Clients::default(),
            requests: 0,
            patience: PATIENCE,
        })
    }

    /// Asks for a range, following redirects by hand, since each must be checked.
    pub(super) async fn ask(&mut self, range: &Range<u64>) -> Result<(Body, Response), Error> {
        for _ in 0..=MAX_REDIRECTS {
            let response = self.send(range).await?;
            let (status, headers) = (response.status(), response.headers());
            match answer::read(self.link, range, status, headers, SystemTime::now())? {
                Answer::Redirect(location) => self.url = self.next_hop(&location)?,
                Answer::Take(body) => return Ok((body, response)),
            }
        }
        let what = format!("leads on more than {MAX_REDIRECTS} times");
        Err(error(ErrorKind::Other, self.link, what))
    }

    async fn send(&mut self, range: &Range<u64>) -> Result<Response, Error> {
        if self.requests == MAX_REQUESTS {
            let what = "it lies in too many pieces to be measured from afar";
            return Err(error(ErrorKind::Other, self.link, what));
        }
        self.requests += 1;
        let last = range.end.saturating_sub(1);
        let client = self.clients.for_url(&self.url).map_err(while_checking)?;
        let request = client.get(self.url.clone()).timeout(self.patience);
        let request = request.header(RANGE, format!("bytes={}-{last}", range.start));
        request.send().await.map_err(|cause| self.broken(cause))
    }

    fn next_hop(&self, location: &str) -> Result<Url, Error> {
        let next = self.url.join(location).map_err(|_| {
            error(ErrorKind::Other, self.link, "leads to an address that cannot be read")
        })?;
        check_hop(&self.url, &next, self.allow_loopback)
            .map_err(|why| refused(ErrorKind::Other, &next, why))?;
        Ok(next)
    }

    /// What to tell of a request that failed on its way.
    pub(super) fn broken(&self, cause: reqwest::Error) -> Error {
        let cause = cause.without_url();
        if let Some(why) = refusal(&cause) {
            return refused(ErrorKind::Other, &self.url, why);
        }
        let (kind, what) = if cause.is_builder() {
            let what = "cannot be followed: was reshoot built without TLS (cargo feature rustls)?";
            (ErrorKind::Config, what)
        } else if cause.is_timeout() {
            (ErrorKind::Network, "its server did not answer in time")
        } else if cause.is_connect() {
            (ErrorKind::Network, "no connection to its server could be made")
        } else {
            (ErrorKind::Network, "the connection to its server broke")
        };
        error(kind, self.link, what).with_source(cause)
    }
}

fn refused(kind: ErrorKind, link: &Url, why: Refusal) -> Error {
    error(kind, link, format!("is not followed, since it {why}"))
}

fn while_checking(cause: Error) -> Error {
    Error::new(cause.kind(), Operation::Check, cause.message())
}
