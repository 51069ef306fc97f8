//! The token bucket of a budget: plain state, no clock.

use std::time::Duration;

/// The least share of the full rate that refusals leave.
const LEAST: f64 = 1.0 / 64.0;

/// How much of the full rate a success gives back.
const REGAIN: f64 = 1.0 / 64.0;

/// Requests that were under way at a refusal are refused too; they shrink the rate once.
const SAME: Duration = Duration::from_secs(1);

/// Tokens that grow with time. All moments are counted from one start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    /// Requests per second, at best and by now.
    full: f64,
    rate: f64,
    burst: f64,
    tokens: f64,
    counted: Duration,
    /// Nothing leaves before this.
    closed_until: Duration,
    shrunk: Option<Duration>,
}

impl Bucket {
    pub(super) fn new(full: f64, burst: u32) -> Self {
        let burst = f64::from(burst.max(1));
        let zero = Duration::ZERO;
        Self {
            full,
            rate: full,
            burst,
            tokens: burst,
            counted: zero,
            closed_until: zero,
            shrunk: None,
        }
    }

    pub(super) const fn rate(&self) -> f64 {
        self.rate
    }

    /// Takes a token, or says how long there will be none.
    pub(super) fn take(&mut self, now: Duration) -> Result<(), Duration> {
        self.count(now);
        if now < self.closed_until {
            return Err(self.closed_until.saturating_sub(now));
        }
        if self.tokens < 1.0 {
            let missing = (1.0 - self.tokens) / self.rate;
            return Err(Duration::try_from_secs_f64(missing).unwrap_or(Duration::MAX));
        }
        self.tokens -= 1.0;
        Ok(())
    }

    /// The provider said that it were too many: half as many from now on, none until it says so.
    pub(super) fn refused(&mut self, now: Duration, retry_after: Option<Duration>) {
        self.count(now);
        let until = now.saturating_add(retry_after.unwrap_or_default());
        self.closed_until = self.closed_until.max(until);
        if self.shrunk.is_none_or(|shrunk| now >= shrunk.saturating_add(SAME)) {
            self.shrunk = Some(until);
            self.rate = (self.rate / 2.0).max(self.full * LEAST);
            self.tokens = self.tokens.min(1.0);
        }
    }

    pub(super) fn succeeded(&mut self, now: Duration) {
        self.count(now);
        self.rate = (self.rate + self.full * REGAIN).min(self.full);
    }

    /// What has grown since it was last counted. While it is closed, nothing grows.
    fn count(&mut self, now: Duration) {
        let since = self.counted.max(self.closed_until);
        let grown = now.saturating_sub(since).as_secs_f64() * self.rate;
        // After a refusal, a full bucket would be refused again at once.
        let most = if self.rate < self.full { 1.0_f64.max(self.tokens) } else { self.burst };
        self.tokens = (self.tokens + grown).min(most);
        self.counted = self.counted.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    /// How many tokens are given between two moments.
    fn given(bucket: &mut Bucket, from: u32, to: u32) -> usize {
        (from * 100..to * 100)
            .filter(|now| bucket.take(at(f64::from(*now) / 100.0)).is_ok())
            .count()
    }

    #[test]
    fn it_gives_its_burst_and_then_its_rate() {
        let mut bucket = Bucket::new(2.0, 5);
        assert_eq!(given(&mut bucket, 0, 10), 5 + 19);
        assert_eq!(given(&mut bucket, 10, 20), 20);
    }

    #[test]
    fn it_says_how_long_there_will_be_none() {
        let mut bucket = Bucket::new(4.0, 1);
        assert_eq!(bucket.take(at(0.0)), Ok(()));
        assert_eq!(bucket.take(at(0.0)), Err(at(0.25)));
        assert_eq!(bucket.take(at(0.25)), Ok(()));
    }

    #[test]
    fn a_refusal_halves_the_rate_and_success_gives_it_back() {
        let mut bucket = Bucket::new(8.0, 1);
        for (now, rate) in [(1.0, 4.0), (1.5, 4.0), (3.0, 2.0), (5.0, 1.0)] {
            bucket.refused(at(now), None);
            assert!((bucket.rate() - rate).abs() < 1e-9, "{now}: {}", bucket.rate());
        }
        (0..8).for_each(|_| bucket.succeeded(at(6.0)));
        assert!((bucket.rate() - 2.0).abs() < 1e-9);
        (0..99).for_each(|_| bucket.succeeded(at(6.0)));
        assert!((bucket.rate() - 8.0).abs() < 1e-9);
    }

    #[test]
    fn however_often_it_is_refused_something_is_left() {
        let mut bucket = Bucket::new(8.0, 1);
        (1..99).for_each(|now| bucket.refused(at(f64::from(now) * 2.0), None));
        assert!((bucket.rate() - 0.125).abs() < 1e-9);
    }

    #[test]
    fn nothing_leaves_until_the_provider_says_so_and_no_burst_then() {
        let mut bucket = Bucket::new(10.0, 10);
        bucket.refused(at(1.0), Some(at(30.0)));
        // A shorter wait that is told later opens nothing.
        bucket.refused(at(2.0), Some(at(1.0)));
        assert_eq!(bucket.take(at(2.0)), Err(at(29.0)));
        assert_eq!(given(&mut bucket, 2, 31), 0);
        assert!(given(&mut bucket, 31, 33) <= 11);
    }
}
