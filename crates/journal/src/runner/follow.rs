//! Following a job that a provider has made, until it ends.

use std::{sync::Arc, time::Duration};

use reshoot_core::{
    ErrorKind, Failure, Job, JobState, Polled, WaitOptions, capabilities::FailedJobs,
};
use tokio::time::Instant;

use super::{
    Attempt, JobRecord, Moment, Route, RunError, RunEvent, Runner, Watch, job_ref, off_thread,
    plans::Known,
};
use crate::{Ending, Owed, State, store::Unseen};

/// Who asks later than planned by no more than this has seen the job end.
const LATE: Duration = Duration::from_secs(2);

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
        let known = self.known(job, attempt, route.provider.capabilities()).await;
        let options = options(&self.options.wait, &known, age(attempt), route);
        let started = Instant::now();
        let waiting = || {
            let age = options.age + started.elapsed();
            RunEvent::Waiting { age, left: known.times.median_left(age) }
        };
        watch(waiting());
        let (mut noted, mut saw_it_run) = (None, false);
        let mut seen = |polled: Polled<'_>| {
            if let Polled::Job(Job { state: JobState::Running { .. }, .. }) = polled
                && std::mem::take(&mut accepted)
            {
                let journal = self.journal.clone();
                let running =
                    async move { off_thread(&journal, move |journal| journal.running(id)).await };
                noted = Some(tokio::spawn(running));
            }
            if let Polled::Job(polled) = polled {
                saw_it_run |= !polled.state.is_final();
                watch(waiting());
            }
            watch(RunEvent::Polled(polled));
        };
        let waited = tokio::select! {
            biased;
            () = self.options.stop.cancelled() => None,
            waited = self.hints.wait(
                (&self.journal, id), (&route.asker, &job_ref), &options, &mut seen,
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
                if let Some(state) = taught(&ended.state)
                    && !saw_it_run
                    && let Some(unseen) = unseen(&options, options.age + started.elapsed())
                {
                    self.record(move |journal| journal.ended_unseen(id, state, unseen)).await?;
                }
                let failed_jobs = route.provider.capabilities().failed_jobs.value;
                // Boxed, for the sake of those that still wait.
                Box::pin(self.settle(job, attempt, ended, failed_jobs, watch)).await
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
        let times = ended.times;
        if let JobState::Succeeded { outputs, billed } = ended.state {
            self.record(move |journal| journal.succeeded(id, &outputs, billed, times)).await?;
            return Ok(());
        }
        let ending = ending(&ended.state, failed_jobs).with_times(times);
        self.close(job, attempt, ending, RunError::Ended(Box::new(ended)), watch).await
    }
}

/// A job that was submitted a while ago is asked for at once.
fn options(options: &WaitOptions, known: &Known, age: Duration, route: &Route) -> WaitOptions {
    let options = options.clone().with_age(age).with_asker(route.asker.clone());
    match &known.plan {
        Some(plan) if options.plan.is_none() => options.with_plan(Arc::clone(plan)),
        _ => options,
    }
}

/// Why the end of a job was not seen that had ended when it was first asked for, at this age; none where
/// a hint told of it at once.
fn unseen(options: &WaitOptions, age: Duration) -> Option<Unseen> {
    let planned = options.plan.as_ref().map(|plan| plan.first(Duration::ZERO));
    let due = options.pace.map(|pace| pace.first).or(planned)?;
    if options.age > due.saturating_add(LATE) {
        return Some(Unseen::Long);
    }
    (options.pace.is_none() && age >= due).then_some(Unseen::UntilFirst)
}

/// The state of an attempt from whose time the journal learns.
const fn taught(state: &JobState) -> Option<State> {
    match state {
        JobState::Succeeded { .. } => Some(State::Succeeded),
        JobState::Failed(_) => Some(State::Failed),
        _ => None,
    }
}

/// How long ago the job was submitted.
fn age(attempt: &Attempt) -> Duration {
    let age = Moment::now().0.saturating_sub(attempt.submitted.unwrap_or(attempt.created).0);
    Duration::from_millis(u64::try_from(age).unwrap_or(0))
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
