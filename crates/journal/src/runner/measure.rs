//! Measuring clips at URLs, where a cap needs to know how long they are.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use reshoot_core::{
    EditRequest, ErrorKind, Media,
    media::{VideoFacts, probe_link},
};
use tokio::time::Instant;

use super::Runner;

/// After so many failures in a row a host is not asked for a while: a batch of thousands would wait for
/// each of its clips.
const FAILURES: u32 = 3;
const LEFT_ALONE: Duration = Duration::from_secs(60);

/// Hosts that did not answer: how often in a row, and when last.
#[derive(Debug, Default)]
pub(super) struct Silent(Mutex<HashMap<String, (u32, Instant)>>);

impl Runner {
    /// What is in the clip of a request, if that is at a URL; none where it cannot be told, and the longest
    /// clip is assumed. Nothing is sent to a provider.
    pub async fn measure(&self, request: &EditRequest) -> Option<VideoFacts> {
        let Media::Url(url) = &request.video else {
            return None;
        };
        let host = url.host_str().unwrap_or_default();
        if self.silent.is_left_alone(host) {
            return None;
        }
        // Boxed: few need it, and it is large.
        let probed = Box::pin(probe_link(url, true)).await;
        self.silent.heard(host, probed.as_ref().err().map(reshoot_core::Error::kind));
        let logged = |error: &reshoot_core::Error| {
            tracing::info!(%error, "the clip's length stays unknown");
        };
        probed.inspect_err(logged).ok()
    }

    /// The same, where it matters.
    pub(super) async fn facts(&self, request: &EditRequest, needed: bool) -> Option<VideoFacts> {
        if needed { self.measure(request).await } else { None }
    }
}

impl Silent {
    fn is_left_alone(&self, host: &str) -> bool {
        let hosts = self.hosts();
        hosts
            .get(host)
            .is_some_and(|(failures, last)| *failures >= FAILURES && last.elapsed() < LEFT_ALONE)
    }

    /// A host answered, or failed so.
    fn heard(&self, host: &str, failure: Option<ErrorKind>) {
        let mut hosts = self.hosts();
        if failure == Some(ErrorKind::Network) {
            let (failures, last) = hosts.entry(host.to_owned()).or_insert((0, Instant::now()));
            (*failures, *last) = (failures.saturating_add(1), Instant::now());
        } else {
            hosts.remove(host);
        }
    }

    fn hosts(&self) -> MutexGuard<'_, HashMap<String, (u32, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_host_that_fails_again_and_again_is_left_alone_for_a_while() {
        let silent = Silent::default();
        let fails = || silent.heard("h.example", Some(ErrorKind::Network));
        fails();
        fails();
        assert!(!silent.is_left_alone("h.example"));
        fails();
        assert!(silent.is_left_alone("h.example") && !silent.is_left_alone("other.example"));
        tokio::time::advance(LEFT_ALONE).await;
        assert!(!silent.is_left_alone("h.example"));
        fails();
        assert!(silent.is_left_alone("h.example"));
    }

    #[test]
    fn a_host_that_answers_is_not_silent_whatever_it_says() {
        let silent = Silent::default();
        for failure in [ErrorKind::Network, ErrorKind::Network, ErrorKind::LinkExpired] {
            silent.heard("h.example", Some(failure));
        }
        silent.heard("h.example", Some(ErrorKind::Network));
        assert!(!silent.is_left_alone("h.example"));
    }
}
