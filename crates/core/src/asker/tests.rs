//! The asker against a provider that notes who is asked for together, on a paused clock.

use std::{collections::HashMap, future::Future};

use async_trait::async_trait;

use super::*;
use crate::{
    capabilities::{Capabilities, Fact, Source},
    job::{Cancellation, JobState},
    provider::{Found, LostSubmit},
    ready::Ready,
    stage::{LocalFile, Staged},
    submission::Submission,
    testing,
    webhook::{Delivery, Hint},
};

const CAPABILITIES: Capabilities = Capabilities {
    statuses: Some(Fact::new(50, Source::new("https://docs.example/batch", "2026-11-20"))),
    ..testing::CAPABILITIES
};

const SECOND: Duration = Duration::from_secs(1);

/// A call of the provider, as it left.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Call {
    One(u32),
    Several(usize),
}

/// Tells every job that it runs, a second after it was asked.
#[derive(Debug, Default)]
struct Noting {
    calls: Mutex<Vec<Call>>,
    /// The kind of failure of the next calls for several jobs.
    failures: Mutex<Vec<ErrorKind>>,
    /// Jobs that calls for several do not tell of, and what is told of each by itself.
    left_out: HashMap<u32, ErrorKind>,
}

impl Noting {
    fn called(&self, call: Call) {
        self.calls.lock().unwrap().push(call);
    }

    fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }
}

fn job(id: u32) -> JobRef {
    JobRef::new("scripted", id.to_string()).unwrap()
}

fn running(job: &JobRef) -> Job {
    Job::new(job.clone(), JobState::Running { progress: None })
}

fn failed(kind: ErrorKind) -> Error {
    Error::new(kind, Operation::Status, "no").with_retry_after(Some(SECOND))
}

#[async_trait]
impl Provider for Noting {
    fn name(&self) -> &'static str {
        CAPABILITIES.provider
    }

    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    async fn status(&self, job: &JobRef) -> Result<Job, Error> {
        let id = job.id().parse().unwrap();
        self.called(Call::One(id));
        tokio::time::sleep(SECOND).await;
        self.left_out.get(&id).map_or_else(|| Ok(running(job)), |kind| Err(failed(*kind)))
    }

    async fn statuses(&self, jobs: &[JobRef]) -> Result<Vec<Result<Job, Error>>, Error> {
        self.called(Call::Several(jobs.len()));
        tokio::time::sleep(SECOND).await;
        if let Some(kind) = self.failures.lock().unwrap().pop() {
            return Err(failed(kind));
        }
        let is_told = |job: &JobRef| !self.left_out.contains_key(&job.id().parse().unwrap());
        let tell = |job| is_told(job).then(|| running(job)).ok_or(failed(ErrorKind::NotFound));
        Ok(jobs.iter().map(tell).collect())
    }

    async fn upload(&self, _: &LocalFile) -> Result<Staged, Error> {
        unreachable!()
    }

    async fn submit(&self, _: &Ready) -> Submission {
        unreachable!()
    }

    async fn cancel(&self, _: &JobRef) -> Result<Cancellation, Error> {
        unreachable!()
    }

    async fn find(&self, _: &LostSubmit<'_>) -> Result<Found, Error> {
        unreachable!()
    }

    async fn read_webhook(&self, _: &Delivery<'_>) -> Result<Hint, Error> {
        unreachable!()
    }
}

fn asker(provider: Noting, budget: Option<Budget>) -> (Arc<Noting>, Asker) {
    let provider = Arc::new(provider);
    let asker = Asker::within(Arc::<Noting>::clone(&provider), budget);
    (provider, asker)
}

/// What is told of these jobs, asked for at the same time.
async fn told(asker: &Asker, jobs: std::ops::Range<u32>) -> Vec<Result<Job, Error>> {
    futures_util::future::join_all(jobs.map(|id| async move { asker.status(&job(id)).await })).await
}

fn soon<T>(
    asked: impl Future<Output = T>,
) -> impl Future<Output = Result<T, tokio::time::error::Elapsed>> {
    timeout(Duration::from_millis(500), asked)
}

#[tokio::test(start_paused = true)]
async fn a_thousand_questions_at_once_are_some_twenty_requests() {
    let (provider, asker) = asker(Noting::default(), None);
    let told = told(&asker, 0..1000).await;
    for (id, told) in (0..).zip(&told) {
        assert_eq!(told.as_ref().unwrap().job_ref, job(id));
    }
    let mut calls = vec![Call::One(0)];
    calls.extend([50; 19].map(Call::Several));
    calls.push(Call::Several(49));
    assert_eq!(provider.calls(), calls);
}

#[tokio::test(start_paused = true)]
async fn one_job_is_asked_for_at_once_however_often() {
    let (provider, asker) = asker(Noting::default(), Some(Budget::new(1.0, 9)));
    let started = Instant::now();
    for _ in 0..5 {
        soon(asker.status(&job(1))).await.unwrap_err();
    }
    assert_eq!((provider.calls(), started.elapsed()), (vec![Call::One(1); 5], 5 * SECOND / 2));
}

#[tokio::test(start_paused = true)]
async fn questions_far_apart_are_not_held_up() {
    let (provider, asker) = asker(Noting::default(), None);
    for id in 0..5 {
        soon(asker.status(&job(id))).await.unwrap_err();
    }
    assert_eq!(provider.calls(), [0, 1, 2, 3, 4].map(Call::One));
}

#[tokio::test(start_paused = true)]
async fn each_request_is_taken_from_the_budget_and_takes_those_along_who_wait_for_it() {
    let budget = Budget::new(0.5, 1);
    let (provider, asker) = asker(Noting::default(), Some(budget.clone()));
    budget.take().await;
    let started = Instant::now();
    let late = async {
        tokio::time::sleep(Duration::from_millis(1900)).await;
        told(&asker, 9..30).await
    };
    let (first, late) = tokio::join!(told(&asker, 0..9), late);
    assert!(first.iter().chain(&late).all(Result::is_ok));
    assert_eq!(provider.calls(), [Call::Several(30)]);
    assert_eq!(started.elapsed().as_secs(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_is_not_told_of_among_others_is_asked_for_by_itself_before_anything_is_said() {
    let left_out = HashMap::from([(3, ErrorKind::NotFound), (5, ErrorKind::Unreadable)]);
    let (provider, asker) = asker(Noting { left_out, ..Noting::default() }, None);
    let told = told(&asker, 0..9).await;
    for (id, told) in (0..).zip(told) {
        let kind = told.err().map(|error| error.kind());
        let expected = match id {
            3 => Some(ErrorKind::NotFound),
            5 => Some(ErrorKind::Unreadable),
            _ => None,
        };
        assert_eq!(kind, expected, "{id}");
    }
    let calls = [Call::One(0), Call::Several(8), Call::One(3), Call::One(5)];
    assert_eq!(provider.calls(), calls);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_fails_is_a_missed_poll_for_each_whatever_it_failed_of() {
    use ErrorKind as K;
    for (kind, rate) in [
        (K::Unavailable, 8.0),
        (K::NotFound, 8.0),
        (K::Authentication, 8.0),
        (K::NotOffered, 8.0),
        (K::RateLimited, 4.0),
    ] {
        let budget = Budget::new(8.0, 99);
        let noting = Noting { failures: vec![kind].into(), ..Noting::default() };
        let (provider, asker) = asker(noting, Some(budget.clone()));
        let told = told(&asker, 0..9).await;
        assert!(told[0].is_ok());
        for (id, told) in (1..).zip(&told[1..]) {
            let error = told.as_ref().unwrap_err();
            assert_eq!((error.kind(), error.job()), (kind, Some(&job(id))));
            assert!(error.is_retryable() && error.retry_after() == Some(SECOND), "{kind}");
        }
        assert_eq!(provider.calls(), [Call::One(0), Call::Several(8)]);
        assert!((budget.per_second() - rate).abs() < 1e-9, "{kind} {}", budget.per_second());
    }
}

#[tokio::test(start_paused = true)]
async fn where_calls_for_several_are_broken_each_is_asked_for_by_itself() {
    for (kind, apart) in [(ErrorKind::NotFound, true), (ErrorKind::RateLimited, false)] {
        let noting = Noting { failures: vec![kind; 3].into(), ..Noting::default() };
        let (provider, asker) = asker(noting, None);
        for _ in 0..3 {
            assert_eq!(told(&asker, 0..3).await.iter().filter(|told| told.is_err()).count(), 2);
        }
        assert!(told(&asker, 0..3).await.iter().all(Result::is_ok));
        let singles = provider.calls().iter().filter(|call| matches!(call, Call::One(_))).count();
        assert_eq!(singles, if apart { 3 + 3 } else { 3 + 1 }, "{kind}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_drops_its_question_takes_no_answer_from_others() {
    let budget = || Some(Budget::new(0.5, 1));
    for (dropped, budget, asked_for) in [
        (100, None, 8),
        (700, None, 9),
        // While the call waits for the budget, and while it is under way.
        (700, budget(), 8),
        (2500, budget(), 9),
        (60_000, budget(), 9),
    ] {
        let (provider, asker) = asker(Noting::default(), budget);
        let first = tokio::spawn({
            let asker = asker.clone();
            async move { asker.status(&job(100)).await }
        });
        tokio::task::yield_now().await;
        let quitter = job(0);
        let gone = timeout(Duration::from_millis(dropped), asker.status(&quitter));
        let (gone, others) = tokio::join!(gone, told(&asker, 1..9));
        assert_eq!(gone.is_ok(), dropped == 60_000);
        assert!(others.iter().all(Result::is_ok) && first.await.unwrap().is_ok());
        assert_eq!(provider.calls(), [Call::One(100), Call::Several(asked_for)]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_hangs_holds_nobody_up() {
    let (provider, asker) = asker(Noting::default(), None);
    let started = Instant::now();
    let late = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let told = told(&asker, 9..20).await;
        (told, started.elapsed())
    };
    let (_, (_, ended)) = tokio::join!(told(&asker, 0..9), late);
    assert!(ended < 2 * SECOND, "{ended:?}");
    assert_eq!(provider.calls(), [Call::One(0), Call::Several(8), Call::Several(11)]);
}

#[tokio::test(start_paused = true)]
async fn who_has_no_patience_left_is_still_taken_along_but_waits_for_no_budget() {
    for (budget, asked) in [(None, true), (Some(Budget::new(0.001, 1)), false)] {
        let (_, asker) = asker(Noting::default(), budget);
        let jobs = [0, 1].map(job);
        let asks = jobs.iter().map(|job| asker.ask(job, Duration::ZERO));
        let told = futures_util::future::join_all(asks).await;
        assert_eq!([told[0].is_some(), told[1].is_some()], [true, asked]);
    }
}
