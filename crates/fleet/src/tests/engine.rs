//! An engine in memory that crashes, or is canceled, at the step that it is told.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use serde_json::{Value, json};

use super::{order, provider::World};
use crate::{
    Cap, Claim, GateState, Halt, Moment, Order, Outcome, Owner, Progress, Start, StepWork, Turn,
    lead,
};

/// Where a run ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum Crash {
    /// At this point, as a killed process does; each operation has two or three.
    At(usize),
    /// Nowhere; but somebody cancels before this operation.
    CancelAt(usize),
}

/// What survives a crash.
#[derive(Debug, Default)]
pub(super) struct Store {
    record: Mutex<Vec<Value>>,
    fence: Mutex<HashMap<u32, u64>>,
    id: Mutex<Option<String>>,
    /// Each job's key, and its doubt.
    owners: Mutex<HashMap<String, (String, Option<u64>)>>,
    gate: Mutex<GateState>,
    crashes: AtomicUsize,
    leases_ended: AtomicUsize,
    claims_without_slot: AtomicUsize,
    now: Mutex<u64>,
}

impl Store {
    pub(super) fn gate_is_free(&self) -> bool {
        let mut gate = self.gate.lock().unwrap().clone();
        let cap = Cap { running: 1, start_every: 100, lease: 60 };
        gate.acquire("another", "", cap, &self.moment()).0 == Turn::Granted
    }

    /// For how many milliseconds the slot is taken still.
    pub(super) fn slot_is_held_for(&self) -> u64 {
        let mut gate = self.gate.lock().unwrap().clone();
        gate.acquire("another", "", order().cap, &self.moment());
        gate.next_sweep().unwrap_or(0)
    }

    pub(super) fn crashes(&self) -> usize {
        self.crashes.load(SeqCst)
    }

    /// How often the slot was taken back from who held it.
    pub(super) fn leases_ended(&self) -> usize {
        self.leases_ended.load(SeqCst)
    }

    pub(super) fn claims_without_slot(&self) -> usize {
        self.claims_without_slot.load(SeqCst)
    }

    /// Whether a start was given out.
    pub(super) fn has_start(&self) -> bool {
        self.record.lock().unwrap().iter().any(|answer| answer.get("in").is_some())
    }

    /// As an engine does when a job's retention ends.
    pub(super) fn drop_record(&self) {
        self.record.lock().unwrap().clear();
    }

    /// `doubt` is since when the other key's own submit may have made a job.
    pub(super) fn belongs_to_another_key(&self, id: &str, doubt: Option<u64>) {
        self.owners.lock().unwrap().insert(id.to_owned(), ("another".to_owned(), doubt));
    }

    /// As if nobody had given a sign of life for ever.
    pub(super) fn end_all_leases(&self) {
        *self.gate.lock().unwrap() = GateState::default();
    }

    fn moment(&self) -> Moment {
        Moment { process: "one".to_owned(), at: self.now() }
    }

    fn now(&self) -> u64 {
        *self.now.lock().unwrap()
    }
}

/// One run of one job.
pub(super) struct Engine {
    store: Arc<Store>,
    end: Option<Crash>,
    point: AtomicUsize,
    operation: AtomicUsize,
    canceled: AtomicBool,
    position: AtomicUsize,
}

impl Engine {
    pub(super) fn new(store: Arc<Store>, end: Option<Crash>) -> Self {
        let zero = AtomicUsize::default;
        let (canceled, point) = (AtomicBool::default(), zero());
        Self { store, end, point, operation: zero(), canceled, position: zero() }
    }

    /// Never comes back if the process is killed here.
    async fn point(&self) {
        let point = self.point.fetch_add(1, SeqCst) + 1;
        if matches!(self.end, Some(Crash::At(at)) if at == point) {
            self.store.crashes.fetch_add(1, SeqCst);
            std::future::pending::<()>().await;
        }
    }

    /// Once, at the operation that it is told.
    fn cancel(&self) -> Result<(), Halt> {
        let operation = self.operation.fetch_add(1, SeqCst) + 1;
        let now = matches!(self.end, Some(Crash::CancelAt(at)) if at <= operation);
        if now && !self.canceled.swap(true, SeqCst) { Err(Halt::Canceled) } else { Ok(()) }
    }

    /// The answer of an earlier run, if it came so far.
    fn replayed(&self) -> Option<Value> {
        let position = self.position.fetch_add(1, SeqCst);
        self.store.record.lock().unwrap().get(position).cloned()
    }

    async fn recorded(&self, answer: Value) -> Value {
        self.point().await;
        self.store.record.lock().unwrap().push(answer.clone());
        self.point().await;
        answer
    }

    /// An operation on what all jobs share, done once.
    async fn shared(&self, act: impl FnOnce(&Store) -> Value + Send) -> Result<Value, Halt> {
        if let Some(answer) = self.replayed() {
            return Ok(answer);
        }
        self.point().await;
        let answer = act(&self.store);
        // Acting and recording is one transaction, as it is with a durable call.
        self.store.record.lock().unwrap().push(answer.clone());
        self.point().await;
        self.cancel().map(|()| answer)
    }
}

#[async_trait::async_trait]
impl crate::Engine for Engine {
    fn key(&self) -> &'static str {
        "key"
    }

    async fn step(&self, _: &'static str, work: StepWork) -> Result<Value, Halt> {
        if let Some(answer) = self.replayed() {
            return Ok(answer);
        }
        self.point().await;
        let answer = work().await.unwrap();
        self.cancel()?;
        Ok(self.recorded(answer).await)
    }

    async fn sleep(&self, span: Duration) -> Result<(), Halt> {
        // Others ask the gate meanwhile.
        let pass = |store: &Store| {
            let mut left = crate::millis(span);
            while left > 0 {
                let part = left.min(30_000);
                left -= part;
                *store.now.lock().unwrap() += part;
                store.gate.lock().unwrap().sweep(&store.moment());
            }
            Value::Null
        };
        self.shared(pass).await.map(drop)
    }

    async fn claim(&self, attempt: u32) -> Result<Claim, Halt> {
        self.point().await;
        let id = self.store.id.lock().unwrap().clone();
        let now = self.store.now();
        let (since, new) = {
            let mut fence = self.store.fence.lock().unwrap();
            let new = !fence.contains_key(&attempt);
            if new {
                if self.store.gate_is_free() {
                    self.store.claims_without_slot.fetch_add(1, SeqCst);
                }
                *self.store.id.lock().unwrap() = None;
            }
            (*fence.entry(attempt).or_insert(now), new)
        };
        self.point().await;
        Ok(if new { Claim::Ours { since } } else { Claim::Before { since, id } })
    }

    async fn keep(&self, id: &str) -> Result<(), Halt> {
        let keep = |store: &Store| {
            *store.id.lock().unwrap() = Some(id.to_owned());
            Value::Null
        };
        self.shared(keep).await.map(drop)
    }

    async fn unclaim(&self) -> Result<(), Halt> {
        let clear = |store: &Store| {
            store.fence.lock().unwrap().clear();
            Value::Null
        };
        self.shared(clear).await.map(drop)
    }

    async fn own(&self, _: &str, id: &str, doubt: Option<u64>) -> Result<Owner, Halt> {
        let own = |store: &Store| {
            let mut owners = store.owners.lock().unwrap();
            let ours = || ("key".to_owned(), doubt);
            let (key, doubt) = owners.entry(id.to_owned()).or_insert_with(ours).clone();
            json!(if key == "key" { Owner::Us } else { Owner::Another { doubt } })
        };
        self.shared(own).await.map(|owner| serde_json::from_value(owner).unwrap())
    }

    async fn acquire(&self, _: &str, cap: Cap) -> Result<(), Halt> {
        let take = |store: &Store| {
            let turn = store.gate.lock().unwrap().acquire("key", "", cap, &store.moment()).0;
            assert_eq!(turn, Turn::Granted);
            Value::Null
        };
        self.shared(take).await.map(drop)
    }

    async fn pace(&self, _: &str, cap: Cap, pause: Duration) -> Result<Start, Halt> {
        let start = |store: &Store| {
            let mut gate = store.gate.lock().unwrap();
            json!(gate.start("key", cap, &store.moment(), crate::millis(pause)))
        };
        self.shared(start).await.map(|start| serde_json::from_value(start).unwrap())
    }

    async fn renew(&self, _: &str, cap: Cap) -> Result<(), Halt> {
        let renew = |store: &Store| {
            let mut gate = store.gate.lock().unwrap();
            gate.sweep(&store.moment());
            if !gate.renew("key", cap, &store.moment()) {
                store.leases_ended.fetch_add(1, SeqCst);
            }
            Value::Null
        };
        self.shared(renew).await.map(drop)
    }

    async fn release(&self, _: &str, hold: Duration) -> Result<(), Halt> {
        let release = |store: &Store| {
            let mut gate = store.gate.lock().unwrap();
            gate.release("key", &store.moment(), crate::millis(hold));
            Value::Null
        };
        self.shared(release).await.map(drop)
    }

    fn note(&self, _: &Progress) {}
}

/// Runs the job until it ends, or crashes: then there is no outcome. Nothing here ever waits, so a
/// future that is not ready at once has crashed.
pub(super) fn run(
    engine: Engine,
    world: Arc<World>,
    order: Order,
) -> Option<Result<Outcome, Halt>> {
    let store = Arc::clone(&engine.store);
    let work = Arc::new(super::provider::Calls::new(world, move || store.now()));
    let job = std::pin::pin!(lead(&engine, work, order));
    match job.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(ended) => Some(ended),
        Poll::Pending => None,
    }
}
