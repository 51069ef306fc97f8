//! What to do next, from what is known. Pure.

use std::time::Duration;

use crate::work::{Looked, Plan, Seen, Sent};

/// How often a submit is refused for a passing reason before the job ends.
const REFUSALS: u32 = 200;

/// How often an attempt is proved to have made no job before the job ends. Each takes minutes.
const ATTEMPTS_LOST: u32 = 10;

/// How often in a row a provider must say that a job is gone.
const GONE_TOLD: u32 = 3;

/// The longest wait between failed polls.
const MAX_PAUSE: Duration = Duration::from_secs(60);

/// What follows a submit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AfterSubmit {
    /// This is the job.
    Follow(String),
    /// Nothing was made: claim the next attempt after this pause.
    SendAgain(Duration),
    /// Nothing was made, and nothing will be.
    GiveUp(String),
    /// Perhaps a job was made. **Never submit.**
    Settle(String),
}

pub(crate) fn after_submit(sent: Sent, attempt: u32) -> AfterSubmit {
    match sent {
        Sent::Accepted(id) => AfterSubmit::Follow(id),
        Sent::Refused { again: Some(pause), .. } if attempt < REFUSALS => {
            AfterSubmit::SendAgain(Duration::from_millis(pause))
        }
        Sent::Refused { reason, .. } => AfterSubmit::GiveUp(reason),
        Sent::Unknown(reason) => AfterSubmit::Settle(reason),
    }
}

/// What a look-up means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// One of these, the first that is nobody else's.
    Adopt(Vec<String>),
    /// No job was made.
    Absent,
    /// Ask again.
    AskAgain(Duration),
    /// Nobody can tell.
    Doubt(String),
}

/// Earlier than the lag, another key's job with the same input may not be known to be that key's. Only
/// our very input proves a job ours: in a fleet others are always in flight. Absence is proved by
/// a whole list, later than the last moment at which the submit can have arrived: both by the clocks and
/// by what was `waited` here, in milliseconds, since the claim's clock may be another machine's.
pub(crate) fn verdict(looked: &Looked, plan: &Plan, asked: u32, waited: u64) -> Verdict {
    let (ours, perhaps, complete, age) = match looked {
        Looked::CannotList => {
            return Verdict::Doubt("the provider has no list of jobs".to_owned());
        }
        Looked::Missed(_) if asked < 60 => return Verdict::AskAgain(Duration::from_secs(5)),
        Looked::Missed(reason) => {
            return Verdict::Doubt(format!("the provider does not tell: {reason}"));
        }
        Looked::List { ours, perhaps, complete, age } => {
            (ours, *perhaps, *complete, waited.min(*age))
        }
    };
    if age < plan.lag {
        Verdict::AskAgain(Duration::from_millis(plan.lag.saturating_sub(age)))
    } else if !ours.is_empty() {
        Verdict::Adopt(ours.clone())
    } else if perhaps > 0 {
        let reason = "of the provider's jobs may be this one, and it does not tell their input";
        Verdict::Doubt(format!("{perhaps} {reason}"))
    } else if age < plan.latest {
        Verdict::AskAgain(Duration::from_millis(plan.latest.saturating_sub(age).min(10_000)))
    } else if complete {
        Verdict::Absent
    } else {
        Verdict::Doubt("the provider's list does not show every job".to_owned())
    }
}

/// Whether another attempt is made after one was proved to have made no job.
pub(crate) const fn may_send_anew(absences: u32) -> bool {
    absences < ATTEMPTS_LOST
}

/// What a wait knows: plain state, no clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watcher {
    every: Duration,
    patience: Duration,
    waited: Duration,
    missed: u32,
    gone: u32,
}

/// What follows a poll.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum AfterPoll {
    /// Ask again after this long.
    Ask(Duration),
    /// It has ended.
    Ended,
    /// Nobody waits any more.
    GiveUp,
}

impl Watcher {
    pub(crate) const fn new(plan: &Plan, patience: Duration) -> Self {
        let every = Duration::from_millis(plan.pacing.every);
        Self { every, patience, waited: Duration::ZERO, missed: 0, gone: 0 }
    }

    /// Counts a wait that is over.
    pub(crate) fn waited(&mut self, span: Duration) {
        self.waited = self.waited.saturating_add(span);
    }

    /// A failed poll is not a failed job: one is asked for until patience ends, whatever goes wrong.
    pub(crate) fn after(&mut self, seen: &Seen) -> AfterPoll {
        let pause = match seen {
            Seen::Running { .. } => {
                (self.missed, self.gone) = (0, 0);
                self.every
            }
            Seen::Gone if self.gone.saturating_add(1) < GONE_TOLD => {
                self.gone = self.gone.saturating_add(1);
                self.every
            }
            Seen::Missed { pause, stuck } => {
                self.missed = self.missed.saturating_add(1);
                let asked = Duration::from_millis(pause.unwrap_or(0));
                self.back_off(*stuck).max(asked)
            }
            _ => return AfterPoll::Ended,
        };
        match self.patience.checked_sub(self.waited) {
            None | Some(Duration::ZERO) => AfterPoll::GiveUp,
            Some(left) => AfterPoll::Ask(pause.min(left)),
        }
    }

    fn back_off(&self, stuck: bool) -> Duration {
        if stuck {
            return MAX_PAUSE;
        }
        let factor = 1_u32 << self.missed.min(5);
        self.every.saturating_mul(factor).min(MAX_PAUSE)
    }
}

/// The pause before a download is tried again; none: no more.
pub(crate) fn fetch_again(tried: u32) -> Option<Duration> {
    (tried < 40).then(|| Duration::from_secs(1_u64 << tried.min(6)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        let video = reshoot_core::Url::parse("https://h.example/a").unwrap();
        Plan {
            request: reshoot_core::EditRequest::new(video, "p"),
            replays: false,
            usd: None,
            pacing: crate::Pacing { first: 0, every: 1000 },
            within: 120_000,
            lag: 30_000,
            latest: 150_000,
            runs_for: 0,
        }
    }

    fn list(ours: &[&str], perhaps: usize, complete: bool, age: u64) -> Looked {
        let ours = ours.iter().map(|id| (*id).to_owned()).collect();
        Looked::List { ours, perhaps, complete, age }
    }

    fn shown(looked: &Looked, waited: u64) -> String {
        match verdict(looked, &plan(), 0, waited) {
            Verdict::Adopt(ids) => format!("adopt {}", ids.join(" ")),
            Verdict::Doubt(_) => "doubt".to_owned(),
            Verdict::Absent => "absent".to_owned(),
            Verdict::AskAgain(pause) => format!("again in {} s", pause.as_secs()),
        }
    }

    #[test]
    fn only_our_input_proves_a_job_ours_and_only_a_whole_late_list_its_absence() {
        for (name, looked, expected) in [
            ("no list", Looked::CannotList, "doubt"),
            ("not yet", list(&["a"], 0, true, 10_000), "again in 20 s"),
            ("ours", list(&["a", "b"], 0, true, 30_000), "adopt a b"),
            ("ours in part of a list", list(&["a"], 9, false, 30_000), "adopt a"),
            ("perhaps ours", list(&[], 1, true, 30_000), "doubt"),
            ("still under way", list(&[], 0, true, 149_000), "again in 1 s"),
            ("never arrived", list(&[], 0, true, 150_000), "absent"),
            ("a part of a list", list(&[], 0, false, 150_000), "doubt"),
            ("no answer", Looked::Missed(String::new()), "again in 5 s"),
        ] {
            assert_eq!(shown(&looked, u64::MAX), expected, "{name}");
        }
    }

    #[test]
    fn clocks_that_disagree_prove_nothing_absent() {
        let day = 86_400_000;
        for (waited, age, expected) in [
            (0, day, "again in 30 s"),
            (149_000, day, "again in 1 s"),
            (day, 0, "again in 30 s"),
            (150_000, day, "absent"),
        ] {
            assert_eq!(shown(&list(&[], 0, true, age), waited), expected, "{waited} {age}");
        }
    }

    #[test]
    fn only_a_refusal_is_ever_sent_again() {
        let refused = |again| Sent::Refused { reason: "no".to_owned(), again };
        for (sent, attempt, expected) in [
            (Sent::Accepted("a".to_owned()), 1, AfterSubmit::Follow("a".to_owned())),
            (refused(Some(7)), 1, AfterSubmit::SendAgain(Duration::from_millis(7))),
            (refused(Some(7)), REFUSALS, AfterSubmit::GiveUp("no".to_owned())),
            (refused(None), 1, AfterSubmit::GiveUp("no".to_owned())),
            (Sent::Unknown("?".to_owned()), 1, AfterSubmit::Settle("?".to_owned())),
        ] {
            assert_eq!(after_submit(sent, attempt), expected);
        }
    }

    #[test]
    fn a_failed_poll_is_not_a_failed_job() {
        let plan = plan();
        let missed = |pause, stuck| Seen::Missed { pause, stuck };
        let ask = |seconds| AfterPoll::Ask(Duration::from_secs(seconds));
        for (name, script, last) in [
            ("running", vec![Seen::Running { percent: None }], ask(1)),
            ("missed", vec![missed(None, false); 2], ask(4)),
            ("long missed", vec![missed(None, false); 9], ask(32)),
            ("told to wait", vec![missed(Some(40_000), false)], ask(40)),
            ("key revoked", vec![missed(None, true)], ask(60)),
            ("gone once", vec![Seen::Gone], ask(1)),
            ("gone for good", vec![Seen::Gone; 3], AfterPoll::Ended),
            ("canceled", vec![Seen::Canceled], AfterPoll::Ended),
        ] {
            let mut watcher = Watcher::new(&plan, Duration::from_secs(3600));
            let after = script.iter().map(|seen| watcher.after(seen)).last().unwrap();
            assert_eq!(after, last, "{name}");
        }
        let mut watcher = Watcher::new(&plan, Duration::from_secs(10));
        watcher.waited(Duration::from_secs(10));
        assert_eq!(watcher.after(&Seen::Running { percent: None }), AfterPoll::GiveUp);
    }
}
