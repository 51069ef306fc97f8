//! The ages at which polls cost least: an inspection problem, solved exactly on a grid of ages.

use super::{MIN_GAP, RunTimes};

/// Into how many steps the ages at which jobs end are cut.
const GRID: u32 = 400;

/// The jobs that end before and after the grid; the plan's tail waits for the latter.
const EARLY: f64 = 0.001;
const LATE: f64 = 0.995;

/// Jobs that take so many times the median are left to the tail too, or a few of them would stretch
/// the grid.
const FAR: f64 = 8.0;

/// How many polls a job may be expected to take.
const MAX_POLLS: f64 = 9.0;

/// What a poll may be worth, in parts of the median run time: from a third of it down, step by step.
const DEAREST: f64 = 0.3;
const CHEAPER: f64 = 0.85;
const PRICES: i32 = 60;

/// How much worse than the best product of polls and delay a plan may be, to delay less.
const SLACK: f64 = 1.05;

/// An age, and what is known of the jobs by then.
#[derive(Clone, Copy)]
struct Point {
    age: f64,
    /// The share of jobs that have ended.
    ended: f64,
    /// That share, summed over time: the delay if nobody ever asked.
    waited: f64,
}

/// The cheapest way to a poll at this point.
struct Reached {
    point: Point,
    cost: f64,
    /// How many polls a job takes on the way, and how long it has ended unseen, on average.
    polls: f64,
    delay: f64,
    from: usize,
}

impl Reached {
    fn product(&self) -> f64 {
        self.polls * self.delay
    }
}

/// The ages in seconds at which to ask, for `max_polls` per job at most.
pub(super) fn best(times: &RunTimes, max_polls: f64) -> Vec<f64> {
    let median = times.median();
    let points = grid(times, median);
    let max_polls = max_polls.min(MAX_POLLS);
    let plans: Vec<Vec<Reached>> = (0..PRICES)
        .map(|step| cheapest(&points, DEAREST * median * CHEAPER.powi(step)))
        .take_while(|plan| plan.last().is_some_and(|last| last.polls <= max_polls))
        .collect();
    let least = plans.iter().filter_map(|plan| plan.last()).map(Reached::product);
    let limit = SLACK * least.fold(f64::INFINITY, f64::min);
    // Prices fall, so that the last that is good enough delays least.
    let good = |plan: &&Vec<Reached>| plan.last().is_some_and(|last| last.product() <= limit);
    plans.iter().rev().find(good).map_or_else(|| vec![median], |plan| ages(plan))
}

/// The submit, and then steps of even ratio over the ages at which jobs end.
fn grid(times: &RunTimes, median: f64) -> Vec<Point> {
    let low = times.quantile(EARLY);
    let high = times.quantile(LATE).min(FAR * median).max(low + MIN_GAP.as_secs_f64());
    let mut last = Point { age: 0.0, ended: 0.0, waited: 0.0 };
    let mut points = vec![last];
    for step in 0..=GRID {
        let age = low * (high / low).powf(f64::from(step) / f64::from(GRID));
        let ended = times.ended(age);
        let waited = last.waited + f64::midpoint(last.ended, ended) * (age - last.age);
        last = Point { age, ended, waited };
        points.push(last);
    }
    points
}

/// The polls of least cost up to the last point, if one is worth `price` seconds of delay.
fn cheapest(points: &[Point], price: f64) -> Vec<Reached> {
    let mut reached: Vec<Reached> = Vec::with_capacity(points.len());
    for point in points {
        let next = from_before(&reached, *point, price).unwrap_or(Reached {
            point: *point,
            cost: if reached.is_empty() { 0.0 } else { f64::INFINITY },
            polls: 0.0,
            delay: 0.0,
            from: 0,
        });
        reached.push(next);
    }
    reached
}

fn from_before(reached: &[Reached], point: Point, price: f64) -> Option<Reached> {
    let mut best: Option<Reached> = None;
    for (from, before) in reached.iter().enumerate().rev() {
        let gap = point.age - before.point.age;
        // Those that end in between wait for this poll; the longer the gap, the more of them.
        let delay = point.waited - before.point.waited - before.point.ended * gap;
        if best.as_ref().is_some_and(|best| delay >= best.cost) {
            break;
        }
        let polls = 1.0 - before.point.ended;
        let cost = before.cost + price * polls + delay;
        let is_better = best.as_ref().is_none_or(|best| cost < best.cost) && cost.is_finite();
        if gap >= MIN_GAP.as_secs_f64() && is_better {
            let (polls, delay) = (before.polls + polls, before.delay + delay);
            best = Some(Reached { point, cost, polls, delay, from });
        }
    }
    best
}

/// The way back from the last poll to the first.
fn ages(plan: &[Reached]) -> Vec<f64> {
    let mut ages = Vec::new();
    let mut poll = plan.last();
    while let Some(Reached { point, from, .. }) = poll.filter(|poll| poll.point.age > 0.0) {
        ages.push(point.age);
        poll = plan.get(*from);
    }
    ages.reverse();
    ages
}
