//! Leading a job with everything that a person sees of it: events, Ctrl-C, and how it ended.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use reshoot::{Descriptor, Polled};
use reshoot_journal::{
    Filter, Goal, JobId, Journal, JournalError, Outcome, RunError, RunEvent, RunOptions, Runner,
    State, Via,
};
use tokio::select;

use crate::{
    args::WaitingArgs,
    commands::Context,
    exit::{Exit, Failure},
    interrupts::Interrupted,
    output::{Event, Output},
    session::{Connections, EMULATED_TIME, wait_options},
};

/// How jobs are led in this command.
pub(crate) struct Lead {
    pub(crate) runner: Runner,
    options: RunOptions,
    emulated: bool,
}

impl Lead {
    pub(crate) fn new(
        journal: Journal,
        connections: impl Into<Arc<Connections>>,
        waiting: Option<&WaitingArgs>,
        emulated: bool,
        adjust: impl FnOnce(&mut RunOptions),
    ) -> Self {
        let mut options = RunOptions::default();
        if let Some(waiting) = waiting {
            options.wait = wait_options(waiting, emulated);
        }
        adjust(&mut options);
        let runner = Runner::new(journal, connections.into(), options.clone());
        Self { runner, options, emulated }
    }

    pub(crate) const fn is_emulated(&self) -> bool {
        self.emulated
    }

    /// Stops everything that is led at its next safe point.
    pub(crate) fn stop(&self) {
        self.options.stop.cancel();
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.options.stop.is_cancelled()
    }

    /// Returns when it is stopped.
    pub(crate) async fn stopped(&self) {
        self.options.stop.cancelled().await;
    }

    /// Whether a submit may be under way, of all jobs or those of a batch.
    pub(crate) fn is_in_doubt(&self, batch: Option<&str>) -> Result<bool, Failure> {
        let mut filter = Filter::default();
        (filter.batch, filter.states) = (batch.map(str::to_owned), vec![State::Submitting]);
        let listing = self.runner.journal().list(&filter);
        Ok(!listing.map_err(|error| Failure::journal(&error))?.jobs.is_empty())
    }

    /// Leads a job that was just begun. Who stops it before anything was sent does not want it: `resume
    /// --all` shall not pay for it later.
    pub(crate) async fn begun(
        &self,
        id: JobId,
        goal: Goal,
        context: &mut Context<'_>,
    ) -> Result<Outcome, Failure> {
        let led = self.on(id, goal, context).await;
        if matches!(&led, Err(failure) if failure.exit == Exit::Interrupted) {
            self.abandon_unsent(id)?;
        }
        led
    }

    /// Gives up a job of which nothing was sent.
    pub(crate) fn abandon_unsent(&self, id: JobId) -> Result<(), Failure> {
        let journal = self.runner.journal();
        let abandon = || -> Result<(), JournalError> {
            let job = journal.job(id)?;
            if job.last().is_some_and(|attempt| attempt.state == State::Intent) {
                journal.abandon(id, "stopped before the submit")?;
            }
            Ok(())
        };
        abandon().map_err(|error| Failure::journal(&error))
    }

    /// Leads a job on, showing what happens. Ctrl-C stops at the next safe point; a paid request that is
    /// under way is waited for, unless the user asks a second time.
    pub(crate) async fn on(
        &self,
        id: JobId,
        goal: Goal,
        context: &mut Context<'_>,
    ) -> Result<Outcome, Failure> {
        let paying = AtomicBool::new(false);
        let out = context.out;
        let mut watch = |event: RunEvent<'_>| {
            paying.store(matches!(event, RunEvent::Submitting { .. }), Ordering::Relaxed);
            show(out, &event, self.emulated);
        };
        let mut led = pin!(self.runner.lead(id, goal, &mut watch));
        let ended = select! {
            ended = &mut led => ended,
            Interrupted = context.interrupts.next() => {
                self.stop();
                if paying.load(Ordering::Relaxed) {
                    out.show(Event::Finishing);
                }
                select! {
                    ended = &mut led => ended,
                    Interrupted = context.interrupts.next() => {
                        return Err(Failure::left(id, &context.journal));
                    }
                }
            }
        };
        ended.map_err(|error| self.failure(error, id, context))
    }

    /// What an error means for the money, and what to type next.
    pub(crate) fn failure(&self, error: RunError, id: JobId, context: &Context<'_>) -> Failure {
        Failure::of_run(error, Some(id), &self.runner, &context.journal)
    }
}

/// Shows what happens to a job.
pub(crate) fn show(out: &dyn Output, event: &RunEvent<'_>, emulated: bool) {
    match event {
        RunEvent::Recorded(id) => out.show(Event::Recorded(*id)),
        RunEvent::Checked(checked) => out.show(Event::Checked(checked)),
        RunEvent::Skipped(violations) => out.show(Event::Unable(violations)),
        RunEvent::Staging { files } => out.show(Event::Staging { files: *files }),
        RunEvent::Queued { via } => out.show(Event::Queued(via)),
        RunEvent::Submitting { via, idempotency_key } => {
            if let Ok(descriptor) = reshoot::provider(&via.provider) {
                out.show(Event::Submitting { descriptor, idempotency_key: *idempotency_key });
            }
        }
        RunEvent::Deferred(error, wait) => out.show(Event::Deferred { error, wait: *wait }),
        RunEvent::Accepted(job) => out.show(Event::Accepted(job)),
        RunEvent::GoingOn { error, next } => out.show(Event::GoingOn { error, next }),
        RunEvent::Reconciling { via, .. } => out.show(Event::Reconciling(via)),
        RunEvent::Adopted(job) => out.show(Event::Adopted(job)),
        RunEvent::Absent => out.show(Event::Absent),
        RunEvent::Waiting { age, left } => {
            let expected = if emulated { EMULATED_TIME } else { age.saturating_add(*left) };
            out.show(Event::Waiting { expected });
        }
        RunEvent::Polled(Polled::Job(job)) => out.show(Event::Polled(job)),
        RunEvent::Polled(Polled::Missed(error)) => {
            if let Some(job) = error.job() {
                out.show(Event::Missed { error, job });
            }
        }
        RunEvent::Downloading { job, progress } => {
            out.show(Event::Downloading { job, progress: *progress });
        }
        RunEvent::Missing { output } => out.show(Event::Missing { output: *output }),
        _ => {}
    }
}

/// The descriptors' ways, in order.
pub(crate) fn providers(routes: &[Via]) -> Vec<&'static Descriptor> {
    routes.iter().filter_map(|via| reshoot::provider(&via.provider).ok()).collect()
}
