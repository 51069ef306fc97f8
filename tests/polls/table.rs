//! A table for each kind of jobs, and the aims that it must meet.

use std::{fmt, time::Duration};

use reshoot_core::{PollPlan, RunTimes, capabilities::Pace};

use crate::{
    jobs::Jobs,
    known::{self, Limits},
    score::{Score, back_off, fixed},
};

/// The pace that most providers advise.
const PACE: Pace = Pace::seconds(10, 5);

const INTERVALS: [f64; 6] = [0.1, 0.5, 1.0, 2.0, 5.0, 10.0];

/// How much of the best fixed interval's polls × delay the plan may take.
const AIM: f64 = 0.4;

/// Where no plan can meet an aim, not even one that knows all run times: how close it must come.
const CLOSE: f64 = 1.25;

/// What a plan may take for jobs of about two minutes.
const MAX_POLLS: f64 = 10.0;
const MAX_DELAY: f64 = 1.0;

/// How the ways of asking do on one kind of jobs.
pub(crate) struct Table {
    jobs: String,
    typical: f64,
    is_two_minutes: bool,
    learnt: Score,
    few: Score,
    prior: Score,
    fixed: [Score; INTERVALS.len()],
    back_off: Score,
    limits: Limits,
}

impl Table {
    pub(crate) fn new(jobs: &Jobs) -> Self {
        let times = &jobs.times;
        let learn = |count: usize| {
            let seen: Vec<_> = jobs.seen.iter().take(count).copied().collect();
            planned(times, &seen, jobs.typical)
        };
        Self {
            jobs: jobs.name.clone(),
            typical: jobs.typical,
            is_two_minutes: (100.0..150.0).contains(&times[times.len() / 2]),
            learnt: learn(usize::MAX),
            few: learn(5),
            prior: learn(0),
            fixed: INTERVALS.map(|interval| Score::of(times, &fixed(interval))),
            back_off: Score::of(times, &back_off),
            limits: known::limits(times),
        }
    }

    fn best_fixed(&self) -> f64 {
        self.fixed.iter().map(Score::product).fold(f64::INFINITY, f64::min)
    }

    /// The aims that were missed.
    pub(crate) fn missed(&self) -> Vec<String> {
        let best = self.best_fixed();
        let product = (AIM * best).max(CLOSE * self.limits.product);
        let delay = MAX_DELAY.max(CLOSE * self.limits.delay);
        [
            ("polls × delay, learnt", self.learnt.product(), product, true),
            ("polls × delay, prior alone", self.prior.product(), best, true),
            ("polls, learnt", self.learnt.polls, MAX_POLLS, self.is_two_minutes),
            ("delay, learnt", self.learnt.mean_delay, delay, self.is_two_minutes),
        ]
        .into_iter()
        .filter(|(_, is, aim, applies)| *applies && is > aim)
        .map(|(what, is, aim, _)| format!("{}: {what}: {is:.2}, not {aim:.2}", self.jobs))
        .collect()
    }
}

fn planned(times: &[f64], seen: &[f64], typical: f64) -> Score {
    let mut known = RunTimes::typical(Duration::from_secs_f64(typical));
    if !seen.is_empty() {
        let seen: Vec<_> = seen.iter().map(|time| Duration::from_secs_f64(*time)).collect();
        known = known.learn(&seen);
    }
    let plan = PollPlan::new(&known, PACE);
    let next = |asked: f64| {
        let age = Duration::from_secs_f64(asked);
        if age.is_zero() { plan.first(age) } else { plan.next(age) }.as_secs_f64()
    };
    Score::of(times, &next)
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}; documented as about {} s", self.jobs, self.typical)?;
        writeln!(
            f,
            "  {:<22}{:>9}{:>12}{:>11}{:>10}{:>8}",
            "", "polls", "mean delay", "p99 delay", "product", "ratio"
        )?;
        let mut line = |name: &str, score: &Score| {
            let Score { polls, mean_delay, p99_delay } = score;
            let (product, ratio) = (score.product(), score.product() / self.best_fixed());
            writeln!(
                f,
                "  {name:<22}{polls:>9.2}{mean_delay:>10.2} s{p99_delay:>9.2} s{product:>10.2}{ratio:>8.2}"
            )
        };
        line("plan, learnt", &self.learnt)?;
        line("plan, 5 jobs seen", &self.few)?;
        line("plan, nothing learnt", &self.prior)?;
        for (interval, score) in INTERVALS.iter().zip(&self.fixed) {
            line(&format!("every {interval} s"), score)?;
        }
        line("back-off, 1 s to 60 s", &self.back_off)?;
        let Limits { product, delay } = self.limits;
        let ratio = product / self.best_fixed();
        writeln!(
            f,
            "  no plan can do better: product {product:.2}, ratio {ratio:.2}; with 10 polls delay {delay:.2} s"
        )
    }
}
