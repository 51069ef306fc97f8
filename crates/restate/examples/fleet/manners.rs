//! What callers rely on: one key is one job, its status tells all, and it can be canceled.

use std::time::Duration;

use reshoot_core::{EditRequest, Url};
use reshoot_emulator::Emulator;
use reshoot_fleet::{Order, Outcome, Stage};
use reshoot_restate::{Cancel, Client, Receipt, Status};

use crate::processes::Server;

/// One that no rows are of.
pub(crate) const PROVIDER: &str = "kie";

/// Asks and stops; panics where an answer is not as it must be.
pub(crate) async fn check(client: &Client, server: &Server, emulator: &Emulator) {
    assert!(client.status("nobody").await.unwrap().is_none());
    assert_eq!(client.cancel("nobody").await.unwrap(), Cancel::NotBegun);

    let video = Url::parse("https://h.example/clip.mp4").unwrap();
    let order = |name: &str| {
        Order::new(PROVIDER, EditRequest::new(video.clone(), name), format!("{name}.mp4"))
    };
    assert_eq!(client.submit("one", &order("one")).await.unwrap(), Receipt::Accepted);
    assert_eq!(client.submit("one", &order("another")).await.unwrap(), Receipt::Attached);
    let one = until(client, "one", |status| status.outcome.is_some()).await;
    assert!(
        matches!(&one.outcome, Some(Outcome::Done { files, .. }) if files.len() == 1),
        "{one:?}"
    );
    assert_eq!(one.progress.stage, Stage::Ended);
    assert_eq!(one.progress.job.as_ref(), one.outcome.as_ref().and_then(Outcome::job));
    assert_eq!(client.cancel("one").await.unwrap(), Cancel::Ended);

    client.submit("two", &order("two")).await.unwrap();
    let running = until(client, "two", |status| status.progress.job.is_some()).await;
    assert_eq!(running.progress.stage, Stage::Running);
    assert_eq!(client.cancel("two").await.unwrap(), Cancel::Asked);
    let two = until(client, "two", |status| status.outcome.is_some()).await;
    assert!(matches!(&two.outcome, Some(Outcome::Stopped { job: Some(_), .. })), "{two:?}");

    // As when its retention ends: the key is forgotten, and what was paid for is not.
    server.forget("one").await;
    assert!(client.status("one").await.unwrap().is_none());
    assert_eq!(client.submit("one", &order("one")).await.unwrap(), Receipt::Accepted);
    let again = until(client, "one", |status| status.outcome.is_some()).await;
    assert_eq!(again.progress.job, one.progress.job);
    assert_eq!(emulator.ledger().provider(PROVIDER).submits, 2, "one for each key");
}

/// The status, once it is so.
async fn until(client: &Client, key: &str, is_so: impl Fn(&Status) -> bool) -> Status {
    loop {
        match client.status(key).await.unwrap() {
            Some(status) if is_so(&status) => return status,
            _ => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}
