//! Ctrl-C and its like: heard, so that what happens to the money can be said.

use std::{io, pin::pin};

use tokio::select;

/// The signals that ask this process to end.
#[derive(Debug)]
pub(crate) struct Interrupts {
    #[cfg(unix)]
    int: tokio::signal::unix::Signal,
    #[cfg(unix)]
    term: tokio::signal::unix::Signal,
}

/// The user asked to stop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interrupted;

impl Interrupts {
    /// From here on the signals do not end the process by themselves.
    pub(crate) fn listen() -> io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            Ok(Self {
                int: signal(SignalKind::interrupt())?,
                term: signal(SignalKind::terminate())?,
            })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Returns when the user asks to stop.
    pub(crate) async fn next(&mut self) -> Interrupted {
        #[cfg(unix)]
        select! {
            _ = self.int.recv() => Interrupted,
            _ = self.term.recv() => Interrupted,
        }
        #[cfg(not(unix))]
        match tokio::signal::ctrl_c().await {
            Ok(()) => Interrupted,
            Err(_) => std::future::pending().await,
        }
    }

    /// Runs `work`, and drops it if the user asks to stop.
    pub(crate) async fn or<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Interrupted> {
        let work = pin!(work);
        select! {
            biased;
            done = work => Ok(done),
            interrupted = self.next() => Err(interrupted),
        }
    }
}
