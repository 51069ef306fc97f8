//! Submits of this process that are under way: nobody may look for what they made before they have ended.

use std::sync::{Arc, PoisonError};

use super::{Journal, Shared};
use crate::record::AttemptId;

/// A submit that is under way, until this is dropped.
#[derive(Debug)]
pub(crate) struct Flight {
    shared: Arc<Shared>,
    attempt: AttemptId,
}

impl Journal {
    /// The submit of an attempt leaves now.
    pub(crate) fn take_off(&self, attempt: AttemptId) -> Flight {
        let shared = Arc::clone(&self.shared);
        shared.flights.lock().unwrap_or_else(PoisonError::into_inner).push(attempt);
        Flight { shared, attempt }
    }

    /// Whether a submit of this process is under way for an attempt.
    pub(super) fn is_in_flight(&self, attempt: AttemptId) -> bool {
        self.shared.flights.lock().unwrap_or_else(PoisonError::into_inner).contains(&attempt)
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let mut flights = self.shared.flights.lock().unwrap_or_else(PoisonError::into_inner);
        flights.retain(|attempt| *attempt != self.attempt);
    }
}
