//! The gate of one account: how many jobs run, and how fast they start. Pure; an engine keeps the state.

mod time;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

pub use time::Moment;
use time::{GateTime, SILENCE};

/// How many may wait in the gate; whoever comes later asks again.
const QUEUE: usize = 256;

/// What an account can bear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cap {
    /// Jobs at the provider at the same time; at least 1.
    pub running: u32,
    /// The least time between two submits, in milliseconds; at least 1.
    pub start_every: u64,
    /// For how many seconds a slot is kept without a sign of life; at least 60. While a submit is under
    /// way it is kept for longer, if need be.
    pub lease: u64,
}

impl Default for Cap {
    /// Four at a time, half a second between two starts, a lease of 15 minutes.
    fn default() -> Self {
        Self { running: 4, start_every: 500, lease: 15 * 60 }
    }
}

/// Who holds slots and who waits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateState {
    held: Vec<Held>,
    queue: VecDeque<Waiting>,
    next_start: u64,
    time: GateTime,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Held {
    holder: String,
    until: u64,
    /// Beside how many others the holder may run, itself counted.
    running: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Waiting {
    holder: String,
    bell: String,
    cap: Cap,
}

/// What becomes of whoever asks for a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// The slot is theirs.
    Granted,
    /// Their bell will ring.
    Queued,
    /// Too many wait: ask again after this many milliseconds.
    Later(u64),
}

/// What becomes of whoever asks to start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// After this many milliseconds.
    In(u64),
    /// Not without a slot: their lease has ended.
    NoSlot,
}

/// A slot that went to somebody who waited: ring this bell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Whose slot it is.
    pub holder: String,
    /// What they gave to be woken by.
    pub bell: String,
}

impl GateState {
    /// Asks for a slot. `bell` rings if it comes later. Also returns who got slots whose leases had ended.
    pub fn acquire(
        &mut self,
        holder: &str,
        bell: &str,
        cap: Cap,
        moment: &Moment,
    ) -> (Turn, Vec<Grant>) {
        let now = self.time.at(moment);
        if let Some(held) = self.held.iter_mut().find(|held| held.holder == holder) {
            held.until = held.until.max(lease_from(now, cap));
            return (Turn::Granted, self.swept(now));
        }
        // It may have been asked for by a run of the code that is no more.
        self.queue.retain(|waiting| waiting.holder != holder);
        let grants = self.swept(now);
        let turn = if self.queue.is_empty() && self.has_room(cap) {
            self.hold(holder.to_owned(), cap, now);
            Turn::Granted
        } else if self.queue.len() < QUEUE {
            let (holder, bell) = (holder.to_owned(), bell.to_owned());
            self.queue.push_back(Waiting { holder, bell, cap });
            Turn::Queued
        } else {
            Turn::Later(5_000)
        };
        (turn, grants)
    }

    /// Makes a lease anew. Whose lease had ended gets it back, room or not: their job runs all the same,
    /// and must count. False then.
    pub fn renew(&mut self, holder: &str, cap: Cap, moment: &Moment) -> bool {
        let now = self.time.at(moment);
        if let Some(held) = self.held.iter_mut().find(|held| held.holder == holder) {
            held.until = held.until.max(lease_from(now, cap));
            return true;
        }
        self.queue.retain(|waiting| waiting.holder != holder);
        self.hold(holder.to_owned(), cap, now);
        false
    }

    /// Takes a slot back after `hold` more milliseconds, or a place in the queue at once, and returns who
    /// comes next.
    pub fn release(&mut self, holder: &str, moment: &Moment, hold: u64) -> Vec<Grant> {
        let now = self.time.at(moment);
        for held in self.held.iter_mut().filter(|held| held.holder == holder) {
            held.until = now.saturating_add(hold);
        }
        self.queue.retain(|waiting| waiting.holder != holder);
        self.swept(now)
    }

    /// Takes back what nobody gave a sign of life for, and returns who comes next.
    pub fn sweep(&mut self, moment: &Moment) -> Vec<Grant> {
        let now = self.time.at(moment);
        self.swept(now)
    }

    /// In how many milliseconds to sweep next, while anybody waits.
    #[must_use]
    pub fn next_sweep(&self) -> Option<u64> {
        if self.queue.is_empty() {
            return None;
        }
        let first = self.held.iter().map(|held| held.until).min()?;
        Some(first.saturating_sub(self.time.now()).min(SILENCE))
    }

    /// Gives out the next start to who holds a slot, and renews their lease until then. `pause` keeps
    /// everybody waiting at least so many milliseconds.
    pub fn start(&mut self, holder: &str, cap: Cap, moment: &Moment, pause: u64) -> Start {
        let now = self.time.at(moment);
        let Some(held) = self.held.iter_mut().find(|held| held.holder == holder) else {
            return Start::NoSlot;
        };
        held.until = held.until.max(lease_from(now, cap));
        let at = self.next_start.max(now.saturating_add(pause));
        self.next_start = at.saturating_add(cap.start_every.max(1));
        Start::In(at.saturating_sub(now))
    }

    fn swept(&mut self, now: u64) -> Vec<Grant> {
        self.held.retain(|held| held.until > now);
        let mut grants = Vec::new();
        while let Some(cap) = self.queue.front().map(|next| next.cap)
            && self.has_room(cap)
            && let Some(next) = self.queue.pop_front()
        {
            self.hold(next.holder.clone(), cap, now);
            grants.push(Grant { holder: next.holder, bell: next.bell });
        }
        grants
    }

    /// Whether one more under `cap` breaks nobody's cap: those of the holders count too.
    fn has_room(&self, cap: Cap) -> bool {
        let least = self.held.iter().map(|held| held.running).fold(cap.running, u32::min);
        u32::try_from(self.held.len()).is_ok_and(|held| held < least)
    }

    fn hold(&mut self, holder: String, cap: Cap, now: u64) {
        self.held.push(Held { holder, until: lease_from(now, cap), running: cap.running });
    }
}

const fn lease_from(now: u64, cap: Cap) -> u64 {
    now.saturating_add(cap.lease.saturating_mul(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAP: Cap = Cap { running: 2, start_every: 250, lease: 10 };

    fn at(at: u64) -> Moment {
        Moment { process: "one".to_owned(), at }
    }

    /// A gate whose time is that of one process.
    fn gate() -> GateState {
        let mut gate = GateState::default();
        gate.sweep(&at(0));
        gate
    }

    fn bells(grants: Vec<Grant>) -> Vec<String> {
        grants.into_iter().map(|grant| grant.bell).collect()
    }

    #[test]
    fn no_more_than_the_cap_hold_slots_and_the_first_who_waits_is_next() {
        let mut gate = gate();
        let turns: Vec<_> =
            ["a", "b", "c", "d"].map(|who| gate.acquire(who, who, CAP, &at(0)).0).into();
        assert_eq!(turns, [Turn::Granted, Turn::Granted, Turn::Queued, Turn::Queued]);
        assert_eq!(bells(gate.release("b", &at(1), 0)), ["c"]);
        assert_eq!(bells(gate.release("b", &at(2), 0)), [""; 0], "a slot is given back once");
        assert_eq!(gate.acquire("c", "c2", CAP, &at(3)).0, Turn::Granted, "asked for twice");
        assert_eq!(bells(gate.release("d", &at(4), 0)), [""; 0], "left the queue");
        assert_eq!(bells(gate.release("a", &at(5), 0)), [""; 0]);
    }

    #[test]
    fn a_slot_without_a_sign_of_life_goes_to_the_next() {
        let mut gate = gate();
        for who in ["a", "b", "c"] {
            gate.acquire(who, who, CAP, &at(0));
        }
        assert_eq!(gate.next_sweep(), Some(10_000));
        assert!(gate.renew("a", CAP, &at(9_000)));
        assert_eq!(bells(gate.sweep(&at(10_000))), ["c"], "b gave none");
        assert_eq!(gate.next_sweep(), None, "nobody waits");
        gate.acquire("d", "d", CAP, &at(10_002));
        assert_eq!(bells(gate.release("a", &at(10_003), 500)), [""; 0], "a job may run on there");
        assert_eq!(bells(gate.sweep(&at(10_503))), ["d"]);
    }

    #[test]
    fn whose_lease_ended_starts_nothing_and_counts_if_their_job_runs() {
        let mut gate = gate();
        for who in ["a", "b", "c", "d"] {
            gate.acquire(who, who, CAP, &at(0));
        }
        assert_eq!(bells(gate.sweep(&at(10_000))), ["c", "d"]);
        assert_eq!(gate.start("a", CAP, &at(10_001), 0), Start::NoSlot);
        assert!(!gate.renew("b", CAP, &at(10_002)), "it learns of it");
        gate.acquire("e", "e", CAP, &at(10_003));
        assert_eq!(bells(gate.release("c", &at(10_004), 0)), [""; 0], "b and d run");
        assert_eq!(bells(gate.release("b", &at(10_005), 0)), ["e"]);
    }

    #[test]
    fn while_the_gate_was_away_no_lease_ended() {
        let mut gate = gate();
        let cap = Cap { lease: 900, ..CAP };
        for who in ["a", "b", "c"] {
            gate.acquire(who, who, cap, &at(0));
        }
        assert_eq!(bells(gate.sweep(&at(86_400_000))), [""; 0]);
        let other = Moment { process: "two".to_owned(), at: 99 * 86_400_000 };
        assert_eq!(bells(gate.sweep(&other)), [""; 0], "nor does another machine's clock end one");
    }

    #[test]
    fn nobodys_cap_is_broken_by_who_asks_with_a_wider_one() {
        let mut gate = gate();
        let wide = Cap { running: 20, ..CAP };
        gate.acquire("a", "a", CAP, &at(0));
        assert_eq!(gate.acquire("b", "b", wide, &at(0)).0, Turn::Granted);
        assert_eq!(gate.acquire("c", "c", wide, &at(0)).0, Turn::Queued, "a may run beside one");
        assert_eq!(bells(gate.release("a", &at(1), 0)), ["c"]);
        assert_eq!(gate.acquire("d", "d", CAP, &at(2)).0, Turn::Queued);
    }

    #[test]
    fn starts_are_spaced_and_a_pause_holds_for_all() {
        let mut gate = gate();
        gate.acquire("a", "", CAP, &at(0));
        let waits: Vec<_> = (0..3).map(|_| gate.start("a", CAP, &at(1000), 0)).collect();
        assert_eq!(waits, [Start::In(0), Start::In(250), Start::In(500)]);
        assert_eq!(gate.start("a", CAP, &at(1000), 5_000), Start::In(5_000));
        assert_eq!(gate.start("a", CAP, &at(1000), 0), Start::In(5_250));
    }

    #[test]
    fn a_queue_has_an_end() {
        let mut gate = gate();
        let count = QUEUE + 3;
        let last = (0..count).map(|n| gate.acquire(&n.to_string(), "", CAP, &at(0)).0).last();
        assert_eq!(last, Some(Turn::Later(5_000)));
    }

    #[test]
    fn whatever_is_asked_the_cap_holds() {
        let (mut gate, mut dice) = (gate(), 7_u64);
        for now in 0..20_000 {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888);
            let who = ((dice >> 33) % 9).to_string();
            let holds = gate.held.iter().any(|held| held.holder == who);
            match (dice >> 40) % 4 {
                0 | 1 => drop(gate.acquire(&who, "", CAP, &at(now))),
                2 => drop(gate.release(&who, &at(now), 0)),
                _ if holds => drop(gate.renew(&who, CAP, &at(now))),
                _ => assert_eq!(gate.start(&who, CAP, &at(now), 0), Start::NoSlot),
            }
            assert!(gate.held.len() <= 2);
            let twice = gate.queue.iter().any(|it| gate.held.iter().any(|h| h.holder == it.holder));
            assert!(!twice, "nobody both holds and waits");
        }
    }
}
