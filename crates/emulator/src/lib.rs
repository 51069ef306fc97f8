#![doc = include_str!("../README.md")]
//! The crate's handle: [`Emulator`], its builder, and what can be asked of it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

mod app;
mod control;
mod dashboard;
mod faults;
mod inject;
mod jobs;
mod kinds;
mod ledger;
mod links;
mod media;
mod providers;
mod server;
mod spoil;
mod store;
mod times;
mod validate;
mod webhooks;
mod wire;

#[cfg(test)]
mod tests;

pub use dashboard::JobSeen;
pub use faults::{Every, FaultPlan, FaultRule, Occurrence, Operation};
pub use kinds::Fault;
pub use ledger::{Counts, Ledger};

use app::{App, Config, Shared, lock};
use faults::Armed;

/// The words of all providers that are emulated.
///
/// ```
/// assert!(reshoot_emulator::providers().contains(&"evolink"));
/// ```
#[must_use]
pub fn providers() -> Vec<&'static str> {
    providers::names()
}

/// A running emulator. It ends when this handle is dropped, and its files go with it.
///
/// ```
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// use std::time::Duration;
/// use reshoot_emulator::Emulator;
///
/// let emulator = Emulator::builder().job_time(Duration::from_millis(50)).start().await?;
/// assert!(emulator.url("evolink").ends_with("/evolink"));
/// assert_eq!(emulator.ledger().provider("evolink").jobs, 0);
/// emulator.shutdown().await;
/// # Ok::<(), reshoot_emulator::StartError>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Emulator {
    app: Shared,
    server: JoinHandle<()>,
}

/// How an emulator shall behave; [`Emulator::builder`] makes one.
#[derive(Debug, Clone)]
pub struct Builder {
    config: Config,
    faults: FaultPlan,
    port: u16,
}

/// Why an emulator did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The port is taken, or this process may not listen. Choose another port, or 0 for a free one.
    #[error("the emulator cannot listen on 127.0.0.1:{port}")]
    Listen {
        /// The port that was asked for.
        port: u16,
        /// What the system says.
        source: io::Error,
    },
    /// The temporary folder cannot be written. Make room, or set `TMPDIR`.
    #[error("the emulator cannot keep its files")]
    Store(#[source] io::Error),
    /// The fault plan makes no sense; the text says where and why.
    #[error("{0}")]
    Plan(String),
}

impl Emulator {
    /// Settings: jobs take two seconds, no latency, no faults, a free port.
    #[must_use]
    pub fn builder() -> Builder {
        let config = Config {
            job_time: Duration::from_secs(2),
            latency: Duration::ZERO,
            link_lifetime: None,
        };
        Builder { config, faults: FaultPlan::default(), port: 0 }
    }

    /// The port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.app.address.port()
    }

    /// The root under which a provider's documented paths lie.
    #[must_use]
    pub fn url(&self, provider: &str) -> String {
        format!("{}/{provider}", self.app.base())
    }

    /// The root of a provider's file service, if it has one of its own.
    #[must_use]
    pub fn files_url(&self, provider: &str) -> Option<String> {
        let provider = providers::find(provider).filter(|provider| provider.file_service)?;
        Some(format!("{}/{}-files", self.app.base(), provider.name))
    }

    /// Where any file can be staged: `PUT` it to `<stage_url>/<name>`, the answer's `url` is where it can be read.
    #[must_use]
    pub fn stage_url(&self) -> String {
        format!("{}{}", self.app.base(), control::STAGE)
    }

    /// What was counted so far.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.app.ledger()
    }

    /// Every job that was made, oldest first: what the providers' dashboards show.
    #[must_use]
    pub fn jobs(&self) -> Vec<JobSeen> {
        dashboard::jobs(&lock(&self.app.jobs), None)
    }

    /// Replaces the fault plan; occurrences are counted anew.
    ///
    /// # Errors
    /// [`StartError::Plan`] when a rule makes no sense; the plan before it stays.
    pub fn set_faults(&self, plan: FaultPlan) -> Result<(), StartError> {
        plan.check(&providers::names()).map_err(StartError::Plan)?;
        *lock(&self.app.faults) = Armed::new(plan);
        Ok(())
    }

    /// Lets nothing go wrong any more.
    pub fn clear_faults(&self) {
        *lock(&self.app.faults) = Armed::default();
    }

    /// Ends it and waits until its connections are closed.
    pub async fn shutdown(mut self) {
        self.stop();
        // It was aborted a line above: being cancelled is what it answers.
        (&mut self.server).await.ok();
    }

    fn stop(&self) {
        self.server.abort();
        lock(&self.app.tasks).abort_all();
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Builder {
    /// How long a job takes from submit to its end. Default: two seconds.
    #[must_use]
    pub fn job_time(mut self, time: Duration) -> Self {
        self.config.job_time = time;
        self
    }

    /// How long each provider call is kept waiting. Default: not at all.
    #[must_use]
    pub fn latency(mut self, time: Duration) -> Self {
        self.config.latency = time;
        self
    }

    /// How long links to finished clips live. Default: as each provider documents, from an hour to 90 days.
    #[must_use]
    pub fn link_lifetime(mut self, time: Duration) -> Self {
        self.config.link_lifetime = Some(time);
        self
    }

    /// What shall go wrong. Default: nothing.
    #[must_use]
    pub fn faults(mut self, plan: FaultPlan) -> Self {
        self.faults = plan;
        self
    }

    /// The port on 127.0.0.1. Default: 0, a free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Starts it on the current tokio runtime.
    ///
    /// # Errors
    /// [`StartError`]: the port is taken, the temporary folder cannot be written, or the plan makes no sense.
    pub async fn start(self) -> Result<Emulator, StartError> {
        self.faults.check(&providers::names()).map_err(StartError::Plan)?;
        let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let listen = |source| StartError::Listen { port: self.port, source };
        let listener = TcpListener::bind(wanted).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let app =
            App::new(self.config, address, Armed::new(self.faults)).map_err(StartError::Store)?;
        let app = Arc::new(app);
        let server = tokio::spawn(server::run(listener, router(&app)));
        Ok(Emulator { app, server })
    }
}

fn router(app: &Shared) -> Router {
    providers::routes(app)
        .merge(links::routes(app))
        .merge(control::routes())
        .fallback(providers::not_found)
        .method_not_allowed_fallback(providers::not_allowed)
        .layer(DefaultBodyLimit::disable())
        .with_state(app.clone())
}
