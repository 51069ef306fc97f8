//! The journal's tables: every step is one transaction, and every transaction one write to disk.

mod begin;
mod flight;
mod forget;
mod hint;
mod hold;
mod list;
mod read;
mod room;
mod rows;
mod run_times;
mod spend;
mod steps;
#[cfg(test)]
mod tests;
mod times;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    JournalError,
    holder::Holder,
    open,
    record::{AttemptId, HolderId},
};

pub use begin::Begin;
pub(crate) use hint::HintId;
pub use hold::Taken;
pub use list::{Filter, Listed, Listing};
pub use room::Room;
pub use rows::BatchRow;
pub(crate) use run_times::Unseen;
pub use spend::{Spend, SpendLine};
pub use steps::{Ending, Owed};

/// The durable record of paid work.
///
/// A handle: clones share one connection, and one identity as holder of the attempts that they drive.
/// Methods block for a write to disk, some milliseconds; while another process writes, longer.
#[derive(Clone, Debug)]
pub struct Journal {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    path: Option<PathBuf>,
    connection: Mutex<Connection>,
    holder: Mutex<Option<Holder>>,
    flights: Mutex<Vec<AttemptId>>,
    turns: Arc<Semaphore>,
}

/// How many threads are at the journal for async callers: one at work, and one ready for when it is done.
/// More would only wait for the connection, hundreds of them in a large fleet of jobs.
const THREADS: usize = 2;

impl Journal {
    /// Opens the journal at `path`, and makes it, with its directory, if there is none.
    ///
    /// The file is for its owner alone (mode 0600) and holds no key; it does hold prompts, and links
    /// to results. Every connection is checked to write ahead (`journal_mode=WAL`) and to wait for the
    /// disk (`synchronous=FULL`): what was acknowledged survives power loss. Keep it on a local disk.
    ///
    /// # Errors
    /// [`JournalError::Unusable`], [`JournalError::Newer`], [`JournalError::NotDurable`]: nothing was
    /// changed.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, JournalError> {
        let path = path.into();
        let path = std::path::absolute(&path)
            .map_err(|source| JournalError::Unusable { path: path.clone(), source })?;
        let connection = open::open(&path)?;
        Ok(Self::with(Some(path), connection))
    }

    /// A journal that ends with the process: only for work that costs nothing, as in the emulator.
    ///
    /// # Errors
    /// When the store below cannot be set up.
    pub fn in_memory() -> Result<Self, JournalError> {
        Ok(Self::with(None, open::in_memory()?))
    }

    fn with(path: Option<PathBuf>, connection: Connection) -> Self {
        let (connection, holder) = (Mutex::new(connection), Mutex::new(None));
        let (flights, turns) = (Mutex::new(Vec::new()), Arc::new(Semaphore::new(THREADS)));
        Self { shared: Arc::new(Shared { path, connection, holder, flights, turns }) }
    }

    /// Waits for a turn at the journal, without a thread. It lasts until it is dropped.
    pub(crate) async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        // Nobody closes it; whoever found it closed would go on without a turn, and only wait longer.
        Arc::clone(&self.shared.turns).acquire_owned().await.ok()
    }

    /// Where it is; none for one in memory.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.shared.path.as_deref()
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A panic between two statements has rolled its transaction back.
        self.shared.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` in a transaction that is committed only if it succeeds.
    fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&transaction)?;
        transaction.commit()?;
        Ok(done)
    }

    /// Runs `work` over one state of the journal.
    fn read<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let mut connection = self.connection();
        let transaction = connection.transaction()?;
        work(&transaction)
    }

    /// This process as a holder, from its first use on.
    fn holder(&self) -> Result<HolderId, JournalError> {
        let mut holder = self.shared.holder.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(holder) = &*holder {
            return Ok(holder.id);
        }
        let mut new = Holder::new(self.path())?;
        if let Some(path) = self.path() {
            new.beat(path)?;
        }
        Ok(holder.insert(new).id)
    }
}
