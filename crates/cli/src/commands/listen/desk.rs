//! What becomes of hints: those who wait are woken through the journal; jobs that nobody waits for are
//! asked about here, and what they became is recorded. Nothing is ever submitted here.

use std::{
    collections::{HashSet, VecDeque},
    time::Duration,
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use reshoot::{Hint, JobRef, WaitOptions};
use reshoot_journal::{
    Filter, Goal, JobId, JobRecord, Journal, JournalError, Outcome, RunError, RunEvent, RunOptions,
    State,
};
use tokio::{select, sync::mpsc, task::JoinHandle, time};

use super::super::{Context, resume};
use crate::{
    args::ListenArgs,
    exit::Failure,
    interrupts::{Interrupted, Interrupts},
    journal::JournalPlace,
    lead::Lead,
    output::{Event, Output},
    request,
    session::Connections,
};

/// How many jobs are asked about at the same time.
const AT_ONCE: usize = 8;

type Server = JoinHandle<std::io::Result<()>>;

/// Where hints come in and are worked off.
pub(super) struct Desk<'a> {
    journal: Journal,
    providers: Vec<&'static str>,
    fetch: bool,
    look_every: Duration,
    out: &'a dyn Output,
    place: JournalPlace,
    interrupts: &'a mut Interrupts,
}

/// Jobs to be asked about: each once at a time.
#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<JobId>,
    known: HashSet<JobId>,
    active: HashSet<JobId>,
}

impl Queue {
    fn add(&mut self, id: JobId) {
        if self.known.insert(id) {
            self.waiting.push_back(id);
        }
    }

    /// The next job that may be begun.
    fn begin(&mut self) -> Option<JobId> {
        let is_free = |id: &JobId| !self.active.contains(id);
        let at = self.waiting.iter().position(is_free).filter(|_| self.active.len() < AT_ONCE)?;
        let id = self.waiting.remove(at)?;
        self.known.remove(&id);
        self.active.insert(id);
        Some(id)
    }

    fn end(&mut self, id: JobId) {
        self.active.remove(&id);
    }
}

impl<'a> Desk<'a> {
    pub(super) fn new(
        journal: Journal,
        providers: Vec<&'static str>,
        args: &ListenArgs,
        context: &'a mut Context<'_>,
    ) -> Self {
        Self {
            journal,
            providers,
            fetch: args.fetch,
            look_every: args.look_every,
            out: context.out,
            place: context.journal.clone(),
            interrupts: &mut context.interrupts,
        }
    }

    /// Works until it is stopped. What was acknowledged is written down before it ends.
    pub(super) async fn work(
        self,
        mut hints: mpsc::Receiver<Hint>,
        mut server: Server,
    ) -> Result<(), Failure> {
        let Self { interrupts, journal, providers, fetch, look_every, out, place } = self;
        let clerk = Clerk { journal, providers, fetch, out, place, stop: RunOptions::default() };
        let (mut queue, mut led) = (Queue::default(), FuturesUnordered::new());
        let mut look = time::interval(look_every.max(Duration::from_millis(1)));
        look.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
        let ended = loop {
            while let Some(id) = queue.begin() {
                led.push(clerk.lead(id));
            }
            select! {
                biased;
                Interrupted = interrupts.next() => break Ok(()),
                Some(id) = led.next() => queue.end(id),
                Some(hint) = hints.recv() => {
                    clerk.note(&hint.job.job_ref).await.into_iter().for_each(|id| queue.add(id));
                }
                _ = look.tick() => clerk.open_jobs().await.into_iter().for_each(|id| queue.add(id)),
                died = &mut server => break Err(died),
            }
        };
        server.abort();
        clerk.stop.stop.cancel();
        hints.close();
        while let Some(hint) = hints.recv().await {
            clerk.note(&hint.job.job_ref).await;
        }
        while led.next().await.is_some() {}
        ended.map_err(|died| Failure::usage(format!("nothing is received any more: {died:?}")))
    }
}

/// Who does the work of one hint.
struct Clerk<'a> {
    journal: Journal,
    providers: Vec<&'static str>,
    fetch: bool,
    out: &'a dyn Output,
    place: JournalPlace,
    stop: RunOptions,
}

impl Clerk<'_> {
    /// Writes a hint down, so that whoever waits for the job asks at once.
    async fn note(&self, job: &JobRef) -> Option<JobId> {
        let (provider, remote) = (job.provider().to_owned(), job.id().to_owned());
        let hinted = self.read(move |journal| journal.hint(&provider, &remote)).await;
        let id = hinted.flatten();
        self.out.show(Event::Hinted { job, id });
        id
    }

    /// Jobs under way, and with `--fetch` those whose results are not here: hints about them may have been
    /// lost.
    async fn open_jobs(&self) -> Vec<JobId> {
        let mut filter = Filter::default();
        filter.states = vec![State::Accepted, State::Running];
        filter.states.extend(self.fetch.then_some(State::Succeeded));
        let listing = self.read(move |journal| journal.list(&filter)).await;
        let jobs = listing.map(|listing| listing.jobs).unwrap_or_default();
        let is_ours = |provider: &str| self.providers.contains(&provider);
        jobs.into_iter().filter(|job| is_ours(&job.provider)).map(|job| job.id).rev().collect()
    }

    /// Asks once how a job stands, records it, and with `--fetch` brings the result.
    async fn lead(&self, id: JobId) -> JobId {
        if let Some(job) = self.read(move |journal| journal.job(id)).await
            && only_to_be_asked(&job)
            && let Err(failure) = self.ask(&job).await
        {
            self.out.fail(&failure);
        }
        id
    }

    async fn ask(&self, job: &JobRecord) -> Result<(), Failure> {
        let id = job.id;
        let lead = Lead::new(self.journal.clone(), Connections::real(), None, false, |options| {
            // One poll: waiting for the end would take the job out of others' hands.
            options.wait = WaitOptions::default().with_timeout(Duration::ZERO);
            options.stop = self.stop.stop.child_token();
        });
        let goal = if self.fetch { Goal::Downloaded } else { Goal::Ended };
        if self.fetch && job.target.is_none() {
            resume::send_to(&lead, id, &resume::default_target(job), false)?;
        }
        let mut watch = |event: RunEvent<'_>| {
            if matches!(event, RunEvent::GoingOn { .. }) {
                // The next provider costs money: that is for whoever resumes the job.
                lead.stop();
            }
        };
        match lead.runner.lead(id, goal, &mut watch).await {
            Ok(outcome) => self.tell(outcome, id),
            // It is woken by the hint, or has not ended.
            Err(RunError::Held { .. } | RunError::StillRunning(_)) => {}
            Err(RunError::Stopped(State::Intent)) => {
                let next = self.place.resume(id);
                let message = format!(
                    "job {id} has no result and is not billed; the next provider is tried by: {next}"
                );
                self.out.show(Event::NothingToDo(&message));
            }
            Err(RunError::Stopped(_)) => {}
            Err(error) => return Err(Failure::of_run(error, Some(id), &lead.runner, &self.place)),
        }
        Ok(())
    }

    fn tell(&self, outcome: Outcome, id: JobId) {
        match outcome {
            Outcome::Succeeded(job) => {
                let next = self.place.resume(id);
                self.out.show(Event::Ended { job: &job, next: &next });
            }
            Outcome::Downloaded { job, files } if !files.is_empty() => {
                let files = request::as_seen_here(files);
                self.out.show(Event::Done { job: &job, files: &files, emulated: false });
            }
            _ => {}
        }
    }

    /// Works on the journal off this thread, which answers providers. A journal that fails is told of; the
    /// jobs in it are looked after again later.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Journal) -> Result<T, JournalError> + Send + 'static,
    ) -> Option<T> {
        let journal = self.journal.clone();
        match tokio::task::spawn_blocking(move || work(&journal)).await {
            Ok(Ok(done)) => Some(done),
            Ok(Err(JournalError::NoSuchJob(_))) | Err(_) => None,
            Ok(Err(error)) => {
                self.out.fail(&Failure::journal(&error));
                None
            }
        }
    }
}

/// Whether nothing about a job could cost money: a submit that is wanted or in doubt is for its user.
fn only_to_be_asked(job: &JobRecord) -> bool {
    let may_cost =
        |state| matches!(state, State::Intent | State::Submitting | State::PerhapsCharged);
    !job.attempts.iter().any(|attempt| may_cost(attempt.state))
}

#[cfg(test)]
mod tests {
    use reshoot::{EditRequest, Url};
    use reshoot_journal::{Begin, Order, Quote, Via};

    use super::*;

    #[test]
    fn a_job_whose_submit_is_wanted_or_in_doubt_is_left_to_its_user() {
        let journal = Journal::in_memory().unwrap();
        let clip = Url::parse("https://h.example/clip.mp4").unwrap();
        let order = Order::new(EditRequest::new(clip, "a"), None);
        let begin = Begin::new(0, Quote::new(6.0, None), None);
        let (id, attempt) = journal.begin(&order, &[Via::new("evolink")], &begin).unwrap();
        let may_be_led = || only_to_be_asked(&journal.job(id).unwrap());
        assert!(!may_be_led(), "wanted");
        journal.submitting(attempt, None, None).unwrap();
        assert!(!may_be_led(), "under way");
        journal.perhaps_charged(attempt, "no answer").unwrap();
        assert!(!may_be_led(), "in doubt");
        journal.accepted(attempt, "task-1").unwrap();
        assert!(may_be_led(), "made");
    }

    #[test]
    fn a_job_is_asked_about_once_at_a_time_and_again_if_it_was_hinted_at_meanwhile() {
        let mut queue = Queue::default();
        [1, 1, 2].map(JobId).into_iter().for_each(|id| queue.add(id));
        assert_eq!(
            [queue.begin(), queue.begin(), queue.begin()],
            [Some(JobId(1)), Some(JobId(2)), None]
        );
        queue.add(JobId(1));
        assert_eq!(queue.begin(), None);
        queue.end(JobId(1));
        assert_eq!([queue.begin(), queue.begin()], [Some(JobId(1)), None]);
    }

    #[test]
    fn only_so_many_are_asked_about_at_the_same_time() {
        let mut queue = Queue::default();
        (0..20).map(JobId).for_each(|id| queue.add(id));
        assert_eq!(std::iter::from_fn(|| queue.begin()).count(), AT_ONCE);
        queue.end(JobId(0));
        assert_eq!(queue.begin(), Some(JobId(8)));
    }
}
