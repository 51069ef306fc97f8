//! Walking over a file's top-level boxes: the small ones are read, picture data is stepped over.

use std::io::{ErrorKind, Read, Seek, SeekFrom};

use super::{error::Problem, file::name_of};

/// The largest table of contents that is read: thousands of times that of a ten-second clip.
const MAX_MOVIE: u64 = 16 << 20;

/// The largest header of one fragment, and how many fragments are read.
const MAX_FRAGMENT: u64 = 1 << 20;
const MAX_FRAGMENTS: usize = 4096;

/// How many top-level boxes are looked at, fragments included.
const MAX_BOXES: usize = 3 * MAX_FRAGMENTS;

/// The parts of a file that say what is in it.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// The four characters of the file's brand.
    pub(super) brand: [u8; 4],
    /// The table of contents.
    pub(super) movie: Vec<u8>,
    /// The headers of the fragments, in order.
    pub(super) fragments: Vec<Vec<u8>>,
}

/// Reads a file's parts.
pub(super) fn parts(mut reader: impl Read + Seek, length: u64) -> Result<Parts, Problem> {
    let mut head = [0; 16];
    let known = read_up_to(&mut reader, &mut head)?;
    let head = head.get(..known).unwrap_or_default();
    if !begins_like_a_movie(head) {
        return Err(Problem::NotAVideo(name_of(head)));
    }
    let mut parts = Parts::default();
    let mut at = 0;
    for _ in 0..MAX_BOXES {
        if at >= length {
            return finished(parts);
        }
        reader.seek(SeekFrom::Start(at))?;
        let Some(header) = header(&mut reader, at, length)? else {
            return finished(parts);
        };
        take(&mut parts, &mut reader, &header, length)?;
        at = header.end;
    }
    Err(Problem::Damaged("it has too many parts"))
}

fn finished(parts: Parts) -> Result<Parts, Problem> {
    if parts.movie.is_empty() {
        return Err(Problem::NoMovie);
    }
    Ok(parts)
}

/// mp4 begins with `ftyp`; old QuickTime with one of the others.
fn begins_like_a_movie(head: &[u8]) -> bool {
    let brand = head.get(8..12).unwrap_or_default();
    match head.get(4..8) {
        Some(b"ftyp") => !matches!(brand, b"heic" | b"mif1" | b"avif"),
        Some(b"moov" | b"mdat" | b"wide" | b"free" | b"skip" | b"pnot") => true,
        _ => false,
    }
}

struct Header {
    kind: [u8; 4],
    body: u64,
    end: u64,
}

/// The header of the box at `at`; none where only padding is left.
fn header(reader: &mut impl Read, at: u64, length: u64) -> Result<Option<Header>, Problem> {
    let mut bytes = [0; 16];
    let known = read_up_to(reader, &mut bytes)?;
    let mut fields = super::boxes::Fields(bytes.get(..known).unwrap_or_default());
    let Some((size, kind)) = fields.u32().zip(fields.take(4)) else {
        return Ok(None);
    };
    let kind = kind.try_into().unwrap_or_default();
    let (header, size) = match size {
        0 if kind == [0; 4] => return Ok(None),
        0 => (8, length - at),
        1 => (16, fields.u64().ok_or(Problem::Damaged("a part has no length"))?),
        size => (8, u64::from(size)),
    };
    if size < header {
        return Err(Problem::Damaged("a part is shorter than its own header"));
    }
    let end = at.checked_add(size).ok_or(Problem::Damaged("a part is longer than any file"))?;
    Ok(Some(Header { kind, body: at + header, end }))
}

fn take(
    parts: &mut Parts,
    reader: &mut (impl Read + Seek),
    header: &Header,
    length: u64,
) -> Result<(), Problem> {
    if header.end > length {
        return Err(Problem::Truncated { needed: header.end, there: length });
    }
    match &header.kind {
        b"ftyp" => {
            parts.brand = body(reader, header, 1024)?.get(..4).map(brand).unwrap_or_default()
        }
        b"moov" if parts.movie.is_empty() => parts.movie = body(reader, header, MAX_MOVIE)?,
        b"moof" if parts.fragments.len() == MAX_FRAGMENTS => {
            return Err(Problem::Damaged("it has too many fragments"));
        }
        b"moof" => parts.fragments.push(body(reader, header, MAX_FRAGMENT)?),
        _ => {}
    }
    Ok(())
}

fn brand(bytes: &[u8]) -> [u8; 4] {
    bytes.try_into().unwrap_or_default()
}

fn body(reader: &mut (impl Read + Seek), header: &Header, max: u64) -> Result<Vec<u8>, Problem> {
    let size = header.end - header.body;
    if size > max {
        return Err(Problem::Damaged("a table in it is too large"));
    }
    reader.seek(SeekFrom::Start(header.body))?;
    let mut body = Vec::new();
    reader.take(size).read_to_end(&mut body)?;
    Ok(body)
}

fn read_up_to(reader: &mut impl Read, buffer: &mut [u8]) -> Result<usize, Problem> {
    let mut filled = 0;
    while let Some(room) = buffer.get_mut(filled..).filter(|room| !room.is_empty()) {
        match reader.read(room) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(filled)
}
