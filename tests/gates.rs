//! Gates over the emulator, which measures what they promise.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use reshoot::{
    DownloadOptions, EditRequest, Error, Gate, Load, Provider, Url, WaitOptions, capabilities::Pace,
};
use reshoot_emulator::{Emulator, Fault, FaultPlan, FaultRule, Occurrence, Operation};
use reshoot_journal::{Goal, Journal, Order, Outcome, Route, RunOptions, Runner, Via};
use reshoot_tests::connect;

const PROVIDER: &str = "novita";

/// Leads so many jobs at the same time through a gate of this width.
async fn led(emulator: &Emulator, jobs: usize, load: Load) -> Vec<bool> {
    let directory = tempfile::tempdir().unwrap();
    let descriptor = reshoot::provider(PROVIDER).unwrap();
    let provider: Arc<dyn Provider> = Arc::from(connect(descriptor, emulator));
    let gate = Gate::new(load);
    let routes = move |_: &Via| -> Result<Route, Error> {
        Ok(Route::new(provider.clone()).with_gate(Some(gate.clone())))
    };
    let pace = Pace { first: Duration::from_millis(5), every: Duration::from_millis(10) };
    let mut options = RunOptions::default();
    options.wait = WaitOptions::default().with_pace(pace);
    options.download = DownloadOptions::default().with_loopback(true);
    options.again = true;
    let journal = Journal::open(directory.path().join("journal.db")).unwrap();
    let runner = Runner::new(journal, Arc::new(routes), options);
    let (runner, directory) = (&runner, &directory);
    join_all((0..jobs).map(|n| async move {
        let video = Url::parse("https://clips.example/walk.mp4").unwrap();
        let file = directory.path().join(format!("{n}.mp4"));
        let order = Order::new(EditRequest::new(video, "as a woodcut"), Some(file));
        let id = runner.begin(order, &[Via::new(PROVIDER)], &mut |_| {}).await.unwrap();
        let outcome = runner.lead(id, Goal::Downloaded, &mut |_| {}).await;
        matches!(outcome, Ok(Outcome::Downloaded { .. }))
    }))
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_jobs_run_and_begin_at_the_provider_than_the_gate_lets_through() {
    let emulator = Emulator::builder().job_time(Duration::from_millis(50)).start().await.unwrap();
    let load = Load { at_once: 4, starts: 20, per: Duration::from_secs(1) };
    let done = led(&emulator, 40, load).await;
    assert_eq!(done, [true; 40]);
    let counts = emulator.ledger().provider(PROVIDER);
    assert_eq!(counts.jobs, 40);
    assert!(counts.running_peak <= 4, "{} at once", counts.running_peak);
    assert!(counts.starts_peak <= 20, "{} within a second", counts.starts_peak);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_refusals_makes_no_more_jobs_and_loses_none() {
    let emulator = Emulator::builder().job_time(Duration::from_millis(20)).start().await.unwrap();
    let rule = FaultRule {
        provider: "any".to_owned(),
        operation: Operation::Submit,
        occurrence: Occurrence::List((2..12).collect()),
        fault: Fault::RateLimited { retry_after: Some(0), as_date: false },
    };
    emulator.set_faults(FaultPlan { faults: vec![rule] }).unwrap();
    let load = Load { at_once: 8, starts: 1000, per: Duration::from_secs(1) };
    let done = led(&emulator, 30, load).await;
    assert_eq!(done, [true; 30]);
    let counts = emulator.ledger().provider(PROVIDER);
    assert_eq!((counts.jobs, counts.submits), (30, 40));
    assert!(counts.running_peak <= 8);
}
