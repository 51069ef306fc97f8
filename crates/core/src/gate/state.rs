//! What a gate decides: plain state, no clock.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

use super::Load;

/// The pause after a refusal that does not say how long.
const PAUSE: Duration = Duration::from_secs(2);

/// Whether a job may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It has begun.
    Entered,
    /// Not yet: ask again after this long, or when something has changed.
    Wait(Option<Duration>),
}

#[derive(Debug)]
pub(super) struct State {
    load: Load,
    /// How many are allowed at present; in parts, so that it grows slowly.
    allowed: f64,
    running: u32,
    /// How many submits are under way.
    beginning: u32,
    /// When the newest submits were answered.
    begun: VecDeque<Instant>,
    closed_until: Option<Instant>,
    /// When it last shrank: the refusals of one crowd count once.
    shrunk: Option<Instant>,
}

impl State {
    pub(super) fn new(load: Load) -> Self {
        let load = Load { at_once: load.at_once.max(1), starts: load.starts.max(1), per: load.per };
        let allowed = f64::from(load.at_once);
        let (begun, closed_until, shrunk) = (VecDeque::new(), None, None);
        Self { load, allowed, running: 0, beginning: 0, begun, closed_until, shrunk }
    }

    pub(super) const fn load(&self) -> Load {
        self.load
    }

    pub(super) fn enter(&mut self, now: Instant) -> Turn {
        if let Some(pause) = self.pause(now) {
            return Turn::Wait(Some(pause));
        }
        if f64::from(self.running) + 1.0 > self.allowed || self.beginning >= self.load.starts {
            return Turn::Wait(None);
        }
        self.beginning = self.beginning.saturating_add(1);
        self.occupy();
        Turn::Entered
    }

    /// A submit that was under way was answered.
    pub(super) fn begun(&mut self, now: Instant) {
        self.beginning = self.beginning.saturating_sub(1);
        self.begun.push_back(now);
        if self.begun.len() > self.load.starts as usize {
            self.begun.pop_front();
        }
    }

    pub(super) fn occupy(&mut self) {
        self.running = self.running.saturating_add(1);
    }

    pub(super) fn left(&mut self) {
        self.running = self.running.saturating_sub(1);
    }

    pub(super) fn is_open(&self, now: Instant) -> bool {
        let room = f64::from(self.running) + 1.0 <= self.allowed;
        room && self.beginning < self.load.starts && self.pause(now).is_none()
    }

    /// How long nobody may begin, whoever has left.
    fn pause(&self, now: Instant) -> Option<Duration> {
        let closed = self.closed_until.and_then(|until| until.checked_duration_since(now));
        // With those that are under way, one more may begin when the oldest of the last few is old.
        let nth = (self.load.starts.saturating_sub(self.beginning)) as usize;
        let nth = self.begun.len().checked_sub(nth.max(1));
        let spaced = nth.and_then(|nth| self.begun.get(nth));
        let spaced = spaced.and_then(|since| (*since + self.load.per).checked_duration_since(now));
        closed.max(spaced).filter(|pause| !pause.is_zero())
    }

    pub(super) fn refused(&mut self, now: Instant, pause: Option<Duration>) {
        let pause = pause.unwrap_or(PAUSE);
        let until = now + pause;
        self.closed_until = Some(self.closed_until.map_or(until, |before| before.max(until)));
        let same_crowd = self.shrunk.is_some_and(|since| now.duration_since(since) < PAUSE);
        if !same_crowd {
            // From what runs, not from what is allowed: so many were too many.
            let running = f64::from(self.running).min(self.allowed);
            self.allowed = (running / 2.0).max(1.0);
            self.shrunk = Some(now);
        }
    }

    /// One more after as many jobs as are allowed: slow enough to stay below what was refused.
    pub(super) fn accepted(&mut self) {
        self.allowed = (self.allowed + 1.0 / self.allowed).min(f64::from(self.load.at_once));
    }
}
