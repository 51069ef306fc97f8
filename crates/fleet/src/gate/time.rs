//! The gate's own time: how long it has been at work. Pure.

use serde::{Deserialize, Serialize};

/// The longest silence, in milliseconds, that counts as such: while it was longer, the gate itself was
/// away, and could hear no sign of life.
pub(super) const SILENCE: u64 = 60_000;

/// Of how many processes the clocks are remembered.
const CLOCKS: usize = 16;

/// When something was asked, by a clock that nobody sets: how long its process had run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Which process; no other one has this name.
    pub process: String,
    /// Milliseconds since its start.
    pub at: u64,
}

/// Time that passes as its askers' clocks do, and never back. No clock is compared with another one, so
/// a machine whose date is wrong ends nobody's lease.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct GateTime {
    now: u64,
    clocks: Vec<Clock>,
}

/// What a process' clock showed when it was first heard, and what the gate's did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Clock {
    first: Moment,
    gate: u64,
}

impl GateTime {
    pub(super) const fn now(&self) -> u64 {
        self.now
    }

    /// The time at `moment`, in milliseconds. A process that was not heard before makes none pass.
    pub(super) fn at(&mut self, moment: &Moment) -> u64 {
        let known = self.clocks.iter().find(|clock| clock.first.process == moment.process);
        let heard = known.is_some();
        let reached = known
            .map_or(0, |clock| clock.gate.saturating_add(moment.at.saturating_sub(clock.first.at)));
        let passed = reached.saturating_sub(self.now);
        self.now = self.now.saturating_add(passed.min(SILENCE));
        if passed > SILENCE {
            // The other clocks ran on through the same silence.
            self.clocks.clear();
        }
        if passed > SILENCE || !heard {
            self.learn(moment.clone());
        }
        self.now
    }

    fn learn(&mut self, first: Moment) {
        if self.clocks.len() >= CLOCKS {
            self.clocks.remove(0);
        }
        self.clocks.push(Clock { first, gate: self.now });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(asks: &[(&str, u64)]) -> Vec<u64> {
        let mut time = GateTime::default();
        let moment =
            |(process, at): &(&str, u64)| Moment { process: (*process).to_owned(), at: *at };
        asks.iter().map(|ask| time.at(&moment(ask))).collect()
    }

    #[test]
    fn time_passes_as_each_clock_does_whatever_it_shows() {
        for (name, asks, times) in [
            ("one clock", vec![("a", 500), ("a", 700), ("a", 1500)], vec![0, 200, 1000]),
            (
                "a clock that shows a year more",
                vec![("a", 0), ("b", 31_536_000_000), ("b", 31_536_001_000), ("a", 1500)],
                vec![0, 0, 1000, 1500],
            ),
            ("an ask that was held up", vec![("a", 0), ("a", 900), ("a", 300)], vec![0, 900, 900]),
            (
                "asks that are held up again and again make nothing faster",
                vec![("a", 0), ("b", 0), ("b", 5000), ("a", 1000), ("a", 2000), ("a", 6000)],
                vec![0, 0, 5000, 5000, 5000, 6000],
            ),
        ] {
            assert_eq!(shown(&asks), times, "{name}");
        }
    }

    #[test]
    fn a_silence_of_the_gate_itself_is_nobody_elses() {
        let hour = 3_600_000;
        let times = shown(&[("a", 0), ("b", 0), ("a", hour), ("b", hour), ("b", hour + 10)]);
        assert_eq!(times, [0, 0, SILENCE, SILENCE, SILENCE + 10]);
    }

    #[test]
    fn of_many_processes_the_latest_are_remembered() {
        let mut time = GateTime::default();
        for n in 0..100_u64 {
            time.at(&Moment { process: n.to_string(), at: 0 });
        }
        assert_eq!(time.clocks.len(), CLOCKS);
    }
}
