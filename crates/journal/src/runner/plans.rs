//! What is known of how long jobs take, and the poll plans that follow from it.

use std::{collections::HashMap, fmt, ops::RangeInclusive, sync::Arc, time::Duration};

use reshoot_core::{Capabilities, PollPlan, RunTimes};
use tokio::{sync::Mutex, time::Instant};

use super::{Attempt, JobRecord, Runner};

/// For how long a plan is used before the journal is asked again: half as long as such jobs take, within
/// these bounds. What is learnt of one job comes in time for the next.
const FRESH: RangeInclusive<Duration> = Duration::from_secs(5)..=Duration::from_secs(60);

/// So many run times tell most of what there is to learn. With fewer, the journal is asked sooner: the
/// first jobs of a batch teach those that begin right after them.
const ENOUGH: usize = 20;
const FRESH_AT_FIRST: Duration = Duration::from_secs(2);

/// What is known of one kind of jobs.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) times: RunTimes,
    /// None where the caller sets a pace.
    pub(super) plan: Option<Arc<PollPlan>>,
    /// The longest of them, where there are enough to tell.
    pub(super) longest: Option<Duration>,
    fresh_for: Duration,
}

/// By kind: when it was learnt, and what.
type ByKind = HashMap<String, (Instant, Arc<Known>)>;

/// What is known, by kind: a fleet of jobs asks the journal once in a while.
#[derive(Clone, Default)]
pub(super) struct Plans {
    by_kind: Arc<Mutex<ByKind>>,
}

impl fmt::Debug for Plans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plans").finish_non_exhaustive()
    }
}

impl Runner {
    /// What is known of jobs like this one. A journal that cannot be read teaches nothing; whatever is
    /// to be written next will say so.
    pub(super) async fn known(
        &self,
        job: &JobRecord,
        attempt: &Attempt,
        capabilities: &'static Capabilities,
    ) -> Arc<Known> {
        let (via, resolution) = (attempt.via.clone(), job.request.resolution);
        let seconds = attempt.quote.seconds;
        let kind = format!("{} {:?} {resolution} {seconds:.0}", via.provider, via.base_url);
        let mut by_kind = self.plans.by_kind.lock().await;
        if let Some((learnt, known)) = by_kind.get(&kind)
            && learnt.elapsed() < known.fresh_for
        {
            return Arc::clone(known);
        }
        let is_paced = self.options.wait.pace.is_some();
        let known = self.record(move |journal| {
            let seen = journal.run_times(&via, resolution, seconds)?;
            Ok(Known::new(capabilities, &seen, is_paced))
        });
        let known = known.await.unwrap_or_else(|_| Known::new(capabilities, &[], is_paced));
        let known = Arc::new(known);
        by_kind.insert(kind, (Instant::now(), Arc::clone(&known)));
        known
    }
}

impl Known {
    fn new(capabilities: &Capabilities, seen: &[Duration], is_paced: bool) -> Self {
        let times = RunTimes::typical(capabilities.run_time.value).learn(seen);
        let plan = || Arc::new(PollPlan::new(&times, capabilities.pace.value));
        let is_known = seen.len() >= ENOUGH;
        let longest = seen.iter().max().copied().filter(|_| is_known);
        let half = times.median_left(Duration::ZERO) / 2;
        let fresh_for =
            if is_known { half.clamp(*FRESH.start(), *FRESH.end()) } else { FRESH_AT_FIRST };
        Self { plan: (!is_paced).then(plan), times, longest, fresh_for }
    }
}
