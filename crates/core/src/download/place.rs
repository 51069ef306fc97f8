//! Where a result goes: the target, and what lies beside it while it is not whole.

use std::{
    ffi::OsString,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use super::error;
use crate::error::{Error, ErrorKind};

/// A target and its companions in the same directory, so that a rename is enough at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) target: PathBuf,
    /// The bytes that are here.
    pub(super) part: PathBuf,
    /// What they are the bytes of.
    pub(super) note: PathBuf,
    /// A whole answer that is a video, but not one that reads as whole.
    pub(super) rejected: PathBuf,
}

impl Place {
    /// The place of `target`.
    pub(super) fn new(target: &Path) -> Result<Self, Error> {
        let Some(name) = target.file_name() else {
            let message = format!("{} is not the name of a file", target.display());
            return Err(error(ErrorKind::Io, message));
        };
        let hidden = |ending: &str| {
            let mut hidden = OsString::from(".");
            hidden.push(name);
            hidden.push(ending);
            target.with_file_name(hidden)
        };
        let mut rejected = name.to_owned();
        rejected.push(".rejected");
        Ok(Self {
            target: target.to_owned(),
            part: hidden(".part"),
            note: hidden(".part.json"),
            rejected: target.with_file_name(rejected),
        })
    }

    /// Checks that nothing is in the way, and that there is a directory.
    pub(super) fn check(&self, overwrite: bool) -> Result<(), Error> {
        if !self.directory().is_dir() {
            let message = format!("there is no directory {}", self.directory().display());
            return Err(error(ErrorKind::Io, message));
        }
        // The longest of the names: a result whose own name just fits could never be fetched.
        if let Err(cause) = fs::symlink_metadata(&self.note)
            && cause.kind() != io::ErrorKind::NotFound
        {
            let message = format!("{} cannot be the name of a file: {cause}", self.shown());
            return Err(error(ErrorKind::Io, message));
        }
        match fs::symlink_metadata(&self.target) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(cause) => Err(failed("look at", &self.target, &cause)),
            Ok(found) if !found.is_file() => {
                let message = format!("{} exists and is not an ordinary file", self.shown());
                Err(error(ErrorKind::Io, message))
            }
            Ok(_) if overwrite => Ok(()),
            Ok(_) => Err(self.in_the_way()),
        }
    }

    /// Makes the part the target, in one step, and never over a file that must stay.
    pub(super) fn settle(&self, overwrite: bool) -> Result<(), Error> {
        self.check(overwrite)?;
        let moved = if overwrite {
            fs::rename(&self.part, &self.target)
        } else {
            move_to_new(&self.part, &self.target)
        };
        moved.map_err(|cause| match cause.kind() {
            io::ErrorKind::AlreadyExists => self.in_the_way(),
            _ => failed("write", &self.target, &cause),
        })
    }

    /// Makes the change of names last; a file system that cannot is not a failure.
    #[cfg(unix)]
    pub(super) fn sync_directory(&self) {
        let synced = fs::File::open(self.directory()).and_then(|directory| directory.sync_all());
        if let Err(error) = synced {
            tracing::debug!(%error, directory = %self.directory().display(), "not synced");
        }
    }

    /// Other systems have no such call.
    #[cfg(not(unix))]
    pub(super) fn sync_directory(&self) {}

    fn directory(&self) -> &Path {
        match self.target.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        }
    }

    fn in_the_way(&self) -> Error {
        let message = format!("{} exists already, and was not to be replaced", self.shown());
        error(ErrorKind::Io, message)
    }

    fn shown(&self) -> impl fmt::Display {
        self.target.display()
    }
}

/// A rename that fails if `to` exists. A hard link does that in one step; where there are none, an
/// empty file takes the name first.
fn move_to_new(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from),
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => Err(cause),
        Err(_) => move_over_claim(from, to),
    }
}

fn move_over_claim(from: &Path, to: &Path) -> io::Result<()> {
    fs::File::create_new(to)?;
    fs::rename(from, to).or_else(|cause| {
        fs::remove_file(to)?;
        Err(cause)
    })
}

/// The error for a file operation that failed.
pub(super) fn failed(doing: &str, path: &Path, cause: &io::Error) -> Error {
    let message =
        format!("cannot {doing} {}: {cause}; the result is still at the provider", path.display());
    error(ErrorKind::Io, message)
}

/// The error for a file that has come, and could not be looked at.
pub(super) fn unread(path: &Path, cause: &str) -> Error {
    let message = format!("cannot read {}: {cause}; what has come stays there", path.display());
    error(ErrorKind::Io, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(directory: &Path) -> Place {
        Place::new(&directory.join("out.mp4")).unwrap()
    }

    #[test]
    fn a_name_that_leaves_no_room_for_those_beside_it_is_refused_before_spending() {
        let directory = tempfile::tempdir().unwrap();
        for (length, fits) in [(200, true), (250, false), (300, false)] {
            let place = Place::new(&directory.path().join("n".repeat(length))).unwrap();
            let checked = place.check(false);
            assert_eq!(checked.is_ok(), fits, "{length}: {checked:?}");
        }
    }

    #[test]
    fn companions_are_hidden_beside_the_target() {
        let place = Place::new(Path::new("a/out.mp4")).unwrap();
        assert_eq!(place.part, Path::new("a/.out.mp4.part"));
        assert_eq!(place.note, Path::new("a/.out.mp4.part.json"));
        assert_eq!(Place::new(Path::new("out.mp4")).unwrap().directory(), Path::new("."));
    }

    #[test]
    fn a_target_must_name_a_file() {
        for target in ["", "/", "..", "a/.."] {
            assert!(Place::new(Path::new(target)).is_err(), "{target}");
        }
    }

    #[test]
    fn what_is_in_the_way_stays() {
        let directory = tempfile::tempdir().unwrap();
        let place = place(directory.path());
        assert!(place.check(false).is_ok());
        fs::write(&place.target, "mine").unwrap();
        assert!(place.check(false).is_err());
        assert!(place.check(true).is_ok());
        fs::remove_file(&place.target).unwrap();
        fs::create_dir(&place.target).unwrap();
        assert!(place.check(true).is_err());
    }

    #[test]
    fn a_missing_directory_is_named() {
        let error = Place::new(Path::new("/nowhere/out.mp4")).unwrap().check(false).unwrap_err();
        assert!(error.message().contains("/nowhere"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn nothing_but_an_ordinary_file_is_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let place = place(directory.path());
        std::os::unix::fs::symlink("/dev/null", &place.target).unwrap();
        assert!(place.check(true).is_err());
    }

    #[test]
    fn a_part_becomes_the_target_only_where_nothing_is() {
        for moves in [move_to_new, move_over_claim] {
            let directory = tempfile::tempdir().unwrap();
            let place = place(directory.path());
            fs::write(&place.part, "new").unwrap();
            fs::write(&place.target, "mine").unwrap();
            let cause = moves(&place.part, &place.target).unwrap_err();
            assert_eq!(cause.kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(fs::read(&place.target).unwrap(), b"mine");
            fs::remove_file(&place.target).unwrap();
            moves(&place.part, &place.target).unwrap();
            assert_eq!(fs::read(&place.target).unwrap(), b"new");
            assert!(!place.part.exists());
        }
    }
}
