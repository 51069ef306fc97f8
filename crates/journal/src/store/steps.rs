//! The steps of an attempt. Each is guarded by the state that it leaves and by who drives it: a step
//! that changes no row was overtaken by somebody else.

use reshoot_core::{Charge, JobTimes, Output, Url};
use rusqlite::{OptionalExtension, ToSql, Transaction, params};

use super::{
    Journal, begin,
    room::{self, Room},
    times,
};
use crate::{
    JournalError, State, Usd,
    record::{AttemptId, FileRecord, HolderId, Moment, Quote},
};

/// What a job that ended without a result costs.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Owed {
    /// Nothing: the provider says so, for this job or for all such.
    Nothing,
    /// Perhaps its price: nothing is known, so what was set aside stays counted.
    Quote,
    /// This.
    Billed(Charge),
}

/// How a job ended without a result.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Ending {
    /// [`State::Refused`], [`State::Failed`], [`State::Canceled`], [`State::Expired`] or
    /// [`State::Abandoned`].
    pub state: State,
    /// Why.
    pub reason: String,
    /// What it costs.
    pub owed: Owed,
    /// How long it waited and ran, as far as the provider tells.
    pub times: Option<JobTimes>,
}

impl Ending {
    /// An ending.
    #[must_use]
    pub fn new(state: State, reason: impl Into<String>, owed: Owed) -> Self {
        Self { state, reason: reason.into(), owed, times: None }
    }

    /// Notes how long it waited and ran.
    #[must_use]
    pub const fn with_times(mut self, times: Option<JobTimes>) -> Self {
        self.times = times;
        self
    }

    /// No job was made, and none will be.
    #[must_use]
    pub fn refused(reason: impl Into<String>) -> Self {
        Self::new(State::Refused, reason, Owed::Nothing)
    }
}

/// A step: what it sets beside the state.
struct Step<'a> {
    attempt: AttemptId,
    to: State,
    detail: Option<&'a str>,
    set: &'a [(&'a str, &'a dyn ToSql)],
}

impl Journal {
    /// The paid request leaves now, under this key, with the media at these places: none: where the
    /// request says.
    ///
    /// # Errors
    /// [`JournalError::Moved`]: do **not** submit.
    pub fn submitting(
        &self,
        attempt: AttemptId,
        media: Option<&[Url]>,
        idempotency_key: Option<&str>,
    ) -> Result<(), JournalError> {
        self.submitting_within(attempt, media, idempotency_key, None).map(drop)
    }

    /// As [`submitting`](Self::submitting), if there is room at the provider. Returns whether there is;
    /// if not, nothing has changed: do **not** submit, but ask again after a while.
    ///
    /// # Errors
    /// [`JournalError::Moved`]: do **not** submit.
    pub fn submitting_within(
        &self,
        attempt: AttemptId,
        media: Option<&[Url]>,
        idempotency_key: Option<&str>,
        room: Option<&Room>,
    ) -> Result<bool, JournalError> {
        let media = media.map(serde_json::to_string).transpose()?;
        let holder = self.holder()?;
        let now = Moment::now();
        let set: &[(&str, &dyn ToSql)] = &[
            ("media", &media),
            ("idempotency_key", &idempotency_key),
            ("submitted", &now.0),
            ("reason", &rusqlite::types::Null),
        ];
        let step = Step { attempt, to: State::Submitting, detail: None, set };
        self.write(|transaction| {
            if let Some(room) = room
                && !room::is_left(transaction, room, attempt, now)?
            {
                return Ok(false);
            }
            must(apply(transaction, &step, Some(holder), now)?, attempt, State::Submitting)?;
            Ok(true)
        })
    }

    /// It is proved that no job was made, and the edit is still wanted: back to the intent, with its
    /// price still set aside.
    ///
    /// # Errors
    /// [`JournalError::Moved`].
    pub fn back_to_intent(&self, attempt: AttemptId, reason: &str) -> Result<(), JournalError> {
        let set: &[(&str, &dyn ToSql)] =
            &[("submitted", &rusqlite::types::Null), ("reason", &reason)];
        self.step(&Step { attempt, to: State::Intent, detail: Some(reason), set })
    }

    /// The provider made a job. Recorded whoever drives the attempt by now, and whatever was thought of
    /// it: an id that a provider gave is never dropped. Returns the attempt that carries it: if this
    /// one carries another id already, that is a new one beside it.
    ///
    /// # Errors
    /// When the journal cannot be written: keep the id elsewhere.
    pub fn accepted(&self, attempt: AttemptId, remote: &str) -> Result<AttemptId, JournalError> {
        let now = Moment::now();
        self.write(|transaction| {
            let (known, submitted): (Option<String>, i64) = transaction
                .prepare_cached(
                    "SELECT remote, coalesce(submitted, ?2) FROM attempts WHERE id = ?1",
                )?
                .query_row((attempt.0, now.0), |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?
                .ok_or_else(|| JournalError::NoSuchJob(format!("with attempt {attempt}")))?;
            if known.as_deref() == Some(remote) {
                return Ok(attempt);
            }
            // A replay under an idempotency key is paid for once, by whoever was first.
            let is_replay = is_another_s(transaction, attempt, remote)?;
            let set: &[(&str, &dyn ToSql)] = &[
                ("remote", &remote),
                ("submitted", &submitted),
                ("accepted", &now.0),
                ("reason", &rusqlite::types::Null),
            ];
            let step = Step { attempt, to: State::Accepted, detail: None, set };
            if !apply(transaction, &step, None, now)? {
                let beside = begin::beside(transaction, attempt, remote, now)?;
                event(transaction, beside, now, State::Accepted, None)?;
                return Ok(beside);
            }
            let mut update = transaction
                .prepare_cached("UPDATE attempts SET owed = iif(?2, 0, quoted) WHERE id = ?1")?;
            update.execute((attempt.0, is_replay))?;
            Ok(attempt)
        })
    }

    /// A job that was found at the provider is the one that this attempt made. False if another
    /// attempt has it already.
    ///
    /// # Errors
    /// [`JournalError::Moved`].
    pub fn adopt(&self, attempt: AttemptId, remote: &str) -> Result<bool, JournalError> {
        let holder = self.holder()?;
        let now = Moment::now();
        self.write(|transaction| {
            if is_another_s(transaction, attempt, remote)? {
                return Ok(false);
            }
            let set: &[(&str, &dyn ToSql)] =
                &[("remote", &remote), ("reason", &rusqlite::types::Null)];
            let step = Step { attempt, to: State::Accepted, detail: None, set };
            must(apply(transaction, &step, Some(holder), now)?, attempt, State::Accepted)?;
            Ok(true)
        })
    }

    /// It is not known whether a job was made: what was set aside stays set aside.
    ///
    /// # Errors
    /// [`JournalError::Moved`].
    pub fn perhaps_charged(&self, attempt: AttemptId, reason: &str) -> Result<(), JournalError> {
        let set: &[(&str, &dyn ToSql)] = &[("reason", &reason)];
        self.step(&Step { attempt, to: State::PerhapsCharged, detail: Some(reason), set })
    }

    /// The provider works on it.
    ///
    /// # Errors
    /// [`JournalError::Moved`].
    pub fn running(&self, attempt: AttemptId) -> Result<(), JournalError> {
        self.step(&Step { attempt, to: State::Running, detail: None, set: &[] })
    }

    /// The job is done: its links, what was billed, and how long it waited and ran. The price is settled
    /// where it is told in dollars; else the quote goes on to count.
    ///
    /// # Errors
    /// [`JournalError::Moved`].
    pub fn succeeded(
        &self,
        attempt: AttemptId,
        outputs: &[Output],
        billed: Option<Charge>,
        times: Option<JobTimes>,
    ) -> Result<(), JournalError> {
        let holder = self.holder()?;
        let now = Moment::now();
        let billed = billed.unwrap_or_default();
        let set: &[(&str, &dyn ToSql)] =
            &[("billed_usd", &billed.usd), ("billed_credits", &billed.credits)];
        self.write(|transaction| {
            let step = Step { attempt, to: State::Succeeded, detail: None, set };
            must(apply(transaction, &step, Some(holder), now)?, attempt, State::Succeeded)?;
            settle(transaction, attempt, billed)?;
            times::note(transaction, attempt, times)?;
            links(transaction, attempt, outputs, now)
        })
    }

    /// Fresh links to the results of a job that is done, with what its provider tells of its times by now.
    /// No step.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn fresh_links(
        &self,
        attempt: AttemptId,
        outputs: &[Output],
        times: Option<JobTimes>,
    ) -> Result<(), JournalError> {
        self.write(|transaction| {
            times::note(transaction, attempt, times)?;
            links(transaction, attempt, outputs, Moment::now())
        })
    }

    /// A result is here, whole. With the last one the attempt is downloaded.
    ///
    /// # Errors
    /// [`JournalError::Moved`]: the file is good all the same.
    pub fn file(
        &self,
        attempt: AttemptId,
        n: usize,
        file: &FileRecord,
    ) -> Result<(), JournalError> {
        let holder = self.holder()?;
        let now = Moment::now();
        let path = serde_json::to_string(&super::read::PathText(file.path.clone()))?;
        let bytes = i64::try_from(file.bytes).unwrap_or(i64::MAX);
        self.write(|transaction| {
            let mut update = transaction.prepare_cached(
                "UPDATE outputs SET path = ?3, bytes = ?4, sha256 = unhex(?5)
                 WHERE attempt = ?1 AND n = ?2",
            )?;
            update.execute(params![attempt.0, n, path, bytes, file.sha256])?;
            let mut select = transaction.prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM outputs WHERE attempt = ?1 AND path IS NULL)",
            )?;
            let missing: bool = select.query_row([attempt.0], |row| row.get(0))?;
            if missing {
                return Ok(());
            }
            let step = Step { attempt, to: State::Downloaded, detail: None, set: &[] };
            must(apply(transaction, &step, Some(holder), now)?, attempt, State::Downloaded)
        })
    }

    /// Files of a downloaded attempt are gone, or are not what was written: they are to be fetched
    /// again. The attempt is held by this process.
    ///
    /// # Errors
    /// [`JournalError::Moved`].
    pub fn missing(&self, attempt: AttemptId, ns: &[usize]) -> Result<(), JournalError> {
        let holder = self.holder()?;
        let now = Moment::now();
        self.write(|transaction| {
            super::hold::register(transaction, holder, now)?;
            let detail = Some("a file is missing or has changed");
            let set: &[(&str, &dyn ToSql)] = &[];
            let step = Step { attempt, to: State::Succeeded, detail, set };
            must(apply(transaction, &step, None, now)?, attempt, State::Succeeded)?;
            for n in ns {
                transaction.execute(
                    "UPDATE outputs SET path = NULL, bytes = NULL, sha256 = NULL
                     WHERE attempt = ?1 AND n = ?2",
                    params![attempt.0, n],
                )?;
            }
            transaction
                .execute("UPDATE attempts SET holder = ?2 WHERE id = ?1", (attempt.0, holder.0))?;
            Ok(())
        })
    }

    /// The attempt has ended without a result: what was set aside is settled or released.
    ///
    /// # Errors
    /// [`JournalError::Moved`].
    pub fn ended(&self, attempt: AttemptId, ending: &Ending) -> Result<(), JournalError> {
        let holder = self.holder()?;
        let now = Moment::now();
        self.write(|transaction| end(transaction, attempt, ending, Some(holder), now))
    }

    /// What an attempt that has sent nothing will cost by now. Under the same caps as its first quote.
    ///
    /// # Errors
    /// [`JournalError::OverCap`]: the attempt keeps its old quote.
    pub fn requote(&self, attempt: AttemptId, quote: Quote) -> Result<(), JournalError> {
        let job = self.job_of(attempt)?;
        let record = self.job(job)?;
        let provider =
            record.attempt(attempt).map(|it| it.via.provider.clone()).unwrap_or_default();
        self.write(|transaction| {
            let changed = transaction.execute(
                "UPDATE attempts SET seconds = ?2, quoted = 0, owed = 0
                 WHERE id = ?1 AND state = 'intent'",
                (attempt.0, quote.seconds),
            )?;
            must(changed == 1, attempt, State::Intent)?;
            let spent = super::spend::before(transaction, job, &record.caps, Moment::now())?;
            crate::caps::allow(&record.caps, &spent, quote.usd, &provider)?;
            transaction.execute(
                "UPDATE attempts SET quoted = ?2, owed = ?2 WHERE id = ?1",
                (attempt.0, quote.usd.map(Usd::micros)),
            )?;
            Ok(())
        })
    }

    fn step(&self, step: &Step<'_>) -> Result<(), JournalError> {
        let holder = self.holder()?;
        let now = Moment::now();
        self.write(|transaction| {
            must(apply(transaction, step, Some(holder), now)?, step.attempt, step.to)
        })
    }
}

/// Ends an attempt, and settles what it costs.
pub(super) fn end(
    transaction: &Transaction<'_>,
    attempt: AttemptId,
    ending: &Ending,
    holder: Option<HolderId>,
    now: Moment,
) -> Result<(), JournalError> {
    let Ending { state, reason, owed, times } = ending;
    let zero = 0_i64;
    let mut set: Vec<(&str, &dyn ToSql)> = vec![("reason", reason)];
    if *owed == Owed::Nothing {
        set.push(("owed", &zero));
    }
    let step = Step { attempt, to: *state, detail: Some(reason), set: &set };
    must(apply(transaction, &step, holder, now)?, attempt, *state)?;
    times::note(transaction, attempt, *times)?;
    if let Owed::Billed(charge) = owed {
        transaction.execute(
            "UPDATE attempts SET billed_usd = ?2, billed_credits = ?3 WHERE id = ?1",
            (attempt.0, charge.usd, charge.credits),
        )?;
        settle(transaction, attempt, *charge)?;
    }
    Ok(())
}

/// What a charge in dollars says is what counts from now on.
fn settle(
    transaction: &Transaction<'_>,
    attempt: AttemptId,
    billed: Charge,
) -> Result<(), JournalError> {
    if let Some(usd) = billed.usd.and_then(Usd::at_least) {
        transaction
            .execute("UPDATE attempts SET owed = ?2 WHERE id = ?1", (attempt.0, usd.micros()))?;
    }
    Ok(())
}

/// Makes the step, if the attempt stands where it can be made from and is driven by `holder` (none:
/// whoever drives it). What has ended is driven by nobody.
fn apply(
    transaction: &Transaction<'_>,
    step: &Step<'_>,
    holder: Option<HolderId>,
    now: Moment,
) -> Result<bool, JournalError> {
    let list = |states: &[State]| {
        states.iter().map(|state| format!("'{}'", state.as_str())).collect::<Vec<_>>().join(", ")
    };
    let mut sql = "UPDATE attempts SET state = ?2, changed = ?3".to_owned();
    let to = step.to.as_str();
    let mut values: Vec<&dyn ToSql> = vec![&step.attempt.0, &to, &now.0];
    for (column, value) in step.set {
        values.push(*value);
        sql.push_str(&format!(", {column} = ?{}", values.len()));
    }
    if !step.to.is_open() {
        sql.push_str(", holder = NULL");
    }
    sql.push_str(&format!(" WHERE id = ?1 AND state IN ({})", list(step.to.after())));
    if let Some(holder) = &holder {
        values.push(&holder.0);
        sql.push_str(&format!(" AND holder = ?{}", values.len()));
    }
    let changed = transaction.prepare_cached(&sql)?.execute(values.as_slice())?;
    if changed == 1 {
        event(transaction, step.attempt, now, step.to, step.detail)?;
    }
    Ok(changed == 1)
}

/// Whether a job of the same provider belongs to another attempt.
fn is_another_s(
    transaction: &Transaction<'_>,
    attempt: AttemptId,
    remote: &str,
) -> Result<bool, JournalError> {
    let mut select = transaction.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM attempts AS other, attempts AS ours
         WHERE ours.id = ?1 AND other.id <> ?1 AND other.provider = ours.provider
             AND other.remote IS NOT NULL AND substr(other.remote, -12) = substr(?2, -12)
             AND other.remote = ?2)",
    )?;
    Ok(select.query_row((attempt.0, remote), |row| row.get(0))?)
}

/// Zero rows: somebody else has moved it.
fn must(done: bool, attempt: AttemptId, to: State) -> Result<(), JournalError> {
    if done { Ok(()) } else { Err(JournalError::Moved { attempt, to }) }
}

fn links(
    transaction: &Transaction<'_>,
    attempt: AttemptId,
    outputs: &[Output],
    now: Moment,
) -> Result<(), JournalError> {
    let mut upsert = transaction.prepare_cached(
        "INSERT INTO outputs (attempt, n, link, expires) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (attempt, n) DO UPDATE SET link = excluded.link, expires = excluded.expires",
    )?;
    for (n, output) in (1_i64..).zip(outputs) {
        let lifetime = output.lifetime.and_then(|time| i64::try_from(time.as_millis()).ok());
        let expires = lifetime.map(|lifetime| now.0.saturating_add(lifetime));
        upsert.execute(params![attempt.0, n, output.url.as_str(), expires])?;
    }
    Ok(())
}

/// Adds what happened.
pub(super) fn event(
    transaction: &Transaction<'_>,
    attempt: AttemptId,
    at: Moment,
    state: State,
    detail: Option<&str>,
) -> Result<(), JournalError> {
    let mut insert = transaction.prepare_cached(
        "INSERT INTO events (attempt, n, at, state, detail)
         VALUES (?1, 1 + (SELECT coalesce(max(n), 0) FROM events WHERE attempt = ?1), ?2, ?3, ?4)",
    )?;
    insert.execute(params![attempt.0, at.0, state.as_str(), detail])?;
    Ok(())
}
