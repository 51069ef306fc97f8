//! What it means for the money when a job of the journal is not led to its end, and what to do next.

use reshoot::{Candidate, Descriptor, Error, ErrorKind, Job};
use reshoot_journal::{Attempt, Doubt, JobId, JournalError, OverCap, RunError, Runner, State};

use super::{Exit, Failure, failures::NOTHING_SPENT};
use crate::{journal::JournalPlace, resume::Resume};

const HELD: &str = "held";
const NOTHING_CHANGED: &str = "nothing has changed; the journal holds how the job stands";

impl Failure {
    /// The journal itself cannot be used, or does not hold what was asked for.
    pub(crate) fn journal(error: &JournalError) -> Self {
        let kind = match error {
            JournalError::NoSuchJob(_) => "no such job",
            JournalError::Moved { .. } | JournalError::Driven { .. } => HELD,
            _ => "journal",
        };
        Self::new(Exit::Usage, kind, error.to_string()).money(NOTHING_SPENT)
    }

    /// A job was not led to its end.
    pub(crate) fn of_run(
        error: RunError,
        id: Option<JobId>,
        runner: &Runner,
        place: &JournalPlace,
    ) -> Self {
        let last = id.and_then(|id| runner.journal().job(id).ok()?.attempts.pop());
        let about = About { id, last, place };
        let mut failure = about.failure(error);
        failure.id = failure.id.or(id);
        failure
    }

    /// It could cost more than it may.
    pub(crate) fn over_cap(over: &OverCap) -> Self {
        let next = match over {
            OverCap::UnknownPrice { .. } => {
                "choose another provider, or add --allow-unknown-price: its jobs then count as nothing"
            }
            OverCap::Dearer { .. } => "run it again: it says what it costs by now",
            _ => "see what was spent with reshoot spend; raise the cap if it may cost that much",
        };
        Self::new(Exit::Refused, "over cap", over.to_string()).money(NOTHING_SPENT).next(next)
    }

    /// The user did not want to wait for the submit's answer.
    pub(crate) fn left(id: JobId, place: &JournalPlace) -> Self {
        let message = "the submit was left before its answer came";
        Self::new(Exit::PerhapsCharged, "interrupted", message)
            .money("perhaps charged: do not simply run it again")
            .next(place.reconcile(id))
            .record(id)
    }

    /// The user did not want to wait until every paid request under way had its answer.
    ///
    /// `in_doubt`: whether a submit is among what was left.
    pub(crate) fn left_all(place: &JournalPlace, in_doubt: bool) -> Self {
        let message = "left before every job had come to a safe point";
        let (exit, money) = if in_doubt {
            (Exit::PerhapsCharged, "perhaps charged: a submit was left before its answer came")
        } else {
            (Exit::Interrupted, "what was under way is in the journal, and is never sent twice")
        };
        Self::new(exit, "interrupted", message)
            .money(money)
            .next(place.command(["resume".to_owned(), "--all".to_owned()]))
    }

    /// Interrupted while a job of the journal was looked into.
    pub(crate) fn interrupted_job(id: JobId, place: &JournalPlace) -> Self {
        Self::new(Exit::Interrupted, "interrupted", "interrupted")
            .money(NOTHING_CHANGED)
            .next(place.show(id))
            .record(id)
    }

    /// Whether the job is in another process's hands.
    pub(crate) fn is_held(&self) -> bool {
        self.kind == HELD
    }

    fn record(mut self, id: JobId) -> Self {
        self.id = Some(id);
        self
    }
}

/// What there is to say about a job beside the error.
struct About<'a> {
    id: Option<JobId>,
    last: Option<Attempt>,
    place: &'a JournalPlace,
}

impl About<'_> {
    fn failure(&self, error: RunError) -> Failure {
        match error {
            RunError::Violations(list) => match list.into_iter().next() {
                Some(violations) => Failure::violations(violations),
                None => Failure::usage("no provider was named"),
            },
            RunError::Same(id) => self.same(id),
            RunError::NoTarget(error) => {
                Failure::from_error(Exit::Refused, &error).money(NOTHING_SPENT)
            }
            RunError::SetUp(error) if self.last.is_some() => {
                Failure::set_up(&error).money(NOTHING_CHANGED).next(self.resume_command())
            }
            RunError::SetUp(error) => Failure::set_up(&error),
            RunError::Journal { error: JournalError::OverCap(over), .. } => {
                Failure::over_cap(&over)
            }
            RunError::Journal { error, unrecorded } => self.journal(&error, unrecorded),
            RunError::NotStaged(error) => Failure::not_staged(&error),
            RunError::NotAccepted(error) => {
                self.with_descriptor(|descriptor| Failure::not_accepted(&error, descriptor))
            }
            RunError::PerhapsCharged { doubt, cause } => self.perhaps_charged(&doubt, cause),
            RunError::StillRunning(error) => self.still_running(&error),
            RunError::Ended(job) => {
                self.with_descriptor(|descriptor| Failure::ended(&job, descriptor))
            }
            RunError::NotDownloaded(error) => self.not_downloaded(&error),
            RunError::NotAdopted(error) => Failure::from_error(Exit::Usage, &error)
                .money("nothing has changed: it is still not known whether the job was made"),
            RunError::Held { pid } => self.held(pid),
            RunError::Stopped(state) => self.stopped(state),
            other => Failure::usage(other.to_string()),
        }
    }

    fn resume(&self) -> Resume {
        Resume::recorded(self.resume_command())
    }

    fn resume_command(&self) -> String {
        self.id.map(|id| self.place.resume(id)).unwrap_or_default()
    }

    fn descriptor(&self) -> Option<&'static Descriptor> {
        reshoot::provider(&self.last.as_ref()?.via.provider).ok()
    }

    fn with_descriptor(&self, failure: impl FnOnce(&'static Descriptor) -> Failure) -> Failure {
        self.descriptor().map_or_else(|| Failure::usage("this build lacks the provider"), failure)
    }

    fn title(&self) -> &'static str {
        self.descriptor().map_or("the provider", |descriptor| descriptor.capabilities.title)
    }

    fn same(&self, id: JobId) -> Failure {
        let message =
            format!("job {id} is the very same edit into the same file, and was left unfinished");
        Failure::new(Exit::Refused, "same edit", message)
            .money(format!("{NOTHING_SPENT} now; job {id} may have been paid for"))
            .next(self.place.resume(id))
            .next("or begin it anew, and perhaps pay twice, by adding --again")
            .record(id)
    }

    fn journal(&self, error: &JournalError, unrecorded: Option<reshoot::JobRef>) -> Failure {
        if let Some(job) = unrecorded {
            let message = format!("the job was made, but could not be written down: {error}");
            return Failure::new(Exit::StillRunning, "journal", message)
                .money("the job goes on at the provider and will be billed: keep its id")
                .job(&job)
                .next(Resume::default().wait(&job));
        }
        let failure = Failure::journal(error);
        match self.id {
            Some(id) => Failure { exit: Exit::StillRunning, ..failure }
                .money("what was written down before is safe; nothing was sent twice")
                .next(self.place.show(id)),
            None => failure,
        }
    }

    fn perhaps_charged(&self, doubt: &Doubt, cause: Option<Error>) -> Failure {
        let title = self.title();
        let failure = match &cause {
            Some(error) => Failure::from_error(Exit::PerhapsCharged, error),
            None => {
                let message = format!("it is not known whether {title} made the job: {doubt}");
                Failure::new(Exit::PerhapsCharged, "perhaps charged", message)
            }
        };
        let mut failure = failure.money(format!(
            "perhaps charged: do not simply run it again; {title} may have made the job"
        ));
        failure.idempotency_key = self.last.as_ref().and_then(|last| last.idempotency_key.clone());
        let Some(id) = self.id else {
            return failure;
        };
        let reconcile = self.place.reconcile(id);
        match doubt {
            Doubt::NotAsked | Doubt::Stopped | Doubt::Unanswered(_) => failure.next(reconcile),
            Doubt::Ambiguous(list) => by_hand(failure, &reconcile, title, list),
            _ => by_hand(failure, &reconcile, title, &[]),
        }
    }

    fn still_running(&self, error: &Error) -> Failure {
        match self.job() {
            Some(job) => Failure::still_running(error, &job.job_ref, &self.resume()),
            None => Failure::from_error(Exit::StillRunning, error).money(NOTHING_CHANGED),
        }
    }

    fn not_downloaded(&self, error: &Error) -> Failure {
        let failure = match self.job() {
            Some(job) => Failure::not_downloaded(error, &job.job_ref, &self.resume()),
            None => Failure::from_error(Exit::NotDownloaded, error),
        };
        if error.kind() == ErrorKind::Io {
            return failure
                .next("with -o FILE it goes elsewhere, with --overwrite over what is there");
        }
        failure
    }

    fn held(&self, pid: u32) -> Failure {
        let id = self.id.map_or(String::new(), |id| format!(" {id}"));
        let message = format!("job{id} is driven by another process (number {pid})");
        Failure::new(Exit::StillRunning, HELD, message)
            .money("nothing was sent; the other process goes on")
            .next("wait for it, or end it")
    }

    fn stopped(&self, state: State) -> Failure {
        match (state, self.job()) {
            (State::Intent, _) | (_, None) => Failure::interrupted_unspent(),
            (State::Succeeded, Some(job)) => {
                Failure::interrupted_download(&job.job_ref, &self.resume())
            }
            (_, Some(job)) => Failure::interrupted_running(&job.job_ref, &self.resume()),
        }
    }

    /// The provider's job, as far as its id goes.
    fn job(&self) -> Option<Job> {
        let job_ref = self.last.as_ref()?.job_ref()?.ok()?;
        Some(Job::new(job_ref, reshoot::JobState::Queued))
    }
}

/// How to settle by hand what the provider's list does not tell.
fn by_hand(failure: Failure, reconcile: &str, title: &str, list: &[Candidate]) -> Failure {
    let failure = failure.next(format!("look into the dashboard of {title} for the job, then"));
    let failure = if list.is_empty() {
        failure.next(format!("{reconcile} --adopt PROVIDER:ID  # if it is there"))
    } else {
        list.iter().take(3).fold(failure, |failure, candidate| {
            let job = &candidate.job.job_ref;
            failure.next(format!("{reconcile} --adopt {job}  # if it is this one"))
        })
    };
    failure.next(format!("{reconcile} --absent  # if no job was made"))
}
