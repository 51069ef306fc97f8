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

/// If more jobs than this have ended when they are first asked for, they are asked for too late.
const TOO_MANY: f64 = 0.25;

/// Why the moment at which a job was seen to have ended is not that of its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unseen {
    /// Nobody looked for long. It teaches nothing.
    Long,
    /// It had ended when it was first asked for, as planned.
    UntilFirst,
}

impl Unseen {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Long => "it had ended before anybody looked",
            Self::UntilFirst => "it had ended when it was first asked for",
        }
    }
}

/// A job that has ended.
#[derive(Debug)]
struct Ended {
    took: Duration,
    /// It may have taken less.
    at_most: bool,
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
            told(&alike.take(ENOUGH).collect::<Vec<_>>())
        };
        let enough = kinds.into_iter().map(times).find(|times| times.len() >= FEW);
        Ok(enough.unwrap_or_else(|| times(&|_| true)))
    }

    /// The end of a job was not seen: how long it took is not known.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub(crate) fn ended_unseen(
        &self,
        attempt: AttemptId,
        state: State,
        unseen: Unseen,
    ) -> Result<(), JournalError> {
        self.write(|transaction| {
            steps::event(transaction, attempt, Moment::now(), state, Some(unseen.as_str()))
        })
    }
}

/// How long jobs took, as far as can be told.
///
/// The plan asks first when a few may have ended, and of those it is not known when. If many had, jobs
/// take less than was thought: then half of the time is a better guess, and the next are asked for
/// earlier, until most are seen to run first.
fn told(jobs: &[&Ended]) -> Vec<Duration> {
    let unseen = jobs.iter().filter(|job| job.at_most).count();
    let too_late = unseen as f64 > TOO_MANY * jobs.len() as f64;
    let took = |job: &&Ended| if job.at_most && too_late { job.took / 2 } else { job.took };
    jobs.iter().map(took).collect()
}

fn ended(transaction: &Transaction<'_>, via: &Via) -> Result<Vec<Ended>, JournalError> {
    let mut select = transaction.prepare_cached(
        "SELECT min(events.at) - submitted,
             iif(forgotten, NULL, coalesce(json_extract(request, '$.resolution'), ?5)), seconds,
             count(*) FILTER (WHERE detail IS ?6) > 0
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
    let (long, until_first) = (Unseen::Long.as_str(), Unseen::UntilFirst.as_str());
    let mut rows =
        select.query((LOOK_BACK, &via.provider, &via.base_url, long, default, until_first))?;
    let mut ended = Vec::new();
    while let Some(row) = rows.next()? {
        // A clock that was set back makes a time that says nothing.
        if let Ok(millis) = u64::try_from(row.get::<_, i64>(0)?) {
            let took = Duration::from_millis(millis);
            let (resolution, seconds, at_most) = (row.get(1)?, row.get(2)?, row.get(3)?);
            ended.push(Ended { took, at_most, resolution, seconds });
        }
    }
    Ok(ended)
}
