//! What was spent, by provider and day; and what is set aside.

use rusqlite::Transaction;
use serde::Serialize;

use super::Journal;
use crate::{
    Caps, JournalError, Scope, Usd,
    caps::Spent,
    record::{JobId, Moment},
};

/// What was spent at one provider on one day.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SpendLine {
    /// The day, `YYYY-MM-DD`, UTC, on which the attempts were begun.
    pub day: String,
    /// The provider.
    pub provider: String,
    /// How many attempts may have cost something.
    pub attempts: u64,
    /// What counts: settled prices, and quotes where there is none.
    pub counted: Usd,
    /// How much of it is set aside for attempts that are still open.
    pub set_aside: Usd,
    /// What the provider says that it billed, in dollars.
    pub billed_usd: Option<f64>,
    /// What the provider says that it billed, in its own credits.
    pub billed_credits: Option<f64>,
    /// How many attempts of an unknown price there are: they count as nothing.
    pub unknown: u64,
}

/// What was spent.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Spend {
    /// By day, newest first, and by provider.
    pub lines: Vec<SpendLine>,
    /// All that counts.
    pub counted: Usd,
    /// How much of it is set aside for attempts that are still open.
    pub set_aside: Usd,
}

impl Journal {
    /// What was spent since then; none: ever.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn spend(&self, since: Option<Moment>) -> Result<Spend, JournalError> {
        self.spend_on(None, since)
    }

    /// What was spent on a batch.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn spend_of_batch(&self, batch: &str) -> Result<Spend, JournalError> {
        self.spend_on(Some(batch), None)
    }

    fn spend_on(&self, batch: Option<&str>, since: Option<Moment>) -> Result<Spend, JournalError> {
        let first_day = since.map_or(i64::MIN, Moment::day);
        let lines = self.read(|transaction| {
            let mut select = transaction.prepare(
                "SELECT date(created / 86400000 * 86400, 'unixepoch'), provider, count(*),
                     coalesce(sum(owed), 0),
                     coalesce(sum(owed) FILTER (WHERE state IN ('intent', 'submitting', 'accepted',
                         'running', 'perhaps_charged')), 0),
                     sum(billed_usd), sum(billed_credits), count(*) FILTER (WHERE owed IS NULL)
                 FROM attempts
                 WHERE created / 86400000 >= ?1 AND (owed IS NULL OR owed > 0 OR billed_credits > 0)
                     AND (?2 IS NULL OR job IN (SELECT id FROM jobs WHERE batch = ?2))
                 GROUP BY created / 86400000, provider
                 ORDER BY created / 86400000 DESC, provider",
            )?;
            let lines = select.query_map((first_day, batch), |row| {
                Ok(SpendLine {
                    day: row.get(0)?,
                    provider: row.get(1)?,
                    attempts: row.get(2)?,
                    counted: Usd::from_micros(row.get(3)?),
                    set_aside: Usd::from_micros(row.get(4)?),
                    billed_usd: row.get(5)?,
                    billed_credits: row.get(6)?,
                    unknown: row.get(7)?,
                })
            })?;
            Ok(lines.collect::<Result<Vec<_>, _>>()?)
        })?;
        let counted = lines.iter().map(|line| line.counted).sum();
        let set_aside = lines.iter().map(|line| line.set_aside).sum();
        Ok(Spend { lines, counted, set_aside })
    }
}

/// What was spent or set aside before a further attempt of a job, in the scopes that are capped.
pub(super) fn before(
    transaction: &Transaction<'_>,
    job: JobId,
    caps: &Caps,
    now: Moment,
) -> Result<Spent, JournalError> {
    let mut spent = Spent { scope: Scope::Job, in_scope: Usd::ZERO, today: Usd::ZERO };
    let sum = |sql: &str, value: i64| -> Result<Usd, JournalError> {
        let sum = transaction.prepare_cached(sql)?.query_row([value], |row| row.get(0))?;
        Ok(Usd::from_micros(sum))
    };
    if caps.max_cost_per_day.is_some() {
        let sql = "SELECT coalesce((SELECT owed FROM day_sums WHERE day = ?1), 0)";
        spent.today = sum(sql, now.day())?;
    }
    if caps.max_cost.is_none() {
        return Ok(spent);
    }
    let batch: Option<String> = transaction
        .prepare_cached("SELECT batch FROM jobs WHERE id = ?1")?
        .query_row([job.0], |row| row.get(0))?;
    let sql = if batch.is_some() {
        "SELECT coalesce((SELECT owed FROM batch_sums JOIN jobs USING (batch) WHERE id = ?1), 0)"
    } else {
        "SELECT coalesce(sum(owed), 0) FROM attempts WHERE job = ?1"
    };
    spent.in_scope = sum(sql, job.0)?;
    spent.scope = batch.map_or(Scope::Job, Scope::Batch);
    Ok(spent)
}
