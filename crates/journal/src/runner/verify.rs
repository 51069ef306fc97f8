//! Whether a file that should be here is here, and is what was written.

use std::{
    fs,
    path::{Path, PathBuf},
};

use reshoot_core::{Downloaded, Error, ErrorKind, Operation, download::sha256};

use super::{Attempt, Moment, RunError, RunEvent, Runner, Watch};
use crate::{
    State,
    record::{FileRecord, JobId},
};

/// How closely to look at files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Closely {
    /// At every byte.
    Bytes,
    /// At length and time; at the bytes only where those leave a doubt.
    Times,
}

impl Runner {
    /// Looks whether the files of a job that was downloaded are still what was written; those that are
    /// not will be fetched again when the job is led on. Returns how many.
    ///
    /// # Errors
    /// When the journal cannot be read or written.
    pub async fn verify(
        &self,
        id: JobId,
        closely: Closely,
        watch: Watch<'_>,
    ) -> Result<usize, RunError> {
        let job = self.read_job(id).await?;
        let mut missing = 0_usize;
        for attempt in job.attempts.into_iter().filter(|it| it.state == State::Downloaded) {
            let (id, changed) = (attempt.id, attempt.changed);
            let gone = tokio::task::spawn_blocking(move || gone(&attempt, changed, closely))
                .await
                .unwrap_or_default();
            gone.iter().for_each(|output| watch(RunEvent::Missing { output: *output }));
            missing = missing.saturating_add(gone.len());
            if !gone.is_empty() {
                self.record(move |journal| journal.missing(id, &gone)).await?;
            }
        }
        Ok(missing)
    }
}

/// The results that are not here any more. What stands in their place is kept under another name.
fn gone(attempt: &Attempt, changed: Moment, closely: Closely) -> Vec<usize> {
    let files = attempt.outputs.iter().filter_map(|output| Some((output.n, output.file.as_ref()?)));
    let gone = files.filter(|(_, file)| !is_here(file, changed, closely));
    gone.inspect(|(_, file)| put_aside(&file.path)).map(|(n, _)| n).collect()
}

/// Moves a file that was changed out of the way: somebody may need it.
fn put_aside(path: &Path) {
    let aside = (1..).map(|n| {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(if n == 1 { ".changed".to_owned() } else { format!(".changed-{n}") });
        path.with_file_name(name)
    });
    let Some(free) = aside.take(1000).find(|aside| !aside.exists()) else {
        return;
    };
    if path.is_file()
        && let Err(error) = fs::rename(path, &free)
    {
        tracing::warn!(%error, path = %path.display(), "a changed file stays in the way");
    }
}

fn is_here(file: &FileRecord, changed: Moment, closely: Closely) -> bool {
    let Ok(metadata) = fs::metadata(&file.path) else {
        return false;
    };
    if !metadata.is_file() || metadata.len() != file.bytes {
        return false;
    }
    let modified = metadata.modified().map_or(Moment(i64::MAX), Moment::from);
    let untouched = modified <= changed;
    (closely == Closely::Times && untouched)
        || sha256(&file.path).is_ok_and(|hash| hash == file.sha256)
}

/// The name under which a result is fetched beside a file that is in the way.
pub(super) fn beside(target: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(".compare");
    target.with_file_name(name)
}

/// What was fetched beside `target`, if the file there is the same; else it is removed, and the file
/// stays.
pub(super) async fn same_or_in_the_way(
    fetched: Downloaded,
    target: &Path,
) -> Result<Downloaded, Error> {
    let target = target.to_owned();
    let io = |message: String| Error::new(ErrorKind::Io, Operation::Download, message);
    let compare = move || {
        let same = sha256(&target).is_ok_and(|hash| hash == fetched.sha256);
        if let Err(error) = fs::remove_file(&fetched.path) {
            tracing::debug!(%error, path = %fetched.path.display(), "a copy stays");
        }
        let mut fetched = fetched;
        fetched.path.clone_from(&target);
        if same { Ok(fetched) } else { Err(target) }
    };
    match tokio::task::spawn_blocking(compare).await {
        Ok(Ok(fetched)) => Ok(fetched),
        Ok(Err(target)) => Err(io(format!(
            "{} exists already, is not this result, and was not to be replaced",
            target.display()
        ))),
        Err(_) => Err(io("comparing was stopped; the result is still at the provider".to_owned())),
    }
}
