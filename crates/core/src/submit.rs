//! Submitting: when sending again is safe, and when it is not.

use std::{future::Future, time::Duration};

use tokio::time::Instant;

use crate::{error::Error, provider::Provider, ready::Ready, submission::Submission};

/// The pause before a submit whose outcome is unknown is repeated under its key.
pub const REPLAY_PAUSE: Duration = Duration::from_secs(1);

/// The wait before a refused submit is sent again when the provider does not say how long.
const RETRY_PAUSE: Duration = Duration::from_secs(5);

/// Submits, and again while it is refused for a reason that passes, such as a rate limit, until
/// `patience` is used up. `watch` sees each refusal and how long the wait will be.
///
/// A refused submit is proved to have made no job, so this cannot pay twice. An unknown outcome is
/// returned at once.
pub async fn submit<P: Provider + ?Sized>(
    provider: &P,
    ready: &Ready,
    patience: Duration,
    watch: &mut (dyn FnMut(&Error, Duration) + Send),
) -> Submission {
    let started = Instant::now();
    loop {
        let submission = provider.submit(ready).await;
        let Submission::Refused(error) = &submission else {
            return submission;
        };
        let Some(wait) = retry_wait(error, patience.saturating_sub(started.elapsed())) else {
            return submission;
        };
        watch(error, wait);
        tokio::time::sleep(wait).await;
    }
}

/// How long to wait before a *refused* submit is sent again; none: it is not, because the reason does
/// not pass, or not within the `patience` that is left.
#[must_use]
pub fn retry_wait(error: &Error, patience: Duration) -> Option<Duration> {
    let wait = error.retry_after().unwrap_or(RETRY_PAUSE);
    (error.is_retryable() && wait <= patience).then_some(wait)
}

/// Submits, and once more **under the same idempotency key** if the outcome is unknown.
///
/// Only for providers that honour such keys. A replay that is refused settles nothing, since limits
/// and balances are checked before keys are: the first attempt may still have made a job, so the
/// outcome stays unknown.
pub async fn replay_once<F>(pause: Duration, send: impl Fn() -> F) -> Submission
where
    F: Future<Output = Submission>,
{
    let first = match send().await {
        Submission::Unknown(error) => error,
        settled => return settled,
    };
    tracing::warn!(error = %first, "the submit's outcome is unknown; asking once more under its key");
    tokio::time::sleep(pause).await;
    match send().await {
        Submission::Accepted(job) => Submission::Accepted(job),
        Submission::Refused(_) => Submission::Unknown(first),
        Submission::Unknown(second) => Submission::Unknown(second),
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, collections::VecDeque};

    use url::Url;

    use super::*;
    use crate::{
        error::{ErrorKind, Operation},
        job::{Job, JobState},
        request::EditRequest,
        stage::{ProviderStage, Staging},
        testing::{CAPABILITIES, Scripted, job_ref},
    };

    fn accepted() -> Submission {
        Submission::Accepted(Job::new(job_ref(), JobState::Queued))
    }

    fn refused() -> Submission {
        Submission::Refused(Error::new(ErrorKind::InvalidRequest, Operation::Submit, ""))
    }

    fn rate_limited(seconds: u64) -> Submission {
        let error = Error::new(ErrorKind::RateLimited, Operation::Submit, "")
            .with_retryable(true)
            .with_retry_after(Some(Duration::from_secs(seconds)));
        Submission::Refused(error)
    }

    fn unknown() -> Submission {
        Submission::Unknown(Error::new(ErrorKind::Network, Operation::Submit, ""))
    }

    fn name(submission: &Submission) -> &'static str {
        match submission {
            Submission::Accepted(_) => "accepted",
            Submission::Refused(_) => "refused",
            Submission::Unknown(_) => "unknown",
        }
    }

    #[tokio::test(start_paused = true)]
    async fn under_a_key_a_submit_is_sent_again_only_when_its_outcome_is_unknown_and_only_once() {
        for (answers, outcome, sent) in [
            (vec![accepted()], "accepted", 1),
            (vec![refused()], "refused", 1),
            (vec![unknown(), accepted()], "accepted", 2),
            (vec![unknown(), refused()], "unknown", 2),
            (vec![unknown(), unknown()], "unknown", 2),
        ] {
            let answers = RefCell::new(VecDeque::from(answers));
            let count = RefCell::new(0);
            let submission = replay_once(REPLAY_PAUSE, || {
                *count.borrow_mut() += 1;
                let answer = answers.borrow_mut().pop_front().unwrap();
                async { answer }
            })
            .await;
            assert_eq!((name(&submission), *count.borrow()), (outcome, sent));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_passing_refusal_is_submitted_again_and_only_within_the_patience() {
        for (script, outcome, waits) in [
            (vec![rate_limited(7), rate_limited(9), accepted()], "accepted", vec![7, 9]),
            (vec![refused()], "refused", vec![]),
            (vec![unknown()], "unknown", vec![]),
            (vec![rate_limited(50), rate_limited(50)], "refused", vec![50]),
        ] {
            let provider = Scripted::submitting(script);
            let video = Url::parse("https://h.example/a.mp4").unwrap();
            let ready = EditRequest::new(video, "p")
                .check(&CAPABILITIES, Staging::Provider)
                .unwrap()
                .stage(&ProviderStage(&provider))
                .await
                .unwrap();
            let mut seen = Vec::new();
            let submission = submit(&provider, &ready, Duration::from_secs(60), &mut |_, wait| {
                seen.push(wait.as_secs());
            })
            .await;
            assert_eq!((name(&submission), seen), (outcome, waits));
        }
    }
}
