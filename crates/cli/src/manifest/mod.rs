//! The manifest of a batch: a row for each edit, read as a stream and never held whole.

mod cells;
mod grid;
mod row;
mod signed;
mod source;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use reshoot::Violation;

pub(crate) use grid::Grid;
pub(crate) use row::{Row, RowKey, Terms};
pub(crate) use signed::unsigned;
pub(crate) use source::Cells;
use source::Kind;

use crate::exit::Failure;

/// A manifest: a `.csv` or `.jsonl` file, a directory of clips, or rows that nobody wrote down.
#[derive(Clone, Debug)]
pub(crate) struct Manifest {
    path: PathBuf,
    kind: Kind,
}

/// A row that cannot be run, and all that is wrong with it.
#[derive(Clone, Debug)]
pub(crate) struct Unfit {
    pub(crate) line: u64,
    /// The clip as it was written, if it was.
    pub(crate) clip: String,
    pub(crate) wrong: Vec<Violation>,
}

impl Manifest {
    /// Looks at what is there; reads no row yet.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let unreadable = |error: std::io::Error| {
            Failure::usage(format!("the manifest {} cannot be read: {error}", path.display()))
        };
        let found = std::fs::metadata(path).map_err(unreadable)?;
        if !found.is_file() && !found.is_dir() {
            let message = "it is read several times, so it must be a file or a directory";
            return Err(Failure::usage(format!("{}: {message}", path.display())));
        }
        let is_directory = found.is_dir();
        let path = std::path::absolute(path).map_err(unreadable)?;
        let kind = Kind::of(&path, is_directory)?;
        Ok(Self { path, kind })
    }

    /// One of these rows, whose clips are in `directory`.
    pub(crate) fn of_rows(rows: Vec<Cells>, directory: PathBuf) -> Self {
        Self { path: directory, kind: Kind::Rows(Arc::from(rows)) }
    }

    /// Its name without an ending: `clips` of `clips.csv`.
    pub(crate) fn name(&self) -> String {
        let name = match self.kind {
            Kind::Directory | Kind::Rows(_) => self.path.file_name(),
            Kind::Csv | Kind::Jsonl => self.path.file_stem(),
        };
        name.map_or_else(|| "batch".to_owned(), |name| name.to_string_lossy().into_owned())
    }

    /// Where the clips are that are named without a directory: beside the manifest, or in it.
    pub(crate) fn directory(&self) -> PathBuf {
        match self.kind {
            Kind::Directory | Kind::Rows(_) => self.path.clone(),
            Kind::Csv | Kind::Jsonl => self.path.parent().unwrap_or(Path::new("/")).to_owned(),
        }
    }

    /// Whether files in `directory` are rows of it.
    pub(crate) fn holds(&self, directory: &Path) -> bool {
        let whole = |path: &Path| path.canonicalize().ok();
        matches!(self.kind, Kind::Directory)
            && whole(directory).is_some_and(|it| whole(&self.path) == Some(it))
    }

    /// What a row is called: `line 7` of a file, `clip 7` of a directory, `edit 7` of others.
    pub(crate) fn place(&self, line: u64) -> String {
        match self.kind {
            Kind::Directory => format!("clip {line}"),
            Kind::Rows(_) => format!("edit {line}"),
            Kind::Csv | Kind::Jsonl => format!("line {line}"),
        }
    }

    /// Its rows, one after the other.
    pub(crate) fn rows(
        &self,
        terms: &Terms,
    ) -> Result<impl Iterator<Item = Result<Row, Unfit>>, Failure> {
        let lines = source::lines(&self.path, &self.kind)?;
        Ok(lines.map(move |(line, cells)| match cells {
            Ok(cells) => row::read(line, cells, terms),
            Err(wrong) => Err(Unfit { line, clip: String::new(), wrong: vec![wrong] }),
        }))
    }
}
