//! What a poll plan promises. How well it does is simulated in `tests/polls`.

use super::*;

const PACE: Pace = Pace::seconds(10, 5);

fn seconds_of(times: &[f64]) -> Vec<Duration> {
    times.iter().map(|time| Duration::from_secs_f64(*time)).collect()
}

fn typical(run_time: u64) -> RunTimes {
    RunTimes::typical(Duration::from_secs(run_time))
}

/// The same middle and spread as a normal distribution, without chance.
fn around(middle: f64, spread: f64, count: u32) -> Vec<f64> {
    let even = |index| f64::from(index) / f64::from(count - 1) * 2.0 - 1.0;
    (0..count).map(|index| middle + 2.0 * spread * even(index) * even(index).abs()).collect()
}

/// The ages at which a job of `age` is asked for, up to `end`.
fn polls(plan: &PollPlan, age: f64, end: f64) -> Vec<f64> {
    let first = plan.first(Duration::from_secs_f64(age));
    std::iter::successors(Some(first), |asked| Some(plan.next(*asked)))
        .map(|asked| asked.as_secs_f64())
        .take_while(|asked| *asked < end)
        .collect()
}

#[test]
fn nothing_is_asked_before_a_job_could_be_done() {
    for (times, soonest, latest) in [
        (typical(120), 20.0, 120.0),
        (typical(400), 66.0, 400.0),
        (typical(120).learn(&seconds_of(&around(300.0, 10.0, 100))), 270.0, 300.0),
        (typical(120).learn(&seconds_of(&around(5.0, 0.5, 100))), 3.0, 6.0),
    ] {
        let first = PollPlan::new(&times, PACE).first(Duration::ZERO).as_secs_f64();
        assert!((soonest..latest).contains(&first), "{first}");
    }
}

#[test]
fn polls_are_dense_where_jobs_end_and_ever_sparser_after() {
    let times = typical(120).learn(&seconds_of(&around(120.0, 20.0, 200)));
    let polls = polls(&PollPlan::new(&times, PACE), 0.0, 1000.0);
    let within = |from: f64, to: f64| polls.iter().filter(|at| (from..to).contains(*at)).count();
    assert!(within(110.0, 130.0) > within(60.0, 80.0) + within(180.0, 200.0), "{polls:?}");
    let gaps: Vec<f64> = polls.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let last = &gaps[gaps.len() - 10..];
    assert!(last.windows(2).all(|pair| pair[1] >= pair[0] - 1e-9 && pair[1] <= 60.0), "{gaps:?}");
}

#[test]
fn two_humps_are_asked_for_and_not_what_lies_between() {
    let humps = [around(60.0, 4.0, 100), around(240.0, 10.0, 100)].concat();
    let times = typical(120).learn(&seconds_of(&humps));
    let polls = polls(&PollPlan::new(&times, PACE), 0.0, 300.0);
    let within = |from: f64, to: f64| polls.iter().filter(|at| (from..to).contains(*at)).count();
    assert!(within(50.0, 75.0) >= 3 && within(215.0, 265.0) >= 3, "{polls:?}");
    // What was never seen happens too: once a minute.
    assert!(within(80.0, 200.0) <= 2, "{polls:?}");
}

#[test]
fn the_pace_is_kept_on_average_and_no_second_holds_two_polls() {
    for (run_time, spread, every) in
        [(120.0, 2.0, 15), (120.0, 30.0, 8), (5.0, 1.0, 5), (0.2, 0.05, 3)]
    {
        let times = typical(120).learn(&seconds_of(&around(run_time, spread, 100)));
        let plan = PollPlan::new(&times, Pace::seconds(every, every));
        let polls = polls(&plan, 0.0, 600.0);
        for (number, at) in (1..).zip(&polls) {
            let allowed = 3.0 + at / f64::from(u32::try_from(every).unwrap());
            assert!(f64::from(number) <= allowed + 1e-6, "{run_time} {every}: {polls:?}");
        }
        assert!(polls.windows(2).all(|pair| pair[1] - pair[0] > 0.999), "{polls:?}");
    }
}

#[test]
fn a_job_that_could_be_done_is_asked_for_at_once_and_then_as_planned() {
    let plan = PollPlan::new(&typical(120), PACE);
    let planned = polls(&plan, 0.0, 300.0);
    let late = polls(&plan, 200.0, 300.0);
    assert!((late[0] - 200.0).abs() < f64::EPSILON);
    assert!(late[1..].iter().all(|at| planned.contains(at)), "{late:?} {planned:?}");
}

#[test]
fn a_timer_that_is_late_skips_no_poll() {
    let plan = PollPlan::new(&typical(120), PACE);
    let first = plan.first(Duration::ZERO);
    let late = first + Duration::from_millis(20);
    assert_eq!(plan.next(late), plan.next(first));
}

#[test]
fn ages_that_no_clock_holds_are_survived() {
    let plan = PollPlan::new(&RunTimes::typical(Duration::ZERO), Pace::seconds(0, 0));
    assert_eq!(plan.next(Duration::MAX), Duration::MAX);
    assert!(plan.next(Duration::ZERO) >= MIN_GAP);
    let plan = PollPlan::new(&RunTimes::typical(Duration::MAX), PACE);
    assert!(plan.first(Duration::ZERO) > Duration::from_secs(3600));
}

#[test]
fn a_few_samples_move_what_is_known_and_hundreds_replace_it() {
    for (count, low, high) in
        [(0, 119.0, 121.0), (2, 125.0, 299.0), (5, 270.0, 300.0), (300, 298.0, 302.0)]
    {
        let times = typical(120).learn(&vec![Duration::from_secs(300); count]);
        let median = times.median_left(Duration::ZERO).as_secs_f64();
        assert!((low..=high).contains(&median), "{count}: {median}");
    }
}

#[test]
fn an_outlier_counts_as_one_job_and_moves_no_other() {
    let mut times = around(120.0, 10.0, 99);
    let without = typical(120).learn(&seconds_of(&times));
    times.push(36_000.0);
    let with = typical(120).learn(&seconds_of(&times));
    for age in [100, 120, 140] {
        let age = Duration::from_secs(age);
        assert!((with.ended_by(age) - without.ended_by(age)).abs() < 0.02, "{age:?}");
    }
    let firsts = [with, without].map(|it| PollPlan::new(&it, PACE).first(Duration::ZERO));
    assert!(firsts[0].abs_diff(firsts[1]) < Duration::from_secs(5), "{firsts:?}");
}

#[test]
fn what_is_left_is_counted_from_those_that_go_on_as_long() {
    let humps = [around(60.0, 4.0, 100), around(240.0, 10.0, 100)].concat();
    let times = typical(120).learn(&seconds_of(&humps));
    for (age, low, high) in
        [(0, 50.0, 235.0), (100, 130.0, 150.0), (230, 1.0, 20.0), (3000, 0.0, 3000.0)]
    {
        let left = times.median_left(Duration::from_secs(age)).as_secs_f64();
        assert!((low..=high).contains(&left), "{age}: {left}");
    }
}

#[test]
fn what_is_done_grows_with_the_age_and_is_never_all() {
    let times = typical(120);
    let done = |age| times.fraction_done(Duration::from_secs(age));
    assert!(done(0) < 0.001 && done(60) < done(90) && done(90) < done(120), "{}", done(90));
    assert!((0.4..0.6).contains(&done(70)), "{}", done(70));
    for age in [300, 3000, 300_000] {
        assert!((0.5..1.0).contains(&done(age)), "{age}: {}", done(age));
    }
}
