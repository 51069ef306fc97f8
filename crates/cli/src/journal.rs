//! Where the journal is.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use reshoot::JobRef;
use reshoot_journal::{JobId, Journal, JournalError};

use crate::{exit::Failure, shell};

/// The journal that a command uses, as far as it was named.
#[derive(Clone, Debug, Default)]
pub(crate) struct JournalPlace(Option<PathBuf>);

impl JournalPlace {
    pub(crate) const fn new(named: Option<PathBuf>) -> Self {
        Self(named)
    }

    pub(crate) const fn is_named(&self) -> bool {
        self.0.is_some()
    }

    /// Opens it, and makes it if there is none.
    pub(crate) fn open(&self) -> Result<Journal, Failure> {
        let path = match &self.0 {
            Some(path) => path.clone(),
            None => default_path()?,
        };
        Journal::open(&path).map_err(|error| unusable(&error, &path))
    }

    /// The open job that a provider's job belongs to, with the journal that holds it.
    pub(crate) fn open_job(&self, job: &JobRef) -> Result<Option<(Journal, JobId)>, Failure> {
        let path = match &self.0 {
            Some(path) => path.clone(),
            // Without a home directory there is no journal.
            None => match default_path() {
                Ok(path) => path,
                Err(_) => return Ok(None),
            },
        };
        if !path.exists() {
            return Ok(None);
        }
        let journal = self.open()?;
        let known = || -> Result<Option<JobId>, JournalError> {
            let Some((id, attempt)) = journal.attempt_of(job.provider(), job.id())? else {
                return Ok(None);
            };
            let record = journal.job(id)?;
            let open = record.attempt(attempt).is_some_and(|attempt| attempt.state.is_open());
            Ok(open.then_some(id))
        };
        match known() {
            Ok(id) => Ok(id.map(|id| (journal, id))),
            // It was forgotten.
            Err(JournalError::NoSuchJob(_)) => Ok(None),
            Err(error) => Err(Failure::journal(&error)),
        }
    }

    /// `reshoot resume ID`
    pub(crate) fn resume(&self, id: JobId) -> String {
        self.command(["resume".to_owned(), id.to_string()])
    }

    /// `reshoot reconcile ID`
    pub(crate) fn reconcile(&self, id: JobId) -> String {
        self.command(["reconcile".to_owned(), id.to_string()])
    }

    /// `reshoot show ID`
    pub(crate) fn show(&self, id: JobId) -> String {
        self.command(["show".to_owned(), id.to_string()])
    }

    /// A command over this journal, as it can be typed again.
    pub(crate) fn command<I: IntoIterator<Item = String>>(&self, words: I) -> String {
        let mut line = vec!["reshoot".to_owned()];
        line.extend(words);
        if let Some(path) = &self.0
            && std::env::var_os("RESHOOT_JOURNAL").is_none()
        {
            line.extend(["--journal".to_owned(), path.display().to_string()]);
        }
        shell::line(line)
    }
}

/// `reshoot/journal.db` in the directory for state (`~/.local/state` on Linux).
fn default_path() -> Result<PathBuf, Failure> {
    let strategy = etcetera::choose_base_strategy().map_err(|_| {
        Failure::usage("there is no home directory to keep the record of paid work in")
            .next("name a file for it with --journal or RESHOOT_JOURNAL")
    })?;
    let state = strategy.state_dir().unwrap_or_else(|| strategy.data_dir());
    Ok(state.join("reshoot").join("journal.db"))
}

fn unusable(error: &JournalError, path: &Path) -> Failure {
    let failure = Failure::usage(error.to_string());
    match error {
        JournalError::Newer { .. } => failure,
        _ => failure.next(format!(
            "mend {}, or keep the record elsewhere with --journal or RESHOOT_JOURNAL",
            path.display()
        )),
    }
}
