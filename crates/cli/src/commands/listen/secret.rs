//! The secret that tokens are derived from: beside the journal, for its owner alone.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use reshoot_journal::Journal;
use reshoot_webhook::TokenSecret;
use tempfile::NamedTempFile;

use crate::{config, exit::Failure, shell};

/// The secret of a journal; made if there is none, so that URLs stay the same from then on.
pub(super) fn of(journal: &Journal) -> Result<TokenSecret, Failure> {
    let path = beside(journal.path().unwrap_or(Path::new("journal.db")));
    let unusable = |error: io::Error| unusable(&path, &error.to_string());
    if let Some(text) = read(&path)? {
        return parse(&path, &text);
    }
    let secret = TokenSecret::random().map_err(|error| unusable(io::Error::other(error)))?;
    match write(&path, &secret) {
        Ok(()) => Ok(secret),
        // Another process was faster: its secret counts.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            parse(&path, &read(&path)?.unwrap_or_default())
        }
        Err(error) => Err(unusable(error)),
    }
}

fn beside(journal: &Path) -> PathBuf {
    let mut name = journal.file_name().unwrap_or_default().to_owned();
    name.push("-webhooks");
    journal.with_file_name(name)
}

fn read(path: &Path) -> Result<Option<String>, Failure> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable(path, &error.to_string())),
    };
    let mut text = String::new();
    let others = config::others_can_read(&file);
    match others.and_then(|others| file.read_to_string(&mut text).map(|_| others)) {
        Ok(false) => Ok(Some(text)),
        Ok(true) => Err(unusable(path, "holds a secret, but others than its owner can read it")
            .next(shell::line(["chmod", "600", &path.display().to_string()]))),
        Err(error) => Err(unusable(path, &error.to_string())),
    }
}

fn parse(path: &Path, text: &str) -> Result<TokenSecret, Failure> {
    text.parse().map_err(|error: reshoot_webhook::NotASecret| {
        unusable(path, &error.to_string())
            .next("remove it for a new one; the URLs that providers were given end with it")
    })
}

/// Writes it whole, in a file that its owner alone can read, and never over another.
fn write(path: &Path, secret: &TokenSecret) -> io::Result<()> {
    let mut file = NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    writeln!(file, "{}", secret.expose())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path)?;
    Ok(())
}

fn unusable(path: &Path, problem: &str) -> Failure {
    Failure::usage(format!("{}: {problem}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_has_one_secret_for_good_and_nobody_else_reads_it() {
        let directory = tempfile::tempdir().unwrap();
        let journal = |name: &str| Journal::open(directory.path().join(name)).unwrap();
        let token = |name| of(&journal(name)).unwrap().token("evolink").expose().to_owned();
        assert_eq!(token("a.db"), token("a.db"));
        assert_ne!(token("a.db"), token("b.db"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let file = directory.path().join("a.db-webhooks");
            let mode = file.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn of_two_that_make_it_at_once_one_counts() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal.db-webhooks");
        let first = TokenSecret::random().unwrap();
        write(&path, &first).unwrap();
        let second = write(&path, &TokenSecret::random().unwrap()).unwrap_err();
        assert_eq!(second.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(read(&path).unwrap().unwrap().trim(), first.expose());
    }
}
