//! The worker: serves the workflow and its objects to a Restate server.

use std::{fmt, future::Future, io, net::SocketAddr, sync::Arc, time::Duration};

use reshoot_fleet::{ProviderWork, Routes, Work, WorkOptions};
use restate_sdk::prelude::*;
use tokio::net::{TcpListener, TcpSocket};

use crate::{clip_job::ClipJob, fence::Fence, gate::Gate, owner::JobOwner};

/// For how long the server keeps what it knows of a job that has ended; it would keep it for one day on
/// its own. Within it the same key is answered with the outcome; after it the fence answers, for ever.
pub const RETENTION: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How long a step may take without a word before the server gives up on the worker: a large download.
const STEP_WITHIN: Duration = Duration::from_secs(60 * 60);

/// Serves jobs. Any number of workers may stand behind one balancer; none keeps anything.
#[derive(Clone)]
pub struct Worker {
    work: Arc<dyn Work>,
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").finish_non_exhaustive()
    }
}

impl Worker {
    /// A worker over the accounts that `routes` leads to.
    #[must_use]
    pub fn new(routes: Arc<dyn Routes>, options: WorkOptions) -> Self {
        Self::over(Arc::new(ProviderWork::new(routes, options)))
    }

    /// A worker over other calls.
    #[must_use]
    pub fn over(work: Arc<dyn Work>) -> Self {
        Self { work }
    }

    /// A listener at `address` whose connections send at once: the engine's messages are small, and held
    /// back, each would wait 40 ms for the last one's receipt.
    ///
    /// # Errors
    /// When the address is not free.
    pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        // Connections take it over from the listener.
        socket.set_nodelay(true)?;
        #[cfg(unix)]
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(1024)
    }

    /// Serves until `stop` is ready; steps that are under way get ten seconds. What they leave undone
    /// another worker takes up.
    ///
    /// The server's requests are not authenticated: listen where only the server can reach.
    ///
    /// # Errors
    /// When the system does not give the listener's address.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()>,
    ) -> io::Result<()> {
        listener.local_addr()?;
        HttpServer::new(self.endpoint()).serve_with_cancel(listener, stop).await;
        Ok(())
    }

    fn endpoint(self) -> Endpoint {
        let job = ClipJob { work: self.work };
        Endpoint::builder()
            .bind(job.into_service_definition().options(job_options()))
            .bind(Fence.into_service_definition().options(private()))
            .bind(JobOwner.into_service_definition().options(private()))
            .bind(Gate.into_service_definition().options(private()))
            .build()
    }
}

fn job_options() -> ServiceOptions {
    let run = HandlerOptions::new().workflow_retention(RETENTION).journal_retention(RETENTION);
    ServiceOptions::new().abort_timeout(STEP_WITHIN).handler("run", run)
}

/// Only workflows may ask these.
fn private() -> ServiceOptions {
    ServiceOptions::new().ingress_private(true)
}
