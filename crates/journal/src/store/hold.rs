//! Taking an attempt in hand, and letting it go.

use rusqlite::{OptionalExtension, Transaction};

use super::Journal;
use crate::{
    JournalError,
    holder::{LEASE, is_dead},
    record::{AttemptId, HolderId, Moment},
};

/// What came of taking an attempt in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Taken {
    /// This process drives it now.
    Ours,
    /// Another process drives it.
    Held {
        /// Its number in the system.
        pid: u32,
        /// Whether it has not beaten for so long that it may hang. Never while it submits: it may still
        /// send the paid request when it wakes, so that nobody else can prove that it has not.
        ///
        /// A clock that jumps makes every holder look so until its next beat: take it over with
        /// [`Journal::take_hung`] only if `beat` stays the same for two beats.
        hung: bool,
        /// Its last beat.
        beat: Moment,
        /// Who it is.
        holder: HolderId,
    },
    /// It has ended, or there is none.
    Ended,
}

/// Who holds an open attempt.
struct Held {
    holder: Option<HolderId>,
    pid: u32,
    beat: Moment,
    is_submitting: bool,
}

impl Held {
    fn by(&self, holder: HolderId) -> Taken {
        let age = Moment::now().0.saturating_sub(self.beat.0);
        let is_late = u128::from(age.unsigned_abs()) > LEASE.as_millis();
        Taken::Held { pid: self.pid, hung: is_late && !self.is_submitting, beat: self.beat, holder }
    }
}

/// Writes down who drives, and that it lives.
pub(super) fn register(
    transaction: &Transaction<'_>,
    holder: HolderId,
    now: Moment,
) -> Result<(), JournalError> {
    let mut insert = transaction.prepare_cached(
        "INSERT INTO holders (id, pid, beat) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )?;
    let new = insert.execute((holder.0, std::process::id(), now.0))? == 1;
    if new {
        // Those who drive nothing any more; whoever still lives registers again.
        transaction.execute(
            "DELETE FROM holders WHERE id <> ?1 AND beat < ?2
             AND id NOT IN (SELECT holder FROM open_attempts WHERE holder IS NOT NULL)",
            (holder.0, now.0.saturating_sub(24 * 60 * 60 * 1000)),
        )?;
    }
    Ok(())
}

impl Journal {
    /// Takes an open attempt in hand, if nobody who lives drives it.
    ///
    /// # Errors
    /// When the journal cannot be read or written.
    pub fn take(&self, attempt: AttemptId) -> Result<Taken, JournalError> {
        let us = self.holder()?;
        let Some(held) = self.held_by(attempt)? else {
            return Ok(Taken::Ended);
        };
        match held.holder {
            Some(holder) if holder == us && self.is_in_flight(attempt) => {
                return Ok(held.by(holder));
            }
            Some(holder) if holder == us => return Ok(Taken::Ours),
            Some(holder) if !self.is_gone(holder) => return Ok(held.by(holder)),
            _ => {}
        }
        if self.take_from(attempt, held.holder, us)? {
            return Ok(Taken::Ours);
        }
        // Somebody else was faster.
        Ok(match self.held_by(attempt)? {
            Some(Held { holder: Some(holder), pid, beat, .. }) => {
                Taken::Held { pid, hung: false, beat, holder }
            }
            _ => Taken::Ended,
        })
    }

    /// Takes an attempt over from a process that lives but hangs: only if it has not beaten since
    /// `beat`. True if it is ours now.
    ///
    /// # Errors
    /// When the journal cannot be read or written.
    pub fn take_hung(
        &self,
        attempt: AttemptId,
        holder: HolderId,
        beat: Moment,
    ) -> Result<bool, JournalError> {
        let us = self.holder()?;
        match self.held_by(attempt)? {
            Some(held)
                if held.holder == Some(holder) && held.beat == beat && !held.is_submitting =>
            {
                self.take_from(attempt, Some(holder), us)
            }
            _ => Ok(false),
        }
    }

    /// Lets an open attempt go, for another process to take.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn release(&self, attempt: AttemptId) -> Result<(), JournalError> {
        let us = self.holder()?;
        self.write(|transaction| {
            transaction.execute(
                "UPDATE attempts SET holder = NULL WHERE id = ?1 AND holder = ?2",
                (attempt.0, us.0),
            )?;
            Ok(())
        })
    }

    /// Whether a living process, this one included, drives an attempt that it holds.
    pub(super) fn is_driven(&self, holder: Option<HolderId>) -> bool {
        holder.is_some_and(|holder| !self.is_gone(holder))
    }

    fn is_gone(&self, holder: HolderId) -> bool {
        self.path().is_some_and(|path| is_dead(path, holder))
    }

    /// Who holds an open attempt; none if it is not open.
    fn held_by(&self, attempt: AttemptId) -> Result<Option<Held>, JournalError> {
        self.read(|transaction| {
            let mut select = transaction.prepare_cached(
                "SELECT holder, coalesce(pid, 0), coalesce(beat, 0), state = 'submitting'
                 FROM open_attempts LEFT JOIN holders ON holders.id = holder
                 WHERE open_attempts.id = ?1",
            )?;
            let held = select.query_row([attempt.0], |row| {
                Ok(Held {
                    holder: row.get::<_, Option<i64>>(0)?.map(HolderId),
                    pid: row.get(1)?,
                    beat: Moment(row.get(2)?),
                    is_submitting: row.get(3)?,
                })
            });
            Ok(held.optional()?)
        })
    }

    pub(super) fn take_from(
        &self,
        attempt: AttemptId,
        from: Option<HolderId>,
        us: HolderId,
    ) -> Result<bool, JournalError> {
        self.write(|transaction| {
            register(transaction, us, Moment::now())?;
            let mut update = transaction.prepare_cached(
                "UPDATE attempts SET holder = ?2 WHERE holder IS ?3
                 AND id IN (SELECT id FROM open_attempts WHERE id = ?1)",
            )?;
            Ok(update.execute((attempt.0, us.0, from.map(|holder| holder.0)))? == 1)
        })
    }
}
