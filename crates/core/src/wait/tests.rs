//! The wait loop against a scripted provider and a paused clock.

use std::sync::Mutex;

use super::*;
use crate::{
    budget::Budget,
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

fn waiter(timeout: u64) -> Waiter {
    let options = WaitOptions::default().with_pace(PACE).with_timeout(Duration::from_secs(timeout));
    Waiter::new(&Scripted::default(), &options)
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
        let mut waiter = waiter(600);
        let elapsed_now = Duration::from_secs(elapsed);
        let next = waiter.after(elapsed_now, elapsed_now, &Polled::Missed(&error), 1.0);
        assert_eq!(next, Next::Ask(Duration::from_secs(wait)), "{retry_after} {elapsed}");
    }
}

#[test]
fn failures_in_a_row_are_asked_ever_less_often_and_a_good_poll_resets_that() {
    let error = Error::new(ErrorKind::Unavailable, Operation::Status, "");
    let (mut waiter, minute) = (waiter(3600), Duration::from_secs(60));
    let mut ask = |polled: Polled<'_>| match waiter.after(minute, minute, &polled, 1.0) {
        Next::Ask(wait) => wait.as_secs(),
        other => panic!("{other:?}"),
    };
    let waits: Vec<u64> = (0..5).map(|_| ask(Polled::Missed(&error))).collect();
    assert_eq!(waits, [8, 16, 32, 60, 60]);
    assert_eq!(ask(Polled::Job(&running().unwrap())), 8);
    assert_eq!(ask(Polled::Missed(&error)), 8);
}

/// The ages at which a job was asked for.
async fn ages(script: Vec<Result<Job, Error>>, options: &WaitOptions) -> Vec<Duration> {
    ages_at(&Scripted::new(script), options).await
}

async fn ages_at(provider: &Scripted, options: &WaitOptions) -> Vec<Duration> {
    let (ages, started) = (Mutex::new(Vec::new()), Instant::now());
    let mut watch = |_: Polled<'_>| ages.lock().unwrap().push(options.age + started.elapsed());
    wait(provider, &job_ref(), options, &mut watch).await.unwrap();
    ages.into_inner().unwrap()
}

fn close(is: &[Duration], to: &[Duration]) -> bool {
    let near = |(is, to): (&Duration, &Duration)| is.abs_diff(*to) < Duration::from_millis(20);
    is.len() == to.len() && is.iter().zip(to).all(near)
}

#[tokio::test(start_paused = true)]
async fn without_a_pace_it_polls_by_the_plan() {
    let learnt = crate::RunTimes::typical(Duration::from_secs(120))
        .learn(&[299, 300, 301, 302, 298].map(Duration::from_secs));
    let known = Arc::new(PollPlan::of(Scripted::default().capabilities()));
    let plan = Arc::new(PollPlan::new(&learnt, PACE));
    for (options, plan) in [
        (WaitOptions::default(), &known),
        (WaitOptions::default().with_plan(Arc::clone(&plan)), &plan),
        (WaitOptions::default().with_age(Duration::from_secs(90)), &known),
        (WaitOptions::default().with_age(Duration::from_secs(900)), &known),
    ] {
        let first = plan.first(options.age);
        let second = plan.next(first);
        let asked = ages(vec![running(), running(), succeeded()], &options).await;
        assert!(close(&asked, &[first, second, plan.next(second)]), "{asked:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn that_a_job_is_unknown_is_not_believed_at_the_first_poll_however_late() {
    for (script, found) in [
        (vec![missed(ErrorKind::NotFound), succeeded()], true),
        (vec![missed(ErrorKind::NotFound), missed(ErrorKind::NotFound)], false),
    ] {
        let (provider, options) = (Scripted::new(script), WaitOptions::default());
        assert!(Waiter::new(&provider, &options).first() > LAG);
        let end = wait(&provider, &job_ref(), &options, &mut |_| {}).await;
        assert_eq!(end.is_ok(), found);
    }
}

#[tokio::test(start_paused = true)]
async fn a_pace_counts_from_the_submit_too() {
    for (age, first) in [(0, 15), (10, 15), (60, 60)] {
        let options = WaitOptions::default().with_pace(PACE).with_age(Duration::from_secs(age));
        let asked = ages(vec![running(), succeeded()], &options).await;
        assert!(close(&asked, &[first, first + 8].map(Duration::from_secs)), "{asked:?}");
    }
}

/// Options that let an asker with this budget ask a provider of this script, and the provider.
fn asking(script: Vec<Result<Job, Error>>, budget: &Budget) -> (Arc<Scripted>, WaitOptions) {
    let provider = Arc::new(Scripted::new(script));
    let asker = Asker::within(Arc::<Scripted>::clone(&provider), Some(budget.clone()));
    (provider, WaitOptions::default().with_pace(PACE).with_asker(asker))
}

#[tokio::test(start_paused = true)]
async fn polls_are_taken_from_the_budget_and_teach_it() {
    let budget = Budget::new(0.1, 1);
    let (provider, options) = asking(vec![running(), running(), succeeded()], &budget);
    let asked = ages_at(&provider, &options).await;
    // The second and the third wait for their turn, and a little for others.
    let late = |age: &Duration| *age < Duration::from_millis(300);
    let due = [15, 25, 35].map(Duration::from_secs);
    assert!(
        asked.iter().zip(due).all(|(asked, due)| late(&asked.saturating_sub(due))),
        "{asked:?}"
    );
    assert!(asked.iter().zip(due).all(|(asked, due)| *asked >= due), "{asked:?}");
    let script = vec![missed(ErrorKind::RateLimited), missed(ErrorKind::Unavailable), succeeded()];
    let (provider, options) = asking(script, &budget);
    ages_at(&provider, &options).await;
    assert!(budget.per_second() < 0.06, "{}", budget.per_second());
}

#[tokio::test(start_paused = true)]
async fn a_budget_that_is_used_up_does_not_hold_a_wait_beyond_its_deadline() {
    let budget = Budget::new(0.001, 1);
    budget.take().await;
    let (provider, options) = asking(Vec::new(), &budget);
    let options = options.with_timeout(Duration::from_secs(60));
    let started = Instant::now();
    let end = wait(&*provider, &job_ref(), &options, &mut |_| {}).await;
    assert_eq!(end.unwrap_err().kind(), ErrorKind::TimedOut);
    assert_eq!(started.elapsed().as_secs(), 60);
}
