//! Room at a provider, for all processes that share the journal.

use std::time::Duration;

use reshoot_core::{Capabilities, Load};
use rusqlite::Transaction;

use super::Journal;
use crate::{
    JournalError,
    record::{AttemptId, Moment},
};

/// A submit has reached the provider this long after it was written down, or never will: its process may
/// have been killed while the provider was slow.
const UNDER_WAY: Duration = Duration::from_secs(5);

/// What a key may do at its provider, whichever process does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Room {
    /// The caps.
    pub load: Load,
    /// After how long a job that nobody has seen end counts no more.
    pub forgotten_after: Duration,
    /// After how long a job counts no more of which it is not even known that it was made.
    pub doubted_for: Duration,
}

impl Room {
    /// Jobs count for twice the time that they take, typically.
    #[must_use]
    pub const fn new(load: Load, capabilities: &Capabilities) -> Self {
        let forgotten_after = capabilities.run_time.value.saturating_mul(2);
        Self { load, forgotten_after, doubted_for: forgotten_after }
    }

    /// A job in doubt counts for twice as long as the longest of many such jobs took.
    #[must_use]
    pub fn with_longest(mut self, longest: Option<Duration>) -> Self {
        if let Some(longest) = longest {
            self.doubted_for = longest.saturating_mul(2).min(self.forgotten_after);
        }
        self
    }
}

impl Journal {
    /// Whether one more may begin: for a submit that is repeated under its key, and so has its place
    /// among those that run.
    pub(crate) fn may_begin(&self, attempt: AttemptId, room: &Room) -> Result<bool, JournalError> {
        self.read(|transaction| may_begin(transaction, room, attempt, Moment::now()))
    }
}

/// Whether an attempt may be submitted.
pub(super) fn is_left(
    transaction: &Transaction<'_>,
    room: &Room,
    attempt: AttemptId,
    now: Moment,
) -> Result<bool, JournalError> {
    Ok(may_run(transaction, room, attempt, now)? && may_begin(transaction, room, attempt, now)?)
}

fn may_run(
    transaction: &Transaction<'_>,
    room: &Room,
    attempt: AttemptId,
    now: Moment,
) -> Result<bool, JournalError> {
    let mut select = transaction.prepare_cached(
        "SELECT count(*) FROM attempts AS other, attempts AS ours
         WHERE ours.id = ?1 AND other.id <> ?1 AND other.provider = ours.provider
             AND other.state IN ('submitting', 'accepted', 'running', 'perhaps_charged')
             AND other.submitted > iif(other.state IN ('submitting', 'perhaps_charged'), ?3, ?2)",
    )?;
    let (made, doubted) = (now.before(room.forgotten_after).0, now.before(room.doubted_for).0);
    let running: u32 = select.query_row((attempt.0, made, doubted), |row| row.get(0))?;
    Ok(running < room.load.at_once.max(1))
}

/// What was made within a while was answered within it; what has no answer may have been made.
fn may_begin(
    transaction: &Transaction<'_>,
    room: &Room,
    attempt: AttemptId,
    now: Moment,
) -> Result<bool, JournalError> {
    let mut select = transaction.prepare_cached(
        "SELECT
             (SELECT count(*) FROM attempts AS other WHERE other.provider = ours.provider
                 AND other.id <> ours.id AND other.accepted > ?2)
             + (SELECT count(*) FROM attempts AS other WHERE other.provider = ours.provider
                 AND other.id <> ours.id AND other.submitted > ?3
                 AND other.state IN ('submitting', 'accepted', 'running', 'perhaps_charged')
                 AND other.state IN ('submitting', 'perhaps_charged'))
         FROM attempts AS ours WHERE ours.id = ?1",
    )?;
    let answered = now.before(room.load.per);
    let unanswered = answered.before(UNDER_WAY);
    let begun: u32 = select.query_row((attempt.0, answered.0, unanswered.0), |row| row.get(0))?;
    Ok(begun < room.load.starts.max(1))
}
