//! The rows of a batch: handed in, and asked for until each has ended.

use std::{ops::Range, time::Duration};

use reshoot_core::{EditRequest, Url};
use reshoot_fleet::{Cap, Order, Outcome, Pacing};
use reshoot_restate::Client;

/// One that honours keys, one that lists all jobs with their input, one that does without, one that can
/// do none of it.
pub(crate) const PROVIDERS: [&str; 4] = ["evolink", "replicate", "wavespeed", "novita"];

/// How many requests to the engine are under way at once.
const AT_ONCE: usize = 32;

/// One row.
pub(crate) struct Row {
    pub(crate) key: String,
    pub(crate) order: Order,
    pub(crate) outcome: Option<Outcome>,
}

impl Row {
    fn new(n: usize, provider: &str, prompt: usize, cap: Cap, every: u64) -> Self {
        let video = Url::parse("https://h.example/clip.mp4").unwrap();
        let request = EditRequest::new(video, format!("row {prompt}"));
        let mut order = Order::new(provider, request, format!("{provider}/{n}.mp4"));
        order.cap = cap;
        order.pacing = Some(Pacing { first: every, every });
        Self { key: format!("row-{n}"), order, outcome: None }
    }

    pub(crate) const fn is_done(&self) -> bool {
        matches!(self.outcome, Some(Outcome::Done { .. }))
    }
}

/// What each account can bear in a run of `jobs`.
pub(crate) fn cap(jobs: usize) -> Cap {
    let running = if jobs > 200 { 20 } else { 4 };
    Cap { running, start_every: 1000_u64.div_ceil(u64::from(running)), lease: 60 }
}

/// Rows over all providers. Those that a list could tell apart are all equal, so that edits in doubt
/// meet each other's jobs; of the others every tenth is equal to the one before it.
pub(crate) fn mixed(jobs: usize, cap: Cap) -> Vec<Row> {
    let row = |n: usize| {
        let provider = PROVIDERS[n % PROVIDERS.len()];
        let prompt = match n / PROVIDERS.len() {
            _ if provider == "replicate" => 0,
            row if row % 10 == 9 => n - PROVIDERS.len(),
            _ => n,
        };
        Row::new(n, provider, prompt, cap, 700)
    };
    (0..jobs).map(row).collect()
}

/// Rows that little holds up.
pub(crate) fn plain(jobs: usize) -> Vec<Row> {
    let cap = Cap { running: 100, start_every: 1, lease: 600 };
    (0..jobs).map(|n| Row::new(n, PROVIDERS[0], n, cap, 60)).collect()
}

/// Hands every row in, however often the engine breaks off: a key is handed in once.
pub(crate) async fn submit_all(client: &Client, rows: &[Row]) {
    for chunk in chunks(rows.len()) {
        let tasks: Vec<_> = rows[chunk]
            .iter()
            .map(|row| {
                let (client, key, order) = (client.clone(), row.key.clone(), row.order.clone());
                tokio::spawn(async move {
                    while client.submit(&key, &order).await.is_err() {
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    }
}

/// Asks once for each outcome that is not known. True when all are.
pub(crate) async fn collect(client: &Client, rows: &mut [Row]) -> bool {
    let mut open: Vec<_> = rows.iter_mut().filter(|row| row.outcome.is_none()).collect();
    for chunk in chunks(open.len()) {
        let tasks: Vec<_> = open[chunk.clone()]
            .iter()
            .map(|row| {
                let (client, key) = (client.clone(), row.key.clone());
                tokio::spawn(async move { client.outcome(&key).await })
            })
            .collect();
        for (row, task) in open[chunk].iter_mut().zip(tasks) {
            row.outcome = task.await.unwrap().unwrap_or_default();
        }
    }
    open.iter().all(|row| row.outcome.is_some())
}

fn chunks(len: usize) -> impl Iterator<Item = Range<usize>> {
    (0..len).step_by(AT_ONCE).map(move |from| from..len.min(from + AT_ONCE))
}
