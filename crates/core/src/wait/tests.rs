//! The wait loop against a scripted provider and a paused clock.

use std::sync::Mutex;

use super::*;
use crate::{
    job::{Failure, JobState, Output},
    testing::{Scripted, job_ref},
};

const PACE: Pace = Pace::seconds(15, 8);

fn running() -> Result<Job, Error> {
    Ok(Job::new(job_ref(), JobState::Running { progress: Some(40) }))
}

fn succeeded() -> Result<Job, Error> {
    let url = url::Url::parse("https://h.example/o.mp4").unwrap();
    let state = JobState::Succeeded { outputs: vec![Output::new(url, None)], billed: None };
    Ok(Job::new(job_ref(), state))
}

fn failed() -> Result<Job, Error> {
    let failure = Failure::new(ErrorKind::ContentRejected, None, "no");
    Ok(Job::new(job_ref(), JobState::Failed(failure)))
}

fn missed(kind: ErrorKind) -> Result<Job, Error> {
    Err(Error::new(kind, Operation::Status, "no"))
}

async fn run(script: Vec<Result<Job, Error>>, timeout: u64) -> (Result<Job, Error>, u64, usize) {
    let provider = Scripted::new(script);
    let options = WaitOptions::default().with_pace(PACE).with_timeout(Duration::from_secs(timeout));
    let polls = Mutex::new(0);
    let started = Instant::now();
    let end = wait(&provider, &job_ref(), &options, &mut |_| *polls.lock().unwrap() += 1).await;
    (end, started.elapsed().as_secs(), polls.into_inner().unwrap())
}

#[tokio::test(start_paused = true)]
async fn it_polls_at_the_advised_pace_until_the_job_has_ended() {
    let (end, seconds, polls) = run(vec![running(), running(), succeeded()], 600).await;
    assert!(matches!(end.unwrap().state, JobState::Succeeded { .. }));
    assert_eq!((seconds, polls), (15 + 8 + 8, 3));
}

#[tokio::test(start_paused = true)]
async fn a_failed_job_is_an_answer_and_not_an_error() {
    let (end, _, _) = run(vec![failed()], 600).await;
    assert!(matches!(end.unwrap().state, JobState::Failed(_)));
}

#[tokio::test(start_paused = true)]
async fn bad_polls_are_survived_and_ones_that_cannot_pass_are_not() {
    for (kind, survived) in [
        (ErrorKind::Network, true),
        (ErrorKind::Unavailable, true),
        (ErrorKind::Unreadable, true),
        (ErrorKind::RateLimited, true),
        // The job was accepted seconds ago: the provider's own copies may lag.
        (ErrorKind::NotFound, true),
        (ErrorKind::Authentication, false),
        (ErrorKind::PermissionDenied, false),
    ] {
        let (end, _, _) = run(vec![missed(kind), succeeded()], 600).await;
        assert_eq!(end.is_ok(), survived, "{kind}");
        if let Err(error) = end {
            assert_eq!(error.job(), Some(&job_ref()), "{kind}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn that_a_result_is_gone_is_believed_when_it_was_told_three_times() {
    let gone = || Ok(Job::new(job_ref(), JobState::Expired));
    for (script, expired, polls) in [
        (vec![gone(), gone(), gone()], true, 3),
        (vec![gone(), gone(), succeeded()], false, 3),
        (vec![gone(), running(), gone(), gone(), gone()], true, 5),
    ] {
        let (end, _, asked) = run(script, 600).await;
        assert_eq!((end.unwrap().state == JobState::Expired, asked), (expired, polls));
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_that_stays_unknown_is_not_waited_for() {
    let script = (0..9).map(|_| missed(ErrorKind::NotFound)).collect();
    let (end, seconds, _) = run(script, 600).await;
    assert_eq!(end.unwrap_err().kind(), ErrorKind::NotFound);
    assert!((30..70).contains(&seconds), "{seconds}");
}

#[tokio::test(start_paused = true)]
async fn the_deadline_ends_the_wait_and_names_the_job_that_goes_on() {
    let (end, seconds, _) = run((0..99).map(|_| running()).collect(), 60).await;
    let error = end.unwrap_err();
    assert_eq!((error.kind(), error.job()), (ErrorKind::TimedOut, Some(&job_ref())));
    assert_eq!(seconds, 60);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_shorter_than_the_first_wait_still_asks_once() {
    let (end, seconds, polls) = run(vec![succeeded()], 5).await;
    assert!(end.is_ok());
    assert_eq!((seconds, polls), (5, 1));
}

#[test]
fn retry_after_is_honoured_but_never_beyond_the_deadline() {
    for (retry_after, elapsed, wait) in [(40, 100, 40), (40, 580, 20), (1, 100, 8)] {
        let error = Error::new(ErrorKind::RateLimited, Operation::Status, "")
            .with_retry_after(Some(Duration::from_secs(retry_after)));
        let mut waiter = Waiter::new(PACE, Duration::from_secs(600));
        let next = waiter.after(Duration::from_secs(elapsed), &Polled::Missed(&error), 1.0);
        assert_eq!(next, Next::Ask(Duration::from_secs(wait)), "{retry_after} {elapsed}");
    }
}

#[test]
fn failures_in_a_row_are_asked_ever_less_often_and_a_good_poll_resets_that() {
    let error = Error::new(ErrorKind::Unavailable, Operation::Status, "");
    let mut waiter = Waiter::new(PACE, Duration::from_secs(3600));
    let mut ask = |polled: Polled<'_>| match waiter.after(Duration::from_secs(60), &polled, 1.0) {
        Next::Ask(wait) => wait.as_secs(),
        other => panic!("{other:?}"),
    };
    let waits: Vec<u64> = (0..5).map(|_| ask(Polled::Missed(&error))).collect();
    assert_eq!(waits, [8, 16, 32, 60, 60]);
    assert_eq!(ask(Polled::Job(&running().unwrap())), 8);
    assert_eq!(ask(Polled::Missed(&error)), 8);
}
