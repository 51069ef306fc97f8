//! A balancer of TCP connections: each goes to the next worker that answers.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// It runs as long as the program.
pub(crate) struct Balancer {
    address: SocketAddr,
    _accepting: JoinHandle<()>,
}

impl Balancer {
    pub(crate) async fn start(workers: Vec<SocketAddr>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (workers, turn) = (Arc::new(workers), Arc::new(AtomicUsize::new(0)));
        let accepting = tokio::spawn(async move {
            while let Ok((incoming, _)) = listener.accept().await {
                let (workers, turn) = (Arc::clone(&workers), Arc::clone(&turn));
                tokio::spawn(async move {
                    let first = turn.fetch_add(1, Ordering::Relaxed);
                    pass_on(incoming, &workers, first).await;
                });
            }
        });
        Self { address, _accepting: accepting }
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }
}

async fn pass_on(mut incoming: TcpStream, workers: &[SocketAddr], first: usize) {
    for worker in workers.iter().cycle().skip(first % workers.len()).take(workers.len()) {
        if let Ok(mut outgoing) = TcpStream::connect(worker).await {
            // The engine's messages are small: held back, each would wait for the last one's receipt.
            incoming.set_nodelay(true).ok();
            outgoing.set_nodelay(true).ok();
            // Either side may be killed: that ends both.
            copy_bidirectional(&mut incoming, &mut outgoing).await.ok();
            return;
        }
    }
}
