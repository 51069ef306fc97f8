//! How long jobs waited and ran, as their providers tell.

use std::time::Duration;

use reshoot_core::JobTimes;
use rusqlite::Transaction;

use crate::{JournalError, record::AttemptId};

/// Notes what a provider tells. What it told before and does not tell any more is kept.
pub(super) fn note(
    transaction: &Transaction<'_>,
    attempt: AttemptId,
    times: Option<JobTimes>,
) -> Result<(), JournalError> {
    let Some(times) = times else {
        return Ok(());
    };
    let mut update = transaction.prepare_cached(
        "UPDATE attempts SET queued_ms = coalesce(?2, queued_ms),
             running_ms = coalesce(?3, running_ms) WHERE id = ?1",
    )?;
    update.execute((attempt.0, millis(times.queued), millis(times.running)))?;
    Ok(())
}

fn millis(time: Option<Duration>) -> Option<i64> {
    i64::try_from(time?.as_millis()).ok()
}

/// A time as it stands in the journal; one below zero was written by hand, and says nothing.
pub(super) fn time(millis: Option<i64>) -> Option<Duration> {
    u64::try_from(millis?).ok().map(Duration::from_millis)
}
