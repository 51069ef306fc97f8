//! What nobody can beat: the best plans of somebody who knows beforehand how long jobs take, and only
//! not which job is which. Found without the plan's own code, which is judged by it.

use crate::score::Score;

/// The ages at which this one may ask: the ends of so many jobs at even shares, and of the longest,
/// between which most time passes.
const SHARES: usize = 450;
const LONGEST: usize = 50;

/// At most so many polls per job.
const MAX_POLLS: f64 = 10.0;

/// What cannot be beaten.
pub(crate) struct Limits {
    /// Polls times mean delay.
    pub(crate) product: f64,
    /// The mean delay, with ten polls per job.
    pub(crate) delay: f64,
}

/// The limits for these jobs, shortest first.
pub(crate) fn limits(times: &[f64]) -> Limits {
    let shares = (1..=SHARES).map(|nth| (nth * times.len() / SHARES).max(1) - 1);
    let mut ages: Vec<usize> =
        shares.chain(times.len().saturating_sub(LONGEST)..times.len()).collect();
    ages.sort_unstable();
    ages.dedup();
    let mut sums = vec![0.0];
    times.iter().for_each(|time| sums.push(sums.last().unwrap() + time));
    let plans = (0..24).map(|step| times[times.len() / 2] * 0.6_f64.powi(step));
    let scores = plans.map(|price| {
        let plan = cheapest(times, &sums, &ages, price);
        let next = |asked: f64| plan.iter().copied().find(|age| *age > asked).unwrap();
        Score::of(times, &next)
    });
    let fair = scores.filter(|score| score.polls <= MAX_POLLS);
    let least = Limits { product: f64::INFINITY, delay: f64::INFINITY };
    fair.fold(least, |least, score| Limits {
        product: least.product.min(score.product()),
        delay: least.delay.min(score.mean_delay),
    })
}

/// The ages of least cost for all, if a poll is worth `price` seconds.
fn cheapest(times: &[f64], sums: &[f64], ages: &[usize], price: f64) -> Vec<f64> {
    // For each age: the least cost of all polls after it, and the poll after it.
    let mut best = vec![(0.0, 0); ages.len()];
    for here in (0..ages.len() - 1).rev() {
        best[here] = from(Some(ages[here]), here + 1, &best, times, sums, ages, price);
    }
    let (_, mut at) = from(None, 0, &best, times, sums, ages, price);
    let mut plan = vec![times[ages[at]]];
    while at + 1 < ages.len() {
        at = best[at].1;
        plan.push(times[ages[at]]);
    }
    plan
}

/// The cheapest next poll after that of `asked`, among the ages from `first` on.
fn from(
    asked: Option<usize>,
    first: usize,
    best: &[(f64, usize)],
    times: &[f64],
    sums: &[f64],
    ages: &[usize],
    price: f64,
) -> (f64, usize) {
    let done = asked.map_or(0, |asked| asked + 1);
    let left = (times.len() - done) as f64;
    let mut cheapest = (f64::INFINITY, first);
    for (to, age) in ages.iter().enumerate().skip(first) {
        let jobs = (age + 1 - done) as f64;
        let delay = jobs * times[*age] - (sums[age + 1] - sums[done]);
        if delay > cheapest.0 {
            break;
        }
        let cost = price * left + delay + best[to].0;
        if cost < cheapest.0 {
            cheapest = (cost, to);
        }
    }
    cheapest
}
