//! Whether and when to try again after a failure. Pure.

use std::time::Duration;

use crate::error::Error;

/// Failures in a row, without progress between them, after which a download is given up.
const MAX_TRIES: u32 = 5;

/// What counts as progress.
const PROGRESS: u64 = 1 << 20;

/// The longest `Retry-After` that is waited for; beyond that the caller is told.
const MAX_WAIT: Duration = Duration::from_secs(60);

/// The failures of one download so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tries {
    pause: Duration,
    in_a_row: u32,
    bytes: u64,
}

impl Tries {
    /// No failure yet; the first pause will be `pause`, each further one double.
    pub(super) const fn new(pause: Duration) -> Self {
        Self { pause, in_a_row: 0, bytes: 0 }
    }

    /// How long to wait before the next try, when `bytes` are here; none gives up.
    pub(super) fn after(&mut self, error: &Error, bytes: u64) -> Option<Duration> {
        if bytes >= self.bytes.saturating_add(PROGRESS) {
            self.in_a_row = 0;
        }
        (self.bytes, self.in_a_row) = (bytes, self.in_a_row.saturating_add(1));
        let asked = error.retry_after().unwrap_or_default();
        if !error.is_retryable() || self.in_a_row > MAX_TRIES || asked > MAX_WAIT {
            return None;
        }
        let doublings = self.in_a_row.saturating_sub(1).min(MAX_TRIES);
        Some(self.pause.saturating_mul(1 << doublings).max(asked))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{download::error, error::ErrorKind};

    fn broken() -> Error {
        error(ErrorKind::Network, "broken")
    }

    #[test]
    fn pauses_double_and_end() {
        let mut tries = Tries::new(Duration::from_secs(1));
        let pauses: Vec<_> = (0..6).map(|_| tries.after(&broken(), 0)).collect();
        let seconds = [Some(1), Some(2), Some(4), Some(8), Some(16), None];
        assert_eq!(pauses, seconds.map(|pause| pause.map(Duration::from_secs)));
    }

    #[test]
    fn progress_forgives_earlier_failures() {
        let mut tries = Tries::new(Duration::from_secs(1));
        for megabytes in 0..20 {
            assert!(tries.after(&broken(), megabytes << 20).is_some(), "{megabytes}");
        }
    }

    #[test]
    fn what_does_not_pass_is_not_tried_again_and_retry_after_is_honoured() {
        for (error, expected) in [
            (error(ErrorKind::LinkExpired, ""), None),
            (broken().with_retry_after(Some(Duration::from_secs(9))), Some(9)),
            (broken().with_retry_after(Some(Duration::from_secs(61))), None),
        ] {
            let pause = Tries::new(Duration::from_secs(1)).after(&error, 0);
            assert_eq!(pause, expected.map(Duration::from_secs), "{error}");
        }
    }
}
