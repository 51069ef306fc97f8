//! What is known of how long jobs take: what was seen, blended with what is commonly said.

use std::time::Duration;

use super::{normal, seconds};

/// The spread of what a provider calls typical, as a logarithm: two jobs of three take 0.64 to 1.57
/// times as long.
const LIKELY: f64 = 0.45;

/// What a provider calls typical may be far off: for so many jobs it says little.
const ODD_SHARE: f64 = 0.3;
const ODD: f64 = 1.2;

/// How many samples weigh as much as what is commonly said, about.
const PRIOR_WEIGHT: f64 = 2.0;

/// So many samples are enough; the rest is left out.
const MAX_SAMPLES: usize = 300;

/// The least spread around a sample, however many lie close to it: clocks and polls are not better.
const MIN_SPREAD: f64 = 0.003;

/// How long jobs of a kind take from submit to end: a distribution.
///
/// Where nothing was seen, it is a broad log-normal around what the provider is known for, with tails
/// that are broader still. Each sample adds a narrow log-normal of its own, as wide as its nearest
/// neighbours are far: so an outlier counts as one job among many and moves nothing else, and two
/// humps stay two. Three samples outweigh what is commonly said, a hundred leave 0.2 % of it.
#[derive(Clone, Debug, PartialEq)]
pub struct RunTimes {
    /// What is likely, and what cannot be ruled out.
    prior: [LogNormal; 2],
    prior_share: f64,
    learnt: Vec<LogNormal>,
}

/// Times whose logarithm is normal.
#[derive(Clone, Copy, Debug, PartialEq)]
struct LogNormal {
    log_median: f64,
    spread: f64,
}

impl LogNormal {
    fn ended_by(&self, log_age: f64) -> f64 {
        normal::below((log_age - self.log_median) / self.spread)
    }
}

impl RunTimes {
    /// Nothing was seen yet: jobs are said to take about so long.
    #[must_use]
    pub fn typical(run_time: Duration) -> Self {
        let log_median = log(run_time);
        let prior = [LIKELY, ODD].map(|spread| LogNormal { log_median, spread });
        Self { prior, prior_share: 1.0, learnt: Vec::new() }
    }

    /// Such jobs took so long, newest first; what was learnt before is replaced. More than a few
    /// hundred are not read.
    #[must_use]
    pub fn learn(mut self, times: &[Duration]) -> Self {
        let mut logs: Vec<f64> = times.iter().take(MAX_SAMPLES).map(|time| log(*time)).collect();
        logs.sort_by(f64::total_cmp);
        self.learnt = (0..logs.len()).filter_map(|index| kernel(&logs, index)).collect();
        self.prior_share = PRIOR_WEIGHT / (PRIOR_WEIGHT + count(logs.len()).powf(1.5));
        self
    }

    /// The share of jobs that have ended by `age`, 0 to 1.
    #[must_use]
    pub fn ended_by(&self, age: Duration) -> f64 {
        self.ended(age.as_secs_f64())
    }

    /// How long a job of this age goes on yet, as likely as not.
    #[must_use]
    pub fn median_left(&self, age: Duration) -> Duration {
        let ended = self.ended_by(age);
        let total = self.quantile(ended + (1.0 - ended) / 2.0);
        seconds(total).saturating_sub(age)
    }

    /// How far a job of this age has come, as likely as not: 0 to 1. It falls back where most have ended
    /// and this one goes on: a bar shows the most that it was.
    #[must_use]
    pub fn fraction_done(&self, age: Duration) -> f64 {
        let total = age + self.median_left(age);
        if total.is_zero() { 0.0 } else { age.div_duration_f64(total).clamp(0.0, 1.0) }
    }

    pub(super) fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    pub(super) fn ended(&self, age: f64) -> f64 {
        let age = age.max(f64::MIN_POSITIVE).ln();
        let [likely, odd] = self.prior.map(|prior| prior.ended_by(age));
        let prior = (1.0 - ODD_SHARE) * likely + ODD_SHARE * odd;
        if self.learnt.is_empty() {
            return prior;
        }
        let learnt: f64 = self.learnt.iter().map(|kernel| kernel.ended_by(age)).sum();
        let learnt = learnt / count(self.learnt.len());
        self.prior_share * prior + (1.0 - self.prior_share) * learnt
    }

    /// The age in seconds by which this share of jobs has ended.
    pub(super) fn quantile(&self, share: f64) -> f64 {
        // From a millisecond to a month.
        let (mut low, mut high) = (-7.0_f64, 15.0_f64);
        for _ in 0..40 {
            let middle = f64::midpoint(low, high);
            if self.ended(middle.exp()) < share { low = middle } else { high = middle }
        }
        high.exp()
    }
}

/// A sample, as wide as its nearest neighbours are far: about as many as the root of all.
fn kernel(sorted: &[f64], index: usize) -> Option<LogNormal> {
    let neighbours = (count(sorted.len()).sqrt() * 0.7).ceil();
    let (before, from) = sorted.split_at_checked(index)?;
    let (&log_median, after) = from.split_first()?;
    let (mut before, mut after) = (before.iter().rev().peekable(), after.iter().peekable());
    let mut far = 0.0_f64;
    let mut found = 0.0;
    while found < neighbours {
        let below = before.peek().map_or(f64::INFINITY, |other| log_median - **other);
        let above = after.peek().map_or(f64::INFINITY, |other| **other - log_median);
        far = below.min(above);
        if below <= above {
            before.next()
        } else {
            after.next()
        };
        found += 1.0;
    }
    // A few that lie close together by chance prove little.
    let least = (LIKELY / count(sorted.len())).max(MIN_SPREAD);
    Some(LogNormal { log_median, spread: far.clamp(least, LIKELY) })
}

/// A time of nothing is none that a job can take.
fn log(time: Duration) -> f64 {
    time.as_secs_f64().max(0.001).ln()
}

fn count(items: usize) -> f64 {
    u32::try_from(items).map_or(f64::from(u32::MAX), f64::from)
}
