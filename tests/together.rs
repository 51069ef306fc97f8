//! Jobs that are followed at the same time, asked for together where the provider can.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use reshoot::{
    Budget, EditRequest, Error, ErrorKind, JobRef, Provider, Url, WaitOptions, capabilities::Pace,
};
use reshoot_emulator::{Emulator, Fault, FaultPlan, FaultRule, Occurrence, Operation};
use reshoot_journal::{Goal, Journal, Order, Outcome, Route, RunOptions, Runner, Via};
use reshoot_tests::connect;

const PROVIDER: &str = "evolink";
const JOB_TIME: Duration = Duration::from_secs(2);
const EVERY: Duration = Duration::from_millis(300);

/// What shall be seen.
struct Case {
    jobs: usize,
    /// Whether all jobs share a route, and so are asked for together.
    shared: bool,
    faults: Vec<FaultRule>,
    /// The first of them gives up this long after all began.
    gives_up: Option<Duration>,
}

impl Case {
    const fn of(jobs: usize) -> Self {
        Self { jobs, shared: true, faults: Vec::new(), gives_up: None }
    }

    fn with(self, operation: Operation, at: impl IntoIterator<Item = u64>, fault: Fault) -> Self {
        let (provider, occurrence) =
            (PROVIDER.to_owned(), Occurrence::List(at.into_iter().collect()));
        let mut faults = self.faults;
        faults.push(FaultRule { provider, operation, occurrence, fault });
        Self { faults, ..self }
    }

    /// How many jobs ended well, and how many polls that took.
    async fn run(self) -> (usize, u64) {
        let plan = FaultPlan { faults: self.faults };
        let emulator = Emulator::builder().job_time(JOB_TIME).faults(plan).start().await.unwrap();
        let directory = tempfile::tempdir().unwrap();
        let journal = Journal::open(directory.path().join("journal.db")).unwrap();
        let runner = Runner::new(journal, Arc::new(routes(&emulator, self.shared)), options());
        let (runner, gives_up) = (&runner, self.gives_up);
        let ended = join_all((0..self.jobs).map(|n| async move {
            let patience = gives_up.filter(|_| n == 0).unwrap_or(Duration::from_secs(60));
            tokio::time::timeout(patience, lead(runner)).await.unwrap_or(false)
        }));
        let ended = ended.await.into_iter().filter(|ended| *ended).count();
        (ended, emulator.ledger().provider(PROVIDER).polls)
    }
}

fn routes(emulator: &Emulator, shared: bool) -> impl Fn(&Via) -> Result<Route, Error> + use<> {
    let descriptor = reshoot::provider(PROVIDER).unwrap();
    let provider: Arc<dyn Provider> = Arc::from(connect(descriptor, emulator));
    let route = Route::new(Arc::clone(&provider)).with_budget(Some(Budget::new(500.0, 500)));
    move |_| Ok(if shared { route.clone() } else { Route::new(Arc::clone(&provider)) })
}

fn options() -> RunOptions {
    let mut options = RunOptions::default();
    options.wait = WaitOptions::default().with_pace(Pace { first: EVERY, every: EVERY });
    options.again = true;
    options
}

async fn lead(runner: &Runner) -> bool {
    let video = Url::parse("https://clips.example/walk.mp4").unwrap();
    let order = Order::new(EditRequest::new(video, "as a woodcut"), None);
    let id = runner.begin(order, &[Via::new(PROVIDER)], &mut |_| {}).await.unwrap();
    let outcome = runner.lead(id, Goal::Ended, &mut |_| {}).await;
    matches!(outcome, Ok(Outcome::Succeeded(_)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_jobs_take_a_tenth_of_the_polls_and_all_end_well() {
    let (apart, polls_apart) = Case { shared: false, ..Case::of(200) }.run().await;
    let (together, polls) = Case::of(200).run().await;
    assert_eq!((apart, together), (200, 200));
    assert!(polls * 10 <= polls_apart, "{polls} of {polls_apart}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_wrong_with_one_poll_or_one_job_ends_no_other() {
    let not_found = Fault::NotFoundAtFirst { times: 3 };
    let refused = Fault::RateLimited { retry_after: Some(0), as_date: false };
    let status = |at: &[u64], fault| Case::of(60).with(Operation::Status, at.to_vec(), fault);
    let cases = [
        ("missing", Case::of(60).with(Operation::Submit, [3, 9, 20, 41], not_found), 60, 70),
        ("refused", status(&[2, 4, 6], refused), 60, 60),
        ("unavailable", status(&[2, 5, 7], Fault::ErrorBefore { status: 503 }), 60, 60),
        ("not there", status(&[3, 6], Fault::ErrorBefore { status: 404 }), 60, 60),
        ("page", status(&[2, 3], Fault::Html502), 60, 60),
        ("cut off", status(&[2, 5], Fault::Truncated), 60, 60),
        ("lost", status(&[2, 5], Fault::LostReply), 60, 60),
        ("nothing in it", status(&[2, 5], Fault::EmptyBody), 60, 60),
        ("null", status(&[2, 5], Fault::NullFields), 60, 60),
        ("hanging", status(&[2, 5], Fault::Slow { ms: 3000 }), 60, 60),
        ("broken", status(&(4..24).collect::<Vec<_>>(), Fault::MissingFields), 60, 600),
        ("dropped", Case { gives_up: Some(JOB_TIME / 2), ..Case::of(60) }, 59, 60),
    ];
    let runs = cases.map(|(name, case, well, most)| async move {
        let (ended, polls) = case.run().await;
        assert_eq!(ended, well, "{name}");
        assert!(polls <= most, "{name}: {polls} polls");
    });
    join_all(runs).await;
}

#[tokio::test]
async fn several_jobs_are_asked_for_in_one_call_exactly_where_the_capabilities_say_so() {
    let emulator = reshoot_tests::emulator().await;
    for descriptor in reshoot::PROVIDERS {
        let name = descriptor.name();
        let jobs =
            ["task-unified-1-a", "task-unified-1-b"].map(|id| JobRef::new(name, id).unwrap());
        let told = connect(descriptor, &emulator).statuses(&jobs).await;
        let kinds = told.map(|told| told.into_iter().map(|one| one.unwrap_err().kind()).collect());
        let expected: Result<Vec<_>, _> = match descriptor.capabilities.statuses {
            Some(_) => Ok(vec![ErrorKind::NotFound; 2]),
            None => Err(ErrorKind::NotOffered),
        };
        assert_eq!(kinds.map_err(|error| error.kind()), expected, "{name}");
        let polls = u64::from(expected.is_ok());
        assert_eq!(emulator.ledger().provider(name).polls, polls, "{name}");
    }
}
