//! When to ask for a job's state, from how long such jobs take.

mod normal;
mod run_times;
mod schedule;
#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::capabilities::{Capabilities, Pace};

pub use run_times::RunTimes;

/// No job is asked for more often than this, whatever its provider allows.
pub const MIN_GAP: Duration = Duration::from_secs(1);

/// The longest wait between polls, however old a job is, unless the provider's pace is slower.
const MAX_GAP: Duration = Duration::from_secs(60);

/// So many polls may come sooner than the provider's pace allows on average.
const BURST: f64 = 3.0;

/// How much longer each gap is than the last, for jobs that take longer than others did; and the
/// longest gap, in parts of the median run time.
const GROWTH: f64 = 0.25;

/// When to ask for a job's state: not before one could be done, densely where such jobs are likely to
/// end, ever less often after. Pure: it has no clock, and all ages are counted from the submit.
///
/// **Which times are best** is an old question, of when to inspect what fails unseen: the fewest polls
/// plus the least delay. Between two that are close, the best gap at age `t` is `√(2c / hazard(t))`, where
/// a poll is worth `c` seconds of delay (Keller 1974). A plan has some nine polls, which are not close:
/// so the same sum is made least exactly, by recursion over a grid of ages. For narrow or divided
/// distributions, that is up to a third better than the rule, and comes to the same for broad ones.
///
/// **What a poll is worth** is not asked of anybody: for any `c`, polls × delay is about the same.
/// Among the plans that come within 5 % of the best product, with nine polls expected at most, the one
/// with the least delay is taken.
///
/// **The provider's pace** is kept on average: beyond a burst of three, the n-th poll is not before n times
/// [`Pace::every`]. What providers limit, where they limit anything, is requests per minute; the pace that
/// they advise is how their own clients ask from the start. Who stays silent for most of the run may
/// therefore ask more densely at its end, and still asks less often than advised. No two polls are
/// within [`MIN_GAP`].
#[derive(Clone, Debug, PartialEq)]
pub struct PollPlan {
    /// Ages in seconds, rising.
    ages: Vec<f64>,
    /// The gap after the last of them, in seconds.
    max_gap: f64,
}

impl PollPlan {
    /// The plan for jobs that take so long, at a provider with that pace.
    #[must_use]
    pub fn new(times: &RunTimes, pace: Pace) -> Self {
        let (median, every) = (times.median(), pace.every.as_secs_f64());
        let max_gap = (median * GROWTH).clamp(5.0, MAX_GAP.as_secs_f64()).max(every);
        let mut ages = filled(&schedule::best(times, BURST + median / every));
        fade(&mut ages, max_gap);
        Self { ages: paced(&ages, every), max_gap }
    }

    /// The plan where nothing is learnt: by what the provider is known for.
    #[must_use]
    pub fn of(capabilities: &Capabilities) -> Self {
        Self::new(&RunTimes::typical(capabilities.run_time.value), capabilities.pace.value)
    }

    /// At what age to ask for the first time a job that is now `age` old: at once if it could be done.
    #[must_use]
    pub fn first(&self, age: Duration) -> Duration {
        age.max(seconds(self.ages.first().copied().unwrap_or_default()))
    }

    /// At what age to ask again a job that was asked for at `age`, and had not ended.
    #[must_use]
    pub fn next(&self, age: Duration) -> Duration {
        // A timer that was late by a moment shall not skip the next poll.
        let soonest = age.saturating_add(MIN_GAP / 2).as_secs_f64();
        let planned = self.ages.iter().copied().find(|planned| *planned > soonest);
        let next = planned.unwrap_or(age.as_secs_f64() + self.max_gap);
        seconds(next).max(age.saturating_add(MIN_GAP))
    }
}

/// No gap after the first poll is longer than the longest: what was never seen happens too.
fn filled(ages: &[f64]) -> Vec<f64> {
    let mut filled: Vec<f64> = ages.iter().copied().take(1).collect();
    for (before, age) in ages.iter().zip(ages.iter().skip(1)) {
        let parts = ((age - before) / MAX_GAP.as_secs_f64()).ceil().max(1.0);
        let mut part = 1.0;
        while part <= parts {
            filled.push(before + (age - before) * part / parts);
            part += 1.0;
        }
    }
    filled
}

/// Adds polls with ever longer gaps, up to the longest: for jobs that take longer than others did.
fn fade(ages: &mut Vec<f64>, max_gap: f64) {
    let (mut last, mut gap) = match ages.as_slice() {
        [.., before, last] => (*last, last - before),
        [last] => (*last, last * GROWTH / 2.0),
        [] => (0.0, max_gap),
    };
    gap = gap.max(MIN_GAP.as_secs_f64());
    while gap < max_gap {
        gap *= 1.0 + GROWTH;
        last += gap;
        ages.push(last);
    }
}

/// Ages at which neither the pace is exceeded on average, nor a second holds two polls.
fn paced(ages: &[f64], every: f64) -> Vec<f64> {
    let (mut allowed, mut soonest) = (-BURST * every, 0.0);
    let at = |age: &f64| {
        allowed += every;
        let at = age.max(allowed).max(soonest);
        soonest = at + MIN_GAP.as_secs_f64();
        at
    };
    ages.iter().map(at).collect()
}

/// Ages are finite and not negative; one that no clock can hold is never.
fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}
