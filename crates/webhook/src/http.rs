//! The receiver as an axum router.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::State,
    routing::post,
};
use http::{HeaderMap, StatusCode, Uri};
use reshoot_core::Hint;
use tokio::{
    sync::{Semaphore, mpsc},
    time::timeout,
};

use crate::{Answer, Incoming, MAX_BODY, Receiver};

/// How many deliveries are read at the same time: with [`MAX_BODY`], this bounds the memory.
pub const AT_ONCE: usize = 32;

/// How long a delivery may take to come in and to be checked.
const PATIENCE: Duration = Duration::from_secs(10);

struct Inbox {
    receiver: Receiver,
    hints: mpsc::Sender<Hint>,
    room: Semaphore,
}

/// Answers `POST /<provider>/<token>`: checks each delivery, hands its hint to `hints`, and answers,
/// before any status call is made. A full channel makes the provider deliver again later.
///
/// Nest it wherever the public URL leads. Neither bodies nor tokens are logged here; keep the paths out of
/// your own logs too.
pub fn router(receiver: Receiver, hints: mpsc::Sender<Hint>) -> Router {
    let inbox = Inbox { receiver, hints, room: Semaphore::new(AT_ONCE) };
    Router::new()
        .route("/{provider}", post(deliver))
        .route("/{provider}/{token}", post(deliver))
        .with_state(Arc::new(inbox))
}

async fn deliver(
    State(inbox): State<Arc<Inbox>>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> StatusCode {
    let taken = timeout(PATIENCE, inbox.take(uri.path(), &headers, body)).await;
    taken.unwrap_or(Answer::Again).status()
}

impl Inbox {
    async fn take(&self, path: &str, headers: &HeaderMap, body: Body) -> Answer {
        if let Err(refused) = self.receiver.admit(path) {
            return refused;
        }
        let Ok(_room) = self.room.try_acquire() else {
            return Answer::Again;
        };
        let received = SystemTime::now();
        let Ok(body) = to_bytes(body, MAX_BODY).await else {
            return Answer::TooLarge;
        };
        let incoming = Incoming { path, headers, body: &body, received };
        self.receiver.receive(&incoming, |hint| self.hints.try_send(hint).is_ok()).await
    }
}

#[cfg(test)]
mod tests;
