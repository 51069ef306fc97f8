//! The folder of a page: what it shows lies in it, so that it can be sent, moved and opened without a server.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
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
const ORIGINALS: &str = "originals";

/// Where results go that lie elsewhere.
pub(crate) const EDITS: &str = "edits";

/// Where results are that somebody has chosen to keep.
pub(crate) const KEPT: &str = "kept";

/// What marks a page as one of ours, which may be replaced.
const MARK: &str = "<meta name=\"generator\" content=\"reshoot\">";

/// How far into a file the mark is looked for.
const HEAD: u64 = 4096;

/// A folder that holds a page, or will.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    root: PathBuf,
}

impl Folder {
    /// A folder that is there, or can be made. Nothing is written yet.
    ///
    /// A page that somebody else wrote is not replaced, unless `overwrite` says so.
    pub(crate) fn new(path: &Path, overwrite: bool) -> Result<Self, Failure> {
        let root = std::path::absolute(path).map_err(|error| unusable(path, &error))?;
        let index = root.join(INDEX);
        match is_ours(&index) {
            Ok(false) if !overwrite => {
                let message = format!("{} is another's page", index.display());
                let next = "name another folder with -o, or replace it with --overwrite";
                Err(Failure::new(Exit::Refused, "target", message)
                    .money("nothing was sent or spent")
                    .next(next))
            }
            Ok(_) => Ok(Self { root }),
            Err(error) => Err(unusable(&index, &error)),
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
    pub(super) fn original(&self, video: &Media) -> Result<Option<PathBuf>, Failure> {
        match video {
            Media::File(path) => self.bring(path, ORIGINALS),
            Media::Url(url) => Ok(Some(self.fetched(url)).filter(|path| path.is_file())),
        }
    }

    /// A result, if it is still where it was.
    pub(super) fn edit(&self, file: &Path) -> Result<Option<PathBuf>, Failure> {
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
        self.kept(file).is_file()
    }

    /// Puts a result to those that are kept, and says where that is.
    pub(crate) fn keep(&self, file: &Path) -> io::Result<PathBuf> {
        let kept = self.kept(file);
        if !kept.exists() {
            make(&self.root.join(KEPT))?;
            link_or_copy(file, &kept)?;
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

    /// The file itself where it lies in the folder, else a link to it or a copy of it there; none if there
    /// is no such file.
    fn bring(&self, file: &Path, to: &str) -> Result<Option<PathBuf>, Failure> {
        let Ok(found) = fs::metadata(file) else {
            return Ok(None);
        };
        if file.starts_with(&self.root) {
            return Ok(Some(file.to_owned()));
        }
        // Another version of the file is another file.
        let changed = found.modified().ok().and_then(|it| it.duration_since(UNIX_EPOCH).ok());
        let identity = format!("{} {} {changed:?}", file.display(), found.len());
        let target = self.root.join(to).join(named(file, &identity));
        if !target.exists() {
            let bring = || make(&self.root.join(to)).and_then(|()| link_or_copy(file, &target));
            bring().map_err(|error| unusable(&target, &error))?;
        }
        Ok(Some(target))
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

/// A link takes up no room; where the file system has none, the copy is whole or is not there.
fn link_or_copy(file: &Path, target: &Path) -> io::Result<()> {
    if fs::hard_link(file, target).is_ok() {
        return Ok(());
    }
    let part = target.with_extension("part");
    fs::copy(file, &part)?;
    fs::rename(&part, target)
}

fn make(directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)
}

/// Whether there is no page, or one of ours.
fn is_ours(index: &Path) -> io::Result<bool> {
    let file = match fs::File::open(index) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(error),
    };
    let mut head = Vec::new();
    io::Read::read_to_end(&mut io::Read::take(file, HEAD), &mut head)?;
    Ok(head.windows(MARK.len()).any(|part| part == MARK.as_bytes()))
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
