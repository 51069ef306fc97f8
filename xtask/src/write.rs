//! The one way in which a generated file is written or compared.

use std::{fs, io, path::Path};

use similar::TextDiff;

/// Whether to write what differs or only to say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Write.
    Write,
    /// Compare.
    Check,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The file already held this text; it was not touched.
    Same,
    /// The file was written.
    Written,
    /// The file differs and was left alone; the unified diff from the file to the text.
    Stale(String),
}

/// Brings a file to a text, or says how it differs. A file that does not exist counts as empty.
///
/// # Errors
/// What the file system says.
pub fn write_or_check(root: &Path, path: &str, text: &str, mode: Mode) -> io::Result<Outcome> {
    let target = root.join(path);
    let current = match fs::read_to_string(&target) {
        Ok(current) => current,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error),
    };
    if current == text {
        return Ok(Outcome::Same);
    }
    if mode == Mode::Check {
        return Ok(Outcome::Stale(diff(path, &current, text)));
    }
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&target, text)?;
    Ok(Outcome::Written)
}

fn diff(path: &str, current: &str, text: &str) -> String {
    TextDiff::from_lines(current, text)
        .unified_diff()
        .header(&format!("{path} (checked in)"), &format!("{path} (from the spec)"))
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_only_what_differs_and_checks_without_writing() {
        let folder = tempfile::tempdir().unwrap();
        let run = |text, mode| write_or_check(folder.path(), "a/b.txt", text, mode).unwrap();
        let stale = run("one\n", Mode::Check);
        assert!(matches!(&stale, Outcome::Stale(diff) if diff.contains("+one")), "{stale:?}");
        assert!(!folder.path().join("a").exists());
        assert_eq!(run("one\n", Mode::Write), Outcome::Written);
        assert_eq!(run("one\n", Mode::Write), Outcome::Same);
        assert_eq!(run("one\n", Mode::Check), Outcome::Same);
        let Outcome::Stale(diff) = run("two\n", Mode::Check) else { panic!("not stale") };
        assert!(diff.contains("-one\n+two\n"), "{diff}");
    }
}
