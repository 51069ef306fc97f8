//! Recording what is meant, with its price set aside, before anything is sent.

use std::path::Path;

use rusqlite::{OptionalExtension, Transaction, params};

use super::{Ending, Journal, hold, rows, spend, steps};
use crate::{
    Caps, JournalError, State, caps,
    record::{AttemptId, HolderId, JobId, Moment, Order, Quote, Via},
};

/// An attempt that is about to be made.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Begin {
    /// Which of the job's routes.
    pub route: usize,
    /// What it will cost at most.
    pub quote: Quote,
    /// The key that makes its submit harmless to repeat, where the provider honours one.
    pub idempotency_key: Option<String>,
}

impl Begin {
    /// An attempt at the `route`th provider of its job, counted from 0.
    #[must_use]
    pub const fn new(route: usize, quote: Quote, idempotency_key: Option<String>) -> Self {
        Self { route, quote, idempotency_key }
    }
}

impl Journal {
    /// Records a job and the intent of its first attempt, and sets the price aside under the caps: all
    /// in one transaction. The attempt is held by this process.
    ///
    /// # Errors
    /// [`JournalError::OverCap`], [`JournalError::RowTaken`]: nothing was recorded.
    pub fn begin(
        &self,
        order: &Order,
        routes: &[Via],
        first: &Begin,
    ) -> Result<(JobId, AttemptId), JournalError> {
        let holder = self.holder()?;
        let now = Moment::now();
        self.write(|transaction| {
            rows::release(transaction, order)?;
            let job = insert_job(transaction, order, routes, now)?;
            let attempt = insert_attempt(transaction, job, routes, first, &order.caps, holder)?;
            Ok((job, attempt))
        })
    }

    /// Ends an attempt without a result, and records the intent of a further one of the same job, under
    /// the job's own caps: in one transaction, so that a job is never left between two providers.
    ///
    /// # Errors
    /// [`JournalError::OverCap`], [`JournalError::Moved`]: nothing was changed.
    pub fn go_on(
        &self,
        attempt: AttemptId,
        ending: &Ending,
        next: &Begin,
    ) -> Result<AttemptId, JournalError> {
        let job = self.job_of(attempt)?;
        let record = self.job(job)?;
        let holder = self.holder()?;
        let now = Moment::now();
        self.write(|transaction| {
            steps::end(transaction, attempt, ending, Some(holder), now)?;
            insert_attempt(transaction, job, &record.routes, next, &record.caps, holder)
        })
    }

    /// Chooses where the results of a job go, and whether files in the way are replaced.
    ///
    /// # Errors
    /// [`JournalError::NoSuchJob`].
    pub fn retarget(&self, job: JobId, target: &Path, overwrite: bool) -> Result<(), JournalError> {
        let target = serde_json::to_string(&super::read::PathText(target.to_owned()))?;
        let changed = self.write(|transaction| {
            Ok(transaction.execute(
                "UPDATE jobs SET target = ?2, overwrite = ?3 WHERE id = ?1 AND forgotten = 0",
                (job.0, target, overwrite),
            )?)
        })?;
        if changed == 1 { Ok(()) } else { Err(JournalError::NoSuchJob(job.to_string())) }
    }

    /// The newest open job that wants the very same edit into the same file, and that no living
    /// process drives: a command that was killed, and is typed again.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn same_open(&self, order: &Order) -> Result<Option<JobId>, JournalError> {
        let (request, target) = (serde_json::to_string(&order.request)?, target(order)?);
        let found = self.read(|transaction| {
            let mut rows = transaction.prepare(
                "SELECT jobs.id, state, holder FROM open_attempts AS open
                 JOIN jobs ON jobs.id = open.job
                 WHERE jobs.request = ?1 AND jobs.target IS ?2 ORDER BY open.id DESC",
            )?;
            let rows = rows.query_map((request, target), |row| {
                Ok((JobId(row.get(0)?), row.get::<_, String>(1)?, row.get(2)?))
            })?;
            Ok(rows.collect::<Result<Vec<(JobId, String, Option<i64>)>, _>>()?)
        })?;
        let wanted = |state: &str| {
            let state = state.parse::<State>();
            // A job that was only to be submitted is as it should be once it is accepted.
            order.target.is_some()
                || state.is_ok_and(|state| state == State::Intent || state.is_in_doubt())
        };
        Ok(found
            .into_iter()
            .find(|(_, state, holder)| wanted(state) && !self.is_driven(holder.map(HolderId)))
            .map(|(job, ..)| job))
    }
}

fn target(order: &Order) -> Result<Option<String>, JournalError> {
    let target = order.target.clone().map(super::read::PathText);
    Ok(target.map(|target| serde_json::to_string(&target)).transpose()?)
}

fn insert_job(
    transaction: &Transaction<'_>,
    order: &Order,
    routes: &[Via],
    now: Moment,
) -> Result<JobId, JournalError> {
    let Caps { max_cost, max_cost_per_day, allow_unknown_price, agreed } = &order.caps;
    let mut insert = transaction.prepare_cached(
        "INSERT INTO jobs (created, request, target, overwrite, routes, batch, max_cost,
             max_cost_per_day, allow_unknown_price, batch_row, agreed)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    let id = insert.insert(params![
        now.0,
        serde_json::to_string(&order.request)?,
        target(order)?,
        order.overwrite,
        serde_json::to_string(routes)?,
        order.batch,
        max_cost.map(crate::Usd::micros),
        max_cost_per_day.map(crate::Usd::micros),
        allow_unknown_price,
        order.row,
        agreed.map(crate::Usd::micros),
    ])?;
    Ok(JobId(id))
}

/// One attempt, if the caps allow it.
fn insert_attempt(
    transaction: &Transaction<'_>,
    job: JobId,
    routes: &[Via],
    begin: &Begin,
    caps: &Caps,
    holder: HolderId,
) -> Result<AttemptId, JournalError> {
    let via = routes.get(begin.route).ok_or_else(|| JournalError::NoSuchJob(job.to_string()))?;
    let now = Moment::now();
    if caps.any() || caps.agreed.is_some() {
        let spent = spend::before(transaction, job, caps, now)?;
        caps::allow(caps, &spent, begin.quote.usd, &via.provider)?;
    }
    hold::register(transaction, holder, now)?;
    let quoted = begin.quote.usd.map(crate::Usd::micros);
    let mut insert = transaction.prepare_cached(
        "INSERT INTO attempts (job, route, provider, state, created, changed, idempotency_key,
             seconds, quoted, owed, holder)
         VALUES (?1, ?2, ?3, 'intent', ?4, ?4, ?5, ?6, ?7, ?7, ?8)",
    )?;
    let id = insert.insert(params![
        job.0,
        i64::try_from(begin.route).unwrap_or(i64::MAX),
        via.provider,
        now.0,
        begin.idempotency_key,
        begin.quote.seconds,
        quoted,
        holder.0,
    ])?;
    let attempt = AttemptId(id);
    steps::event(transaction, attempt, now, State::Intent, None)?;
    Ok(attempt)
}

/// A further attempt for a job that a provider made beside the one that is recorded: its id is kept.
pub(super) fn beside(
    transaction: &Transaction<'_>,
    attempt: AttemptId,
    remote: &str,
    now: Moment,
) -> Result<AttemptId, JournalError> {
    let id = transaction
        .query_row(
            "INSERT INTO attempts (job, route, provider, state, created, changed, idempotency_key,
                 media, submitted, remote, seconds, quoted, owed)
             SELECT job, route, provider, 'accepted', ?3, ?3, idempotency_key, media, submitted, ?2,
                 seconds, quoted, quoted
             FROM attempts WHERE id = ?1 RETURNING id",
            (attempt.0, remote, now.0),
            |row| row.get(0),
        )
        .optional()?
        .ok_or_else(|| JournalError::NoSuchJob(format!("with attempt {attempt}")))?;
    Ok(AttemptId(id))
}
