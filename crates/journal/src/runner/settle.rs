//! Finding out whether a submit made a job.

use std::time::{Duration, SystemTime};

use reshoot_core::{
    EditRequest, Error, ErrorKind, JobRef, LostSubmit, Media, Operation, Ready, Submission, Url,
    capabilities::Listing,
};

use tokio::time::Instant;

use super::{
    Attempt, Doubt, JobId, JobRecord, Place, Route, RunError, RunEvent, Runner, Watch, begin,
    submit,
};
use crate::{
    Filter, JournalError, State,
    reconcile::{LOOK_BACK, Lost, Verdict, may_replay, verdict},
};

/// How long to wait for a list that lags behind, and how often to ask for it meanwhile.
const PATIENCE: Duration = Duration::from_secs(60);
const ASK_AGAIN: Duration = Duration::from_secs(5);

impl Runner {
    /// Finds out about every attempt of a job whose submit is in doubt: adopts the job that it made, or
    /// proves that it made none; the attempt then goes back to its intent. Submits nothing anew.
    ///
    /// # Errors
    /// [`RunError::PerhapsCharged`] with the [`Doubt`] that stays.
    pub async fn reconcile(&self, id: JobId, watch: Watch<'_>) -> Result<State, RunError> {
        for attempt in self.read_job(id).await?.attempts {
            if attempt.state.is_in_doubt() {
                self.hold(attempt.id).await?;
            }
        }
        // Until they were ours, another process may have settled them.
        let job = self.read_job(id).await?;
        for attempt in job.attempts.iter().filter(|attempt| attempt.state.is_in_doubt()) {
            self.reconcile_attempt(&job, attempt, &mut Place::default(), watch).await?;
        }
        let job = self.read_job(id).await?;
        Ok(job.last().map_or(State::Abandoned, |attempt| attempt.state))
    }

    /// Settles an attempt that is in doubt, as far as the provider can tell.
    pub(super) async fn reconcile_attempt(
        &self,
        job: &JobRecord,
        attempt: &Attempt,
        place: &mut Place,
        watch: Watch<'_>,
    ) -> Result<(), RunError> {
        watch(RunEvent::Reconciling { attempt: attempt.id, via: &attempt.via });
        let route = self.routes.connect(&attempt.via).map_err(RunError::SetUp)?;
        let case = Case { runner: self, attempt, request: sent(job, attempt)?, route };
        let doubt = tokio::select! {
            biased;
            () = self.options.stop.cancelled() => Some(Doubt::Stopped),
            doubt = case.look(place, watch) => doubt?,
        };
        let Some(doubt) = doubt else {
            return Ok(());
        };
        let (id, reason) = (attempt.id, doubt.to_string());
        if attempt.state == State::Submitting {
            self.record(move |journal| journal.perhaps_charged(id, &reason)).await?;
        }
        self.record(move |journal| journal.release(id)).await?;
        Err(RunError::PerhapsCharged { doubt, cause: None })
    }

    /// Settles by hand a submit that is in doubt: this job of the provider is the one that it made. The
    /// provider is asked whether there is such a job.
    ///
    /// # Errors
    /// [`RunError::NotAdopted`] with what the provider says instead; [`RunError::Held`].
    pub async fn adopt(&self, id: JobId, remote: &str, watch: Watch<'_>) -> Result<(), RunError> {
        let job = self.read_job(id).await?;
        let attempt = in_doubt(&job)?;
        self.hold(attempt.id).await?;
        let route = self.routes.connect(&attempt.via).map_err(RunError::SetUp)?;
        let job_ref = JobRef::new(route.provider.name(), remote).map_err(RunError::SetUp)?;
        route.provider.status(&job_ref).await.map_err(RunError::NotAdopted)?;
        let (attempt, remote) = (attempt.id, remote.to_owned());
        if !self.record(move |journal| journal.adopt(attempt, &remote)).await? {
            let message = format!("{job_ref} belongs to another job of the journal already");
            let error = Error::new(ErrorKind::Conflict, Operation::Find, message);
            return Err(RunError::NotAdopted(error));
        }
        watch(RunEvent::Adopted(&job_ref));
        Ok(self.record(move |journal| journal.release(attempt)).await?)
    }

    /// Settles by hand a submit that is in doubt: the provider has made no job. The attempt goes back to
    /// its intent.
    ///
    /// # Errors
    /// [`RunError::Held`]; when the journal cannot be written.
    pub async fn absent(&self, id: JobId, watch: Watch<'_>) -> Result<(), RunError> {
        let job = self.read_job(id).await?;
        let attempt = in_doubt(&job)?.id;
        self.hold(attempt).await?;
        let reason = "its user says that the provider made no job";
        self.record(move |journal| journal.back_to_intent(attempt, reason)).await?;
        watch(RunEvent::Absent);
        Ok(self.record(move |journal| journal.release(attempt)).await?)
    }
}

/// A submit whose outcome is unknown, and the provider to ask about it.
struct Case<'a> {
    runner: &'a Runner,
    attempt: &'a Attempt,
    request: EditRequest<Url>,
    route: Route,
}

impl Case<'_> {
    /// Asks the provider, and records what it tells. Returns the doubt that stays.
    async fn look(&self, place: &mut Place, watch: Watch<'_>) -> Result<Option<Doubt>, RunError> {
        let started = Instant::now();
        loop {
            let lost = self.lost().await?;
            let doubt = match self.ask(&lost).await {
                Ok(Verdict::Adopt(candidate)) if self.adopt(&candidate.job.job_ref).await? => {
                    watch(RunEvent::Adopted(&candidate.job.job_ref));
                    return Ok(None);
                }
                // Another process was faster with this one.
                Ok(Verdict::Adopt(_)) => continue,
                Ok(Verdict::Absent) => {
                    let (id, reason) = (self.attempt.id, "the provider's list holds no such job");
                    self.runner.record(move |journal| journal.back_to_intent(id, reason)).await?;
                    watch(RunEvent::Absent);
                    return Ok(None);
                }
                Ok(Verdict::AskAgain(pause)) if started.elapsed() < PATIENCE => {
                    tokio::time::sleep(pause.min(ASK_AGAIN)).await;
                    continue;
                }
                Ok(Verdict::AskAgain(_) | Verdict::TooLongAgo) => Doubt::TooLongAgo,
                Ok(Verdict::Ambiguous(list)) => Doubt::Ambiguous(list),
                Ok(Verdict::RunningOnly) => Doubt::RunningOnly,
                Ok(Verdict::CannotList) => Doubt::CannotList,
                Ok(Verdict::Clock) => Doubt::Clock,
                Err(error) => Doubt::Unanswered(error),
            };
            let settled = self.may_replay(&lost) && self.replay(place, watch).await?;
            return Ok((!settled).then_some(doubt));
        }
    }

    /// What is known of the submit by now.
    async fn lost(&self) -> Result<Lost, RunError> {
        let attempt = self.attempt;
        let filter = Filter {
            states: vec![State::Submitting, State::PerhapsCharged],
            provider: Some(attempt.via.provider.clone()),
            ..Filter::default()
        };
        let listing = self.runner.record(move |journal| journal.list(&filter)).await?;
        Ok(Lost {
            since: attempt.submitted.unwrap_or(attempt.created).into(),
            now: SystemTime::now(),
            lag: self.runner.options.lag,
            rivals: listing.jobs.len().saturating_sub(1),
        })
    }

    async fn ask(&self, lost: &Lost) -> Result<Verdict, Error> {
        let since = lost.since.checked_sub(LOOK_BACK).unwrap_or(SystemTime::UNIX_EPOCH);
        let (journal, provider) = (&self.runner.journal, self.attempt.via.provider.as_str());
        // What cannot be read is not known.
        let is_known = |job: &JobRef| {
            journal.attempt_of(provider, job.id()).is_ok_and(|attempt| attempt.is_some())
        };
        let lost_submit = LostSubmit::new(&self.request, since).knowing(&is_known);
        let can_list_all = self.route.provider.capabilities().listing.value == Listing::Recent;
        let found = self.route.provider.find(&lost_submit).await?;
        Ok(verdict(found, lost, can_list_all))
    }

    /// False if another attempt has the job.
    async fn adopt(&self, job: &JobRef) -> Result<bool, RunError> {
        let (id, remote) = (self.attempt.id, job.id().to_owned());
        Ok(self.runner.record(move |journal| journal.adopt(id, &remote)).await?)
    }

    /// Whether the provider surely remembers the key of the submit.
    fn may_replay(&self, lost: &Lost) -> bool {
        let rule = self.route.provider.capabilities().idempotency;
        self.request.idempotency_key.is_some()
            && rule.is_some_and(|rule| may_replay(lost, rule.value.remembered))
    }

    /// Repeats the very same submit under its key, while the provider surely remembers it: it then
    /// answers with the job that was made, or makes the one job that is wanted. That job would begin now,
    /// so it waits for its turn as any other.
    async fn replay(&self, place: &mut Place, watch: Watch<'_>) -> Result<bool, RunError> {
        place.enter(self.attempt.id, &self.route).await;
        self.others_have_begun().await?;
        // Meanwhile the key may have been forgotten.
        let may = self.may_replay(&self.lost().await?);
        let Some(ready) = (if may { self.ready().await } else { None }) else {
            place.leave();
            return Ok(false);
        };
        let submission = self.route.provider.submit(&ready).await;
        place.submitted();
        let Submission::Accepted(job) = submission else {
            place.leave();
            return Ok(false);
        };
        let (id, remote) = (self.attempt.id, job.job_ref.id().to_owned());
        let recorded = self.runner.record(move |journal| journal.accepted(id, &remote)).await;
        recorded
            .map_err(|error| RunError::Journal { error, unrecorded: Some(job.job_ref.clone()) })?;
        watch(RunEvent::Adopted(&job.job_ref));
        Ok(true)
    }

    /// Waits until what other processes have begun leaves room for one more.
    async fn others_have_begun(&self) -> Result<(), RunError> {
        let (id, room) = (self.attempt.id, self.route.room(None));
        if let Some(room) = room {
            while !self.runner.record(move |journal| journal.may_begin(id, &room)).await? {
                tokio::time::sleep(submit::NO_ROOM).await;
            }
        }
        Ok(())
    }

    /// The request as it was sent, to be sent again.
    async fn ready(&self) -> Option<Ready> {
        let request = submit::anew(self.request.clone());
        let checked = begin::check(request, &self.route, None).ok()?;
        self.route.stage(checked).await.ok()
    }
}

fn in_doubt(job: &JobRecord) -> Result<&Attempt, RunError> {
    let doubtful = job.attempts.iter().find(|attempt| attempt.state.is_in_doubt());
    Ok(doubtful.ok_or(JournalError::NotInDoubt {
        job: job.id,
        state: job.last().map_or(State::Abandoned, |attempt| attempt.state),
    })?)
}

/// The request as it was sent.
fn sent(job: &JobRecord, attempt: &Attempt) -> Result<EditRequest<Url>, JournalError> {
    let unreadable =
        || JournalError::Unreadable(format!("attempt {} without its media", attempt.id));
    sent_to(job, attempt).ok_or_else(unreadable)
}

fn sent_to(job: &JobRecord, attempt: &Attempt) -> Option<EditRequest<Url>> {
    let mut request = job.request.clone();
    request.idempotency_key.clone_from(&attempt.idempotency_key);
    let urls: Vec<Url> = match &attempt.media {
        Some(staged) => staged.clone(),
        None => submit::media(&request).map(|media| url(media).cloned()).collect::<Option<_>>()?,
    };
    let mut urls = urls.into_iter();
    Some(request.with_media(urls.next()?, urls.collect()))
}

fn url(media: &Media) -> Option<&Url> {
    match media {
        Media::Url(url) => Some(url),
        Media::File(_) => None,
    }
}
