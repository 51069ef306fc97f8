//! The rows of batches: the same row is the same job.

use std::path::PathBuf;

use rusqlite::{OptionalExtension, Transaction};

use super::{Journal, read};
use crate::{
    JournalError, State,
    record::{JobId, Order},
};

/// What a row of a batch became.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BatchRow {
    /// The job.
    pub job: JobId,
    /// The provider of its newest attempt.
    pub provider: String,
    /// Where that stands.
    pub state: State,
    /// Where the first result goes, or has gone.
    pub target: Option<PathBuf>,
}

impl Journal {
    /// The job that a row of a batch became; none if it was not begun. One that was forgotten since still
    /// counts: what is paid for is not paid for again.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn row(&self, batch: &str, row: &str) -> Result<Option<BatchRow>, JournalError> {
        self.read(|transaction| {
            let mut select = transaction.prepare_cached(
                "SELECT jobs.id, provider, state, target
                 FROM jobs JOIN attempts ON attempts.job = jobs.id
                 WHERE batch = ?1 AND batch_row = ?2 ORDER BY attempts.id DESC LIMIT 1",
            )?;
            let found = select
                .query_row((batch, row), |found| {
                    let word: String = found.get(2)?;
                    Ok((JobId(found.get(0)?), found.get(1)?, word, found.get(3)?))
                })
                .optional()?;
            let row = |(job, provider, word, target): (_, _, String, _)| {
                let (state, target) = (read::state(&word)?, read::path(target)?);
                Ok(BatchRow { job, provider, state, target })
            };
            found.map(row).transpose()
        })
    }
}

/// Lets a row be begun anew whose job has ended without a result. Any other keeps it, so that the row
/// cannot be begun twice.
pub(super) fn release(transaction: &Transaction<'_>, order: &Order) -> Result<(), JournalError> {
    let Some(row) = &order.row else {
        return Ok(());
    };
    let mut update = transaction.prepare_cached(
        "UPDATE jobs SET batch_row = NULL WHERE batch = ?1 AND batch_row = ?2
         AND NOT EXISTS (SELECT 1 FROM attempts WHERE attempts.job = jobs.id AND state NOT IN
             ('refused', 'failed', 'canceled', 'expired', 'abandoned'))",
    )?;
    update.execute((&order.batch, row))?;
    let mut select =
        transaction.prepare_cached("SELECT id FROM jobs WHERE batch = ?1 AND batch_row = ?2")?;
    let taken = select.query_row((&order.batch, row), |found| Ok(JobId(found.get(0)?)));
    match taken.optional()? {
        Some(job) => Err(JournalError::RowTaken(job)),
        None => Ok(()),
    }
}

/// The job is no longer what its row became.
pub(super) fn clear(transaction: &Transaction<'_>, job: JobId) -> Result<(), JournalError> {
    transaction.execute("UPDATE jobs SET batch_row = NULL WHERE id = ?1", [job.0])?;
    Ok(())
}
