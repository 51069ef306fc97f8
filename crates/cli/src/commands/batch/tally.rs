//! How the rows of a batch stand, and what became of them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use reshoot::Polled;
use reshoot_journal::{JobId, RunEvent};

use crate::{
    exit::{Exit, Failure},
    output::{BatchEvent, Event, Output, RowFile, RowName, Stands, failed_row},
};

/// How many failures are told again at the end.
const TOLD_AGAIN: usize = 50;

/// Counts what happens to rows, and shows it.
pub(super) struct Tally<'a> {
    out: &'a dyn Output,
    counts: Mutex<Counts>,
}

/// What was counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    pub(super) stands: Vec<Stands>,
    /// How many of the rows that were planned were still in the manifest when their turn came.
    pub(super) found: u64,
    /// The first rows without their file, in words.
    pub(super) failures: Vec<String>,
    /// Rows without their file, by why.
    pub(super) by_exit: Vec<(Exit, u64)>,
}

/// One row, while it is led.
pub(super) struct Led<'a> {
    tally: &'a Tally<'a>,
    row: RowName<'a>,
    lane: usize,
    runs: bool,
    id: Option<JobId>,
}

impl Counts {
    pub(super) fn of(&self, exits: &[Exit]) -> u64 {
        let counted = self.by_exit.iter().filter(|(exit, _)| exits.contains(exit));
        counted.map(|(_, count)| count).sum()
    }
}

impl<'a> Tally<'a> {
    /// Of rows at these providers: how many are to be led.
    pub(super) fn new(
        out: &'a dyn Output,
        rows: impl Iterator<Item = (&'static str, u64)>,
    ) -> Self {
        let stands = rows.map(|(provider, rows)| {
            let (running, done, failed, left) = (0, 0, 0, 0);
            Stands { provider, rows, running, done, failed, left }
        });
        let counts = Counts { stands: stands.collect(), ..Counts::default() };
        Self { out, counts: Mutex::new(counts) }
    }

    pub(super) fn lead(&'a self, row: RowName<'a>, lane: usize) -> Led<'a> {
        Led { tally: self, row, lane, runs: false, id: None }
    }

    pub(super) fn into_counts(self) -> Counts {
        self.counts.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, lane: usize, change: impl FnOnce(&mut Stands)) {
        let mut counts = self.counts();
        counts.stands.get_mut(lane).map(change);
        self.out.show(Event::Batch(BatchEvent::Stands(&counts.stands)));
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Led<'_> {
    /// Sees what happens to the row's job.
    pub(super) fn see(&mut self, event: &RunEvent<'_>) {
        match event {
            RunEvent::Recorded(id) => self.id = Some(*id),
            RunEvent::Accepted(job) => {
                self.runs(true);
                if let Some(id) = self.id {
                    let (row, job) = (self.row, &job.job_ref);
                    self.tally.out.show(Event::Batch(BatchEvent::Accepted { row, id, job }));
                }
            }
            RunEvent::Adopted(_) | RunEvent::Waiting { .. } => self.runs(true),
            // Its file is still on its way, but it takes up nobody's turn.
            RunEvent::Polled(Polled::Job(job)) if job.state.is_final() => self.runs(false),
            RunEvent::GoingOn { next, .. } => self.go_on(&next.provider),
            _ => {}
        }
    }

    /// It still stands in the manifest, as it was planned.
    pub(super) fn found(&self) {
        self.tally.counts().found += 1;
    }

    /// Its job is one that was begun before.
    pub(super) const fn known(&mut self, id: JobId) {
        self.id = Some(id);
    }

    /// Its file is there.
    pub(super) fn done(mut self, files: &[RowFile]) {
        self.runs(false);
        self.tally.change(self.lane, |stands| stands.done += 1);
        let (row, id) = (self.row, self.id);
        self.tally.out.show(Event::Batch(BatchEvent::Done { row, id, files }));
    }

    /// It ended without its file, or was left.
    pub(super) fn failed(mut self, mut failure: Failure) {
        self.runs(false);
        failure.id = failure.id.or(self.id);
        let failure = &failure;
        let is_left = LEFT.contains(&failure.exit);
        self.tally.change(self.lane, |stands| {
            *(if is_left { &mut stands.left } else { &mut stands.failed }) += 1;
        });
        // Who stops a batch of thousands knows why its rows are without their files.
        if failure.exit != Exit::Interrupted {
            self.tally.out.show(Event::Batch(BatchEvent::Failed { row: self.row, failure }));
        }
        let mut counts = self.tally.counts();
        match counts.by_exit.iter_mut().find(|(exit, _)| *exit == failure.exit) {
            Some((_, count)) => *count += 1,
            None => counts.by_exit.push((failure.exit, 1)),
        }
        if failure.exit != Exit::Interrupted && counts.failures.len() < TOLD_AGAIN {
            counts.failures.push(failed_row(self.row, failure));
        }
    }

    fn runs(&mut self, runs: bool) {
        if std::mem::replace(&mut self.runs, runs) == runs {
            return;
        }
        self.tally.change(self.lane, |stands| {
            stands.running =
                if runs { stands.running + 1 } else { stands.running.saturating_sub(1) };
        });
    }

    fn go_on(&mut self, provider: &str) {
        self.runs(false);
        let position = |stands: &[Stands]| stands.iter().position(|it| it.provider == provider);
        let Some(lane) = position(&self.tally.counts().stands) else {
            return;
        };
        self.tally.change(self.lane, |stands| stands.rows = stands.rows.saturating_sub(1));
        self.lane = lane;
        self.tally.change(lane, |stands| stands.rows += 1);
    }
}

/// Something about these is still to be done or to be found out.
pub(super) const LEFT: [Exit; 4] =
    [Exit::PerhapsCharged, Exit::StillRunning, Exit::NotDownloaded, Exit::Interrupted];
