//! Opening the file: what makes it durable is set on every connection, and asserted.

use std::{
    fs, io,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior, config::DbConfig};

use crate::JournalError;

/// How long to wait for another process's transaction. Writers take turns in milliseconds, but not in
/// order: with two that never pause, one was seen to wait for more than five seconds.
const PATIENCE: Duration = Duration::from_secs(30);

/// How many statements are kept compiled: as many as leading a job takes, and more. Each is compiled anew
/// where there is room for fewer, which costs more than to run it.
const STATEMENTS: usize = 64;

/// The steps from an empty file to the newest version. Never changed once released: only added to.
const MIGRATIONS: [&str; 6] = [
    include_str!("schema.sql"),
    include_str!("batches.sql"),
    include_str!("hints.sql"),
    include_str!("sums.sql"),
    include_str!("times.sql"),
    include_str!("agreed.sql"),
];

/// The newest version that this build knows.
const VERSION: i64 = MIGRATIONS.len() as i64;

/// Opens a connection to the journal at `path`, and makes the journal if there is none.
pub(crate) fn open(path: &Path) -> Result<Connection, JournalError> {
    let unusable = |source| JournalError::Unusable { path: path.to_owned(), source };
    make(path).map_err(unusable)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    write_ahead(&connection)?;
    durable(&connection)?;
    migrate(&mut connection)?;
    keep_statements(&connection)?;
    Ok(connection)
}

/// A journal that ends with the process, for runs that spend nothing.
pub(crate) fn in_memory() -> Result<Connection, JournalError> {
    let mut connection = Connection::open_in_memory()?;
    migrate(&mut connection)?;
    keep_statements(&connection)?;
    Ok(connection)
}

/// Makes the file and its directory, for the owner alone. What is there already becomes so.
fn make(path: &Path) -> io::Result<()> {
    if let Some(directory) = path.parent().filter(|parent| *parent != Path::new("")) {
        make_directory(directory)?;
    }
    let mut options = fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not an ordinary file"));
    }
    keep_private(&file)
}

#[cfg(unix)]
pub(crate) fn make_directory(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

#[cfg(not(unix))]
pub(crate) fn make_directory(directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)
}

#[cfg(unix)]
fn keep_private(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mut permissions = file.metadata()?.permissions();
    if permissions.mode() & 0o077 == 0 {
        return Ok(());
    }
    permissions.set_mode(0o600);
    file.set_permissions(permissions)
}

#[cfg(not(unix))]
fn keep_private(_: &fs::File) -> io::Result<()> {
    Ok(())
}

/// Switches to a write-ahead log. The switch does not wait for others, so it is tried again.
fn write_ahead(connection: &Connection) -> Result<(), JournalError> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let switched: rusqlite::Result<String> =
            connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0));
        match switched {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => return Err(JournalError::NotDurable(format!("journal mode {mode}"))),
            Err(error) if is_busy(&error) && Instant::now() < deadline => {
                thread::sleep(Duration::from_millis(20));
            }
            Err(error) => return Err(error.into()),
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// Compiles each statement once. By default one is compiled anew for other values, since they might make
/// another plan better: half of the time that the database took.
fn keep_statements(connection: &Connection) -> Result<(), JournalError> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// Each commit reaches the disk before it counts; without this, power loss loses paid jobs.
fn durable(connection: &Connection) -> Result<(), JournalError> {
    connection.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON;
         PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;",
    )?;
    for (pragma, wanted) in [("synchronous", 2_i64), ("foreign_keys", 1)] {
        let got: i64 = connection.pragma_query_value(None, pragma, |row| row.get(0))?;
        if got != wanted {
            return Err(JournalError::NotDurable(format!("{pragma} {got}")));
        }
    }
    Ok(())
}

fn migrate(connection: &mut Connection) -> Result<(), JournalError> {
    if version(connection)? == VERSION {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have done it meanwhile.
    let found = version(&transaction)?;
    let done = usize::try_from(found).ok().filter(|done| *done <= MIGRATIONS.len());
    let Some(done) = done else {
        return Err(JournalError::Newer { found, known: VERSION });
    };
    for step in MIGRATIONS.iter().skip(done) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()?;
    Ok(())
}

fn version(connection: &Connection) -> Result<i64, JournalError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// The directory beside the journal in which living processes hold their locks.
pub(crate) fn holders_directory(journal: &Path) -> PathBuf {
    let mut name = journal.file_name().unwrap_or_default().to_owned();
    name.push("-holders");
    journal.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state/journal.db");
        (directory, path)
    }

    #[test]
    fn every_connection_is_durable() {
        let (_directory, path) = place();
        for _ in 0..2 {
            let connection = open(&path).unwrap();
            let value = |pragma| -> String {
                let value: rusqlite::types::Value =
                    connection.pragma_query_value(None, pragma, |row| row.get(0)).unwrap();
                format!("{value:?}")
            };
            assert_eq!(value("journal_mode"), "Text(\"wal\")");
            assert_eq!(value("synchronous"), "Integer(2)");
            assert_eq!(value("foreign_keys"), "Integer(1)");
            assert_eq!(value("user_version"), format!("Integer({VERSION})"));
        }
    }

    #[test]
    fn other_values_compile_nothing_anew() {
        let (_directory, path) = place();
        for connection in [open(&path).unwrap(), in_memory().unwrap()] {
            let sql = "SELECT id FROM attempts WHERE job = ?1 ORDER BY id";
            let mut select = connection.prepare(sql).unwrap();
            for job in 1..4 {
                assert!(select.query([job]).unwrap().next().unwrap().is_none());
            }
            assert_eq!(select.get_status(rusqlite::StatementStatus::RePrepare), 0);
        }
    }

    #[cfg(unix)]
    #[test]
    fn nobody_but_its_owner_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let (_directory, path) = place();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        drop(open(&path).unwrap());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let connection = open(&path).unwrap();
        connection.execute("INSERT INTO holders VALUES (1, 1, 1)", []).unwrap();
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(&path.with_file_name("journal.db-wal")), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
    }

    #[test]
    fn a_newer_journal_is_left_alone() {
        let (_directory, path) = place();
        open(&path).unwrap().pragma_update(None, "user_version", VERSION + 1).unwrap();
        let error = open(&path).unwrap_err();
        assert!(matches!(error, JournalError::Newer { .. }), "{error}");
    }

    #[test]
    fn an_older_journal_is_brought_up_to_date_with_all_that_it_holds() {
        for older in 1..VERSION {
            let (_directory, path) = place();
            make(&path).unwrap();
            let connection = Connection::open(&path).unwrap();
            let steps = usize::try_from(older).unwrap();
            MIGRATIONS[..steps].iter().for_each(|step| connection.execute_batch(step).unwrap());
            connection.pragma_update(None, "user_version", older).unwrap();
            connection
                .execute_batch(
                    "INSERT INTO holders VALUES (7, 1, 1);
                     INSERT INTO jobs (id, created, request, overwrite, routes, batch, allow_unknown_price)
                     VALUES (1, 5, '{}', 0, '[{}]', 'reel', 0);
                     INSERT INTO attempts (job, route, provider, state, created, changed, seconds,
                         quoted, owed)
                     VALUES (1, 0, 'novita', 'intent', 5, 5, 1.0, 70, 70);",
                )
                .unwrap();
            drop(connection);
            let connection = open(&path).unwrap();
            assert_eq!(version(&connection).unwrap(), VERSION);
            let found = |sql| -> i64 { connection.query_row(sql, [], |row| row.get(0)).unwrap() };
            assert_eq!(found("SELECT count(*) FROM holders"), 1);
            assert_eq!(found("SELECT count(*) FROM hints"), 0);
            assert_eq!(found("SELECT owed FROM batch_sums WHERE batch = 'reel'"), 70);
            assert_eq!(found("SELECT owed FROM day_sums WHERE day = 0"), 70);
            assert_eq!(found("SELECT count(*) FROM open_attempts WHERE running_ms IS NULL"), 1);
        }
    }

    #[test]
    fn what_is_no_journal_is_refused_and_stays_as_it_is() {
        let (directory, path) = place();
        assert!(open(directory.path()).is_err());
        fs::create_dir(path.parent().unwrap()).unwrap();
        fs::write(&path, "a text that somebody needs").unwrap();
        assert!(open(&path).is_err());
        assert_eq!(fs::read(&path).unwrap(), b"a text that somebody needs");
    }

    #[test]
    fn many_can_open_a_new_journal_at_once() {
        let (_directory, path) = place();
        let open_all = |_| {
            let path = path.clone();
            thread::spawn(move || open(&path).map(drop))
        };
        let threads: Vec<_> = (0..8).map(open_all).collect();
        for thread in threads {
            thread.join().unwrap().unwrap();
        }
    }

    #[test]
    fn the_words_of_the_states_are_those_of_the_schema() {
        let connection = in_memory().unwrap();
        let insert = |state: &str| {
            connection.execute(
                "INSERT INTO jobs (id, created, request, overwrite, routes, allow_unknown_price)
                 VALUES (1, 0, '{}', 0, '[{}]', 0) ON CONFLICT DO NOTHING",
                [],
            )?;
            let remote = !matches!(state, "intent" | "submitting" | "refused" | "perhaps_charged");
            connection.execute(
                "INSERT INTO attempts (job, route, provider, state, created, changed, remote,
                 submitted, seconds, quoted, owed) VALUES (1, 0, 'p', ?1, 0, 0, ?2, ?3, 0, 0, 0)",
                (state, remote.then_some("r"), (state != "intent").then_some(0)),
            )
        };
        for state in crate::State::ALL {
            assert_eq!(insert(state.as_str()), Ok(1), "{state}");
        }
        assert!(insert("lost").is_err());
    }
}
