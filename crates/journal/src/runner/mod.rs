//! Leading jobs: from the intent to the file, and on from wherever a job stands.

mod begin;
mod event;
mod fetch;
mod follow;
mod hint;
mod measure;
mod outcome;
mod plans;
mod settle;
mod step;
mod submit;
mod verify;

use std::{sync::Arc, time::Duration};

use reshoot_core::{
    Asker, Budget, Checked, DownloadOptions, Downloaded, Error, Gate, Job, JobRef, JobState,
    Output, Permit, Provider, ProviderStage, Ready, Stage, Staging, WaitOptions,
};
use tokio_util::sync::CancellationToken;

use crate::{
    Begin, Journal, JournalError, Room, State, Taken,
    holder::BEAT,
    record::{Attempt, AttemptId, JobId, JobRecord, Moment, Quote, Via},
};

pub use event::{RunEvent, Watch};
pub use outcome::{Doubt, Outcome, RunError};
pub use step::Goal;
use step::Step;
pub use verify::Closely;

/// A provider that can be asked, and what goes with it. Jobs on clones of one route are asked for together,
/// where the provider can: make it once.
#[derive(Clone)]
#[non_exhaustive]
pub struct Route {
    /// The provider.
    pub provider: Arc<dyn Provider>,
    /// Where local files go; none: to the provider's own upload.
    pub stage: Option<Arc<dyn Stage>>,
    /// Whether results may lie on this machine, as those of an emulator do.
    pub allow_loopback: bool,
    /// How many jobs may run and begin there, shared by all who use its key, in this
    /// process and in those that share the journal; none: as many as are led.
    pub gate: Option<Gate>,
    /// How often its key may ask, shared by all who use it; none: as its jobs' poll plans say.
    pub budget: Option<Budget>,
    /// Asks for all jobs of this process on this route and its clones, within the budget.
    asker: Asker,
}

impl Route {
    /// A provider with its own upload.
    #[must_use]
    pub fn new(provider: Arc<dyn Provider>) -> Self {
        let (stage, gate, budget) = (None, None, None);
        let asker = Asker::new(Arc::clone(&provider));
        Self { provider, stage, allow_loopback: false, gate, budget, asker }
    }

    /// Stages local files elsewhere.
    #[must_use]
    pub fn with_stage(mut self, stage: Option<Arc<dyn Stage>>) -> Self {
        self.stage = stage;
        self
    }

    /// Lets results lie on this machine, or not.
    #[must_use]
    pub const fn with_loopback(mut self, allow: bool) -> Self {
        self.allow_loopback = allow;
        self
    }

    /// Keeps to what a gate lets through.
    #[must_use]
    pub fn with_gate(mut self, gate: Option<Gate>) -> Self {
        self.gate = gate;
        self
    }

    /// Keeps to a budget of requests.
    #[must_use]
    pub fn with_budget(mut self, budget: Option<Budget>) -> Self {
        self.asker = Asker::within(Arc::clone(&self.provider), budget.clone());
        self.budget = budget;
        self
    }

    /// What holds for all processes that share the journal, where the longest job took so long.
    fn room(&self, longest: Option<Duration>) -> Option<Room> {
        let gate = self.gate.as_ref()?;
        Some(Room::new(gate.load(), self.provider.capabilities()).with_longest(longest))
    }

    fn staging(&self) -> Staging {
        self.stage.as_ref().map_or(Staging::Provider, |stage| stage.staging())
    }

    async fn stage(&self, checked: Checked) -> Result<Ready, Error> {
        match &self.stage {
            Some(stage) => checked.stage(&**stage).await,
            None => checked.stage(&ProviderStage(&*self.provider)).await,
        }
    }
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Route")
            .field("provider", &self.provider.name())
            .field("staging", &self.staging())
            .finish_non_exhaustive()
    }
}

/// A job's place at the gate of its provider, from its submit until its end there.
#[derive(Debug, Default)]
struct Place(Option<(AttemptId, Permit)>);

impl Place {
    /// Waits for a place, before a submit.
    async fn enter(&mut self, attempt: AttemptId, route: &Route) {
        self.leave_unless(attempt);
        if let (None, Some(gate)) = (&self.0, &route.gate) {
            self.0 = Some((attempt, gate.enter().await));
        }
    }

    /// Takes a place without waiting, for a job that runs already.
    fn occupy(&mut self, attempt: AttemptId, route: &Route) {
        self.leave_unless(attempt);
        if let (None, Some(gate)) = (&self.0, &route.gate) {
            self.0 = Some((attempt, gate.occupy()));
        }
    }

    /// The submit was answered, or its answer is lost.
    fn submitted(&mut self) {
        if let Some((_, permit)) = &mut self.0 {
            permit.submitted();
        }
    }

    fn leave_unless(&mut self, attempt: AttemptId) {
        self.0 = self.0.take().filter(|(held, _)| *held == attempt);
    }

    fn leave(&mut self) {
        self.0 = None;
    }
}

/// Finds the way to a provider again, with its key: for a job that was begun by another process.
pub trait Routes: Send + Sync {
    /// Connects to the provider that `via` names, at the place that it says.
    ///
    /// # Errors
    /// [`Config`](reshoot_core::ErrorKind::Config) when there is no key, or no such provider.
    fn connect(&self, via: &Via) -> Result<Route, Error>;
}

impl<F: Fn(&Via) -> Result<Route, Error> + Send + Sync> Routes for F {
    fn connect(&self, via: &Via) -> Result<Route, Error> {
        self(via)
    }
}

/// How to lead jobs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RunOptions {
    /// How long and how often to ask for a job's state.
    pub wait: WaitOptions,
    /// How to write results. Whether files are replaced is said by each job.
    pub download: DownloadOptions,
    /// How long to go on submitting while a provider refuses for a passing reason.
    pub patience: Duration,
    /// How long a provider's list of jobs may lag behind a submit.
    pub lag: Duration,
    /// Begins an edit even if the same is open, and driven by nobody.
    pub again: bool,
    /// Cancel it to stop at the next safe point: a paid request under way is brought to its end.
    pub stop: CancellationToken,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            wait: WaitOptions::default(),
            download: DownloadOptions::default(),
            patience: Duration::from_secs(60),
            lag: Duration::from_secs(30),
            again: false,
            stop: CancellationToken::new(),
        }
    }
}

/// Leads jobs through the journal. The command and programs share it.
#[derive(Clone)]
pub struct Runner {
    journal: Journal,
    routes: Arc<dyn Routes>,
    options: RunOptions,
    hints: Arc<hint::Hints>,
    plans: plans::Plans,
    silent: Arc<measure::Silent>,
}

impl std::fmt::Debug for Runner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runner").field("journal", &self.journal).finish_non_exhaustive()
    }
}

impl Runner {
    /// A runner over a journal.
    #[must_use]
    pub fn new(journal: Journal, routes: Arc<dyn Routes>, options: RunOptions) -> Self {
        let (hints, plans, silent) = Default::default();
        Self { journal, routes, options, hints, plans, silent }
    }

    /// The journal.
    #[must_use]
    pub const fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Leads a job on from wherever it stands. An attempt whose submit is in doubt is never submitted
    /// again, but reconciled.
    ///
    /// The future may be dropped at any time: a paid request that is under way goes on on its own, and
    /// its outcome is recorded.
    ///
    /// # Errors
    /// [`RunError`] tells what it means for the money; the journal holds how the job stands.
    pub async fn lead(&self, id: JobId, goal: Goal, watch: Watch<'_>) -> Result<Outcome, RunError> {
        let (mut files, mut links_are_fresh, mut held) = (Vec::new(), false, None);
        let mut place = Place::default();
        loop {
            let job = self.read_job(id).await?;
            let step = step::next(&job, goal);
            if let Some(attempt) = of(step)
                && held.replace(attempt) != Some(attempt)
            {
                // Until it is ours, another process may have moved it on: it is read again.
                self.hold(attempt).await?;
                continue;
            }
            match step {
                Step::Submit(attempt) => {
                    self.submit(&job, find(&job, attempt)?, &mut place, watch).await?;
                }
                Step::Reconcile(attempt) => {
                    let attempt = find(&job, attempt)?;
                    // Boxed, as all that is short: a job mostly waits, and is as large as its largest step.
                    Box::pin(self.reconcile_attempt(&job, attempt, &mut place, watch)).await?;
                }
                Step::Follow(attempt) => {
                    let attempt = find(&job, attempt)?;
                    let route = self.routes.connect(&attempt.via).map_err(RunError::SetUp)?;
                    place.occupy(attempt.id, &route);
                    self.follow(&job, attempt, &route, watch).await?;
                    place.leave();
                    links_are_fresh = true;
                }
                Step::Fetch(attempt) => {
                    let attempt = find(&job, attempt)?;
                    files = Box::pin(self.fetch(&job, attempt, links_are_fresh, watch)).await?;
                }
                Step::Done => return self.done(&job, files).await,
            }
        }
    }

    /// How it ended, when nothing more is to be done.
    async fn done(&self, job: &JobRecord, files: Vec<Downloaded>) -> Result<Outcome, RunError> {
        let Some(attempt) = job.last() else {
            return Err(JournalError::NoSuchJob(job.id.to_string()).into());
        };
        if attempt.state.is_open() {
            let id = attempt.id;
            self.record(move |journal| journal.release(id)).await?;
        }
        match attempt.state {
            State::Accepted | State::Running => Ok(Outcome::Accepted(recorded(attempt)?)),
            State::Succeeded => Ok(Outcome::Succeeded(recorded(attempt)?)),
            State::Downloaded => Ok(Outcome::Downloaded { job: recorded(attempt)?, files }),
            state => Ok(Outcome::Settled(state)),
        }
    }

    /// Takes an attempt in hand.
    async fn hold(&self, attempt: AttemptId) -> Result<(), RunError> {
        match self.record(move |journal| journal.take(attempt)).await? {
            Taken::Ours | Taken::Ended => Ok(()),
            Taken::Held { pid, hung: false, .. } => Err(RunError::Held { pid }),
            Taken::Held { pid, beat, holder, .. } => {
                // A clock that jumped makes every holder look hung, until its next beat.
                tokio::select! {
                    () = self.options.stop.cancelled() => return Err(RunError::Held { pid }),
                    () = tokio::time::sleep(BEAT.saturating_mul(2)) => {}
                }
                let taken = self.record(move |journal| journal.take_hung(attempt, holder, beat));
                if taken.await? { Ok(()) } else { Err(RunError::Held { pid }) }
            }
        }
    }

    async fn read_job(&self, id: JobId) -> Result<JobRecord, RunError> {
        Ok(self.record(move |journal| journal.job(id)).await?)
    }

    /// Runs what waits for the disk on a thread of its own.
    async fn record<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Journal) -> Result<T, JournalError> + Send + 'static,
    ) -> Result<T, JournalError> {
        off_thread(&self.journal, work).await
    }
}

/// Runs what waits for the disk on a thread of its own, when it is its turn.
async fn off_thread<T: Send + 'static>(
    journal: &Journal,
    work: impl FnOnce(&Journal) -> Result<T, JournalError> + Send + 'static,
) -> Result<T, JournalError> {
    let (journal, turn) = (journal.clone(), journal.turn().await);
    let worked = tokio::task::spawn_blocking(move || {
        let done = work(&journal);
        drop(turn);
        done
    });
    worked.await.map_err(|error| {
        JournalError::Unreadable(format!("the thread that writes the journal has ended: {error}"))
    })?
}

const fn of(step: Step) -> Option<AttemptId> {
    match step {
        Step::Submit(attempt)
        | Step::Reconcile(attempt)
        | Step::Follow(attempt)
        | Step::Fetch(attempt) => Some(attempt),
        Step::Done => None,
    }
}

fn find(job: &JobRecord, attempt: AttemptId) -> Result<&Attempt, RunError> {
    let found = job.attempt(attempt);
    Ok(found.ok_or_else(|| JournalError::NoSuchJob(format!("with attempt {attempt}")))?)
}

/// The provider's job, as the journal holds it.
fn recorded(attempt: &Attempt) -> Result<Job, RunError> {
    let outputs = attempt.outputs.iter().map(|output| {
        let left = output.expires.map(|expires| expires.0.saturating_sub(Moment::now().0));
        let left = left.map(|left| Duration::from_millis(left.unsigned_abs()));
        Output::new(output.link.clone(), left)
    });
    let state = match attempt.state {
        State::Succeeded | State::Downloaded => {
            JobState::Succeeded { outputs: outputs.collect(), billed: attempt.billed }
        }
        State::Accepted => JobState::Queued,
        _ => JobState::Running { progress: None },
    };
    Ok(Job::new(job_ref(attempt)?, state))
}

fn job_ref(attempt: &Attempt) -> Result<JobRef, RunError> {
    match attempt.job_ref() {
        Some(job_ref) => job_ref.map_err(RunError::SetUp),
        None => Err(JournalError::Unreadable(format!("attempt {} has no id", attempt.id)).into()),
    }
}
