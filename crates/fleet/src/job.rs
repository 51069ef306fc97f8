//! The job: from the order to the files, over any engine.

use std::{sync::Arc, time::Duration};

use reshoot_core::{Charge, JobRef};

use crate::{
    decide::{self, AfterPoll, Watcher},
    engine::{Engine, Halt, kept},
    gate::{Cap, Start},
    order::Order,
    outcome::{Outcome, Progress, Stage},
    work::{Fetched, Plan, Prepared, Seen, Stopping, Work},
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
    let mut known = Known::default();
    let outcome = match order.check() {
        Ok(()) => {
            let (gate, cap, order) = (order.gate(), order.cap, Arc::new(order));
            Job { engine, work, gate, cap, order }.run(&mut known).await?
        }
        Err(error) => Outcome::refused(error),
    };
    engine.note(&known.at(Stage::Ended));
    Ok(outcome)
}

/// Does what must be done whoever cancels meanwhile, and keeps that they did.
pub(crate) async fn surely<T, F>(canceled: &mut bool, act: impl Fn() -> F) -> Result<T, Halt>
where
    F: Future<Output = Result<T, Halt>>,
{
    loop {
        match act().await {
            Err(Halt::Canceled) => *canceled = true,
            other => return other,
        }
    }
}

pub(crate) struct Job<'a> {
    pub(crate) engine: &'a dyn Engine,
    pub(crate) work: Arc<dyn Work>,
    pub(crate) order: Arc<Order>,
    pub(crate) gate: String,
    pub(crate) cap: Cap,
}

/// What is known by now, however it ends.
#[derive(Default)]
pub(crate) struct Known {
    /// The provider's job, as soon as there is one.
    pub(crate) job: Option<JobRef>,
    /// The price by its estimate.
    usd: Option<f64>,
    /// For how long a job that nobody watches takes up its place.
    runs_for: Duration,
}

impl Known {
    pub(crate) fn at(&self, stage: Stage) -> Progress {
        Progress { job: self.job.clone(), usd: self.usd, ..Progress::at(stage) }
    }
}

/// How the time with a slot ended.
enum Slot {
    /// The job has results.
    Succeeded(JobRef, Option<Charge>),
    /// Nothing more is to be done, and nothing runs.
    Over(Outcome),
    /// Nothing more is done here, but a job may run on at the provider.
    RunsOn(Outcome),
}

impl Job<'_> {
    async fn run(&self, known: &mut Known) -> Result<Outcome, Halt> {
        self.engine.note(&known.at(Stage::Waiting));
        let slot = match self.engine.acquire(&self.gate, self.cap).await {
            Ok(()) => self.with_slot(known).await,
            Err(halt) => Err(halt),
        };
        let slot = match slot {
            Err(Halt::Canceled) => self.stop(known.job.clone()).await?,
            other => other?,
        };
        // Whoever cancels: a slot is given back, and an end is told.
        let hold = if matches!(slot, Slot::RunsOn(_)) { known.runs_for } else { Duration::ZERO };
        surely(&mut false, || self.engine.release(&self.gate, hold)).await?;
        match slot {
            Slot::Succeeded(job, billed) => self.fetch(known, job, billed).await,
            Slot::Over(outcome) | Slot::RunsOn(outcome) => Ok(outcome),
        }
    }

    /// Everything between taking the slot and giving it back.
    async fn with_slot(&self, known: &mut Known) -> Result<Slot, Halt> {
        self.engine.note(&known.at(Stage::Preparing));
        let plan = match self.prepare().await? {
            Ok(plan) => plan,
            Err(reason) => return Ok(Slot::Over(Outcome::Refused { reason })),
        };
        (known.usd, known.runs_for) = (plan.usd, Duration::from_millis(plan.runs_for));
        // No lease ends while a submit is under way.
        let cap = Cap { lease: self.cap.lease.max(plan.latest.div_ceil(500)), ..self.cap };
        let job = Job {
            work: Arc::clone(&self.work),
            order: Arc::clone(&self.order),
            gate: self.gate.clone(),
            cap,
            ..*self
        };
        match job.obtain(&plan, known).await? {
            Ok(made) => job.follow(&plan, known, made).await,
            Err(outcome @ Outcome::PerhapsCharged { .. }) => Ok(Slot::RunsOn(outcome)),
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
            self.rest(Duration::from_secs(u64::from(tried).saturating_mul(5))).await?;
        }
    }

    /// Waits for the next start; who lost the slot asks for another one first.
    pub(crate) async fn pace(&self, pause: Duration) -> Result<(), Halt> {
        loop {
            match self.engine.pace(&self.gate, self.cap, pause).await? {
                Start::In(wait) => return self.rest(Duration::from_millis(wait)).await,
                Start::NoSlot => self.engine.acquire(&self.gate, self.cap).await?,
            }
        }
    }

    /// Waits, and gives signs of life, so that no lease ends meanwhile.
    pub(crate) async fn rest(&self, span: Duration) -> Result<(), Halt> {
        let beat = self.beat();
        let mut left = span;
        while left > beat {
            self.engine.sleep(beat).await?;
            self.engine.renew(&self.gate, self.cap).await?;
            left = left.saturating_sub(beat);
        }
        self.engine.sleep(left).await
    }

    /// How often to give a sign of life.
    fn beat(&self) -> Duration {
        Duration::from_secs((self.cap.lease / 3).max(1))
    }

    /// Asks until the job has ended.
    async fn follow(&self, plan: &Plan, known: &Known, job: JobRef) -> Result<Slot, Halt> {
        self.engine.note(&known.at(Stage::Running));
        let mut watcher = Watcher::new(plan, Duration::from_secs(self.order.patience));
        let mut pause = Duration::from_millis(plan.pacing.first);
        let mut unrenewed = Duration::ZERO;
        loop {
            self.rest(pause).await?;
            watcher.waited(pause);
            unrenewed = unrenewed.saturating_add(pause);
            if unrenewed >= self.beat() {
                self.engine.renew(&self.gate, self.cap).await?;
                unrenewed = Duration::ZERO;
            }
            let seen = self.status(&job).await?;
            if let Seen::Running { percent: Some(percent) } = &seen {
                let percent = Some(*percent);
                self.engine.note(&Progress { percent, ..known.at(Stage::Running) });
            }
            match watcher.after(&seen) {
                AfterPoll::Ask(next) => pause = next,
                AfterPoll::GiveUp => return Ok(Slot::RunsOn(Outcome::StillRunning { job })),
                AfterPoll::Ended => return Ok(ended(job, seen)),
            }
        }
    }

    async fn status(&self, job: &JobRef) -> Result<Seen, Halt> {
        let (work, order, job) = (Arc::clone(&self.work), Arc::clone(&self.order), job.clone());
        kept(self.engine, "poll", move || async move { work.status(&order, &job).await }).await
    }

    /// Stops what was made, and tells what became of it.
    async fn stop(&self, made: Option<JobRef>) -> Result<Slot, Halt> {
        let Some(job) = made else {
            let note = "it was canceled before anything was sent".to_owned();
            return Ok(Slot::Over(Outcome::Stopped { job: None, note }));
        };
        let (work, order, asked) = (Arc::clone(&self.work), Arc::clone(&self.order), job.clone());
        let cancel = move || async move { work.cancel(&order, &asked).await };
        let Stopping { ended, note } = match kept(self.engine, "cancel", cancel).await {
            Ok(stopping) => stopping,
            Err(Halt::Canceled) => {
                let note = "nobody waited for the provider's answer".to_owned();
                Stopping { ended: false, note }
            }
            Err(broken) => return Err(broken),
        };
        let outcome = Outcome::Stopped { job: Some(job), note };
        Ok(if ended { Slot::Over(outcome) } else { Slot::RunsOn(outcome) })
    }

    async fn fetch(
        &self,
        known: &Known,
        job: JobRef,
        billed: Option<Charge>,
    ) -> Result<Outcome, Halt> {
        self.engine.note(&known.at(Stage::Downloading));
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
