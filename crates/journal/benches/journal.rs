//! What the journal costs: transitions against the disk's own syncs, and a journal of 100,000 jobs.
//!
//! `cargo bench -p reshoot-journal`. Prints ratios against a baseline of the same run.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark")]

use std::{
    fs::{File, OpenOptions},
    io::{Seek, SeekFrom, Write},
    path::Path,
    time::{Duration, Instant},
};

use reshoot_core::{EditRequest, Output, Url};
use reshoot_journal::{Begin, FileRecord, Filter, Journal, Order, Quote, Via};

/// Edits that are led from intent to file: six transitions each.
const EDITS: u32 = 150;
const STEPS: u32 = 6;

/// Jobs in the large journal.
const JOBS: u32 = 100_000;

/// What a step adds to a write-ahead log: so many pages, each behind a header, as `strace` shows.
const PAGES: usize = 4;
const PAGE: [u8; 4096] = [7; 4096];
const HEADER: [u8; 24] = [7; 24];

/// The syncs per second of a small machine's disk, for comparison: on a fast disk the processor's share
/// shows, on such a one it does not.
const SMALL: f64 = 600.0;

fn main() {
    let directory = tempfile::tempdir_in(".").unwrap();
    durability(directory.path());
    if std::env::args().all(|arg| arg != "--steps") {
        size(directory.path());
    }
}

/// Alternates between the two, so that both see the same moods of the disk.
fn durability(directory: &Path) {
    let journal = Journal::open(directory.join("steps.db")).unwrap();
    let mut log = OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .open(directory.join("baseline"))
        .unwrap();
    // A log that is written over, as the journal's is once it has its size.
    log.write_all(&vec![0; 4 << 20]).unwrap();
    log.sync_all().unwrap();
    (0..20).for_each(|n| lead(&journal, n));
    let (mut steps, mut syncs) = (Duration::ZERO, Duration::ZERO);
    for n in 0..EDITS {
        let started = Instant::now();
        lead(&journal, n);
        steps += started.elapsed();
        let started = Instant::now();
        (0..STEPS).for_each(|step| sync(&mut log, u64::from(n * STEPS + step)));
        syncs += started.elapsed();
    }
    let each = |time: Duration| time.as_secs_f64() / f64::from(EDITS * STEPS);
    let own = (each(steps) - each(syncs)).max(0.0);
    println!("transitions      {:.0} /s", each(steps).recip());
    println!("write and fsync  {:.0} /s", each(syncs).recip());
    println!("ratio            {:.2}", each(syncs) / each(steps));
    println!("own work         {:.0} µs per transition", own * 1e6);
    println!("ratio at {SMALL} fsync/s  {:.2}", (1.0 + own * SMALL).recip());
}

fn sync(log: &mut File, n: u64) {
    let step = PAGES * (HEADER.len() + PAGE.len());
    log.seek(SeekFrom::Start(n % 200 * step as u64)).unwrap();
    for _ in 0..PAGES {
        log.write_all(&HEADER).unwrap();
        log.write_all(&PAGE).unwrap();
    }
    log.sync_all().unwrap();
}

/// One edit from intent to file.
fn lead(journal: &Journal, n: u32) {
    let url = |text: String| Url::parse(&text).unwrap();
    let clip = url(format!("https://clips.example/holiday/2026/walk-{n:06}.mp4"));
    let request = EditRequest::new(clip, "turn it into claymation, with visible finger prints");
    let order = Order::new(request, Some(format!("/home/somebody/clips/{n:06}.mp4").into()));
    let quote = Quote::new(6.0, Some("0.86".parse().unwrap()));
    let key = Some("reshoot-0123456789abcdef0123456789abcdef".to_owned());
    let begin = Begin::new(0, quote, key.clone());
    let (_, attempt) = journal.begin(&order, &[Via::new("evolink")], &begin).unwrap();
    journal.submitting(attempt, None, key.as_deref()).unwrap();
    journal.accepted(attempt, &format!("task-unified-1790000100-{n:08}")).unwrap();
    journal.running(attempt).unwrap();
    let link = format!("https://files.example/out/{n:08}.mp4?expires=1790086500&sig={:032}", n);
    let output = Output::new(url(link), Some(Duration::from_secs(86_400)));
    journal.succeeded(attempt, &[output], None, None).unwrap();
    let file = FileRecord::new(
        format!("/home/somebody/clips/{n:06}.mp4").into(),
        4_321_000,
        "ab".repeat(32),
    );
    journal.file(attempt, 1, &file).unwrap();
}

/// Copies one job until there are many, and asks for the newest.
fn size(directory: &Path) {
    let path = directory.join("many.db");
    let journal = Journal::open(&path).unwrap();
    lead(&journal, 0);
    let few = listing(&journal);
    multiply(&path);
    let many = listing(&journal);
    let bytes = std::fs::metadata(&path).unwrap().len();
    println!("file             {:.0} bytes per job", bytes as f64 / f64::from(JOBS));
    println!("list, 1 job      {:.2} ms", few.as_secs_f64() * 1e3);
    println!("list, {JOBS}  {:.2} ms", many.as_secs_f64() * 1e3);
    println!("ratio            {:.1}", many.as_secs_f64() / few.as_secs_f64());
}

/// The best of some, opening included.
fn listing(journal: &Journal) -> Duration {
    let path = journal.path().unwrap();
    let once = |_| {
        let started = Instant::now();
        let mut filter = Filter::default();
        filter.limit = Some(50);
        let listing = Journal::open(path).unwrap().list(&filter).unwrap();
        assert!(!listing.jobs.is_empty());
        started.elapsed()
    };
    (0..10).map(once).min().unwrap()
}

fn multiply(path: &Path) {
    let connection = rusqlite::Connection::open(path).unwrap();
    let copies = format!(
        "PRAGMA synchronous = OFF;
         BEGIN;
         CREATE TEMP TABLE n AS WITH RECURSIVE n (i) AS (
             SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < {JOBS}) SELECT i FROM n;
         INSERT INTO jobs SELECT i, created + i, request, target, overwrite, routes, batch, max_cost,
             max_cost_per_day, allow_unknown_price, forgotten FROM jobs, n WHERE id = 1;
         INSERT INTO attempts SELECT i, i, route, provider, state, created + i, changed + i,
             idempotency_key, media, submitted + i, remote || i, seconds, quoted, owed, billed_usd,
             billed_credits, reason, holder FROM attempts, n WHERE id = 1;
         INSERT INTO outputs SELECT i, outputs.n, link, expires, path, bytes, sha256
             FROM outputs, n WHERE attempt = 1;
         INSERT INTO events SELECT i, events.n, at + i, state, detail || i
             FROM events, n WHERE attempt = 1;
         COMMIT;
         PRAGMA wal_checkpoint(TRUNCATE);"
    );
    connection.execute_batch(&copies).unwrap();
}
