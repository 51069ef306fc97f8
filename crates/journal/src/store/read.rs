//! Reading whole records.

use std::path::PathBuf;

use reshoot_core::{Charge, path_text};
use rusqlite::{OptionalExtension, Row, Transaction};
use serde::{Deserialize, Serialize};

use super::{Journal, times};
use crate::{
    Caps, JournalError, State, Usd,
    record::{
        Attempt, AttemptId, EventRecord, FileRecord, HolderId, JobId, JobRecord, Moment,
        OutputRecord, Quote, Via,
    },
};

/// A path as the journal holds it.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct PathText(#[serde(with = "path_text")] pub(super) PathBuf);

pub(super) fn path(json: Option<String>) -> Result<Option<PathBuf>, JournalError> {
    let path = json.map(|json| serde_json::from_str::<PathText>(&json)).transpose()?;
    Ok(path.map(|PathText(path)| path))
}

pub(super) fn state(word: &str) -> Result<State, JournalError> {
    word.parse()
        .map_err(|error: crate::state::NotAState| JournalError::Unreadable(error.to_string()))
}

impl Journal {
    /// A job with all its attempts.
    ///
    /// # Errors
    /// [`JournalError::NoSuchJob`].
    pub fn job(&self, id: JobId) -> Result<JobRecord, JournalError> {
        self.read(|transaction| {
            let mut record = job(transaction, id)?;
            record.attempts = attempts(transaction, &record)?;
            Ok(record)
        })
    }

    /// The job that a person means: its number here, `provider:id`, or the provider's id.
    ///
    /// # Errors
    /// [`JournalError::NoSuchJob`].
    pub fn find(&self, text: &str) -> Result<JobId, JournalError> {
        self.read(|transaction| {
            let by_number = text.parse::<i64>().ok();
            let (provider, remote) = match text.split_once(':') {
                Some((provider, remote)) => (Some(provider), remote),
                None => (None, text),
            };
            let mut select = transaction.prepare(
                "SELECT id FROM jobs WHERE id = ?1 AND forgotten = 0
                 UNION ALL
                 SELECT job FROM attempts JOIN jobs ON jobs.id = job
                 WHERE forgotten = 0 AND remote IS NOT NULL
                     AND substr(remote, -12) IN (substr(?3, -12), substr(?4, -12))
                     AND (remote = ?3 AND (?2 IS NULL OR provider = ?2) OR remote = ?4)
                 LIMIT 1",
            )?;
            select
                .query_row((by_number, provider, remote, text), |row| row.get(0).map(JobId))
                .optional()?
                .ok_or_else(|| JournalError::NoSuchJob(text.to_owned()))
        })
    }

    /// The attempt that made a provider's job, if the journal knows it.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn attempt_of(
        &self,
        provider: &str,
        remote: &str,
    ) -> Result<Option<(JobId, AttemptId)>, JournalError> {
        self.read(|transaction| {
            let mut select = transaction.prepare_cached(
                "SELECT job, id FROM attempts
                 WHERE remote IS NOT NULL AND substr(remote, -12) = substr(?2, -12)
                     AND remote = ?2 AND provider = ?1
                 ORDER BY id LIMIT 1",
            )?;
            let ids = |row: &Row<'_>| Ok((JobId(row.get(0)?), AttemptId(row.get(1)?)));
            Ok(select.query_row((provider, remote), ids).optional()?)
        })
    }

    /// What happened to a job, oldest first.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn events(&self, id: JobId) -> Result<Vec<EventRecord>, JournalError> {
        self.read(|transaction| {
            let mut select = transaction.prepare(
                "SELECT attempt, at, events.state, detail FROM events
                 JOIN attempts ON attempts.id = attempt WHERE job = ?1 ORDER BY attempt, n",
            )?;
            let mut rows = select.query([id.0])?;
            let mut events = Vec::new();
            while let Some(row) = rows.next()? {
                events.push(EventRecord {
                    attempt: AttemptId(row.get(0)?),
                    at: Moment(row.get(1)?),
                    state: state(&row.get::<_, String>(2)?)?,
                    detail: row.get(3)?,
                });
            }
            Ok(events)
        })
    }

    /// The job that an attempt belongs to.
    pub(super) fn job_of(&self, attempt: AttemptId) -> Result<JobId, JournalError> {
        self.read(|transaction| {
            let job = transaction.query_row(
                "SELECT job FROM attempts WHERE id = ?1",
                [attempt.0],
                |row| row.get(0).map(JobId),
            );
            job.optional()?
                .ok_or_else(|| JournalError::NoSuchJob(format!("with attempt {attempt}")))
        })
    }
}

fn job(transaction: &Transaction<'_>, id: JobId) -> Result<JobRecord, JournalError> {
    let mut select = transaction.prepare_cached(
        "SELECT created, request, target, overwrite, routes, batch, max_cost, max_cost_per_day,
             allow_unknown_price, agreed
         FROM jobs WHERE id = ?1 AND forgotten = 0",
    )?;
    let mut rows = select.query([id.0])?;
    let row = rows.next()?.ok_or_else(|| JournalError::NoSuchJob(id.to_string()))?;
    let micros = |index| row.get::<_, Option<i64>>(index).map(|it| it.map(Usd::from_micros));
    Ok(JobRecord {
        id,
        created: Moment(row.get(0)?),
        request: serde_json::from_str(&row.get::<_, String>(1)?)?,
        target: path(row.get(2)?)?,
        overwrite: row.get(3)?,
        routes: serde_json::from_str(&row.get::<_, String>(4)?)?,
        batch: row.get(5)?,
        caps: Caps {
            max_cost: micros(6)?,
            max_cost_per_day: micros(7)?,
            allow_unknown_price: row.get(8)?,
            agreed: micros(9)?,
        },
        attempts: Vec::new(),
    })
}

fn attempts(transaction: &Transaction<'_>, job: &JobRecord) -> Result<Vec<Attempt>, JournalError> {
    let mut select = transaction.prepare_cached(
        "SELECT id, route, provider, state, created, changed, idempotency_key, media, submitted,
             remote, seconds, quoted, owed, billed_usd, billed_credits, reason, holder, queued_ms,
             running_ms
         FROM attempts WHERE job = ?1 ORDER BY id",
    )?;
    let mut rows = select.query([job.id.0])?;
    // Most jobs have one, and a list that grows would take room for four.
    let mut attempts = Vec::with_capacity(1);
    while let Some(row) = rows.next()? {
        attempts.push(attempt(transaction, job, row)?);
    }
    Ok(attempts)
}

fn attempt(
    transaction: &Transaction<'_>,
    job: &JobRecord,
    row: &Row<'_>,
) -> Result<Attempt, JournalError> {
    let (id, provider) = (AttemptId(row.get(0)?), row.get::<_, String>(2)?);
    let route = usize::try_from(row.get::<_, i64>(1)?).unwrap_or(usize::MAX);
    let micros = |index| row.get::<_, Option<i64>>(index).map(|it| it.map(Usd::from_micros));
    let media: Option<String> = row.get(7)?;
    let billed = Charge { usd: row.get(13)?, credits: row.get(14)? };
    Ok(Attempt {
        id,
        via: job.routes.get(route).cloned().unwrap_or_else(|| Via::new(provider)),
        state: state(&row.get::<_, String>(3)?)?,
        created: Moment(row.get(4)?),
        changed: Moment(row.get(5)?),
        idempotency_key: row.get(6)?,
        media: media.map(|media| serde_json::from_str(&media)).transpose()?,
        submitted: row.get::<_, Option<i64>>(8)?.map(Moment),
        remote: row.get(9)?,
        quote: Quote { seconds: row.get(10)?, usd: micros(11)? },
        owed: micros(12)?,
        billed: (billed != Charge::default()).then_some(billed),
        queued: times::time(row.get(17)?),
        running: times::time(row.get(18)?),
        reason: row.get(15)?,
        holder: row.get::<_, Option<i64>>(16)?.map(HolderId),
        outputs: outputs(transaction, id)?,
    })
}

fn outputs(
    transaction: &Transaction<'_>,
    attempt: AttemptId,
) -> Result<Vec<OutputRecord>, JournalError> {
    let mut select = transaction.prepare_cached(
        "SELECT n, link, expires, path, bytes, lower(hex(sha256)) FROM outputs
         WHERE attempt = ?1 ORDER BY n",
    )?;
    let mut rows = select.query([attempt.0])?;
    let mut outputs = Vec::new();
    while let Some(row) = rows.next()? {
        let link: String = row.get(1)?;
        let file = match (path(row.get(3)?)?, row.get::<_, Option<i64>>(4)?) {
            (Some(path), Some(bytes)) => {
                Some(FileRecord { path, bytes: bytes.unsigned_abs(), sha256: row.get(5)? })
            }
            _ => None,
        };
        outputs.push(OutputRecord {
            n: row.get(0)?,
            link: link.parse().map_err(|_| JournalError::Unreadable("a link".to_owned()))?,
            expires: row.get::<_, Option<i64>>(2)?.map(Moment),
            file,
        });
    }
    Ok(outputs)
}
