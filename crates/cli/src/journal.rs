//! Where the journal is.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
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
