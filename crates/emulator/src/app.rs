//! What all handlers share: settings, jobs, files, counts and the fault plan.
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use time::OffsetDateTime;
use tokio::task::JoinSet;

use crate::faults::{Armed, Operation};
use crate::jobs::{Billed, Job, Jobs, Phase, Source};
use crate::kinds::{Fault, JobFault};
use crate::ledger::Ledger;
use crate::media;
use crate::providers::{PROVIDERS, Provider};
use crate::store::Store;
use crate::webhooks::Subscription;

/// How the emulator behaves when no fault strikes.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) job_time: Duration,
    pub(crate) latency: Duration,
    pub(crate) link_lifetime: Option<Duration>,
}

pub(crate) type Shared = Arc<App>;

#[derive(Debug)]
pub(crate) struct App {
    pub(crate) config: Config,
    pub(crate) address: SocketAddr,
    pub(crate) store: Store,
    pub(crate) jobs: Mutex<Jobs>,
    /// Held from the look at an idempotency key until its job exists: two submits at once make one job.
    pub(crate) turn: Mutex<()>,
    pub(crate) counts: Mutex<Ledger>,
    pub(crate) faults: Mutex<Armed>,
    pub(crate) subscriptions: Mutex<Vec<(&'static str, Subscription)>>,
    pub(crate) tasks: Mutex<JoinSet<()>>,
    pub(crate) http: reqwest::Client,
    /// Signs download links; new at each start.
    pub(crate) secret: Vec<u8>,
}

/// A job that a provider's handler has decided to take.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) id: String,
    pub(crate) owner: String,
    pub(crate) input: Value,
    pub(crate) origin: Origin,
    pub(crate) outputs: u64,
    pub(crate) billed: Billed,
    pub(crate) failure: Option<(String, String)>,
    pub(crate) fault: Option<JobFault>,
}

/// Where a submitted URL leads.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Origin {
    /// To a file that was brought to the emulator.
    Stored(String),
    /// To the emulator, but there is no such file.
    Missing,
    /// Elsewhere: never fetched.
    Outside,
}

/// Assumed where a clip does not say how long it plays.
const ASSUMED_SECONDS: f64 = 5.0;

impl App {
    pub(crate) fn new(config: Config, address: SocketAddr, faults: Armed) -> io::Result<Self> {
        let http =
            reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        Ok(Self {
            config,
            address,
            store: Store::new()?,
            jobs: Mutex::default(),
            turn: Mutex::default(),
            counts: Mutex::default(),
            faults: Mutex::new(faults),
            subscriptions: Mutex::default(),
            tasks: Mutex::default(),
            http: http.build().map_err(io::Error::other)?,
            secret: random_bytes(32),
        })
    }

    pub(crate) fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn fault(&self, provider: &str, operation: Operation) -> Option<Fault> {
        lock(&self.faults).take(provider, operation)
    }

    pub(crate) fn received(&self, provider: &str, operation: Operation) {
        lock(&self.counts).entry(provider).received(operation);
    }

    /// Adds the job and what it costs to the books.
    pub(crate) fn create(&self, provider: &'static Provider, order: Order) -> Job {
        let source = match &order.origin {
            Origin::Stored(id) => Source::Stored(id.clone()),
            Origin::Missing | Origin::Outside => Source::BuiltIn,
        };
        let job = Job {
            id: order.id,
            provider: provider.name,
            owner: order.owner,
            created: Instant::now(),
            created_at: OffsetDateTime::now_utc(),
            time: self.config.job_time,
            uncut: None,
            input: order.input,
            source,
            outputs: order.outputs,
            billed: order.billed,
            failure: order.failure,
            fault: order.fault,
            polls: 0,
            webhook_status: None,
        };
        let crowd = lock(&self.jobs).insert(job.clone());
        let mut counts = lock(&self.counts);
        let counts = counts.entry(provider.name);
        counts.jobs += 1;
        counts.running_peak = counts.running_peak.max(crowd.unfinished);
        counts.starts_peak = counts.starts_peak.max(crowd.begun);
        job
    }

    /// The job that an idempotency key made, with this call's fault applied.
    pub(crate) fn replayed(&self, provider: &'static Provider, id: &str) -> Option<Job> {
        lock(&self.counts).entry(provider.name).replays += 1;
        lock(&self.jobs).get(id).cloned()
    }

    /// The counts, with credits as they stand now.
    pub(crate) fn ledger(&self) -> Ledger {
        let mut ledger = lock(&self.counts).clone();
        for provider in PROVIDERS {
            ledger.entry(provider.name).credits = self.spent(provider.name);
        }
        ledger
    }

    /// Credits charged by one provider, refunds taken off.
    pub(crate) fn spent(&self, provider: &str) -> f64 {
        let now = Instant::now();
        let jobs = lock(&self.jobs);
        // Not `sum`, which makes -0.0 of nothing.
        round(jobs.newest_first(provider).map(|job| job.charged(now)).fold(0.0, |a, b| a + b))
    }

    /// Where a submitted URL leads.
    pub(crate) fn origin(&self, text: &str) -> Origin {
        let Ok(url) = url::Url::parse(text) else {
            return Origin::Outside;
        };
        if url.port_or_known_default() != Some(self.address.port()) || !is_loopback(&url) {
            return Origin::Outside;
        }
        self.own_file(url.path()).map_or(Origin::Missing, Origin::Stored)
    }

    fn own_file(&self, path: &str) -> Option<String> {
        if let Some(rest) = path.strip_prefix(crate::control::STAGE) {
            let id = rest.trim_start_matches('/').split('/').next()?;
            return self.store.get(id).map(|file| file.id);
        }
        let (_, name) =
            path.strip_prefix(crate::links::FILES)?.trim_start_matches('/').split_once('/')?;
        match lock(&self.jobs).get(crate::links::job_of(name)?)?.source.clone() {
            Source::Stored(id) => Some(id),
            Source::BuiltIn => None,
        }
    }

    /// How many seconds of input are read, and how many are made; `cut` of zero or none takes the whole clip.
    pub(crate) fn seconds(&self, origin: &Origin, cut: Option<f64>) -> (f64, f64) {
        let whole = match origin {
            Origin::Stored(id) => self.store.get(id).and_then(|file| media::duration(&file.path)),
            Origin::Missing | Origin::Outside => None,
        };
        let asked = cut.filter(|cut| *cut > 0.0);
        let whole = whole.or(asked).unwrap_or(ASSUMED_SECONDS);
        (whole, asked.map_or(whole, |asked| asked.min(whole)))
    }

    /// Runs until it ends or the emulator does.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        lock(&self.tasks).spawn(task);
    }

    /// The secret that was last set up in a provider's dashboard.
    pub(crate) fn dashboard_secret(&self, provider: &str) -> Option<Vec<u8>> {
        let subscriptions = lock(&self.subscriptions);
        let mut secrets = subscriptions.iter().rev().filter(|(name, _)| *name == provider);
        secrets.next().map(|(_, subscription)| subscription.secret.clone())
    }

    pub(crate) fn phase(&self, job: &Job) -> Phase {
        job.phase(Instant::now())
    }
}

/// A lock that a panic elsewhere does not take with it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Two decimals, as bills have.
pub(crate) fn round(credits: f64) -> f64 {
    (credits * 100.0).round() / 100.0
}

pub(crate) fn is_loopback(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Bytes that cannot be guessed. Without a source of randomness the clock has to do: nothing here guards real money.
pub(crate) fn random_bytes(count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    if getrandom::fill(&mut bytes).is_err() {
        let clock = OffsetDateTime::now_utc().unix_timestamp_nanos().to_le_bytes();
        bytes.iter_mut().zip(clock.iter().cycle()).for_each(|(byte, tick)| *byte = *tick);
    }
    bytes
}

pub(crate) fn random_hex(bytes: usize) -> String {
    hex::encode(random_bytes(bytes))
}

/// A random UUID, version 4.
pub(crate) fn random_uuid() -> String {
    uuid(&random_hex(16))
}

/// A UUID made of these hexadecimal digits, of which 32 or more are needed.
pub(crate) fn uuid(hex: &str) -> String {
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-4{}-a{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}
