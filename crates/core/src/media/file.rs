//! Opening a file without waiting for it.

use std::{
    fs::{self, File, FileType},
    path::Path,
};

use super::error::Problem;

/// A regular file with content.
pub(super) struct Opened {
    pub(super) file: File,
    pub(super) bytes: u64,
}

/// Opens a regular file. What it is gets asked first: opening a pipe would wait for a writer.
pub(super) fn open(path: &Path) -> Result<Opened, Problem> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(Problem::NotAFile(name(metadata.file_type())));
    }
    match metadata.len() {
        0 => Err(Problem::Empty),
        bytes => Ok(Opened { file: File::open(path)?, bytes }),
    }
}

#[cfg(unix)]
fn name(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    match kind {
        kind if kind.is_dir() => "a directory",
        kind if kind.is_fifo() => "a pipe",
        kind if kind.is_socket() => "a socket",
        _ => "a device",
    }
}

#[cfg(not(unix))]
fn name(kind: FileType) -> &'static str {
    if kind.is_dir() { "a directory" } else { "a device" }
}

/// What a file that is not what it should be is instead, by its first bytes.
pub(super) fn name_of(head: &[u8]) -> &'static str {
    const MAGIC: &[(usize, &[u8], &str)] = &[
        (0, b"\x89PNG", "a PNG image"),
        (0, b"\xff\xd8\xff", "a JPEG image"),
        (0, b"GIF8", "a GIF image"),
        (8, b"WEBP", "a WebP image"),
        (8, b"AVI ", "an AVI video"),
        (8, b"WAVE", "a WAV recording"),
        (0, b"\x1a\x45\xdf\xa3", "a WebM or Matroska video"),
        (0, b"\x00\x00\x01\xba", "an MPEG program stream"),
        (0, b"FLV", "a Flash video"),
        (0, b"OggS", "an Ogg file"),
        (0, b"ID3", "an MP3 recording"),
        (0, b"%PDF", "a PDF document"),
        (0, b"PK\x03\x04", "a ZIP archive"),
        (0, b"BM", "a BMP image"),
        (4, b"ftypheic", "a HEIC image"),
        (4, b"ftypmif1", "a HEIC image"),
        (4, b"ftypavif", "an AVIF image"),
        (4, b"ftyp", "an mp4 or mov video"),
        (0, b"\x47", "an MPEG transport stream"),
        (0, b"<", "a web page or other text"),
    ];
    let is_text = || head.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
    MAGIC
        .iter()
        .find(|(at, magic, _)| head.get(*at..).is_some_and(|rest| rest.starts_with(magic)))
        .map(|(_, _, name)| *name)
        .unwrap_or_else(|| if is_text() { "a text" } else { "something unknown" })
}
