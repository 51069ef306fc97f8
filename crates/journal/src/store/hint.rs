//! Hints: what webhooks said of jobs, for whoever waits for them. A hint ends no job; it only makes those
//! who wait ask at once.

use rusqlite::{OptionalExtension, params};

use super::Journal;
use crate::{
    JournalError,
    record::{AttemptId, JobId, Moment},
};

/// The number of a hint; later ones have greater numbers.
pub(crate) type HintId = i64;

impl Journal {
    /// Writes down that a webhook told something of a provider's job, whatever it told: who waits for the
    /// job, in this process or another, asks about it at once. One hint is kept for each job, the newest,
    /// until the job has ended.
    ///
    /// Returns the job that is to be asked about; none if the journal does not know it, or knows already
    /// how it ended.
    ///
    /// # Errors
    /// When the journal cannot be read or written.
    pub fn hint(&self, provider: &str, remote: &str) -> Result<Option<JobId>, JournalError> {
        // What is not waited for is most of what comes twice or late: it costs no write.
        let Some((job, attempt)) = self.waited_for(provider, remote)? else {
            return Ok(None);
        };
        self.write(|transaction| {
            let mut insert = transaction.prepare_cached(
                "INSERT OR REPLACE INTO hints (attempt, at)
                 SELECT id, ?2 FROM attempts WHERE id = ?1 AND state IN ('accepted', 'running')",
            )?;
            let is_new = insert.execute((attempt.0, Moment::now().0))? == 1;
            Ok(is_new.then_some(job))
        })
    }

    fn waited_for(
        &self,
        provider: &str,
        remote: &str,
    ) -> Result<Option<(JobId, AttemptId)>, JournalError> {
        self.read(|transaction| {
            let mut select = transaction.prepare_cached(
                "SELECT job, id FROM attempts
                 WHERE remote IS NOT NULL AND substr(remote, -12) = substr(?2, -12)
                     AND remote = ?2 AND provider = ?1 AND state IN ('accepted', 'running')
                 ORDER BY id LIMIT 1",
            )?;
            let found = select.query_row((provider, remote), |row| {
                Ok((JobId(row.get(0)?), AttemptId(row.get(1)?)))
            });
            Ok(found.optional()?)
        })
    }

    /// The hint about an attempt, if there is one.
    pub(crate) fn hint_of(&self, attempt: AttemptId) -> Result<Option<HintId>, JournalError> {
        self.read(|transaction| {
            let mut select =
                transaction.prepare_cached("SELECT n FROM hints WHERE attempt = ?1")?;
            Ok(select.query_row([attempt.0], |row| row.get(0)).optional()?)
        })
    }

    /// The hints that came after one, oldest first.
    pub(crate) fn hints_after(
        &self,
        last: HintId,
    ) -> Result<Vec<(HintId, AttemptId)>, JournalError> {
        self.read(|transaction| {
            let mut select = transaction
                .prepare_cached("SELECT n, attempt FROM hints WHERE n > ?1 ORDER BY n")?;
            let hints =
                select.query_map(params![last], |row| Ok((row.get(0)?, AttemptId(row.get(1)?))))?;
            Ok(hints.collect::<Result<_, _>>()?)
        })
    }
}
