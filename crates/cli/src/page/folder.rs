//! The folder of a page: what it shows lies in it, so that it can be sent, moved and opened without a server.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use reshoot::{DownloadOptions, Media, Url};
use reshoot_report::MediaPath;
use sha2::{Digest, Sha256};

use super::INDEX;
use crate::{
    exit::{Exit, Failure},
    manifest::unsigned,
    request,
};

/// Where clips go that lie elsewhere.
pub(crate) const ORIGINALS: &str = "originals";

/// Where results go that lie elsewhere.
pub(crate) const EDITS: &str = "edits";

/// Where results are that somebody has chosen to keep.
pub(crate) const KEPT: &str = "kept";

/// What whoever works in the folder holds.
const LOCK: &str = ".reshoot-ui.lock";

/// What marks a page as one of ours, which may be replaced.
const MARK: &str = "<meta name=\"generator\" content=\"reshoot";

/// What marks one of an emulator.
const EMULATED: &str = "<meta name=\"generator\" content=\"reshoot: ";

/// How far into a file the marks are looked for.
const HEAD: u64 = 4096;

/// A folder that holds a page, or will.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    root: PathBuf,
    /// Its page shows results of an emulator, which may be replaced like the page itself.
    has_emulated: bool,
}

/// What page a folder has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Nothing,
    Ours,
    Emulated,
    Anothers,
}

impl Folder {
    /// A folder that is there, or can be made. Nothing is written yet.
    ///
    /// A page that somebody else wrote is not replaced, unless `overwrite` says so; one of results that were
    /// paid for is not replaced by one of an emulator.
    pub(crate) fn new(path: &Path, overwrite: bool, is_emulated: bool) -> Result<Self, Failure> {
        let root = whole(path).map_err(|error| unusable(path, &error))?;
        let index = root.join(INDEX);
        let found = found(&index).map_err(|error| unusable(&index, &error))?;
        let refused = |message: &str, next: &str| {
            Err(Failure::new(Exit::Refused, "target", format!("{} {message}", index.display()))
                .money("nothing was sent or spent")
                .next(next))
        };
        match found {
            Found::Anothers if !overwrite => refused(
                "is another's page",
                "name another folder with -o, or replace it with --overwrite",
            ),
            Found::Ours if is_emulated => refused(
                "shows results that were paid for",
                "name another folder for what the emulator makes, with -o",
            ),
            found => Ok(Self { root, has_emulated: found == Found::Emulated }),
        }
    }

    /// Whether all that is in it came from an emulator.
    pub(crate) const fn has_emulated(&self) -> bool {
        self.has_emulated
    }

    /// Keeps it from every other `reshoot ui`, for as long as the lock is held.
    pub(crate) fn lock(&self) -> Result<fs::File, Failure> {
        let path = self.root.join(LOCK);
        let file = fs::File::create(&path).map_err(|error| unusable(&path, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(fs::TryLockError::WouldBlock) => {
                let message = format!("another reshoot ui is at work in {}", self.root.display());
                Err(Failure::usage(message).next("open its page, or name another folder with -o"))
            }
            Err(fs::TryLockError::Error(error)) => Err(unusable(&path, &error)),
        }
    }

    /// Makes it, and a folder in it.
    pub(crate) fn make(&self, inner: &str) -> Result<(), Failure> {
        let inner = self.root.join(inner);
        make(&inner).map_err(|error| unusable(&inner, &error))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.root
    }

    /// The original of an edit, if it is to be had.
    pub(super) fn original(&self, video: &Media) -> Option<PathBuf> {
        match video {
            // Without it the page shows what came after, not what was before.
            Media::File(path) => self.bring(path, ORIGINALS).ok(),
            Media::Url(url) => Some(self.fetched(url)).filter(|path| path.is_file()),
        }
    }

    /// A result, if it is still where it was and can be brought here.
    pub(super) fn edit(&self, file: &Path) -> io::Result<PathBuf> {
        self.bring(file, EDITS)
    }

    /// Fetches a clip at a link, so that it can be shown; none if it is here already, or cannot be had.
    pub(crate) async fn fetch(&self, url: &Url) -> Result<(), reshoot::Error> {
        let target = self.fetched(url);
        if target.is_file() {
            return Ok(());
        }
        make(&self.root.join(ORIGINALS)).map_err(|error| {
            let (kind, operation) = (reshoot::ErrorKind::Io, reshoot::Operation::Download);
            reshoot::Error::new(kind, operation, error.to_string())
        })?;
        let options = DownloadOptions::default().with_loopback(reshoot::is_loopback(url));
        reshoot::fetch(url, &target, &options, &mut |_| {}).await.map(drop)
    }

    /// Whether a result was chosen to be kept.
    pub(super) fn is_kept(&self, file: &Path) -> bool {
        let length = |path: &Path| fs::metadata(path).map(|found| found.len()).ok();
        length(&self.kept(file)).is_some_and(|kept| length(file) == Some(kept))
    }

    /// Puts a copy of a result to those that are kept, and says where that is.
    pub(crate) fn keep(&self, file: &Path) -> io::Result<PathBuf> {
        let kept = self.kept(file);
        make(&self.root.join(KEPT))?;
        if !kept.exists() {
            copy(file, &kept)?;
        } else if fs::read(file)? != fs::read(&kept)? {
            let name = kept.file_name().unwrap_or_default().to_string_lossy();
            return Err(io::Error::other(format!("{KEPT}/{name} is another file")));
        }
        Ok(request::seen_here(&kept))
    }

    /// Takes a result from those that are kept. Nothing is lost: it goes only if it is what `file` is.
    pub(crate) fn unkeep(&self, file: &Path) -> io::Result<()> {
        let kept = self.kept(file);
        match (fs::read(file), fs::read(&kept)) {
            (_, Err(error)) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            (Ok(original), Ok(copy)) if original == copy => fs::remove_file(kept),
            (Err(error), _) | (_, Err(error)) => Err(error),
            _ => Err(io::Error::other("it has been changed since")),
        }
    }

    fn kept(&self, file: &Path) -> PathBuf {
        self.root.join(KEPT).join(file.file_name().unwrap_or_default())
    }

    /// Where a file in the folder is, seen from the page.
    pub(super) fn link(&self, file: &Path) -> Option<MediaPath> {
        MediaPath::new(file.strip_prefix(&self.root).ok()?).ok()
    }

    /// Writes the page, whole or not at all, and says where it is.
    pub(crate) fn write_index(&self, html: &str) -> Result<PathBuf, Failure> {
        let index = self.root.join(INDEX);
        let write = || {
            make(&self.root)?;
            let mut file = tempfile::NamedTempFile::new_in(&self.root)?;
            io::Write::write_all(&mut file, html.as_bytes())?;
            let file = file.into_temp_path();
            readable(&file)?;
            file.persist(&index).map_err(|error| error.error)
        };
        write().map_err(|error| unusable(&index, &error))?;
        Ok(request::seen_here(&index))
    }

    /// The file itself where it lies in the folder, else a link to it or a copy of it there. What was brought
    /// once is there even when its file is not any more.
    fn bring(&self, file: &Path, to: &str) -> io::Result<PathBuf> {
        let file = whole(file)?;
        let target = self.root.join(to).join(named(&file, &file.to_string_lossy()));
        let found = match fs::metadata(&file) {
            Err(_) if target.is_file() => return Ok(target),
            found => found?,
        };
        if file.starts_with(&self.root) {
            return Ok(file);
        }
        if !is_of(&found, &target) {
            make(&self.root.join(to))?;
            // Of an earlier version of the file, if it is there.
            fs::remove_file(&target).or_else(|error| match error.kind() {
                io::ErrorKind::NotFound => Ok(()),
                _ => Err(error),
            })?;
            // A link takes up no room; not every file system has it.
            fs::hard_link(&file, &target).or_else(|_| copy(&file, &target))?;
        }
        Ok(target)
    }

    fn fetched(&self, url: &Url) -> PathBuf {
        let name = Path::new(url.path());
        self.root.join(ORIGINALS).join(named(name, unsigned(url).as_str()))
    }
}

/// `walk-1f3a9c2e.mp4`: the name of a file, and what tells it from others of that name.
fn named(file: &Path, identity: &str) -> String {
    let digest = Sha256::digest(identity);
    let mark: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let part =
        |part: Option<&std::ffi::OsStr>| part.map(|part| part.to_string_lossy().into_owned());
    let stem: String = part(file.file_stem()).unwrap_or_default().chars().take(60).collect();
    let ending = part(file.extension()).filter(|ending| ending.len() <= 4);
    format!("{stem}-{mark}.{}", ending.unwrap_or_else(|| "mp4".to_owned()))
}

/// Whether what was brought is of a file as it is by now.
fn is_of(found: &fs::Metadata, brought: &Path) -> bool {
    let Ok(brought) = fs::metadata(brought) else {
        return false;
    };
    let is_older = brought.modified().ok() < found.modified().ok();
    brought.len() == found.len() && !is_older
}

/// Copies a file, whole or not at all.
fn copy(file: &Path, target: &Path) -> io::Result<()> {
    let part = target.with_extension("part");
    fs::copy(file, &part)?;
    fs::rename(&part, target)
}

/// The one name of a file or a directory, however it is written, also if it is still to be made.
fn whole(path: &Path) -> io::Result<PathBuf> {
    let path = std::path::absolute(path)?;
    let there = path.ancestors().find(|it| it.exists()).unwrap_or(&path);
    let to_be_made = path.strip_prefix(there).unwrap_or(Path::new(""));
    // Joined with nothing, a path would end in a separator.
    let there = there.canonicalize()?;
    Ok(if to_be_made.as_os_str().is_empty() { there } else { there.join(to_be_made) })
}

fn make(directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)
}

fn found(index: &Path) -> io::Result<Found> {
    let file = match fs::File::open(index) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(error),
    };
    let mut head = Vec::new();
    io::Read::read_to_end(&mut io::Read::take(file, HEAD), &mut head)?;
    let has = |mark: &str| head.windows(mark.len()).any(|part| part == mark.as_bytes());
    Ok(match (has(EMULATED), has(MARK)) {
        (true, _) => Found::Emulated,
        (_, true) => Found::Ours,
        _ => Found::Anothers,
    })
}

/// What is made for one's own eyes first may be shown to others: as any other file, and not as a temporary one.
#[cfg(unix)]
fn readable(file: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &Path) -> io::Result<()> {
    Ok(())
}

fn unusable(path: &Path, error: &io::Error) -> Failure {
    Failure::new(Exit::Usage, "page", format!("{} cannot be written: {error}", path.display()))
        .money("nothing was spent on it; what was paid for before is where it was")
        .next("name another folder with -o")
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    /// A folder for a page, and one beside it for what is brought.
    fn place() -> (tempfile::TempDir, Folder, PathBuf) {
        let place = tempfile::tempdir().unwrap();
        let elsewhere = place.path().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        let folder = Folder::new(&place.path().join("page"), false, false).unwrap();
        folder.make("").unwrap();
        (place, folder, elsewhere)
    }

    #[test]
    fn what_lies_in_the_folder_is_shown_where_it_is_and_all_else_is_brought_once() {
        let (_place, folder, elsewhere) = place();
        let inside = folder.path().join("a.mp4");
        let outside = elsewhere.join("a \"b\".mp4");
        for file in [&inside, &outside] {
            fs::write(file, "1").unwrap();
        }
        assert_eq!(folder.bring(&inside, EDITS).unwrap(), inside);
        let brought = folder.bring(&outside, EDITS).unwrap();
        assert!(brought.starts_with(folder.path().join(EDITS)), "{}", brought.display());
        assert_eq!(folder.bring(&outside, EDITS).unwrap(), brought);
        // By another name it is the same file.
        let again = elsewhere.join("../elsewhere").join("a \"b\".mp4");
        assert_eq!(folder.bring(&again, EDITS).unwrap(), brought);
        fs::remove_file(&outside).unwrap();
        assert_eq!(folder.bring(&outside, EDITS).unwrap(), brought, "it stays when its file goes");
        let gone = folder.bring(&elsewhere.join("none.mp4"), EDITS).unwrap_err();
        assert_eq!(gone.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_newer_version_of_a_file_takes_the_place_of_the_old_one() {
        let (_place, folder, elsewhere) = place();
        let file = elsewhere.join("a.mp4");
        fs::write(&file, "old").unwrap();
        let brought = folder.bring(&file, ORIGINALS).unwrap();
        fs::remove_file(&file).unwrap();
        fs::write(&file, "new").unwrap();
        let later = SystemTime::now() + Duration::from_secs(60);
        fs::File::options().write(true).open(&file).unwrap().set_modified(later).unwrap();
        assert_eq!(folder.bring(&file, ORIGINALS).unwrap(), brought);
        assert_eq!(fs::read(brought).unwrap(), b"new");
    }

    #[test]
    fn what_is_kept_is_a_copy_and_goes_only_as_long_as_it_is_one() {
        let (_place, folder, _) = place();
        let file = folder.path().join("a.mp4");
        fs::write(&file, "paid for").unwrap();
        assert!(!folder.is_kept(&file));
        let kept = folder.keep(&file).unwrap();
        assert!(folder.is_kept(&file) && folder.keep(&file).is_ok());
        fs::write(&kept, "changed").unwrap();
        assert!(folder.unkeep(&file).is_err() && folder.keep(&file).is_err());
        assert_eq!(fs::read(&file).unwrap(), b"paid for");
        fs::write(&kept, "paid for").unwrap();
        folder.unkeep(&file).unwrap();
        assert!(!kept.exists() && file.exists());
        folder.unkeep(&file).unwrap();
    }

    #[test]
    fn only_a_page_of_ours_is_replaced_and_what_was_paid_for_by_no_trial() {
        let place = tempfile::tempdir().unwrap();
        let index = place.path().join(INDEX);
        let mark = |notice: &str| format!("<meta name=\"generator\" content=\"reshoot{notice}\">");
        for (page, overwrite, is_emulated, may) in [
            ("<p>mine</p>".to_owned(), false, false, false),
            ("<p>mine</p>".to_owned(), true, false, true),
            (mark(""), false, false, true),
            (mark(""), true, true, false),
            (mark(": emulator"), false, true, true),
            (mark(": emulator"), false, false, true),
        ] {
            fs::write(&index, &page).unwrap();
            let folder = Folder::new(place.path(), overwrite, is_emulated);
            assert_eq!(folder.is_ok(), may, "{page} {overwrite} {is_emulated}");
        }
    }
}
