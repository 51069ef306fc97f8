//! The submit: the one step that costs money.

use std::time::Duration;

use reshoot_core::{
    EditRequest, ErrorKind, Job, JobRef, Media, Ready, Submission, Url, retry_wait,
};
use tokio::time::Instant;

use super::{
    Attempt, AttemptId, Doubt, JobRecord, Moment, Place, Quote, Route, RunError, RunEvent, Runner,
    Watch, begin, off_thread,
};
use crate::{Ending, Journal, JournalError, Room, State};

/// For how long what was staged for an earlier try is used again: uploads live for an hour or more.
const STAGED_ANEW_AFTER: Duration = Duration::from_secs(45 * 60);

/// How long to wait before asking again whether other processes have left room.
pub(super) const NO_ROOM: Duration = Duration::from_millis(250);

impl Runner {
    /// Submits an attempt that has sent nothing, and records what came of it.
    pub(super) async fn submit(
        &self,
        job: &JobRecord,
        attempt: &Attempt,
        place: &mut Place,
        watch: Watch<'_>,
    ) -> Result<(), RunError> {
        let route = self.routes.connect(&attempt.via).map_err(RunError::SetUp)?;
        if route.gate.as_ref().is_some_and(|gate| !gate.is_open()) {
            watch(RunEvent::Queued { via: &attempt.via });
        }
        tokio::select! {
            biased;
            () = self.options.stop.cancelled() => return self.stopped(attempt.id).await,
            () = place.enter(attempt.id, &route) => {}
        }
        let ready = tokio::select! {
            // Whoever asked to stop before must not pay for what happens to be ready at once.
            biased;
            () = self.options.stop.cancelled() => return self.stopped(attempt.id).await,
            ready = Box::pin(self.prepare(job, attempt, &route, watch)) => ready,
        };
        let ready = match ready {
            Ok(ready) => ready,
            Err(error) if is_final(&error) => {
                let ending = Ending::refused(error.to_string());
                return Box::pin(self.close(job, attempt, ending, error, watch)).await;
            }
            Err(error) => return Err(error),
        };
        let started = Instant::now();
        loop {
            let submission = Box::pin(self.submit_once(job, attempt, &ready, &route, watch)).await;
            place.submitted();
            let error = match submission? {
                Submission::Accepted(job) => {
                    if let Some(gate) = &route.gate {
                        gate.accepted();
                    }
                    watch(RunEvent::Accepted(&job));
                    return Ok(());
                }
                Submission::Unknown(cause) => {
                    let doubt = Doubt::NotAsked;
                    return Err(RunError::PerhapsCharged { doubt, cause: Some(cause) });
                }
                Submission::Refused(error) => error,
            };
            if let Some(gate) =
                route.gate.as_ref().filter(|_| error.kind() == ErrorKind::RateLimited)
            {
                gate.refused(error.retry_after());
            }
            let patience = self.options.patience.saturating_sub(started.elapsed());
            let Some(pause) = retry_wait(&error, patience) else {
                let ending = Ending::refused(error.to_string());
                let error = RunError::NotAccepted(error);
                return Box::pin(self.close(job, attempt, ending, error, watch)).await;
            };
            watch(RunEvent::Deferred(&error, pause));
            tokio::select! {
                biased;
                () = self.options.stop.cancelled() => return self.stopped(attempt.id).await,
                () = async {
                    tokio::time::sleep(pause).await;
                    // A further submit is a further start.
                    place.leave();
                    place.enter(attempt.id, &route).await;
                } => {}
            }
        }
    }

    /// Everything before the submit: checked anew, since files change; priced anew; staged.
    async fn prepare(
        &self,
        job: &JobRecord,
        attempt: &Attempt,
        route: &Route,
        watch: Watch<'_>,
    ) -> Result<Ready, RunError> {
        let mut request = job.request.clone();
        request.idempotency_key.clone_from(&attempt.idempotency_key);
        let staged = attempt.media.as_deref().filter(|_| is_fresh(attempt));
        if let Some(staged) = staged {
            request = at(request, staged);
        }
        let facts = self.facts(&request, job.caps.any()).await;
        let checked = begin::check(request, route, facts.as_ref())
            .map_err(|violations| RunError::Violations(vec![violations]))?;
        let quote = Quote::from(checked.estimate());
        // What was staged before was measured before, and is the same.
        if staged.is_none() && quote.usd > attempt.quote.usd {
            let id = attempt.id;
            self.record(move |journal| journal.requote(id, quote)).await?;
        }
        let files = checked.local_files();
        if files > 0 {
            watch(RunEvent::Staging { files });
        }
        route.stage(checked).await.map_err(RunError::NotStaged)
    }

    /// One paid request. It runs in a task of its own, so that whoever drops this future drops neither
    /// the request nor the record of its outcome.
    async fn submit_once(
        &self,
        job: &JobRecord,
        attempt: &Attempt,
        ready: &Ready,
        route: &Route,
        watch: Watch<'_>,
    ) -> Result<Submission, RunError> {
        let id = attempt.id;
        let key = ready.request().idempotency_key.clone();
        let staged: Option<Vec<Url>> =
            has_files(&job.request).then(|| media(ready.request()).cloned().collect());
        let known = self.known(job, attempt, route.provider.capabilities()).await;
        let room = route.room(known.longest);
        let mut waiting = false;
        while !self.submitting(id, &staged, &key, room).await? {
            if !std::mem::replace(&mut waiting, true) {
                watch(RunEvent::Queued { via: &attempt.via });
            }
            tokio::select! {
                biased;
                () = self.options.stop.cancelled() => return self.stopped(id).await,
                () = tokio::time::sleep(NO_ROOM) => {}
            }
        }
        watch(RunEvent::Submitting { via: &attempt.via, idempotency_key: key.as_deref() });
        let (journal, provider, ready) =
            (self.journal.clone(), route.provider.clone(), ready.clone());
        let flight = journal.take_off(id);
        let own_key = job.request.idempotency_key.is_none();
        let task = tokio::spawn(async move {
            let submission = doubted(provider.submit(&ready).await, own_key);
            let recorded = record(&journal, id, &submission).await;
            drop(flight);
            (submission, recorded)
        });
        let Ok((submission, recorded)) = task.await else {
            let error = JournalError::Unreadable("the submit was ended by the program".to_owned());
            return Err(error.into());
        };
        match recorded {
            Ok(()) => Ok(submission),
            Err(error) => Err(RunError::Journal { error, unrecorded: made(&submission) }),
        }
    }

    /// Writes down that the paid request leaves now, if there is room for it. Returns whether there is.
    async fn submitting(
        &self,
        id: AttemptId,
        staged: &Option<Vec<Url>>,
        key: &Option<String>,
        room: Option<Room>,
    ) -> Result<bool, JournalError> {
        let (staged, key) = (staged.clone(), key.clone());
        self.record(move |journal| {
            journal.submitting_within(id, staged.as_deref(), key.as_deref(), room.as_ref())
        })
        .await
    }

    /// Nothing was sent. Whether the edit is still wanted is for the caller to say.
    async fn stopped<T>(&self, id: AttemptId) -> Result<T, RunError> {
        self.record(move |journal| journal.release(id)).await?;
        Err(RunError::Stopped(State::Intent))
    }
}

/// Whether an error before the submit means that this provider will not be asked.
fn is_final(error: &RunError) -> bool {
    match error {
        RunError::Journal { error, .. } => matches!(error, JournalError::OverCap(_)),
        _ => true,
    }
}

/// A key that nobody but this journal can have used is refused as used: an earlier submit arrived after
/// all, whatever was thought of it, and may have made a job.
fn doubted(submission: Submission, own_key: bool) -> Submission {
    match submission {
        Submission::Refused(error) if own_key && error.kind() == ErrorKind::Conflict => {
            Submission::Unknown(error)
        }
        other => other,
    }
}

/// Writes down what came of a submit. What was refused for a passing reason is still wanted.
async fn record(
    journal: &Journal,
    attempt: AttemptId,
    submission: &Submission,
) -> Result<(), JournalError> {
    match submission {
        Submission::Accepted(job) => {
            let remote = job.job_ref.id().to_owned();
            off_thread(journal, move |journal| journal.accepted(attempt, &remote)).await.map(drop)
        }
        Submission::Refused(error) => {
            let reason = error.to_string();
            off_thread(journal, move |journal| journal.back_to_intent(attempt, &reason)).await
        }
        Submission::Unknown(error) => {
            let reason = error.to_string();
            off_thread(journal, move |journal| journal.perhaps_charged(attempt, &reason)).await
        }
    }
}

fn made(submission: &Submission) -> Option<JobRef> {
    match submission {
        Submission::Accepted(Job { job_ref, .. }) => Some(job_ref.clone()),
        Submission::Refused(_) | Submission::Unknown(_) => None,
    }
}

pub(super) fn media<M>(request: &EditRequest<M>) -> impl Iterator<Item = &M> {
    std::iter::once(&request.video).chain(&request.reference_images)
}

fn has_files(request: &EditRequest) -> bool {
    media(request).any(|media| matches!(media, Media::File(_)))
}

/// The request with its media where they were staged.
fn at(request: EditRequest, staged: &[Url]) -> EditRequest {
    let mut staged = staged.iter().cloned().map(Media::Url);
    match staged.next() {
        Some(video) => request.with_media(video, staged.collect()),
        None => request,
    }
}

/// A request that was sent, to be checked again.
pub(super) fn anew(request: EditRequest<Url>) -> EditRequest {
    let video = Media::Url(request.video.clone());
    let images = request.reference_images.iter().cloned().map(Media::Url).collect();
    request.with_media(video, images)
}

fn is_fresh(attempt: &Attempt) -> bool {
    let age = Moment::now().0.saturating_sub(attempt.created.0);
    u128::from(age.unsigned_abs()) < STAGED_ANEW_AFTER.as_millis()
}

#[cfg(test)]
mod tests {
    use reshoot_core::{Error, Operation};

    use super::*;

    #[test]
    fn a_key_of_our_own_that_was_used_before_makes_a_doubt() {
        for (kind, own_key, is_doubtful) in [
            (ErrorKind::Conflict, true, true),
            (ErrorKind::Conflict, false, false),
            (ErrorKind::InsufficientFunds, true, false),
        ] {
            let refused = Submission::Refused(Error::new(kind, Operation::Submit, ""));
            let submission = doubted(refused, own_key);
            assert_eq!(matches!(submission, Submission::Unknown(_)), is_doubtful, "{kind}");
        }
    }
}
