//! Who waits to be asked for, and when the next request leaves: plain state, no clock.

use std::{collections::VecDeque, time::Duration};

use crate::job::JobRef;

/// How long the first of several waits for others to come along.
pub(super) const GATHERING: Duration = Duration::from_millis(200);

/// After so many calls for several jobs that failed in a row, each is asked for by itself for a while:
/// jobs must not be lost to a call that is broken where the ordinary one is not.
const FAILURES: u32 = 3;
const APART: Duration = Duration::from_secs(60);

/// Jobs whose turn has not come, in the order of asking. All moments are counted from one start.
#[derive(Debug)]
pub(super) struct Queue<P> {
    /// How many jobs one call can ask for.
    most: usize,
    waiting: VecDeque<Waiting<P>>,
    /// Whom the last request was for, and when it left; no job: for several.
    last: Option<(Option<JobRef>, Duration)>,
    failures_in_a_row: u32,
    failed: Duration,
    apart_until: Duration,
}

#[derive(Debug)]
struct Waiting<P> {
    job: JobRef,
    poll: P,
    /// Whether it must be asked for by itself.
    alone: bool,
    since: Duration,
}

impl<P> Queue<P> {
    pub(super) const fn new(most: usize) -> Self {
        Self {
            most,
            waiting: VecDeque::new(),
            last: None,
            failures_in_a_row: 0,
            failed: Duration::ZERO,
            apart_until: Duration::ZERO,
        }
    }

    /// Whether nobody else is to be waited for: none wait, and the last request was for the same job, or
    /// long ago.
    pub(super) fn is_alone(&self, job: &JobRef, now: Duration) -> bool {
        let others = |(whom, left): &(Option<JobRef>, Duration)| {
            whom.as_ref() != Some(job) && now < left.saturating_add(GATHERING)
        };
        let has_company = self.most(now) > 1 && self.last.as_ref().is_some_and(others);
        self.waiting.is_empty() && !has_company
    }

    /// A request for one job leaves, past the queue.
    pub(super) fn passed(&mut self, job: &JobRef, now: Duration) {
        self.last = Some((Some(job.clone()), now));
    }

    pub(super) fn push(&mut self, job: &JobRef, poll: P, alone: bool, now: Duration) {
        self.waiting.push_back(Waiting { job: job.clone(), poll, alone, since: now });
    }

    /// Whether as many wait as one call can ask for.
    pub(super) fn is_full(&self, now: Duration) -> bool {
        self.waiting.len() >= self.most(now)
    }

    /// Forgets those who wait no more.
    pub(super) fn forget(&mut self, is_gone: impl Fn(&P) -> bool) {
        self.waiting.retain(|waiting| !is_gone(&waiting.poll));
    }

    /// How long until the next request is to leave; none while nobody waits.
    pub(super) fn due(&self, now: Duration) -> Option<Duration> {
        let first = self.waiting.front()?;
        if first.alone || self.is_full(now) {
            return Some(Duration::ZERO);
        }
        Some(first.since.saturating_add(GATHERING).saturating_sub(now))
    }

    /// Whom the request that leaves now is for.
    pub(super) fn take(&mut self, now: Duration) -> Vec<(JobRef, P)> {
        let count = match self.waiting.front() {
            Some(first) if first.alone => 1,
            _ => {
                let together = self.waiting.iter().take_while(|waiting| !waiting.alone);
                together.take(self.most(now)).count()
            }
        };
        let taken: Vec<_> =
            self.waiting.drain(..count).map(|waiting| (waiting.job, waiting.poll)).collect();
        self.last = match taken.as_slice() {
            [] => self.last.take(),
            [(job, _)] => Some((Some(job.clone()), now)),
            _ => Some((None, now)),
        };
        taken
    }

    /// A call for several jobs was answered, or failed. Those that were under way at a failure and fail
    /// too count as one with it.
    pub(super) fn learn(&mut self, answered: bool, left: Duration, now: Duration) {
        if answered {
            self.failures_in_a_row = 0;
        } else if left >= self.failed {
            self.failures_in_a_row = self.failures_in_a_row.saturating_add(1);
            self.failed = now;
        }
        if self.failures_in_a_row >= FAILURES {
            self.apart_until = now.saturating_add(APART);
        }
    }

    fn most(&self, now: Duration) -> usize {
        if now < self.apart_until { 1 } else { self.most }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(id: u32) -> JobRef {
        JobRef::new("scripted", format!("job-{id}")).unwrap()
    }

    fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    /// Jobs by number; those in `alone` must be asked for by themselves.
    fn queue(most: usize, jobs: &[u32], alone: &[u32]) -> Queue<u32> {
        let mut queue = Queue::new(most);
        for id in jobs {
            queue.push(&job(*id), *id, alone.contains(id), at(0));
        }
        queue
    }

    fn taken(queue: &mut Queue<u32>, now: Duration) -> Vec<u32> {
        queue.take(now).into_iter().map(|(_, poll)| poll).collect()
    }

    #[test]
    fn company_is_a_request_for_others_a_short_while_ago_or_somebody_who_waits() {
        for (most, last, now, alone) in [
            (50, None, 0, true),
            (50, Some(1), 10, true),
            (50, Some(2), 10, false),
            (50, Some(2), 199, false),
            (50, Some(2), 200, true),
            (1, Some(2), 10, true),
        ] {
            let mut queue = Queue::<u32>::new(most);
            if let Some(last) = last {
                queue.passed(&job(last), at(0));
            }
            assert_eq!(queue.is_alone(&job(1), at(now)), alone, "{most} {last:?} {now}");
            queue.push(&job(3), 3, false, at(0));
            assert!(!queue.is_alone(&job(1), at(now)));
        }
    }

    #[test]
    fn after_a_call_for_several_even_one_of_them_has_company() {
        let mut queue = queue(50, &[1, 2], &[]);
        assert_eq!(taken(&mut queue, at(0)), [1, 2]);
        assert!(!queue.is_alone(&job(1), at(100)) && queue.is_alone(&job(1), at(200)));
    }

    #[test]
    fn a_call_takes_as_many_as_it_can_and_leaves_those_who_must_be_alone() {
        for (most, jobs, alone, calls) in [
            (50, vec![1, 2, 3], vec![], vec![vec![1, 2, 3]]),
            (2, vec![1, 2, 3], vec![], vec![vec![1, 2], vec![3]]),
            (1, vec![1, 2], vec![], vec![vec![1], vec![2]]),
            (50, vec![1, 2, 3, 4], vec![3], vec![vec![1, 2], vec![3], vec![4]]),
            (50, vec![1, 2], vec![1], vec![vec![1], vec![2]]),
            (50, vec![], vec![], vec![vec![]]),
        ] {
            let mut queue = queue(most, &jobs, &alone);
            let left: Vec<_> = calls.iter().map(|_| taken(&mut queue, at(0))).collect();
            assert_eq!(left, calls, "{most} {jobs:?} {alone:?}");
            assert_eq!(queue.due(at(0)), None);
        }
    }

    #[test]
    fn a_call_is_due_when_it_is_full_or_the_first_has_waited() {
        for (most, jobs, alone, now, due) in [
            (50, vec![], vec![], 0, None),
            (50, vec![1], vec![], 0, Some(200)),
            (50, vec![1, 2], vec![], 150, Some(50)),
            (50, vec![1, 2], vec![], 300, Some(0)),
            (2, vec![1, 2], vec![], 0, Some(0)),
            (1, vec![1], vec![], 0, Some(0)),
            (50, vec![1, 2], vec![1], 0, Some(0)),
        ] {
            let due_in = queue(most, &jobs, &alone).due(at(now));
            assert_eq!(due_in, due.map(at), "{most} {jobs:?} {alone:?} {now}");
        }
    }

    #[test]
    fn who_waits_no_more_is_not_asked_for() {
        let mut queue = queue(50, &[1, 2, 3], &[]);
        queue.forget(|id| *id != 2);
        assert_eq!(taken(&mut queue, at(0)), [2]);
    }

    #[test]
    fn calls_that_fail_again_and_again_are_left_alone_for_a_while() {
        for (answers, every, now, together) in [
            (vec![false, false], 2, 9, 2),
            (vec![false, false, false], 2, 9, 1),
            (vec![false, false, true, false], 2, 9, 2),
            // All were under way when the first of them failed.
            (vec![false, false, false, false], 0, 9, 2),
            (vec![false, false, false], 2, 60_004, 1),
            (vec![false, false, false], 2, 60_005, 2),
        ] {
            let mut queue = queue(50, &[1, 2], &[]);
            for (nth, answered) in (0..).zip(&answers) {
                queue.learn(*answered, at(nth * every), at(nth * every + 1));
            }
            assert_eq!(taken(&mut queue, at(now)).len(), together, "{answers:?} {every} {now}");
        }
    }
}
