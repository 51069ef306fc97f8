//! Whether a submit whose outcome is unknown made a job: the verdict. Pure.

use std::time::{Duration, SystemTime};

use reshoot_core::{Candidate, Found};

/// How far a provider's clock may be off, and how long after a submit its job is made at the latest.
const SKEW: Duration = Duration::from_secs(60);
const LATEST: Duration = Duration::from_secs(120);

/// How far before a submit jobs are looked at. This machine's clock may have been wrong at the submit:
/// what nobody knows and is younger than this could be the job all the same, so it forbids the verdict
/// that there is none. More than any mistake about a time zone, and so little that a provider that
/// lists one day can still prove something for hours after the submit.
pub(crate) const LOOK_BACK: Duration = Duration::from_secs(15 * 60 * 60);

/// How long a key is surely remembered where the provider does not tell.
const REMEMBERED: Duration = Duration::from_secs(10 * 60);

/// What is known of a submit whose outcome is unknown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lost {
    /// When its first byte may have left.
    pub(crate) since: SystemTime,
    /// The time now.
    pub(crate) now: SystemTime,
    /// How long a provider's list may lag behind.
    pub(crate) lag: Duration,
    /// How many other submits to the same provider are in doubt, or may have made jobs that are not
    /// known, at the same time.
    pub(crate) rivals: usize,
}

/// What to make of the provider's list.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Verdict {
    /// This is the job.
    Adopt(Box<Candidate>),
    /// No job was made.
    Absent,
    /// The list may lag: ask again after this long.
    AskAgain(Duration),
    /// Several may be the one.
    Ambiguous(Vec<Candidate>),
    /// Not among the running ones.
    RunningOnly,
    /// The list does not reach back far enough.
    TooLongAgo,
    /// The submit lies in the future: the clock was set back since.
    Clock,
    /// There is no list.
    CannotList,
}

/// Reads the provider's list, without the jobs that belong to other attempts.
pub(crate) fn verdict(found: Found, lost: &Lost, can_list_all: bool) -> Verdict {
    let Found::Candidates { list, complete } = found else {
        return Verdict::CannotList;
    };
    if lost.is_in_the_future() {
        return Verdict::Clock;
    }
    let possible: Vec<_> =
        list.into_iter().filter(|candidate| candidate.same_input != Some(false)).collect();
    let fitting: Vec<_> = possible.iter().filter(|it| fits(it, lost.since)).collect();
    // The provider's echo of the input is proof; of several equal ones any will do.
    let proved = fitting.iter().find(|candidate| candidate.same_input == Some(true));
    match (proved, fitting.as_slice()) {
        (Some(proved), _) => Verdict::Adopt(Box::new((*proved).clone())),
        (None, [only]) if lost.rivals == 0 && complete => Verdict::Adopt(Box::new((*only).clone())),
        _ if !possible.is_empty() => Verdict::Ambiguous(possible),
        _ if complete => lost.lagging().map_or(Verdict::Absent, Verdict::AskAgain),
        _ if can_list_all => Verdict::TooLongAgo,
        _ => Verdict::RunningOnly,
    }
}

/// Whether the very same submit may be repeated under its key: only while the provider surely remembers
/// it. `remembered` is what the provider tells.
pub(crate) fn may_replay(lost: &Lost, remembered: Option<Duration>) -> bool {
    let age = lost.now.duration_since(lost.since).unwrap_or_default();
    let remembered = remembered.map_or(REMEMBERED, |told| told.saturating_sub(told / 8));
    !lost.is_in_the_future() && age < remembered
}

impl Lost {
    fn is_in_the_future(&self) -> bool {
        self.since > self.now + SKEW
    }

    /// How long the list may still lag behind the submit.
    fn lagging(&self) -> Option<Duration> {
        let age = self.now.duration_since(self.since).unwrap_or_default();
        self.lag.checked_sub(age).filter(|left| !left.is_zero())
    }
}

/// Whether a job can have been made by a submit at that time; one that does not tell its time can.
fn fits(candidate: &Candidate, since: SystemTime) -> bool {
    candidate
        .created
        .is_none_or(|created| created + SKEW >= since && created <= since + LATEST + SKEW)
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use reshoot_core::{Job, JobRef, JobState};

    use super::*;

    const SINCE: SystemTime = UNIX_EPOCH;

    /// `same` input, made `at` seconds after the submit.
    fn candidate(id: &str, same: Option<bool>, at: Option<i64>) -> Candidate {
        let job = Job::new(JobRef::new("evolink", id).unwrap(), JobState::Queued);
        let since = SINCE + Duration::from_secs(1000);
        let created = at.map(|at| {
            let span = Duration::from_secs(at.unsigned_abs());
            if at < 0 { since - span } else { since + span }
        });
        Candidate::new(job, same, created)
    }

    fn shown(found: Found, rivals: usize, age: u64, can_list_all: bool) -> String {
        let since = SINCE + Duration::from_secs(1000);
        let now = since + Duration::from_secs(age);
        let lost = Lost { since, now, lag: Duration::from_secs(30), rivals };
        match verdict(found, &lost, can_list_all) {
            Verdict::Adopt(candidate) => format!("adopt {}", candidate.job.job_ref.id()),
            Verdict::Ambiguous(list) => format!("ambiguous {}", list.len()),
            other => format!("{other:?}"),
        }
    }

    fn found(list: Vec<Candidate>, complete: bool) -> Found {
        Found::Candidates { list, complete }
    }

    #[test]
    fn only_what_is_surely_ours_is_adopted() {
        let ours = candidate("ours", Some(true), Some(1));
        let twin = candidate("twin", Some(true), Some(2));
        let perhaps = candidate("perhaps", None, Some(1));
        for (name, list, rivals, expected) in [
            ("the same input", vec![ours.clone()], 0, "adopt ours"),
            ("the same input, others in doubt", vec![ours.clone()], 3, "adopt ours"),
            ("equal ones", vec![ours.clone(), twin], 1, "adopt ours"),
            ("another input", vec![candidate("x", Some(false), Some(1))], 0, "Absent"),
            ("no echo, alone", vec![perhaps.clone()], 0, "adopt perhaps"),
            ("no echo, a rival", vec![perhaps.clone()], 1, "ambiguous 1"),
            ("no echo, two", vec![perhaps, candidate("p2", None, Some(2))], 0, "ambiguous 2"),
            ("far too late", vec![candidate("late", None, Some(900))], 0, "ambiguous 1"),
            ("far too early", vec![candidate("early", None, Some(-900))], 0, "ambiguous 1"),
            ("the same, too early", vec![candidate("e", Some(true), Some(-900))], 0, "ambiguous 1"),
        ] {
            assert_eq!(shown(found(list, true), rivals, 31, true), expected, "{name}");
        }
    }

    #[test]
    fn absence_is_proved_only_by_a_whole_list_that_had_time_to_catch_up() {
        for (name, found, age, can_list_all, expected) in [
            ("whole and late enough", found(vec![], true), 30, true, "Absent"),
            ("too early", found(vec![], true), 10, true, "AskAgain(20s)"),
            ("cut off", found(vec![], false), 99, true, "TooLongAgo"),
            ("running ones only", found(vec![], false), 99, false, "RunningOnly"),
            ("no list", Found::CannotList, 99, false, "CannotList"),
        ] {
            assert_eq!(shown(found, 0, age, can_list_all), expected, "{name}");
        }
    }

    fn lost(since: u64, now: u64) -> Lost {
        let at = |seconds| SINCE + Duration::from_secs(seconds);
        Lost { since: at(since), now: at(now), lag: Duration::from_secs(30), rivals: 0 }
    }

    #[test]
    fn a_clock_that_was_set_back_proves_nothing() {
        let verdict = verdict(found(vec![], true), &lost(9999, 0), true);
        assert_eq!(verdict, Verdict::Clock);
    }

    #[test]
    fn a_submit_is_repeated_only_while_its_key_is_surely_remembered() {
        const DAY: u64 = 24 * 60 * 60;
        for (age, remembered, may) in [
            (0, None, true),
            (599, None, true),
            (600, None, false),
            (DAY / 2, Some(DAY), true),
            (DAY, Some(DAY), false),
            (DAY - 60, Some(DAY), false),
        ] {
            let remembered = remembered.map(Duration::from_secs);
            assert_eq!(may_replay(&lost(50, 50 + age), remembered), may, "{age} {remembered:?}");
        }
        assert!(!may_replay(&lost(9999, 0), None), "the clock was set back");
    }
}
