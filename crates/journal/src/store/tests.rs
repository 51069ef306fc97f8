//! What the journal promises, against a file on disk.

mod hint;
mod hold;
mod money;
mod records;
mod room;
mod rows;
mod run_times;
mod steps;
mod times;

use std::{path::PathBuf, thread, time::Duration};

use reshoot_core::{Charge, EditRequest, Output, Url};
use tempfile::TempDir;

use super::*;
use crate::{
    Caps, Moment, OverCap, Scope, State, Usd,
    record::{AttemptId, FileRecord, JobId, Order, Quote, Via},
};

type Course<'a> = &'a dyn Fn(&Journal, AttemptId);
type Step = fn(&Journal, AttemptId) -> Result<(), JournalError>;

struct Place {
    directory: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    /// Another process, as far as the journal can tell.
    fn process(&self) -> Journal {
        Journal::open(self.directory.path().join("journal.db")).unwrap()
    }
}

fn url(text: &str) -> Url {
    text.parse().unwrap()
}

fn usd(text: &str) -> Usd {
    text.parse().unwrap()
}

fn order(name: &str) -> Order {
    let request = EditRequest::new(url("https://h.example/clip.mp4"), "as a woodcut");
    Order::new(request, Some(PathBuf::from(name)))
}

fn begin(
    journal: &Journal,
    order: &Order,
    price: Option<&str>,
) -> Result<(JobId, AttemptId), JournalError> {
    let quote = Quote::new(6.0, price.map(usd));
    journal.begin(order, &[Via::new("evolink"), Via::new("novita")], &Begin::new(0, quote, None))
}

fn begun(journal: &Journal) -> (JobId, AttemptId) {
    begin(journal, &order("out.mp4"), Some("0.5")).unwrap()
}

fn output() -> Output {
    Output::new(url("https://cdn.example/r.mp4?sig=1"), Some(Duration::from_secs(3600)))
}

fn file() -> FileRecord {
    FileRecord { path: "out.mp4".into(), bytes: 10, sha256: "ab".repeat(32) }
}

/// Leads an attempt to a state by the ordinary way.
fn lead(journal: &Journal, attempt: AttemptId, to: State) {
    let steps: &[fn(&Journal, AttemptId)] = &[
        |journal, attempt| journal.submitting(attempt, None, None).unwrap(),
        |journal, attempt| assert_eq!(journal.accepted(attempt, "task-1").unwrap(), attempt),
        |journal, attempt| journal.running(attempt).unwrap(),
        |journal, attempt| journal.succeeded(attempt, &[output()], None, None).unwrap(),
        |journal, attempt| journal.file(attempt, 1, &file()).unwrap(),
    ];
    let states =
        [State::Submitting, State::Accepted, State::Running, State::Succeeded, State::Downloaded];
    for (step, state) in steps.iter().zip(states) {
        step(journal, attempt);
        if state == to {
            return;
        }
    }
}

fn state(journal: &Journal, job: JobId) -> State {
    journal.job(job).unwrap().last().unwrap().state
}
