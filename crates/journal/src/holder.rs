//! Who drives an attempt: one process at a time, taken over when it has died.
//!
//! A holder proves that it lives in two ways. It holds a lock on a file of its own, which the system
//! lets go of the moment that it dies, whatever any clock says: so a dead holder is known at once. And
//! it beats: who is alive but hangs, with its attempts in hand, stops beating and loses them too.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::mpsc,
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::{JournalError, open, record::HolderId};

/// How often a holder beats.
pub const BEAT: Duration = Duration::from_secs(5);

/// How long without a beat until a holder that is alive counts as hung.
pub const LEASE: Duration = Duration::from_secs(30);

/// This process as a holder, for as long as this lives.
#[derive(Debug)]
pub(crate) struct Holder {
    pub(crate) id: HolderId,
    lock: Option<Lock>,
    heart: Option<Heart>,
}

#[derive(Debug)]
struct Lock {
    path: PathBuf,
    /// Locked while it is open.
    _file: File,
}

#[derive(Debug)]
struct Heart {
    stop: mpsc::Sender<()>,
    thread: JoinHandle<()>,
}

impl Holder {
    /// Makes this process a holder at the journal; none: a journal of this process alone.
    pub(crate) fn new(journal: Option<&Path>) -> Result<Self, JournalError> {
        let id = HolderId(i64::from(random()?) << 20 | i64::from(std::process::id() & 0xf_ffff));
        let lock = journal.map(|journal| lock(journal, id)).transpose()?;
        Ok(Self { id, lock, heart: None })
    }

    /// Begins to beat, on a connection and a thread of its own, if it does not yet.
    pub(crate) fn beat(&mut self, journal: &Path) -> Result<(), JournalError> {
        if self.heart.is_none() {
            self.heart = Some(Heart::start(open::open(journal)?, self.id));
        }
        Ok(())
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        if let Some(heart) = self.heart.take() {
            heart.stop();
        }
        if let Some(lock) = &self.lock {
            remove(&lock.path);
        }
    }
}

impl Heart {
    fn start(connection: rusqlite::Connection, id: HolderId) -> Self {
        let (stop, stopped) = mpsc::channel();
        let thread = thread::spawn(move || {
            while stopped.recv_timeout(BEAT) == Err(mpsc::RecvTimeoutError::Timeout) {
                let now = crate::record::Moment::now().0;
                let beaten =
                    connection.execute("UPDATE holders SET beat = ?2 WHERE id = ?1", (id.0, now));
                if let Err(error) = beaten {
                    tracing::warn!(%error, "the journal took no heartbeat");
                }
            }
        });
        Self { stop, thread }
    }

    fn stop(self) {
        drop(self.stop);
        if self.thread.join().is_err() {
            tracing::warn!("the heart had stopped before");
        }
    }
}

/// Whether a holder has surely died: nobody holds its lock.
pub(crate) fn is_dead(journal: &Path, id: HolderId) -> bool {
    let path = lock_path(journal, id);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) => return error.kind() == io::ErrorKind::NotFound,
    };
    match file.try_lock() {
        Ok(()) => {
            remove(&path);
            true
        }
        // Who cannot tell leaves it to the heartbeat.
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => false,
    }
}

fn lock(journal: &Path, id: HolderId) -> Result<Lock, JournalError> {
    let path = lock_path(journal, id);
    let unusable = |source| JournalError::Unusable { path: path.clone(), source };
    if let Some(directory) = path.parent() {
        open::make_directory(directory).map_err(unusable)?;
    }
    let file = File::create_new(&path).map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(unusable(io::ErrorKind::ResourceBusy.into())),
        Err(TryLockError::Error(error)) => return Err(unusable(error)),
    }
    Ok(Lock { path: path.clone(), _file: file })
}

fn lock_path(journal: &Path, id: HolderId) -> PathBuf {
    open::holders_directory(journal).join(format!("{:x}", id.0))
}

fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::debug!(%error, path = %path.display(), "a lock file stays");
    }
}

fn random() -> Result<u32, JournalError> {
    getrandom::u32()
        .map_err(|error| JournalError::NotDurable(format!("no random numbers: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holder_lives_as_long_as_its_process_holds_it() {
        let directory = tempfile::tempdir().unwrap();
        let journal = directory.path().join("journal.db");
        let holder = Holder::new(Some(&journal)).unwrap();
        let id = holder.id;
        assert!(!is_dead(&journal, id));
        drop(holder);
        assert!(is_dead(&journal, id));
    }

    #[test]
    fn a_lock_that_a_killed_process_left_behind_counts_as_its_death() {
        let directory = tempfile::tempdir().unwrap();
        let journal = directory.path().join("journal.db");
        fs::create_dir_all(open::holders_directory(&journal)).unwrap();
        fs::write(lock_path(&journal, HolderId(7)), "").unwrap();
        assert!(is_dead(&journal, HolderId(7)));
        assert!(!lock_path(&journal, HolderId(7)).exists());
    }
}
