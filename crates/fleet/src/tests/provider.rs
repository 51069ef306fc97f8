//! A provider in memory that goes wrong as it is told, and counts what it is paid for.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use reshoot_core::{EditRequest, JobRef, Url};

use crate::{Fetched, File, Looked, Order, Pacing, Plan, Prepared, Seen, Sent, Stopping, Work};

/// How a lost job can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listing {
    /// Not at all.
    None,
    /// By a list that shows some jobs.
    Part,
    /// By a list that shows all.
    Whole,
    /// By sending the same under its key.
    Key,
}

/// What goes wrong, once each, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The request never arrives.
    LoseRequest,
    /// A job is made, and nobody learns of it.
    LoseReply,
    /// Not now.
    RateLimit,
    /// No.
    Refuse,
    /// The job ends without a result.
    FailJob,
    /// The result is gone when it is asked for.
    LoseFile,
}

/// The provider.
#[derive(Debug)]
pub(super) struct World {
    listing: Listing,
    faults: Mutex<VecDeque<Fault>>,
    jobs: Mutex<Vec<String>>,
    submits: Mutex<u32>,
    /// Whether it stops jobs.
    pub(super) cancels: bool,
    /// How long its jobs run unseen.
    pub(super) runs_for: u64,
    /// What a poll says as long as it is there.
    pub(super) stuck_at: Option<Seen>,
}

impl World {
    pub(super) fn new(listing: Listing, faults: &[Fault]) -> Arc<Self> {
        let faults = Mutex::new(faults.iter().copied().collect());
        Arc::new(Self::plain(listing, faults))
    }

    pub(super) fn plain(listing: Listing, faults: Mutex<VecDeque<Fault>>) -> Self {
        Self {
            listing,
            faults,
            jobs: Mutex::default(),
            submits: Mutex::default(),
            cancels: true,
            runs_for: 0,
            stuck_at: None,
        }
    }

    pub(super) fn jobs(&self) -> usize {
        self.jobs.lock().unwrap().len()
    }

    /// Paid requests, those under a known key left out.
    pub(super) fn submits(&self) -> u32 {
        *self.submits.lock().unwrap()
    }

    pub(super) fn job_of_another_key(&self) -> String {
        self.make()
    }

    fn make(&self) -> String {
        let mut jobs = self.jobs.lock().unwrap();
        let id = format!("job-{}", jobs.len() + 1);
        jobs.push(id.clone());
        id
    }

    /// What goes wrong at this call, if its turn has come.
    fn fault(&self, of: &[Fault]) -> Option<Fault> {
        let mut faults = self.faults.lock().unwrap();
        let next = faults.front().copied().filter(|fault| of.contains(fault))?;
        faults.pop_front();
        Some(next)
    }

    fn post(&self) -> Sent {
        let known = self.jobs.lock().unwrap().first().cloned();
        if let (Listing::Key, Some(id)) = (self.listing, known) {
            return Sent::Accepted(id);
        }
        *self.submits.lock().unwrap() += 1;
        let lost = || Sent::Unknown("no answer".to_owned());
        let refused = |again| Sent::Refused { reason: "no".to_owned(), again };
        let faults = [Fault::LoseRequest, Fault::LoseReply, Fault::RateLimit, Fault::Refuse];
        match self.fault(&faults) {
            Some(Fault::LoseRequest) => lost(),
            Some(Fault::LoseReply) => {
                self.make();
                lost()
            }
            Some(Fault::RateLimit) => refused(Some(500)),
            Some(_) => refused(None),
            None => Sent::Accepted(self.make()),
        }
    }
}

/// The calls of one run.
pub(super) struct Calls {
    world: Arc<World>,
    now: Box<dyn Fn() -> u64 + Send + Sync>,
}

impl Calls {
    pub(super) fn new(world: Arc<World>, now: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self { world, now: Box::new(now) }
    }
}

impl fmt::Debug for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.world.fmt(f)
    }
}

#[async_trait]
impl Work for Calls {
    async fn prepare(&self, _: &Order) -> Prepared {
        let video = Url::parse("https://h.example/a.mp4").unwrap();
        Prepared::Ready(Box::new(Plan {
            request: EditRequest::new(video, "p"),
            replays: self.world.listing == Listing::Key,
            usd: Some(1.0),
            pacing: Pacing { first: 1000, every: 1000 },
            within: 120_000,
            lag: 30_000,
            latest: 160_000,
            runs_for: self.world.runs_for,
        }))
    }

    async fn submit(&self, _: &Order, _: &Plan, _: u64) -> Sent {
        self.world.post()
    }

    async fn replay(&self, _: &Order, _: &Plan, _: u64) -> Sent {
        assert_eq!(self.world.listing, Listing::Key, "a submit without a key is sent once");
        self.world.post()
    }

    async fn look(&self, _: &Order, _: &Plan, since: u64) -> Looked {
        let complete = match self.world.listing {
            Listing::None | Listing::Key => return Looked::CannotList,
            Listing::Part => false,
            Listing::Whole => true,
        };
        let ours = self.world.jobs.lock().unwrap().clone();
        Looked::List { ours, perhaps: 0, complete, age: (self.now)() - since }
    }

    async fn status(&self, _: &Order, job: &JobRef) -> Seen {
        assert!(self.world.jobs.lock().unwrap().iter().any(|id| id == job.id()));
        if let Some(seen) = &self.world.stuck_at {
            return seen.clone();
        }
        match self.world.fault(&[Fault::FailJob]) {
            Some(_) => Seen::Failed { reason: "it did not work".to_owned(), unbilled: false },
            None => Seen::Succeeded { billed: None },
        }
    }

    async fn fetch(&self, _: &Order, job: &JobRef) -> Fetched {
        match self.world.fault(&[Fault::LoseFile]) {
            Some(_) => Fetched::Gone("the links are dead".to_owned()),
            None => Fetched::Files(vec![File {
                place: format!("{}.mp4", job.id()),
                bytes: 1,
                sha256: String::new(),
            }]),
        }
    }

    async fn cancel(&self, _: &Order, _: &JobRef) -> Stopping {
        Stopping { ended: self.world.cancels, note: "stopped, perhaps".to_owned() }
    }
}
