//! Listing jobs: the newest first, a page at a time, without reading the others.

use std::path::PathBuf;

use reshoot_core::Charge;
use rusqlite::{ToSql, Transaction};
use serde::Serialize;

use super::{Journal, read};
use crate::{
    JournalError, State, Usd,
    record::{JobId, Moment},
};

/// Which jobs to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Filter {
    /// Those that stand in one of these states; none: in any.
    pub states: Vec<State>,
    /// Those whose newest attempt is at this provider.
    pub provider: Option<String>,
    /// Those of this batch.
    pub batch: Option<String>,
    /// Those asked for since then.
    pub since: Option<Moment>,
    /// At most so many; none: all.
    pub limit: Option<usize>,
}

impl Filter {
    /// Jobs about which something is still to be done or to be found out.
    #[must_use]
    pub fn open() -> Self {
        let states = State::ALL.into_iter().filter(|state| state.is_open()).collect();
        Self { states, ..Self::default() }
    }
}

/// A job in a list: what its newest attempt says.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Listed {
    /// The job's number.
    pub id: JobId,
    /// When it was asked for.
    pub created: Moment,
    /// The provider of the newest attempt.
    pub provider: String,
    /// Where that stands.
    pub state: State,
    /// When it came to stand there.
    pub changed: Moment,
    /// The provider's id.
    pub remote: Option<String>,
    /// What it was to cost at most.
    pub quoted: Option<Usd>,
    /// What counts against caps.
    pub owed: Option<Usd>,
    /// What the provider says that it billed.
    pub billed: Option<Charge>,
    /// What was asked for.
    pub prompt: String,
    /// Where the first result goes.
    #[serde(serialize_with = "crate::record::optional_path")]
    pub target: Option<PathBuf>,
    /// The batch that it is part of.
    pub batch: Option<String>,
    /// Why it stands where it stands, where there is something to say.
    pub reason: Option<String>,
}

/// A page of jobs.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Listing {
    /// The jobs, newest first.
    pub jobs: Vec<Listed>,
    /// Whether there are more that match.
    pub more: bool,
    /// How many attempts of the whole journal stand in each state.
    pub counts: Vec<(State, u64)>,
}

impl Journal {
    /// The jobs that match, newest first.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn list(&self, filter: &Filter) -> Result<Listing, JournalError> {
        self.read(|transaction| {
            let mut jobs = jobs(transaction, filter)?;
            let more = filter.limit.is_some_and(|limit| jobs.len() > limit);
            jobs.truncate(filter.limit.unwrap_or(usize::MAX));
            Ok(Listing { jobs, more, counts: counts(transaction)? })
        })
    }
}

fn jobs(transaction: &Transaction<'_>, filter: &Filter) -> Result<Vec<Listed>, JournalError> {
    let mut sql = "SELECT jobs.id, jobs.created, provider, state, changed, remote, quoted, owed,
             billed_usd, billed_credits, json_extract(request, '$.prompt'), target, batch, reason
         FROM attempts JOIN jobs ON jobs.id = attempts.job
         WHERE forgotten = 0 AND NOT EXISTS (
             SELECT 1 FROM attempts AS later WHERE later.job = attempts.job
             AND later.id > attempts.id)"
        .to_owned();
    let mut values: Vec<&dyn ToSql> = Vec::new();
    if !filter.states.is_empty() {
        // Words of ours, not of a user's.
        let states: Vec<_> = filter.states.iter().map(|it| format!("'{}'", it.as_str())).collect();
        sql.push_str(&format!(" AND state IN ({})", states.join(", ")));
    }
    let since = filter.since.map(|since| since.0);
    for (condition, value) in [
        ("provider =", filter.provider.as_ref().map(|value| value as &dyn ToSql)),
        ("batch =", filter.batch.as_ref().map(|value| value as &dyn ToSql)),
        ("jobs.created >=", since.as_ref().map(|value| value as &dyn ToSql)),
    ] {
        if let Some(value) = value {
            values.push(value);
            sql.push_str(&format!(" AND {condition} ?{}", values.len()));
        }
    }
    sql.push_str(" ORDER BY attempts.id DESC");
    if let Some(limit) = filter.limit {
        sql.push_str(&format!(" LIMIT {}", limit.saturating_add(1)));
    }
    let mut select = transaction.prepare(&sql)?;
    let mut rows = select.query(values.as_slice())?;
    let mut jobs = Vec::new();
    while let Some(row) = rows.next()? {
        let micros = |index| row.get::<_, Option<i64>>(index).map(|it| it.map(Usd::from_micros));
        let billed = Charge { usd: row.get(8)?, credits: row.get(9)? };
        jobs.push(Listed {
            id: JobId(row.get(0)?),
            created: Moment(row.get(1)?),
            provider: row.get(2)?,
            state: read::state(&row.get::<_, String>(3)?)?,
            changed: Moment(row.get(4)?),
            remote: row.get(5)?,
            quoted: micros(6)?,
            owed: micros(7)?,
            billed: (billed != Charge::default()).then_some(billed),
            prompt: row.get::<_, Option<String>>(10)?.unwrap_or_default(),
            target: read::path(row.get(11)?)?,
            batch: row.get(12)?,
            reason: row.get(13)?,
        });
    }
    Ok(jobs)
}

fn counts(transaction: &Transaction<'_>) -> Result<Vec<(State, u64)>, JournalError> {
    let mut select =
        transaction.prepare_cached("SELECT state, count(*) FROM attempts GROUP BY state")?;
    let mut rows = select.query([])?;
    let mut counts = Vec::new();
    while let Some(row) = rows.next()? {
        counts.push((read::state(&row.get::<_, String>(0)?)?, row.get(1)?));
    }
    Ok(counts)
}
