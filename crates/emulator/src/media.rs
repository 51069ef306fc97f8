//! What a file is and how long it plays, from its first bytes only.
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// A file type that some provider names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) family: &'static str,
    pub(crate) mime: &'static str,
}

const fn kind(family: &'static str, mime: &'static str) -> Kind {
    Kind { family, mime }
}

pub(crate) const UNKNOWN: Kind = kind("unknown", "application/octet-stream");

/// Offset, bytes found there, what they mean. The first match counts.
const SIGNATURES: [(usize, &[u8], Kind); 19] = [
    (0, b"\x89PNG\r\n\x1a\n", kind("image", "image/png")),
    (0, b"\xff\xd8\xff", kind("image", "image/jpeg")),
    (0, b"GIF8", kind("image", "image/gif")),
    (8, b"WEBP", kind("image", "image/webp")),
    (0, b"BM", kind("image", "image/bmp")),
    (8, b"WAVE", kind("audio", "audio/wav")),
    (4, b"ftypM4A", kind("audio", "audio/mp4")),
    (4, b"ftypqt", kind("video", "video/quicktime")),
    (4, b"ftyp", kind("video", "video/mp4")),
    (4, b"moov", kind("video", "video/quicktime")),
    (4, b"mdat", kind("video", "video/quicktime")),
    (4, b"wide", kind("video", "video/quicktime")),
    (0, b"\x1a\x45\xdf\xa3", kind("video", "video/webm")),
    (0, b"OggS", kind("audio", "audio/ogg")),
    (0, b"ID3", kind("audio", "audio/mpeg")),
    (0, b"\xff\xfb", kind("audio", "audio/mpeg")),
    (0, b"\xff\xf3", kind("audio", "audio/mpeg")),
    (0, b"\xff\xf2", kind("audio", "audio/mpeg")),
    (0, b"fLaC", kind("audio", "audio/flac")),
];

/// How many bytes [`sniff`] looks at.
pub(crate) const HEAD: usize = 16;

/// Tells a file's type from its first bytes, whatever its name says.
pub(crate) fn sniff(head: &[u8]) -> Kind {
    let found = SIGNATURES
        .iter()
        .find(|(at, bytes, _)| head.get(*at..).is_some_and(|rest| rest.starts_with(bytes)));
    found.map_or(UNKNOWN, |(_, _, kind)| *kind)
}

/// Seconds that an MP4 or MOV says it plays; `None` when it does not say.
pub(crate) fn duration(path: &Path) -> Option<f64> {
    let mut file = File::open(path).ok()?;
    enter(&mut file, *b"moov").ok()?;
    enter(&mut file, *b"mvhd").ok()?;
    let mut header = [0; 32];
    file.read_exact(&mut header).ok()?;
    movie_seconds(&header).filter(|seconds| *seconds > 0.0)
}

/// Moves to the content of the next box of this type.
fn enter(file: &mut File, wanted: [u8; 4]) -> io::Result<()> {
    loop {
        let start = file.stream_position()?;
        let mut head = [0; 8];
        file.read_exact(&mut head)?;
        let [a, b, c, d, name @ ..] = head;
        if name == wanted {
            return Ok(());
        }
        let size = match u32::from_be_bytes([a, b, c, d]) {
            1 => large_size(file)?,
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            size => u64::from(size),
        };
        let next = start.checked_add(size.max(8)).ok_or(io::ErrorKind::InvalidData)?;
        file.seek(SeekFrom::Start(next))?;
    }
}

fn large_size(file: &mut File) -> io::Result<u64> {
    let mut size = [0; 8];
    file.read_exact(&mut size)?;
    Ok(u64::from_be_bytes(size))
}

#[expect(clippy::cast_precision_loss, reason = "a duration in ticks is far below 2^52")]
fn movie_seconds(header: &[u8; 32]) -> Option<f64> {
    let number = |at: usize, len: usize| {
        header
            .get(at..at + len)
            .map(|bytes| bytes.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte)))
    };
    let (scale, ticks) = match header.first()? {
        0 => (number(12, 4)?, number(16, 4)?),
        _ => (number(20, 4)?, number(24, 8)?),
    };
    (scale > 0).then(|| ticks as f64 / scale as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides_the_type() {
        let cases: [(&[u8], &str); 7] = [
            (b"\x89PNG\r\n\x1a\n0000", "image/png"),
            (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
            (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
            (b"\0\0\0\x20ftypisom\0\0\0\0", "video/mp4"),
            (b"\0\0\0\x14ftypqt  \0\0\0\0", "video/quicktime"),
            (b"<html>", "application/octet-stream"),
            (b"", "application/octet-stream"),
        ];
        for (head, mime) in cases {
            assert_eq!(sniff(head).mime, mime);
        }
    }

    #[test]
    fn the_built_in_clip_plays_three_seconds() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/result.mp4");
        assert_eq!(duration(&path), Some(3.0));
    }

    #[test]
    fn what_is_no_clip_has_no_duration() {
        assert_eq!(duration(&Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")), None);
    }
}
