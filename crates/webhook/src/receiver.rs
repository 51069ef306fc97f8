//! Deciding about deliveries, whatever server they come in by.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use http::HeaderMap;
use reshoot_core::{Delivery, ErrorKind, Hint, Provider, capabilities::Signature};

use crate::{Answer, Token, seen, seen::Seen};

/// The longest body that is taken, in bytes. Deliveries hold a job's state and some links: kilobytes.
pub const MAX_BODY: usize = 1 << 20;

/// A delivery as a server got it, before anything was believed.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    /// The path, below wherever the receiver is mounted: `/<provider>/<token>`.
    pub path: &'a str,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The body, byte for byte as it came.
    pub body: &'a [u8],
    /// When it came.
    pub received: SystemTime,
}

/// A provider whose signature does not cover the body can be listened to only under a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} does not sign the body of its deliveries: its URL needs a token")]
pub struct NeedsToken(&'static str);

/// Receives the deliveries of several providers.
#[derive(Debug, Default)]
pub struct Receiver {
    routes: HashMap<&'static str, Route>,
}

#[derive(Debug)]
struct Route {
    provider: Arc<dyn Provider>,
    token: Option<Token>,
    seen: Mutex<Seen>,
}

impl Receiver {
    /// One that listens to nobody yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Listens to a provider at `/<provider>/<token>`.
    #[must_use]
    pub fn with(mut self, provider: Arc<dyn Provider>, token: Token) -> Self {
        self.add(provider, Some(token));
        self
    }

    /// Listens to a provider at `/<provider>`, on the strength of its signature alone.
    ///
    /// # Errors
    /// [`NeedsToken`] where the signature does not cover the body: use [`Receiver::with`].
    pub fn with_signed(mut self, provider: Arc<dyn Provider>) -> Result<Self, NeedsToken> {
        if provider.capabilities().signature.value != Signature::Body {
            return Err(NeedsToken(provider.name()));
        }
        self.add(provider, None);
        Ok(self)
    }

    fn add(&mut self, provider: Arc<dyn Provider>, token: Option<Token>) {
        let name = provider.name();
        self.routes.insert(name, Route { provider, token, seen: Mutex::default() });
    }

    /// Whether a delivery may come in by this path at all. Ask it before reading the body.
    ///
    /// # Errors
    /// [`Answer::NotFound`], or [`Answer::Forged`] when the token is wrong.
    pub fn admit(&self, path: &str) -> Result<(), Answer> {
        self.route(path).map(drop)
    }

    fn route(&self, path: &str) -> Result<&Route, Answer> {
        let path = path.strip_prefix('/').ok_or(Answer::NotFound)?;
        let (provider, given) = match path.split_once('/') {
            Some((provider, given)) => (provider, Some(given)),
            None => (path, None),
        };
        let route = self.routes.get(provider).ok_or(Answer::NotFound)?;
        match (&route.token, given) {
            (None, None) => Ok(route),
            (None, Some(_)) => Err(Answer::NotFound),
            (Some(token), given) if token.is(given.unwrap_or_default()) => Ok(route),
            (Some(_), _) => Err(Answer::Forged),
        }
    }

    /// Checks a delivery: path, token and size, then the provider's own scheme on the raw body. Repeats
    /// are not told apart here; [`Receiver::receive`] does that.
    ///
    /// # Errors
    /// What to tell the sender.
    pub async fn verify(&self, incoming: &Incoming<'_>) -> Result<Hint, Answer> {
        self.route(incoming.path)?.verify(incoming).await
    }

    /// Checks a delivery, and hands its hint to `take` unless it is a repeat. `take` must be quick, and
    /// tells whether it took the hint; one that it did not take is not remembered, so that it counts when
    /// it comes again.
    pub async fn receive(
        &self,
        incoming: &Incoming<'_>,
        take: impl FnOnce(Hint) -> bool,
    ) -> Answer {
        let received = async {
            let route = self.route(incoming.path)?;
            let hint = route.verify(incoming).await?;
            Ok(route.hand_over(hint, incoming.body, take))
        };
        received.await.unwrap_or_else(|refused| refused)
    }
}

impl Route {
    async fn verify(&self, incoming: &Incoming<'_>) -> Result<Hint, Answer> {
        let Incoming { headers, body, received, .. } = *incoming;
        if body.len() > MAX_BODY {
            return Err(Answer::TooLarge);
        }
        let read = self.provider.read_webhook(&Delivery { headers, body, received }).await;
        read.map_err(|error| {
            // The message may quote the body, so that only the kind is told.
            let (provider, kind) = (self.provider.name(), error.kind());
            tracing::warn!(provider, %kind, "a delivery was not taken");
            refusal(kind)
        })
    }

    fn hand_over(&self, hint: Hint, body: &[u8], take: impl FnOnce(Hint) -> bool) -> Answer {
        let mark = seen::mark(&hint, body);
        // Held while the hint is handed over: of two that come at once, one is the repeat.
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.knows(&mark) {
            return Answer::Repeated;
        }
        if !take(hint) {
            return Answer::Again;
        }
        seen.remember(mark);
        Answer::Taken
    }
}

fn refusal(kind: ErrorKind) -> Answer {
    match kind {
        ErrorKind::Forged => Answer::Forged,
        ErrorKind::Unreadable => Answer::Unreadable,
        _ => Answer::Again,
    }
}

#[cfg(test)]
mod tests;
