//! The runner as a program uses it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::{sync::Arc, time::Duration};

use reshoot::{
    DownloadOptions, EditRequest, Error, Provider, Url, WaitOptions, capabilities::Pace,
};
use reshoot_emulator::{Emulator, Fault, FaultPlan, Occurrence, Operation};
use reshoot_journal::{
    Filter, Goal, JobId, Journal, Order, Outcome, Route, RunError, RunEvent, RunOptions, Runner,
    State, Via,
};
use reshoot_tests::connect;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

struct Place {
    directory: TempDir,
    emulator: Emulator,
    runner: Runner,
}

impl Place {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let emulator = reshoot_tests::emulator().await;
        let journal = Journal::open(directory.path().join("journal.db")).unwrap();
        let runner = runner(journal, &emulator);
        Self { directory, emulator, runner }
    }

    /// Begins an edit, and says where its file will be.
    async fn begin(&self, routes: &[&str]) -> (JobId, std::path::PathBuf) {
        let file = self.directory.path().join("out.mp4");
        let video = Url::parse("https://clips.example/walk.mp4").unwrap();
        let order = Order::new(EditRequest::new(video, "as a woodcut"), Some(file.clone()));
        let routes: Vec<_> = routes.iter().map(|name| Via::new(*name)).collect();
        (self.runner.begin(order, &routes, &mut |_| {}).await.unwrap(), file)
    }

    fn state(&self, job: JobId) -> State {
        self.runner.journal().job(job).unwrap().last().unwrap().state
    }

    fn fault(&self, provider: &str, fault: Fault) {
        let plan = FaultPlan::one(provider, Operation::Submit, Occurrence::EVERY, fault);
        self.emulator.set_faults(plan).unwrap();
    }
}

fn runner(journal: Journal, emulator: &Emulator) -> Runner {
    stoppable(journal, emulator, &CancellationToken::new())
}

fn stoppable(journal: Journal, emulator: &Emulator, stop: &CancellationToken) -> Runner {
    let providers: Vec<Arc<dyn Provider>> = reshoot::PROVIDERS
        .iter()
        .map(|descriptor| Arc::from(connect(descriptor, emulator)))
        .collect();
    let routes = move |via: &Via| -> Result<Route, Error> {
        let provider = providers.iter().find(|provider| provider.name() == via.provider).unwrap();
        Ok(Route::new(Arc::clone(provider)))
    };
    let pace = Pace { first: Duration::from_millis(5), every: Duration::from_millis(10) };
    let mut options = RunOptions::default();
    options.wait = WaitOptions::default().with_pace(pace);
    options.download = DownloadOptions::default().with_loopback(true);
    options.lag = Duration::ZERO;
    options.stop = stop.clone();
    Runner::new(journal, Arc::new(routes), options)
}

#[tokio::test]
async fn an_edit_is_led_from_intent_to_file() {
    for descriptor in reshoot::PROVIDERS {
        let place = Place::new().await;
        let (job, file) = place.begin(&[descriptor.name()]).await;
        assert_eq!(place.state(job), State::Intent);
        assert_eq!(place.emulator.jobs().len(), 0, "nothing is sent before it is led");
        let outcome = place.runner.lead(job, Goal::Downloaded, &mut |_| {}).await.unwrap();
        let Outcome::Downloaded { files, .. } = outcome else { panic!("{outcome:?}") };
        assert_eq!(files[0].path, file);
        assert_eq!(place.state(job), State::Downloaded);
    }
}

#[tokio::test]
async fn what_a_provider_tells_of_a_job_s_times_is_kept_however_it_ended() {
    let no = || Fault::JobFailed { code: "no".into(), message: "no".into() };
    for (provider, fault, queued, running) in [
        ("novita", None, true, true),
        ("novita", Some(no()), true, true),
        ("wavespeed", None, false, true),
        ("wavespeed", Some(no()), false, true),
        ("kie", None, false, false),
    ] {
        let (place, fails) = (Place::new().await, fault.is_some());
        fault.into_iter().for_each(|fault| place.fault(provider, fault));
        let (job, _) = place.begin(&[provider]).await;
        let led = place.runner.lead(job, Goal::Downloaded, &mut |_| {}).await;
        assert_eq!(led.is_err(), fails, "{led:?}");
        let attempt = place.runner.journal().job(job).unwrap().attempts.remove(0);
        let told = (attempt.queued.is_some(), attempt.running.is_some());
        assert_eq!(told, (queued, running), "{provider}, fails: {fails}");
    }
}

#[tokio::test]
async fn each_goal_is_an_end_and_the_next_one_goes_on_from_there() {
    let place = Place::new().await;
    let (job, file) = place.begin(&["evolink"]).await;
    for (goal, state) in [
        (Goal::Accepted, State::Accepted),
        (Goal::Ended, State::Succeeded),
        (Goal::Downloaded, State::Downloaded),
    ] {
        place.runner.lead(job, goal, &mut |_| {}).await.unwrap();
        assert_eq!(place.state(job), state);
    }
    assert!(file.exists());
    assert_eq!(place.emulator.jobs().len(), 1);
}

#[tokio::test]
async fn a_dropped_future_drops_neither_the_paid_request_nor_its_record() {
    let place = Place::new().await;
    place.fault("evolink", Fault::Slow { ms: 300 });
    let (job, _) = place.begin(&["evolink"]).await;
    let submitting = tokio::sync::Notify::new();
    let mut watch = |event: RunEvent<'_>| {
        if matches!(event, RunEvent::Submitting { .. }) {
            submitting.notify_one();
        }
    };
    tokio::select! {
        led = place.runner.lead(job, Goal::Downloaded, &mut watch) => panic!("{led:?}"),
        () = async {
            submitting.notified().await;
            while place.state(job) != State::Submitting {
                tokio::task::yield_now().await;
            }
            while place.emulator.ledger().provider("evolink").submits == 0 {
                tokio::task::yield_now().await;
            }
        } => {}
    }
    // While it is under way, nobody looks for what it made, and nobody submits.
    let again = place.runner.lead(job, Goal::Downloaded, &mut |_| {}).await;
    assert!(matches!(again, Err(RunError::Held { .. })), "{again:?}");
    while place.state(job) == State::Submitting {
        tokio::task::yield_now().await;
    }
    assert_eq!(place.state(job), State::Accepted);
    // It is given free a moment after its record is there.
    let led = loop {
        match place.runner.lead(job, Goal::Downloaded, &mut |_| {}).await {
            Err(RunError::Held { .. }) => tokio::task::yield_now().await,
            led => break led,
        }
    };
    led.unwrap();
    assert_eq!(place.emulator.jobs().len(), 1);
}

#[tokio::test]
async fn whoever_asked_to_stop_pays_for_nothing_more_and_the_edit_stays_wanted() {
    let place = Place::new().await;
    let stop = CancellationToken::new();
    stop.cancel();
    let stopped = stoppable(place.runner.journal().clone(), &place.emulator, &stop);
    let (job, _) = place.begin(&["evolink"]).await;
    for _ in 0..20 {
        let led = stopped.lead(job, Goal::Downloaded, &mut |_| {}).await;
        assert!(matches!(led, Err(RunError::Stopped(State::Intent))), "{led:?}");
    }
    assert_eq!(place.emulator.ledger().provider("evolink").submits, 0);
    place.runner.lead(job, Goal::Downloaded, &mut |_| {}).await.unwrap();
}

#[tokio::test]
async fn what_another_runner_drives_is_left_to_it() {
    let place = Place::new().await;
    let (job, _) = place.begin(&["evolink"]).await;
    let path = place.directory.path().join("journal.db");
    let other = runner(Journal::open(path).unwrap(), &place.emulator);
    let led = other.lead(job, Goal::Downloaded, &mut |_| {}).await;
    assert!(matches!(led, Err(RunError::Held { .. })), "{led:?}");
    drop(place.runner);
    other.lead(job, Goal::Downloaded, &mut |_| {}).await.unwrap();
    assert!(other.journal().list(&Filter::open()).unwrap().jobs.is_empty());
}

#[tokio::test]
async fn each_provider_is_told_of_when_another_one_is_tried() {
    let place = Place::new().await;
    place.fault("apiframe", Fault::ErrorBefore { status: 402 });
    let (job, _) = place.begin(&["apiframe", "evolink"]).await;
    let mut told = Vec::new();
    let mut watch = |event: RunEvent<'_>| {
        if let RunEvent::GoingOn { next, .. } = event {
            told.push(next.provider.clone());
        }
    };
    place.runner.lead(job, Goal::Downloaded, &mut watch).await.unwrap();
    assert_eq!(told, ["evolink"]);
    let states: Vec<_> =
        place.runner.journal().job(job).unwrap().attempts.iter().map(|it| it.state).collect();
    assert_eq!(states, [State::Refused, State::Downloaded]);
}

#[tokio::test]
async fn each_job_teaches_how_long_the_next_will_take() {
    let place = Place::new().await;
    let mut told = Vec::new();
    for _ in 0..6 {
        let (job, file) = place.begin(&["evolink"]).await;
        // Another runner, since one asks the journal once a minute.
        let runner = runner(place.runner.journal().clone(), &place.emulator);
        let mut left_first = None;
        let mut watch = |event: RunEvent<'_>| {
            if let RunEvent::Waiting { left, .. } = event {
                left_first.get_or_insert(left);
            }
        };
        runner.lead(job, Goal::Downloaded, &mut watch).await.unwrap();
        std::fs::remove_file(file).unwrap();
        told.push(left_first.unwrap());
    }
    assert!(told[0] > Duration::from_secs(100), "nothing is learnt yet: {told:?}");
    let least = told.iter().min().unwrap();
    assert!(*least < Duration::from_secs(1), "others were done at once: {told:?}");
}

#[tokio::test]
async fn a_job_that_ended_while_nobody_looked_teaches_nothing() {
    for (hours_ago, taught) in [(0, 1), (3, 0)] {
        let place = Place::new().await;
        let (job, _) = place.begin(&["evolink"]).await;
        place.runner.lead(job, Goal::Accepted, &mut |_| {}).await.unwrap();
        let journal = place.runner.journal();
        let job_ref = journal.job(job).unwrap().attempts[0].job_ref().unwrap().unwrap();
        let provider = connect(reshoot::provider("evolink").unwrap(), &place.emulator);
        while !provider.status(&job_ref).await.unwrap().state.is_final() {
            tokio::task::yield_now().await;
        }
        let database = rusqlite::Connection::open(journal.path().unwrap()).unwrap();
        let earlier = "UPDATE attempts SET submitted = submitted - ?1";
        database.execute(earlier, [hours_ago * 3_600_000]).unwrap();
        place.runner.lead(job, Goal::Ended, &mut |_| {}).await.unwrap();
        let record = journal.job(job).unwrap();
        let (resolution, seconds) = (record.request.resolution, record.attempts[0].quote.seconds);
        let times = journal.run_times(&Via::new("evolink"), resolution, seconds).unwrap();
        assert_eq!(times.len(), taught, "{hours_ago}: {times:?}");
    }
}
