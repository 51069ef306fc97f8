//! The part file: what has come so far, what it is part of, and how it becomes the target.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use url::Url;

use super::{
    Downloaded,
    decide::Resume,
    error,
    place::{Place, failed, unread},
};
use crate::error::{Error, ErrorKind};

/// Tells whether a finished file is a whole video, and if not, why.
pub(super) type Verify = fn(&Path) -> Result<(), Flaw>;

/// Why a finished file is not known to be a whole video.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// This machine could not read it: it may well be one.
    Unread(String),
    /// It is none.
    NoVideo(String),
    /// It is one, but not as it should be. It was paid for, and a player may know better than we do.
    Flawed(String),
}

/// What a part file is part of. Holds no signature.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Note {
    /// SHA-256 of the link without its query: a fresh signature does not make it another file.
    link: String,
    validator: Option<String>,
    total: Option<u64>,
}

/// The part file of one target, ours alone as long as this lives.
#[derive(Debug)]
pub(super) struct Part {
    place: Place,
    file: File,
    /// Locked, so that no second download writes the same part.
    note_file: File,
    note: Note,
    hasher: Sha256,
    len: u64,
}

impl Part {
    /// Opens the part file; what is in it counts only if it is of the same link.
    pub(super) fn open(place: Place, link: &Url) -> Result<Self, Error> {
        let note_file = open_own(&place.note)?;
        lock(&note_file, &place)?;
        let file = open_own(&place.part)?;
        let mut part = Self {
            place,
            file,
            note_file,
            note: Note { link: fingerprint(link), ..Note::default() },
            hasher: Sha256::new(),
            len: 0,
        };
        match part.stored_note() {
            Some(stored) if stored.link == part.note.link && stored.validator.is_some() => {
                part.note = stored;
                part.take_up()?;
            }
            _ => part.restart(None, None)?,
        }
        Ok(part)
    }

    /// Where to go on; none asks for the whole.
    pub(super) fn resume(&self) -> Option<Resume> {
        Some(Resume {
            offset: Some(self.len).filter(|len| *len > 0)?,
            total: self.note.total,
            validator: self.note.validator.clone()?,
        })
    }

    pub(super) const fn len(&self) -> u64 {
        self.len
    }

    pub(super) const fn total(&self) -> Option<u64> {
        self.note.total
    }

    /// Whether all announced bytes are here.
    pub(super) fn is_whole(&self) -> bool {
        self.note.total == Some(self.len)
    }

    /// The body ended where it should: without an announced length, this is all.
    pub(super) fn ended(&mut self) {
        self.note.total.get_or_insert(self.len);
    }

    /// Forgets what is here, and notes what will come.
    pub(super) fn restart(
        &mut self,
        total: Option<u64>,
        validator: Option<String>,
    ) -> Result<(), Error> {
        self.note = Note { link: std::mem::take(&mut self.note.link), validator, total };
        self.hasher = Sha256::new();
        self.len = 0;
        // The note first: what it says must never be about older bytes.
        write_note(&mut self.note_file, &Note::default())
            .and_then(|()| empty(&mut self.file))
            .and_then(|()| write_note(&mut self.note_file, &self.note))
            .map_err(|cause| failed("write", &self.place.part, &cause))
    }

    /// Adds bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.hasher.update(bytes);
        self.len = self.len.saturating_add(bytes.len() as u64);
        Ok(())
    }

    /// The error for a `push` that failed. What has come stays, to go on from.
    pub(super) fn push_failed(&self, cause: &io::Error) -> Error {
        failed("write", &self.place.part, cause)
    }

    /// Checks the whole file and makes it the target.
    pub(super) fn finish(self, overwrite: bool, verify: Verify) -> Result<Downloaded, Error> {
        let written = self.file.sync_all();
        written.map_err(|cause| failed("write", &self.place.part, &cause))?;
        match verify(&self.place.part) {
            Ok(()) => {}
            // All of it has come, and stays.
            Err(Flaw::Unread(cause)) => return Err(unread(&self.place.part, &cause)),
            Err(Flaw::NoVideo(reason)) => return Err(self.reject(&reason, false)),
            Err(Flaw::Flawed(reason)) => return Err(self.reject(&reason, true)),
        }
        self.place.settle(overwrite)?;
        self.place.sync_directory();
        remove(&self.place.note);
        Ok(Downloaded {
            path: self.place.target,
            bytes: self.len,
            sha256: hex(&self.hasher.finalize()),
        })
    }

    /// The error for a file with a flaw. A video is kept under another name, anything else removed.
    fn reject(self, reason: &str, is_video: bool) -> Error {
        let message = format!("what came is not a whole video: {reason}");
        let error = error(ErrorKind::Corrupt, message).with_context("bytes", self.len.to_string());
        if !is_video || fs::rename(&self.place.part, &self.place.rejected).is_err() {
            self.discard();
            return error;
        }
        remove(&self.place.note);
        error.with_context("kept as", self.place.rejected.display().to_string())
    }

    /// Removes what is not worth keeping.
    pub(super) fn discard(&self) {
        remove(&self.place.part);
        remove(&self.place.note);
    }

    fn stored_note(&mut self) -> Option<Note> {
        let mut text = String::new();
        self.note_file.rewind().ok()?;
        (&self.note_file).take(64 << 10).read_to_string(&mut text).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Reads what is here, for its length and hash.
    fn take_up(&mut self) -> Result<(), Error> {
        let read = read_into(&mut self.file, &mut self.hasher);
        self.len = read.map_err(|cause| failed("read", &self.place.part, &cause))?;
        if self.note.total.is_some_and(|total| self.len > total) {
            return self.restart(None, None);
        }
        Ok(())
    }
}

/// Opens one of our files, never through a link that someone else put there.
fn open_own(path: &Path) -> Result<File, Error> {
    if fs::symlink_metadata(path).is_ok_and(|found| !found.is_file()) {
        let message = format!("{} exists and is not an ordinary file", path.display());
        return Err(error(ErrorKind::Io, message));
    }
    let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    opened.map_err(|cause| failed("write", path, &cause))
}

fn lock(note_file: &File, place: &Place) -> Result<(), Error> {
    match note_file.try_lock() {
        // If the name is gone, the download that held the lock has just ended.
        Ok(()) if place.note.exists() => Ok(()),
        // Some network file systems have no locks; then there is no second download to fear more.
        Err(TryLockError::Error(_)) => Ok(()),
        Ok(()) | Err(TryLockError::WouldBlock) => {
            let message = format!("{} is being downloaded already", place.target.display());
            Err(error(ErrorKind::Io, message))
        }
    }
}

fn empty(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()
}

fn write_note(file: &mut File, note: &Note) -> io::Result<()> {
    empty(file)?;
    file.write_all(&serde_json::to_vec(note)?)
}

fn read_into(file: &mut File, hasher: &mut Sha256) -> io::Result<u64> {
    let mut buffer = vec![0; 256 << 10];
    file.rewind()?;
    loop {
        let read = file.read(&mut buffer)?;
        match buffer.get(..read) {
            Some(bytes) if read > 0 => hasher.update(bytes),
            _ => return file.seek(SeekFrom::End(0)),
        }
    }
}

/// The SHA-256 of a file, in small hex digits, as [`Downloaded::sha256`] has it.
///
/// # Errors
/// When the file cannot be read.
pub fn sha256(path: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    read_into(&mut File::open(path)?, &mut hasher)?;
    Ok(hex(&hasher.finalize()))
}

fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%error, path = %path.display(), "a file stays behind");
    }
}

fn fingerprint(link: &Url) -> String {
    let mut link = link.clone();
    link.set_query(None);
    link.set_fragment(None);
    hex(&Sha256::digest(link.as_str()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "https://cdn.example/a.mp4?sig=1";

    fn open(target: &Path, link: &str) -> Result<Part, Error> {
        Part::open(Place::new(target).unwrap(), &Url::parse(link).unwrap())
    }

    /// Leaves `bytes` of 10 behind, as an interrupted download does.
    fn interrupted(target: &Path, validator: Option<&str>, bytes: &[u8]) {
        let mut part = open(target, LINK).unwrap();
        part.restart(Some(10), validator.map(str::to_owned)).unwrap();
        part.push(bytes).unwrap();
    }

    #[test]
    fn what_is_here_counts_only_for_the_same_link_and_with_a_validator() {
        for (validator, link, len) in [
            (Some("\"v1\""), LINK, 5),
            (Some("\"v1\""), "https://cdn.example/a.mp4?sig=2", 5),
            (Some("\"v1\""), "https://cdn.example/b.mp4?sig=1", 0),
            (None, LINK, 0),
        ] {
            let directory = tempfile::tempdir().unwrap();
            let target = directory.path().join("out.mp4");
            interrupted(&target, validator, b"01234");
            assert_eq!(open(&target, link).unwrap().len(), len, "{validator:?} {link}");
        }
    }

    #[test]
    fn a_resumed_part_hashes_like_one_that_came_at_once() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("out.mp4");
        interrupted(&target, Some("\"v1\""), b"01234");
        let mut part = open(&target, LINK).unwrap();
        part.push(b"56789").unwrap();
        assert!(part.is_whole());
        let downloaded = part.finish(false, |_| Ok(())).unwrap();
        assert_eq!(downloaded.sha256, hex(&Sha256::digest("0123456789")));
        assert_eq!(fs::read(&target).unwrap(), b"0123456789");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn more_than_was_announced_starts_over() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("out.mp4");
        interrupted(&target, Some("\"v1\""), b"01234567890");
        assert_eq!(open(&target, LINK).unwrap().len(), 0);
    }

    #[test]
    fn notes_that_cannot_be_read_start_over() {
        for note in ["", "{", "null", "[1]", "\u{0}"] {
            let directory = tempfile::tempdir().unwrap();
            let target = directory.path().join("out.mp4");
            interrupted(&target, Some("\"v1\""), b"01234");
            fs::write(Place::new(&target).unwrap().note, note).unwrap();
            assert_eq!(open(&target, LINK).unwrap().len(), 0, "{note:?}");
        }
    }

    #[test]
    fn only_one_download_at_a_time_writes_a_part() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("out.mp4");
        let first = open(&target, LINK).unwrap();
        assert_eq!(open(&target, LINK).unwrap_err().kind(), ErrorKind::Io);
        drop(first);
        assert!(open(&target, LINK).is_ok());
    }

    #[test]
    fn the_note_holds_no_signature() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("out.mp4");
        interrupted(&target, Some("\"v1\""), b"01234");
        let note = fs::read_to_string(Place::new(&target).unwrap().note).unwrap();
        assert!(!note.contains("sig"), "{note}");
    }

    #[test]
    fn what_is_no_video_is_removed_and_never_becomes_the_target() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("out.mp4");
        interrupted(&target, None, b"<html>");
        let part = open(&target, LINK).unwrap();
        let flaw = |_: &Path| Err(Flaw::NoVideo("a web page".to_owned()));
        let error = part.finish(false, flaw).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_has_come_and_cannot_be_looked_at_stays_for_the_next_try() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("out.mp4");
        interrupted(&target, Some("\"v1\""), b"0123456789");
        let unread = |_: &Path| Err(Flaw::Unread("too many open files".to_owned()));
        let error = open(&target, LINK).unwrap().finish(false, unread).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io);
        open(&target, LINK).unwrap().finish(false, |_| Ok(())).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"0123456789");
    }

    #[test]
    fn a_video_with_a_flaw_is_kept_under_another_name() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("out.mp4");
        interrupted(&target, None, b"");
        let mut part = open(&target, LINK).unwrap();
        part.push(b"0123456789").unwrap();
        let flaw = |_: &Path| Err(Flaw::Flawed("a flaw".to_owned()));
        let error = part.finish(false, flaw).unwrap_err();
        assert!(error.to_string().contains("kept as"), "{error}");
        assert_eq!(fs::read(directory.path().join("out.mp4.rejected")).unwrap(), b"0123456789");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_planted_link_is_not_written_through() {
        let directory = tempfile::tempdir().unwrap();
        let victim = directory.path().join("victim");
        fs::write(&victim, "precious").unwrap();
        let target = directory.path().join("out.mp4");
        std::os::unix::fs::symlink(&victim, Place::new(&target).unwrap().part).unwrap();
        assert!(open(&target, LINK).is_err());
        assert_eq!(fs::read(&victim).unwrap(), b"precious");
    }
}
