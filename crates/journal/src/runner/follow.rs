//! Following a job that a provider has made, until it ends.

use std::time::Duration;

use reshoot_core::{
    ErrorKind, Failure, Job, JobState, Polled, WaitOptions,
    capabilities::{FailedJobs, Pace},
};

use super::{
    Attempt, JobRecord, Moment, Route, RunError, RunEvent, Runner, Watch, job_ref, off_thread,
};
use crate::{Ending, Owed, State};

impl Runner {
    /// Asks until the job has ended, and records how.
    pub(super) async fn follow(
        &self,
        job: &JobRecord,
        attempt: &Attempt,
        route: &Route,
        watch: Watch<'_>,
    ) -> Result<(), RunError> {
        let job_ref = job_ref(attempt)?;
        let (id, mut accepted) = (attempt.id, attempt.state == State::Accepted);
        let mut noted = None;
        let mut seen = |polled: Polled<'_>| {
            if let Polled::Job(Job { state: JobState::Running { .. }, .. }) = polled
                && std::mem::take(&mut accepted)
            {
                let journal = self.journal.clone();
                let running =
                    async move { off_thread(&journal, move |journal| journal.running(id)).await };
                noted = Some(tokio::spawn(running));
            }
            watch(RunEvent::Polled(polled));
        };
        let options = options(self.options.wait, attempt, route);
        let waited = tokio::select! {
            biased;
            () = self.options.stop.cancelled() => None,
            waited = self.hints.wait(
                (&self.journal, id), (&*route.provider, &job_ref), &options, &mut seen,
            ) => Some(waited),
        };
        if let Some(noted) = noted
            && let Ok(noted) = noted.await
        {
            noted?;
        }
        match waited {
            None => {
                self.record(move |journal| journal.release(id)).await?;
                Err(RunError::Stopped(State::Running))
            }
            Some(Err(error)) => {
                self.record(move |journal| journal.release(id)).await?;
                Err(RunError::StillRunning(error))
            }
            Some(Ok(ended)) => {
                let failed_jobs = route.provider.capabilities().failed_jobs.value;
                self.settle(job, attempt, ended, failed_jobs, watch).await
            }
        }
    }

    /// Records how a job ended.
    async fn settle(
        &self,
        job: &JobRecord,
        attempt: &Attempt,
        ended: Job,
        failed_jobs: FailedJobs,
        watch: Watch<'_>,
    ) -> Result<(), RunError> {
        let id = attempt.id;
        if let JobState::Succeeded { outputs, billed } = ended.state {
            self.record(move |journal| journal.succeeded(id, &outputs, billed)).await?;
            return Ok(());
        }
        let ending = ending(&ended.state, failed_jobs);
        self.close(job, attempt, ending, RunError::Ended(Box::new(ended)), watch).await
    }
}

/// A job that was submitted a while ago is asked for at once.
fn options(options: WaitOptions, attempt: &Attempt, route: &Route) -> WaitOptions {
    let Pace { first, every } = options.pace.unwrap_or(route.provider.capabilities().pace.value);
    let age = Moment::now().0.saturating_sub(attempt.submitted.unwrap_or(attempt.created).0);
    let age = Duration::from_millis(u64::try_from(age).unwrap_or(0));
    options.with_pace(Pace { first: first.saturating_sub(age), every })
}

/// What it means for the money that a job ended so.
fn ending(state: &JobState, failed_jobs: FailedJobs) -> Ending {
    match state {
        JobState::Failed(failure) => {
            Ending::new(State::Failed, failure.to_string(), owed(failure, failed_jobs))
        }
        JobState::Canceled => {
            let owed = if failed_jobs == FailedJobs::Free { Owed::Nothing } else { Owed::Quote };
            Ending::new(State::Canceled, "it was canceled", owed)
        }
        _ => Ending::new(State::Expired, "the provider no longer has the result", Owed::Quote),
    }
}

/// What the provider says about this job goes before what it says about all.
fn owed(failure: &Failure, failed_jobs: FailedJobs) -> Owed {
    match failure.billed {
        _ if failure.is_unbilled() => Owed::Nothing,
        Some(charge) => Owed::Billed(charge),
        // Where nothing could be read, it cannot be told which failure it was.
        None if failed_jobs == FailedJobs::Free && failure.kind != ErrorKind::Unreadable => {
            Owed::Nothing
        }
        None => Owed::Quote,
    }
}
