//! The job: from the order to the files, over any engine.

use std::{sync::Arc, time::Duration};

use reshoot_core::{Charge, JobRef};

use crate::{
    decide::{self, AfterPoll, Watcher},
    engine::{Engine, Halt, kept},
    order::Order,
    outcome::{Outcome, Progress, Stage},
    work::{Fetched, Plan, Prepared, Seen, Work},
};

/// How often preparing is tried before the job ends. Nothing is spent by it.
const PREPARED_AT_MOST: u32 = 20;

/// Leads one edit from its order to its files. Run it again after a crash, with the same engine record:
/// it goes on from there.
///
/// # Errors
/// [`Halt::Broken`] when the engine cannot go on; the job is not lost, and goes on when run again. A
/// cancel is no error but [`Outcome::Stopped`].
pub async fn lead(engine: &dyn Engine, work: Arc<dyn Work>, order: Order) -> Result<Outcome, Halt> {
    let outcome = match order.check() {
        Ok(()) => Job { engine, work, gate: order.gate(), order: Arc::new(order) }.run().await?,
        Err(error) => Outcome::refused(error),
    };
    let ended = Progress::at(Stage::Ended);
    engine.note(&match outcome.job() {
        Some(job) => ended.with_job(job),
        None => ended,
    });
    Ok(outcome)
}

pub(crate) struct Job<'a> {
    pub(crate) engine: &'a dyn Engine,
    pub(crate) work: Arc<dyn Work>,
    pub(crate) order: Arc<Order>,
    pub(crate) gate: String,
}

/// How the time with a slot ended.
pub(crate) enum Slot {
    /// The job has results.
    Succeeded(JobRef, Option<Charge>),
    /// Nothing more is to be done.
    Over(Outcome),
    /// Nothing more can be done, but a job may run for so many milliseconds.
    Doubt { outcome: Outcome, runs_for: u64 },
}

impl Job<'_> {
    async fn run(&self) -> Result<Outcome, Halt> {
        self.engine.note(&Progress::at(Stage::Waiting));
        let mut made = None;
        let slot = match self.engine.acquire(&self.gate, self.order.cap).await {
            Ok(()) => self.with_slot(&mut made).await,
            Err(halt) => Err(halt),
        };
        let slot = match slot {
            Err(Halt::Canceled) => Ok(Slot::Over(self.stop(made).await?)),
            other => other,
        };
        self.release(&slot).await?;
        match slot? {
            Slot::Succeeded(job, billed) => self.fetch(job, billed).await,
            Slot::Over(outcome) | Slot::Doubt { outcome, .. } => Ok(outcome),
        }
    }

    /// Everything between taking the slot and giving it back. `made` is the provider's job as soon as
    /// there is one, whatever comes after.
    async fn with_slot(&self, made: &mut Option<JobRef>) -> Result<Slot, Halt> {
        self.engine.note(&Progress::at(Stage::Preparing));
        let plan = match self.prepare().await? {
            Ok(plan) => plan,
            Err(reason) => return Ok(Slot::Over(Outcome::Refused { reason })),
        };
        match self.obtain(&plan, made).await? {
            Ok(job) => self.follow(&plan, job).await,
            Err(outcome @ Outcome::PerhapsCharged { .. }) => {
                Ok(Slot::Doubt { outcome, runs_for: plan.runs_for })
            }
            Err(outcome) => Ok(Slot::Over(outcome)),
        }
    }

    async fn prepare(&self) -> Result<Result<Plan, String>, Halt> {
        let mut tried = 0_u32;
        loop {
            let (work, order) = (Arc::clone(&self.work), Arc::clone(&self.order));
            let prepared =
                kept(self.engine, "prepare", move || async move { work.prepare(&order).await });
            match prepared.await? {
                Prepared::Ready(plan) => return Ok(Ok(*plan)),
                Prepared::Unfit(reason) => return Ok(Err(reason)),
                Prepared::Again(reason) if tried >= PREPARED_AT_MOST => return Ok(Err(reason)),
                Prepared::Again(_) => tried = tried.saturating_add(1),
            }
            self.engine.sleep(Duration::from_secs(u64::from(tried).saturating_mul(5))).await?;
            self.engine.renew(&self.gate, self.order.cap).await?;
        }
    }

    /// Asks until the job has ended.
    async fn follow(&self, plan: &Plan, job: JobRef) -> Result<Slot, Halt> {
        let progress = || Progress::at(Stage::Running).with_job(&job);
        self.engine.note(&Progress { usd: plan.usd, ..progress() });
        let mut watcher = Watcher::new(plan, Duration::from_secs(self.order.patience));
        let mut pause = Duration::from_millis(plan.pacing.first);
        let mut unrenewed = Duration::ZERO;
        loop {
            self.engine.sleep(pause).await?;
            watcher.waited(pause);
            unrenewed = unrenewed.saturating_add(pause);
            if unrenewed.as_secs() >= self.order.cap.lease / 3 {
                self.engine.renew(&self.gate, self.order.cap).await?;
                unrenewed = Duration::ZERO;
            }
            let seen = self.status(&job).await?;
            if let Seen::Running { percent: Some(percent) } = &seen {
                let percent = Some(*percent);
                self.engine.note(&Progress { percent, usd: plan.usd, ..progress() });
            }
            match watcher.after(&seen) {
                AfterPoll::Ask(next) => pause = next,
                AfterPoll::GiveUp => return Ok(Slot::Over(Outcome::StillRunning { job })),
                AfterPoll::Ended => return Ok(ended(job, seen)),
            }
        }
    }

    async fn status(&self, job: &JobRef) -> Result<Seen, Halt> {
        let (work, order, job) = (Arc::clone(&self.work), Arc::clone(&self.order), job.clone());
        kept(self.engine, "poll", move || async move { work.status(&order, &job).await }).await
    }

    /// Stops what was made, and tells what became of it.
    async fn stop(&self, made: Option<JobRef>) -> Result<Outcome, Halt> {
        let Some(job) = made else {
            let note = "it was canceled before anything was sent".to_owned();
            return Ok(Outcome::Stopped { job: None, note });
        };
        let (work, order, asked) = (Arc::clone(&self.work), Arc::clone(&self.order), job.clone());
        let cancel = move || async move { work.cancel(&order, &asked).await };
        let note = match kept(self.engine, "cancel", cancel).await {
            Ok(note) => note,
            Err(Halt::Canceled) => "nobody waited for the provider's answer".to_owned(),
            Err(broken) => return Err(broken),
        };
        Ok(Outcome::Stopped { job: Some(job), note })
    }

    /// Gives the slot back, a cancel or not. A job that may run unseen takes up its place at the
    /// provider until it has ended.
    async fn release(&self, slot: &Result<Slot, Halt>) -> Result<(), Halt> {
        let hold = match slot {
            Ok(Slot::Doubt { runs_for, .. }) => Duration::from_millis(*runs_for),
            _ => Duration::ZERO,
        };
        match self.engine.release(&self.gate, hold).await {
            Err(Halt::Canceled) => self.engine.release(&self.gate, hold).await,
            other => other,
        }
    }

    async fn fetch(&self, job: JobRef, billed: Option<Charge>) -> Result<Outcome, Halt> {
        self.engine.note(&Progress::at(Stage::Downloading).with_job(&job));
        match self.fetched(&job).await {
            Ok(Fetched::Files(files)) => Ok(Outcome::Done { job, files, billed }),
            Ok(Fetched::Again(reason) | Fetched::Gone(reason)) => {
                Ok(Outcome::NotFetched { job, reason })
            }
            Err(Halt::Canceled) => {
                let reason = "the download was canceled".to_owned();
                Ok(Outcome::NotFetched { job, reason })
            }
            Err(broken) => Err(broken),
        }
    }

    async fn fetched(&self, job: &JobRef) -> Result<Fetched, Halt> {
        let mut tried = 0;
        loop {
            let (work, order, job) = (Arc::clone(&self.work), Arc::clone(&self.order), job.clone());
            let fetch = move || async move { work.fetch(&order, &job).await };
            let fetched: Fetched = kept(self.engine, "download", fetch).await?;
            let pause = decide::fetch_again(tried);
            match (&fetched, pause) {
                (Fetched::Again(_), Some(pause)) => self.engine.sleep(pause).await?,
                _ => return Ok(fetched),
            }
            tried = tried.saturating_add(1);
        }
    }
}

fn ended(job: JobRef, seen: Seen) -> Slot {
    let gone = "the provider no longer has the job, or its result";
    Slot::Over(match seen {
        Seen::Succeeded { billed } => return Slot::Succeeded(job, billed),
        Seen::Failed { reason, unbilled } => Outcome::Failed { job, reason, unbilled },
        Seen::Canceled => {
            Outcome::Stopped { job: Some(job), note: "it was stopped at the provider".to_owned() }
        }
        // The others are not ends.
        Seen::Gone | Seen::Running { .. } | Seen::Missed { .. } => {
            Outcome::NotFetched { job, reason: gone.to_owned() }
        }
    })
}
