//! One cell: an edit under a fault, resumed with it, resumed without it.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use reshoot::{
    ApiKey, DownloadOptions, EditRequest, Error, Media, Provider, Settings, Url, WaitOptions,
    capabilities::{Listing, Pace},
};
use reshoot_emulator::{Emulator, Fault, FaultPlan, FaultRule, Occurrence, Operation};
use reshoot_journal::{
    Closely, Goal, JobId, Journal, Order, Route, Routes, RunOptions, Runner, State, Via,
};
use reshoot_tests::clip;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::{
    split::Split,
    table::{Row, Wrong},
};

/// How long a call may take while things go wrong: what hangs or trickles takes longer.
const CALL: Duration = Duration::from_millis(400);

/// How long it may take once they are mended: a busy machine is no fault.
const MENDED_CALL: Duration = Duration::from_secs(5);

/// How long a user waits for a job.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) row: Row,
    pub(crate) provider: &'static str,
}

impl Cell {
    /// How the job stands after each phase; `–` where the provider has no such step.
    pub(crate) async fn verdict(self) -> String {
        let capabilities = reshoot::provider(self.provider).unwrap().capabilities;
        let lacks = match self.row.step {
            Operation::Upload => capabilities.upload.is_none(),
            Operation::List => capabilities.listing.value == Listing::None,
            _ => false,
        };
        if lacks {
            return "–".to_owned();
        }
        let lab = Lab::new(&self).await;
        let mut states = vec![lab.edit().await];
        lab.shift_clock(&self.row.wrong);
        states.push(lab.resume().await);
        lab.mend();
        states.push(lab.resume().await);
        states.dedup();
        lab.check(&self).await;
        states.join(" → ")
    }
}

/// Where one cell is tried.
struct Lab {
    directory: TempDir,
    emulator: Emulator,
    runner: Runner,
    broken: Arc<AtomicBool>,
    provider: &'static str,
    local: bool,
}

impl Lab {
    async fn new(cell: &Cell) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let emulator = Emulator::builder().job_time(job_time(cell)).start().await.unwrap();
        emulator.set_faults(plan(&cell.row)).unwrap();
        let broken = Arc::new(AtomicBool::new(true));
        let routes = routes(cell, &emulator, broken.clone()).await;
        let journal = Journal::open(directory.path().join("journal.db")).unwrap();
        let pace = Pace { first: Duration::from_millis(10), every: Duration::from_millis(20) };
        let mut options = RunOptions::default();
        options.wait =
            WaitOptions::default().with_pace(pace).with_timeout(CALL * 3 + job_time(cell));
        options.download = DownloadOptions::default().with_loopback(true);
        options.patience = Duration::ZERO;
        options.lag = Duration::from_millis(200);
        Self {
            runner: Runner::new(journal, routes, options),
            directory,
            emulator,
            broken,
            provider: cell.provider,
            local: cell.row.step == Operation::Upload,
        }
    }

    /// An edit, as if its process ended with it.
    async fn edit(&self) -> String {
        let video = if self.local {
            Media::File(clip())
        } else {
            Media::Url(Url::parse("https://clips.example/walk.mp4").unwrap())
        };
        let target = self.directory.path().join("out.mp4");
        let order = Order::new(EditRequest::new(video, "as a woodcut"), Some(target));
        let job = self.runner.begin(order, &[Via::new(self.provider)], &mut |_| {}).await.unwrap();
        self.lead(job).await
    }

    async fn resume(&self) -> String {
        self.lead(JobId(1)).await
    }

    async fn lead(&self, job: JobId) -> String {
        // What a user sees of it is tested elsewhere: here it counts how the job stands. An upload may
        // take many minutes; who does not wait for it has spent nothing.
        let mut watch = |_: reshoot_journal::RunEvent<'_>| {};
        let led = self.runner.lead(job, Goal::Downloaded, &mut watch);
        tokio::time::timeout(PATIENCE, led).await.ok();
        self.runner.journal().job(job).unwrap().last().unwrap().state.to_string()
    }

    fn mend(&self) {
        self.broken.store(false, Ordering::Relaxed);
        self.emulator.clear_faults();
    }

    /// Makes the journal say that the submit was so many hours later than it was.
    fn shift_clock(&self, wrong: &Wrong) {
        if let Wrong::Clock(hours) = wrong {
            let journal = rusqlite::Connection::open(self.journal()).unwrap();
            let millis = hours * 3_600_000;
            let sql = "UPDATE attempts SET submitted = submitted + ?1, created = created + ?1";
            assert_eq!(journal.execute(sql, [millis]).unwrap(), 1);
        }
    }

    fn journal(&self) -> &Path {
        self.runner.journal().path().unwrap()
    }

    /// What holds in every cell.
    async fn check(&self, cell: &Cell) {
        let jobs = self.emulator.jobs();
        assert!(jobs.len() <= 1, "paid twice: {cell:?}");
        let attempt = self.runner.journal().job(JobId(1)).unwrap().last().unwrap().clone();
        for job in &jobs {
            let known = attempt.remote.as_deref() == Some(job.id.as_str());
            assert!(known || attempt.state.is_in_doubt(), "not recorded: {cell:?}");
            assert!(attempt.state != State::Refused, "called free: {cell:?}");
        }
        if attempt.state == State::Downloaded {
            let missing = self.runner.verify(JobId(1), Closely::Bytes, &mut |_| {}).await.unwrap();
            assert_eq!(missing, 0, "not here: {cell:?}");
        }
    }
}

/// How long jobs run, so that they are in the provider's list when it is asked for them.
fn job_time(cell: &Cell) -> Duration {
    let is_asked = matches!(cell.row.step, Operation::Submit | Operation::List);
    let capabilities = reshoot::provider(cell.provider).unwrap().capabilities;
    Duration::from_millis(match capabilities.listing.value {
        Listing::Running if is_asked => 3500,
        Listing::Begun if is_asked => 0,
        _ => 60,
    })
}

fn plan(row: &Row) -> FaultPlan {
    let rule = |operation, fault| FaultRule {
        provider: "any".to_owned(),
        operation,
        occurrence: Occurrence::EVERY,
        fault,
    };
    let mut faults = Vec::new();
    match &row.wrong {
        Wrong::Emulated(fault) => faults.push(rule(row.step, fault.clone())),
        Wrong::Clock(_) => faults.push(rule(Operation::Submit, Fault::LostReply)),
        Wrong::Dns | Wrong::Tls => {}
    }
    // Lists are only asked when a submit is in doubt.
    if row.step == Operation::List {
        faults.push(rule(Operation::Submit, Fault::LostReply));
    }
    FaultPlan { faults }
}

async fn routes(cell: &Cell, emulator: &Emulator, broken: Arc<AtomicBool>) -> Arc<dyn Routes> {
    let name = cell.provider;
    let emulated = || settings(&emulator.url(name), emulator.files_url(name));
    let mut mended = emulated();
    mended.timeout = MENDED_CALL;
    let good: Arc<dyn Provider> = connect(name, mended);
    let (bad, astray) = match cell.row.wrong {
        Wrong::Dns => (connect(name, unresolved(name)), None),
        Wrong::Tls => {
            let place = plain_server().await;
            let astray = (cell.row.step == Operation::Download).then(|| place.parse().unwrap());
            (connect(name, settings(&place, Some(place.clone()))), astray)
        }
        Wrong::Emulated(_) | Wrong::Clock(_) => (connect(name, emulated()), None),
    };
    let step = cell.row.step;
    Arc::new(move |_: &Via| -> Result<Route, Error> {
        let provider = if broken.load(Ordering::Relaxed) {
            let (good, bad, astray) = (good.clone(), bad.clone(), astray.clone());
            Arc::new(Split { good, bad, step, astray })
        } else {
            good.clone()
        };
        Ok(Route::new(provider).with_loopback(true))
    })
}

fn connect(name: &str, settings: Settings) -> Arc<dyn Provider> {
    (reshoot::provider(name).unwrap().connect)(settings).unwrap().into()
}

fn settings(base: &str, files: Option<String>) -> Settings {
    let mut settings = Settings::new(ApiKey::new("a key").unwrap()).with_base_url(base);
    settings.files_url = files;
    settings.timeout = CALL;
    settings
}

/// A place whose name nobody can resolve.
fn unresolved(name: &str) -> Settings {
    struct Nobody;
    impl reqwest::dns::Resolve for Nobody {
        fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
            Box::pin(async { Err("no such host".into()) })
        }
    }
    let place = format!("https://{name}.example");
    let mut settings = settings(&place, Some(place.clone()));
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .dns_resolver(Arc::new(Nobody));
    settings.http = Some(client.build().unwrap());
    settings
}

/// A server that does not speak TLS, where TLS is expected.
async fn plain_server() -> String {
    use tokio::io::AsyncWriteExt;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.ok();
        }
    });
    format!("https://{address}")
}
