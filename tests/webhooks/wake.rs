//! Whom hints wake, through the journal: jobs here are polled so rarely that without a hint they would not end
//! while a test runs.

use std::{path::PathBuf, sync::Arc, time::Duration};

use futures_util::future::join_all;
use reshoot::{
    Descriptor, DownloadOptions, Error, PROVIDERS, Polled, Url, WaitOptions, capabilities::Pace,
};
use reshoot_emulator::{Emulator, Fault, FaultPlan, Occurrence, Operation};
use reshoot_journal::{
    Goal, JobId, Journal, Order, Outcome, Route, RunError, RunEvent, RunOptions, Runner, State, Via,
};
use reshoot_webhook::router;
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::mpsc, time::timeout};

use crate::lab::{PATIENCE, connect, path, receiver, request};

const NEVER: Duration = Duration::from_secs(10 * 60 * 60);

/// Long enough for a submit to be written down before its job ends.
const JOB_TIME: Duration = Duration::from_millis(600);

struct Place {
    directory: TempDir,
    emulator: Emulator,
    runner: Runner,
}

impl Place {
    async fn new() -> Self {
        Self::polling(NEVER).await
    }

    async fn polling(every: Duration) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let emulator = Emulator::builder().job_time(JOB_TIME).start().await.unwrap();
        let journal = Journal::open(directory.path().join("journal.db")).unwrap();
        let runner = runner(journal, &emulator, every);
        Self { directory, emulator, runner }
    }

    /// The journal as another process has it.
    fn journal(&self) -> Journal {
        Journal::open(self.directory.path().join("journal.db")).unwrap()
    }

    /// A listener in another process, as far as the journal can tell.
    async fn listen(&self) -> String {
        let (sender, mut hints) = mpsc::channel(64);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let root = format!("http://{}", listener.local_addr().unwrap());
        let app = router(receiver(&self.emulator), sender);
        tokio::spawn(async move { axum::serve(listener, app).await });
        let journal = self.journal();
        tokio::spawn(async move {
            while let Some(hint) = hints.recv().await {
                let job = hint.job.job_ref;
                journal.hint(job.provider(), job.id()).unwrap();
            }
        });
        root
    }

    async fn begin(&self, descriptor: &Descriptor, root: &str, file: &str) -> (JobId, PathBuf) {
        let url = Url::parse(&format!("{root}{}", path(descriptor.name()))).unwrap();
        let mut request = request(descriptor, &self.emulator, &url).await;
        request.video = Url::parse("https://clips.example/walk.mp4").unwrap().into();
        let file = self.directory.path().join(file);
        let order = Order::new(request, Some(file.clone()));
        let routes = [Via::new(descriptor.name())];
        (self.runner.begin(order, &routes, &mut |_| {}).await.unwrap(), file)
    }

    fn remote(&self, job: JobId) -> String {
        self.journal().job(job).unwrap().last().unwrap().remote.clone().unwrap()
    }

    /// Waits until the provider has ended a job, without asking it.
    async fn ended(&self) {
        while self.emulator.jobs().iter().any(|job| job.state != "succeeded") {
            tokio::task::yield_now().await;
        }
    }
}

fn runner(journal: Journal, emulator: &Emulator, every: Duration) -> Runner {
    let providers: Vec<_> =
        PROVIDERS.iter().map(|descriptor| connect(descriptor, emulator)).collect();
    let routes = move |via: &Via| -> Result<Route, Error> {
        let provider = providers.iter().find(|provider| provider.name() == via.provider).unwrap();
        Ok(Route::new(Arc::clone(provider)))
    };
    let mut options = RunOptions::default();
    let pace = Pace { first: every, every };
    options.wait = WaitOptions::default().with_pace(pace).with_timeout(NEVER);
    options.download = DownloadOptions::default().with_loopback(true);
    Runner::new(journal, Arc::new(routes), options)
}

/// Leads a job to its file; returns how often the provider told how it stands.
async fn lead(runner: &Runner, job: JobId) -> usize {
    let mut polls = 0;
    let mut watch = |event: RunEvent<'_>| {
        polls += usize::from(matches!(event, RunEvent::Polled(Polled::Job(_))));
    };
    let led = timeout(PATIENCE, runner.lead(job, Goal::Downloaded, &mut watch)).await;
    let outcome = led.expect("it was not woken").unwrap();
    assert!(matches!(outcome, Outcome::Downloaded { .. }), "{outcome:?}");
    polls
}

#[tokio::test]
async fn a_waiting_job_is_woken_before_its_next_poll_whatever_goes_wrong_on_the_way() {
    let faults = [
        None,
        Some(Fault::ForgedWebhook),
        Some(Fault::DuplicateWebhook),
        Some(Fault::ReorderedWebhook),
    ];
    let cases = PROVIDERS.iter().flat_map(|it| faults.iter().map(move |fault| (it, fault)));
    join_all(cases.map(|(descriptor, fault)| async move {
        let place = Place::new().await;
        if let Some(fault) = fault {
            let plan = FaultPlan::one("any", Operation::Webhook, Occurrence::EVERY, fault.clone());
            place.emulator.set_faults(plan).unwrap();
        }
        let root = place.listen().await;
        let (job, file) = place.begin(descriptor, &root, "out.mp4").await;
        lead(&place.runner, job).await;
        assert!(file.exists());
        assert_eq!(place.emulator.jobs().len(), 1, "{}", descriptor.name());
    }))
    .await;
}

#[tokio::test]
async fn polls_go_on_while_the_question_that_a_hint_caused_hangs() {
    let place = Place::polling(3 * JOB_TIME).await;
    let slow = Fault::Slow { ms: 60_000 };
    let plan = FaultPlan::one("any", Operation::Status, Occurrence::Nth(1), slow);
    place.emulator.set_faults(plan).unwrap();
    let root = place.listen().await;
    let descriptor = reshoot::provider("evolink").unwrap();
    let (job, file) = place.begin(descriptor, &root, "out.mp4").await;
    timeout(Duration::from_secs(8), lead(&place.runner, job)).await.unwrap();
    assert!(file.exists());
}

/// Has a job hinted at before its end, and again after it; returns what each poll told: whether it has ended.
async fn hinted_too_early(place: &Place, job: JobId) -> Vec<bool> {
    let (seen, mut polls) = mpsc::unbounded_channel();
    let mut watch = move |event: RunEvent<'_>| {
        if let RunEvent::Polled(Polled::Job(job)) = event {
            seen.send(job.state.is_final()).unwrap();
        }
    };
    // Somebody who knows the token says, too early, that the job has ended.
    place.journal().hint("evolink", &place.remote(job)).unwrap();
    let led = place.runner.lead(job, Goal::Downloaded, &mut watch);
    let (outcome, first) = tokio::join!(timeout(PATIENCE, led), async {
        let first = polls.recv().await;
        place.ended().await;
        place.journal().hint("evolink", &place.remote(job)).unwrap();
        first
    });
    let outcome = outcome.expect("it was not woken").unwrap();
    assert!(matches!(outcome, Outcome::Downloaded { .. }), "{outcome:?}");
    drop(watch);
    let mut told = vec![first.unwrap()];
    while let Some(next) = polls.recv().await {
        told.push(next);
    }
    told
}

#[tokio::test]
async fn a_hint_ends_no_job_by_itself() {
    let place = Place::new().await;
    let evolink = reshoot::provider("evolink").unwrap();
    let (job, _) = place.begin(evolink, "http://127.0.0.1:9", "out.mp4").await;
    place.runner.lead(job, Goal::Accepted, &mut |_| {}).await.unwrap();
    assert_eq!(hinted_too_early(&place, job).await, [false, true], "it was asked, and went on");
}

#[tokio::test]
async fn a_hint_that_came_before_anybody_waited_counts_even_if_it_was_read_for_others() {
    let place = Place::new().await;
    let evolink = reshoot::provider("evolink").unwrap();
    let mut jobs = Vec::new();
    for file in ["later.mp4", "now.mp4"] {
        let (job, _) = place.begin(evolink, "http://127.0.0.1:9", file).await;
        place.runner.lead(job, Goal::Accepted, &mut |_| {}).await.unwrap();
        jobs.push(job);
    }
    place.journal().hint("evolink", &place.remote(jobs[0])).unwrap();
    hinted_too_early(&place, jobs[1]).await;
    assert_eq!(lead(&place.runner, jobs[0]).await, 1);
}

#[tokio::test]
async fn a_hint_outlives_both_the_listener_and_the_waiter() {
    let place = Place::new().await;
    let evolink = reshoot::provider("evolink").unwrap();
    let (job, file) = place.begin(evolink, "http://127.0.0.1:9", "out.mp4").await;
    place.runner.lead(job, Goal::Accepted, &mut |_| {}).await.unwrap();
    place.ended().await;
    let listener = place.journal();
    assert_eq!(listener.hint("evolink", &place.remote(job)).unwrap(), Some(job));
    drop(listener);
    let next_process = runner(place.journal(), &place.emulator, NEVER);
    drop(place.runner);
    assert_eq!(lead(&next_process, job).await, 1);
    assert!(file.exists());
    // What has ended is not waited for: there is nothing to be woken.
    let remote = next_process.journal().job(job).unwrap().last().unwrap().remote.clone().unwrap();
    assert_eq!(next_process.journal().hint("evolink", &remote).unwrap(), None);
}

#[tokio::test]
async fn a_confirmation_that_gets_no_answer_is_tried_again() {
    let place = Place::new().await;
    let evolink = reshoot::provider("evolink").unwrap();
    let busy = Fault::ErrorBefore { status: 503 };
    let plan = FaultPlan::one("evolink", Operation::Status, Occurrence::Nth(1), busy);
    place.emulator.set_faults(plan).unwrap();
    let root = place.listen().await;
    let (job, _) = place.begin(evolink, &root, "out.mp4").await;
    lead(&place.runner, job).await;
}

#[tokio::test]
async fn of_many_who_wait_each_is_woken_by_its_own_hint() {
    const JOBS: usize = 30;
    let place = Place::new().await;
    let evolink = reshoot::provider("evolink").unwrap();
    let root = place.listen().await;
    let mut jobs = Vec::new();
    for n in 0..JOBS {
        jobs.push(place.begin(evolink, &root, &format!("{n}.mp4")).await.0);
    }
    let polls = join_all(jobs.iter().map(|job| lead(&place.runner, *job))).await;
    let deliveries = place.emulator.ledger().provider("evolink").webhooks;
    let polls: usize = polls.iter().sum();
    assert!(polls as u64 <= deliveries, "{polls} polls for {deliveries} deliveries");
}

#[tokio::test]
async fn a_job_that_failed_is_known_to_have_failed_as_soon_as_it_is_told() {
    let place = Place::new().await;
    let fault = Fault::JobFailed { code: "model_error".into(), message: "it broke".into() };
    let plan = FaultPlan::one("any", Operation::Submit, Occurrence::EVERY, fault);
    place.emulator.set_faults(plan).unwrap();
    let root = place.listen().await;
    let evolink = reshoot::provider("evolink").unwrap();
    let (job, _) = place.begin(evolink, &root, "out.mp4").await;
    let led = timeout(PATIENCE, place.runner.lead(job, Goal::Ended, &mut |_| {})).await;
    assert!(matches!(led.unwrap(), Err(RunError::Ended(_))));
    assert_eq!(place.journal().job(job).unwrap().last().unwrap().state, State::Failed);
}
