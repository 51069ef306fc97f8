//! Why a local file cannot be used.

use std::{
    io,
    path::{Path, PathBuf},
};

/// Why a local file cannot be used. Nothing was sent or spent.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
#[non_exhaustive]
pub struct ProbeError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    #[source]
    pub problem: Problem,
}

impl ProbeError {
    pub(super) fn new(path: &Path, problem: Problem) -> Self {
        Self { path: path.to_owned(), problem }
    }
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// It is not there, or cannot be read.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It is a directory, a pipe, a device.
    #[error("is {0}, not a file")]
    NotAFile(&'static str),
    /// It has no content.
    #[error("is empty")]
    Empty,
    /// It is no mp4 and no mov, whatever its name says.
    #[error("is {0}, not an mp4 or mov video")]
    NotAVideo(&'static str),
    /// It is none of the image formats that the model takes.
    #[error("is {0}, not a JPEG, PNG, WebP or BMP image")]
    NotAnImage(&'static str),
    /// Its end is missing.
    #[error("is cut off: {needed} bytes belong to it, {there} are there; copy it again")]
    Truncated {
        /// How long the file says that it is, at least.
        needed: u64,
        /// How long it is.
        there: u64,
    },
    /// An image whose end marker is missing.
    #[error("is cut off: its end is missing; copy it again")]
    NoEnd,
    /// The table of contents is missing: the recording was not finished.
    #[error("has no table of contents (moov): the recording was not finished; export it again")]
    NoMovie,
    /// There is sound at most.
    #[error("has no picture track")]
    NoPicture,
    /// It has a picture that is shown for no time.
    #[error("has a picture track without length; export it again")]
    NoLength,
    /// It is animated.
    #[error("is animated; a reference image must be a still one")]
    Animated,
    /// Its headers contradict themselves.
    #[error("is damaged: {0}; export it again")]
    Damaged(&'static str),
}
