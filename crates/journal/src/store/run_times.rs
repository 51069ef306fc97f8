//! How long jobs took, from submit to end: what the next ones are waited for by.

use std::time::Duration;

use reshoot_core::Resolution;
use rusqlite::Transaction;

use super::{Journal, steps};
use crate::{
    JournalError, State,
    record::{AttemptId, Moment, Via},
};

/// So many of the newest attempts are looked at, whoever made them; so many times are enough.
const LOOK_BACK: i64 = 5_000;
const ENOUGH: usize = 300;

/// With fewer times of the very kind, those of kinds that are less alike say more.
const FEW: usize = 8;

/// Lengths that differ by no more than this factor take about as long.
const ALIKE: f64 = 1.3;

/// What is said of a job that had ended before anybody looked. Its end is not known, and teaches nothing.
const UNSEEN: &str = "it had ended before anybody looked";

/// A job that has ended.
struct Ended {
    took: Duration,
    resolution: Option<String>,
    seconds: f64,
}

impl Journal {
    /// How long jobs of this provider took from submit to end, newest first: those of this resolution
    /// and of about so many billed seconds; if these are few, those of this resolution; if these are
    /// few, all. At most a few hundred. Successes and failures count, a result that was found when it
    /// had long been there does not. Jobs at another base URL are another provider's.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn run_times(
        &self,
        via: &Via,
        resolution: Resolution,
        seconds: f64,
    ) -> Result<Vec<Duration>, JournalError> {
        let ended = self.read(|transaction| ended(transaction, via))?;
        let is_sharp = |job: &Ended| job.resolution.as_deref() == Some(resolution.as_str());
        let is_long = |job: &Ended| (seconds / ALIKE..=seconds * ALIKE).contains(&job.seconds);
        let kinds: [&dyn Fn(&Ended) -> bool; 2] = [&|job| is_sharp(job) && is_long(job), &is_sharp];
        let times = |is_alike: &dyn Fn(&Ended) -> bool| {
            let alike = ended.iter().filter(|job| is_alike(job));
            alike.map(|job| job.took).take(ENOUGH).collect::<Vec<_>>()
        };
        let enough = kinds.into_iter().map(times).find(|times| times.len() >= FEW);
        Ok(enough.unwrap_or_else(|| times(&|_| true)))
    }

    /// A job had ended before anybody looked: how long it took is not known.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub(crate) fn ended_unseen(
        &self,
        attempt: AttemptId,
        state: State,
    ) -> Result<(), JournalError> {
        self.write(|transaction| {
            steps::event(transaction, attempt, Moment::now(), state, Some(UNSEEN))
        })
    }
}

fn ended(transaction: &Transaction<'_>, via: &Via) -> Result<Vec<Ended>, JournalError> {
    let mut select = transaction.prepare_cached(
        "SELECT min(events.at) - submitted,
             iif(forgotten, NULL, coalesce(json_extract(request, '$.resolution'), ?5)), seconds
         FROM attempts JOIN jobs ON jobs.id = job JOIN events ON events.attempt = attempts.id
         WHERE attempts.id > (SELECT coalesce(max(id), 0) FROM attempts) - ?1 AND provider = ?2
             AND json_extract(routes, '$[' || route || '].base_url') IS ?3
             AND remote IS NOT NULL AND attempts.state IN ('succeeded', 'downloaded', 'failed')
             AND events.state IN ('succeeded', 'failed')
         GROUP BY attempts.id HAVING count(*) FILTER (WHERE detail IS ?4) = 0
         ORDER BY attempts.id DESC",
    )?;
    // What is the default is not written.
    let default = Resolution::default().as_str();
    let mut rows = select.query((LOOK_BACK, &via.provider, &via.base_url, UNSEEN, default))?;
    let mut ended = Vec::new();
    while let Some(row) = rows.next()? {
        // A clock that was set back makes a time that says nothing.
        if let Ok(millis) = u64::try_from(row.get::<_, i64>(0)?) {
            let took = Duration::from_millis(millis);
            ended.push(Ended { took, resolution: row.get(1)?, seconds: row.get(2)? });
        }
    }
    Ok(ended)
}
