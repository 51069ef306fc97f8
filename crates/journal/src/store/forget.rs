//! Forgetting: what a job was about is removed, what it cost stays.

use rusqlite::Transaction;

use super::{Ending, Journal, Owed, rows, steps};
use crate::{
    JournalError, State,
    record::{JobId, JobRecord, Moment},
};

impl Journal {
    /// Gives up every open attempt of a job: nobody will come back to it. What may have been paid for
    /// stays counted. If nothing was sent, the row of a batch that it was may be begun anew.
    ///
    /// # Errors
    /// [`JournalError::Driven`] while another process drives it.
    pub fn abandon(&self, id: JobId, reason: &str) -> Result<(), JournalError> {
        let record = self.job(id)?;
        self.refuse_driven(&record)?;
        self.write(|transaction| abandon(transaction, &record, reason))
    }

    /// Forgets a job that is settled: request, links and file names are removed; what it cost, and
    /// what happened when, stays.
    ///
    /// # Errors
    /// [`JournalError::Open`] while something about it is still to be done: resume or abandon it first.
    pub fn forget(&self, id: JobId) -> Result<(), JournalError> {
        let record = self.job(id)?;
        if let Some(attempt) = record.attempts.iter().find(|attempt| attempt.state.is_open()) {
            return Err(JournalError::Open { job: id, state: attempt.state });
        }
        self.write(|transaction| {
            for attempt in &record.attempts {
                transaction.execute("DELETE FROM outputs WHERE attempt = ?1", [attempt.id.0])?;
            }
            transaction.execute(
                "UPDATE attempts SET media = NULL, reason = NULL WHERE job = ?1",
                [id.0],
            )?;
            transaction.execute(
                "UPDATE jobs SET forgotten = 1, request = 'null', target = NULL WHERE id = ?1",
                [id.0],
            )?;
            Ok(())
        })
    }

    fn refuse_driven(&self, record: &JobRecord) -> Result<(), JournalError> {
        let us = self.holder()?;
        let driven = record
            .attempts
            .iter()
            .any(|attempt| attempt.holder != Some(us) && self.is_driven(attempt.holder));
        if driven { Err(JournalError::Driven { job: record.id }) } else { Ok(()) }
    }
}

fn abandon(
    transaction: &Transaction<'_>,
    record: &JobRecord,
    reason: &str,
) -> Result<(), JournalError> {
    for attempt in record.attempts.iter().filter(|attempt| attempt.state.is_open()) {
        let owed = if attempt.state == State::Intent { Owed::Nothing } else { Owed::Quote };
        let ending = Ending::new(State::Abandoned, reason, owed);
        steps::end(transaction, attempt.id, &ending, None, Moment::now())?;
    }
    let unsent = |state| matches!(state, State::Intent | State::Refused);
    if record.attempts.iter().all(|attempt| unsent(attempt.state)) {
        rows::clear(transaction, record.id)?;
    }
    Ok(())
}
