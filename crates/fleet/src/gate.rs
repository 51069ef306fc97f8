//! The gate of one account: how many jobs run, and how fast they start. Pure; an engine keeps the state.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// How many may wait in the gate; whoever comes later asks again.
const QUEUE: usize = 256;

/// What an account can bear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cap {
    /// Jobs at the provider at the same time; at least 1.
    pub running: u32,
    /// Submits per second; at least 1.
    pub starts_per_second: u32,
    /// For how many seconds a slot is kept without a sign of life. Longer than the longest pause
    /// between two polls.
    pub lease: u64,
}

impl Default for Cap {
    /// Four at a time, two starts per second, a lease of 15 minutes.
    fn default() -> Self {
        Self { running: 4, starts_per_second: 2, lease: 15 * 60 }
    }
}

/// Who holds slots and who waits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateState {
    held: Vec<Held>,
    queue: VecDeque<Waiting>,
    next_start: u64,
    cap: Cap,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Held {
    holder: String,
    until: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Waiting {
    holder: String,
    bell: String,
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

/// A slot that went to somebody who waited: ring this bell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Whose slot it is.
    pub holder: String,
    /// What they gave to be woken by.
    pub bell: String,
}

impl GateState {
    /// Asks for a slot at `now`, in milliseconds. `bell` rings if it comes later. Also returns who got
    /// slots whose leases had ended.
    pub fn acquire(&mut self, holder: &str, bell: &str, cap: Cap, now: u64) -> (Turn, Vec<Grant>) {
        self.cap = cap;
        if self.renew(holder, now) {
            return (Turn::Granted, self.sweep(now));
        }
        let grants = self.sweep(now);
        let turn = if self.queue.is_empty() && self.has_room() {
            self.hold(holder.to_owned(), now);
            Turn::Granted
        } else if self.queue.iter().any(|waiting| waiting.holder == holder) {
            // It was asked for by a run of the code that is no more.
            self.queue.retain(|waiting| waiting.holder != holder);
            self.wait(holder, bell)
        } else if self.queue.len() < QUEUE {
            self.wait(holder, bell)
        } else {
            Turn::Later(5_000)
        };
        (turn, grants)
    }

    /// Makes a lease anew. False if there is none.
    pub fn renew(&mut self, holder: &str, now: u64) -> bool {
        let until = self.lease_from(now);
        let held = self.held.iter_mut().find(|held| held.holder == holder);
        held.map(|held| held.until = until).is_some()
    }

    /// Takes a slot back after `hold` more milliseconds, or a place in the queue at once, and returns who
    /// comes next.
    pub fn release(&mut self, holder: &str, now: u64, hold: u64) -> Vec<Grant> {
        for held in self.held.iter_mut().filter(|held| held.holder == holder) {
            held.until = now.saturating_add(hold);
        }
        self.queue.retain(|waiting| waiting.holder != holder);
        self.sweep(now)
    }

    /// Takes back what nobody gave a sign of life for, and returns who comes next.
    pub fn sweep(&mut self, now: u64) -> Vec<Grant> {
        self.held.retain(|held| held.until > now);
        let mut grants = Vec::new();
        while self.has_room()
            && let Some(next) = self.queue.pop_front()
        {
            self.hold(next.holder.clone(), now);
            grants.push(Grant { holder: next.holder, bell: next.bell });
        }
        grants
    }

    /// When to sweep next, while anybody waits.
    #[must_use]
    pub fn next_sweep(&self) -> Option<u64> {
        if self.queue.is_empty() {
            return None;
        }
        self.held.iter().map(|held| held.until).min()
    }

    /// Gives out the next start: how many milliseconds to wait for it. `pause` keeps everybody waiting
    /// at least so long.
    pub fn start(&mut self, cap: Cap, now: u64, pause: u64) -> u64 {
        let gap = 1000_u64.div_ceil(u64::from(cap.starts_per_second.max(1)));
        let at = self.next_start.max(now.saturating_add(pause));
        self.next_start = at.saturating_add(gap);
        at.saturating_sub(now)
    }

    fn has_room(&self) -> bool {
        u32::try_from(self.held.len()).is_ok_and(|held| held < self.cap.running)
    }

    fn hold(&mut self, holder: String, now: u64) {
        let until = self.lease_from(now);
        self.held.push(Held { holder, until });
    }

    fn wait(&mut self, holder: &str, bell: &str) -> Turn {
        self.queue.push_back(Waiting { holder: holder.to_owned(), bell: bell.to_owned() });
        Turn::Queued
    }

    const fn lease_from(&self, now: u64) -> u64 {
        now.saturating_add(self.cap.lease.saturating_mul(1000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAP: Cap = Cap { running: 2, starts_per_second: 4, lease: 10 };

    fn bells(grants: Vec<Grant>) -> Vec<String> {
        grants.into_iter().map(|grant| grant.bell).collect()
    }

    #[test]
    fn no_more_than_the_cap_hold_slots_and_the_first_who_waits_is_next() {
        let mut gate = GateState::default();
        let turns: Vec<_> =
            ["a", "b", "c", "d"].map(|who| gate.acquire(who, who, CAP, 0).0).into_iter().collect();
        assert_eq!(turns, [Turn::Granted, Turn::Granted, Turn::Queued, Turn::Queued]);
        assert_eq!(bells(gate.release("b", 1, 0)), ["c"]);
        assert_eq!(bells(gate.release("b", 2, 0)), [""; 0], "a slot is given back once");
        assert_eq!(gate.acquire("c", "c2", CAP, 3).0, Turn::Granted, "asked for twice");
        assert_eq!(bells(gate.release("d", 4, 0)), [""; 0], "left the queue");
        assert_eq!(bells(gate.release("a", 5, 0)), [""; 0]);
    }

    #[test]
    fn a_slot_without_a_sign_of_life_goes_to_the_next() {
        let mut gate = GateState::default();
        for who in ["a", "b", "c"] {
            gate.acquire(who, who, CAP, 0);
        }
        assert_eq!(gate.next_sweep(), Some(10_000));
        assert!(gate.renew("a", 9_000));
        assert_eq!(bells(gate.sweep(10_000)), ["c"], "b gave none");
        assert!(!gate.renew("b", 10_001), "and learns of it");
        assert_eq!(gate.next_sweep(), None, "nobody waits");
        gate.acquire("d", "d", CAP, 10_002);
        assert_eq!(bells(gate.release("a", 10_003, 500)), [""; 0], "a job may still run there");
        assert_eq!(bells(gate.sweep(10_503)), ["d"]);
    }

    #[test]
    fn starts_are_spaced_and_a_pause_holds_for_all() {
        let mut gate = GateState::default();
        let waits: Vec<_> = (0..3).map(|_| gate.start(CAP, 1000, 0)).collect();
        assert_eq!(waits, [0, 250, 500]);
        assert_eq!(gate.start(CAP, 1000, 5_000), 5_000);
        assert_eq!(gate.start(CAP, 1000, 0), 5_250);
    }

    #[test]
    fn a_queue_has_an_end() {
        let mut gate = GateState::default();
        let count = QUEUE + 3;
        let last = (0..count).map(|n| gate.acquire(&n.to_string(), "", CAP, 0).0).last();
        assert_eq!(last, Some(Turn::Later(5_000)));
    }

    #[test]
    fn whatever_is_asked_the_cap_holds() {
        let (mut gate, mut dice) = (GateState::default(), 7_u64);
        for now in 0..20_000 {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888);
            let who = ((dice >> 33) % 9).to_string();
            match (dice >> 40) % 4 {
                0 | 1 => drop(gate.acquire(&who, "", CAP, now)),
                2 => drop(gate.release(&who, now, 0)),
                _ => drop(gate.renew(&who, now)),
            }
            assert!(gate.held.len() <= 2);
            let twice = gate.queue.iter().any(|it| gate.held.iter().any(|h| h.holder == it.holder));
            assert!(!twice, "nobody both holds and waits");
        }
    }
}
