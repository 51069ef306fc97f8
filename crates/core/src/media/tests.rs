//! Probing real clips and pictures, and files that only pretend to be some.

use std::{
    cell::Cell,
    io::{Cursor, Read, Seek, SeekFrom},
    path::PathBuf,
    process::Command,
    rc::Rc,
};

use proptest::prelude::*;

use super::*;

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/media").join(name)
}

pub(super) fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(fixture(name)).unwrap()
}

fn probe(content: &[u8]) -> Result<VideoFacts, Problem> {
    movie::probe(Cursor::new(content), content.len() as u64)
}

/// A box of a kind, around content.
pub(super) fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let size = u32::try_from(content.len() + 8).unwrap();
    [&size.to_be_bytes(), kind.as_slice(), content].concat()
}

/// Where a box of a kind begins.
pub(super) fn position(content: &[u8], kind: &[u8; 4]) -> usize {
    content.windows(4).position(|window| window == kind).unwrap() - 4
}

#[test]
fn clips_are_measured_as_a_player_shows_them() {
    // The lengths are those that ffprobe gives for the same files.
    for (name, millis, container_millis, display, rotation, codec, audio) in [
        ("moov-first.mp4", 3000, 3000, (320, 240), 0, "avc1", false),
        ("moov-last.mp4", 3000, 3000, (320, 240), 0, "avc1", true),
        ("quicktime.mov", 3000, 3000, (320, 240), 0, "avc1", false),
        ("fragmented.mp4", 3000, 3000, (320, 240), 0, "avc1", false),
        ("long-sound.mp4", 2000, 4000, (320, 240), 0, "avc1", true),
        ("edit-list.mp4", 2500, 2500, (320, 240), 0, "avc1", false),
        ("rotated.mp4", 2000, 2000, (240, 352), 270, "avc1", false),
        ("anamorphic.mp4", 2000, 2000, (426, 240), 0, "avc1", false),
        ("hevc.mp4", 2000, 2000, (320, 240), 0, "hvc1", false),
        ("prores.mov", 2000, 2000, (240, 240), 0, "apco", false),
        ("1900ms.mp4", 1900, 1900, (320, 240), 0, "avc1", false),
        ("10100ms.mp4", 10100, 10100, (320, 240), 0, "avc1", false),
    ] {
        let facts = probe_video(&fixture(name)).unwrap();
        assert_eq!(facts.duration.as_millis(), millis, "{name}");
        assert_eq!(facts.container_duration.as_millis(), container_millis, "{name}");
        assert_eq!((facts.display_width, facts.display_height), display, "{name}");
        assert_eq!(facts.rotation, rotation, "{name}");
        assert_eq!((facts.codec.as_str(), facts.has_audio), (codec, audio), "{name}");
        assert_eq!(facts.fragmented, name == "fragmented.mp4", "{name}");
        assert_eq!(facts.container == Container::Mov, name.ends_with(".mov"), "{name}");
    }
}

#[test]
fn the_frame_rate_is_told_where_the_frames_are_counted() {
    // Those that ffprobe gives for the same files.
    for (name, rate) in [
        ("../clip.mp4", Some(24.0)),
        ("moov-first.mp4", Some(10.0)),
        ("moov-last.mp4", Some(10.0)),
        ("long-sound.mp4", Some(10.0)),
        ("quicktime.mov", Some(10.0)),
        ("edit-list.mp4", Some(10.0)),
        ("prores.mov", Some(2.0)),
        ("fragmented.mp4", None),
    ] {
        assert_eq!(probe_video(&fixture(name)).unwrap().frame_rate, rate, "{name}");
    }
}

#[test]
fn the_frames_of_a_file_that_goes_on_in_fragments_are_not_all_counted() {
    let mut content = bytes("moov-first.mp4");
    assert_eq!(probe(&content).unwrap().frame_rate, Some(10.0));
    let at = position(&content, b"udta") + 4;
    content[at..at + 4].copy_from_slice(b"mvex");
    let facts = probe(&content).unwrap();
    assert_eq!((facts.fragmented, facts.frame_rate), (true, None));
}

#[test]
fn whole_seconds_are_exact() {
    for (name, seconds) in [("2s.mp4", 2), ("10s.mp4", 10)] {
        let facts = probe_video(&fixture(name)).unwrap();
        assert_eq!(facts.duration, Duration::from_secs(seconds), "{name}");
    }
}

#[test]
fn a_file_that_is_something_else_is_called_by_its_name() {
    for (content, what) in [
        (bytes("rgb.png"), "a PNG image"),
        (bytes("photo.jpg"), "a JPEG image"),
        (bytes("moving.gif"), "a GIF image"),
        (bytes("still.webp"), "a WebP image"),
        (bytes("really-webm.mp4"), "a WebM or Matroska video"),
        (bytes("really-ts.mp4"), "an MPEG transport stream"),
        (b"<!doctype html><html>".to_vec(), "a web page or other text"),
        (b"just a note to myself".to_vec(), "a text"),
        (vec![0; 4096], "something unknown"),
    ] {
        match probe(&content) {
            Err(Problem::NotAVideo(name)) => assert_eq!(name, what),
            other => panic!("{what}: {other:?}"),
        }
    }
}

#[test]
fn what_is_missing_is_said() {
    let whole = bytes("moov-first.mp4");
    let last = bytes("moov-last.mp4");
    let no_movie = last[..position(&last, b"moov")].to_vec();
    for (case, content, expected) in [
        ("picture data cut off", whole[..whole.len() - 1].to_vec(), "bytes belong to it"),
        ("cut off in the movie box", last[..last.len() - 10].to_vec(), "bytes belong to it"),
        ("no movie box", no_movie, "the recording was not finished"),
        ("sound only", bytes("sound-only.mp4"), "has no picture track"),
        ("half a header", b"\0\0\0\x18ftypisom".to_vec(), "bytes belong to it"),
    ] {
        let problem = probe(&content).unwrap_err().to_string();
        assert!(problem.contains(expected), "{case}: {problem}");
    }
}

#[test]
fn picture_data_that_goes_to_the_end_is_still_found_cut_off() {
    let mut content = bytes("moov-first.mp4");
    let data = position(&content, b"mdat");
    content[data..data + 4].fill(0);
    assert!(probe(&content).is_ok());
    content.truncate(data + 8);
    assert!(matches!(probe(&content), Err(Problem::Truncated { .. })));
}

#[test]
fn long_sizes_are_read() {
    let content = bytes("moov-first.mp4");
    let data = position(&content, b"mdat");
    let size = u64::try_from(content.len() - data + 8).unwrap();
    let long = [1_u32.to_be_bytes().as_slice(), b"mdat", &size.to_be_bytes()].concat();
    let content = [&content[..data], &long, &content[data + 8..]].concat();
    assert_eq!(probe(&content).unwrap().duration, Duration::from_secs(3));
}

#[test]
fn forged_numbers_are_refused_or_end_with_the_data() {
    let head = boxed(b"ftyp", b"isom\0\0\0\0");
    let huge = [&head[..], &1_u32.to_be_bytes(), b"mdat", &u64::MAX.to_be_bytes()].concat();
    assert!(matches!(probe(&huge), Err(Problem::Damaged(_))));
    let tiny = [&head[..], &3_u32.to_be_bytes(), b"free"].concat();
    assert!(matches!(probe(&tiny), Err(Problem::Damaged(_))));
    let mut list = bytes("edit-list.mp4");
    let count = position(&list, b"elst") + 12;
    list[count..count + 4].fill(0xff);
    assert!(probe(&list).is_ok());
}

#[test]
fn what_is_not_a_file_is_not_opened() {
    let directory = tempfile::tempdir().unwrap();
    let refused = |path: PathBuf| probe_video(&path).unwrap_err().to_string();
    assert!(refused(directory.path().to_owned()).ends_with("is a directory, not a file"));
    let empty = directory.path().join("empty.mp4");
    std::fs::write(&empty, b"").unwrap();
    assert!(refused(empty).ends_with("empty.mp4: is empty"));
    assert!(refused(directory.path().join("none.mp4")).contains("cannot be read"));
    let pipe = directory.path().join("pipe.mp4");
    if Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()) {
        assert!(refused(pipe).ends_with("is a pipe, not a file"));
    }
}

#[test]
fn three_gigabytes_are_stepped_over() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("large.mp4");
    let content = bytes("moov-first.mp4");
    let data = position(&content, b"mdat");
    let length = 3_u64 << 30;
    let size = (length - data as u64).to_be_bytes();
    let long = [1_u32.to_be_bytes().as_slice(), b"mdat", &size].concat();
    std::fs::write(&path, [&content[..data], &long].concat()).unwrap();
    std::fs::File::options().write(true).open(&path).unwrap().set_len(length).unwrap();
    let facts = probe_video(&path).unwrap();
    assert_eq!((facts.bytes, facts.duration), (length, Duration::from_secs(3)));
}

/// Counts what is read.
struct Counting<R> {
    inner: R,
    reads: Rc<Cell<(usize, usize)>>,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let (reads, bytes) = self.reads.get();
        self.reads.set((reads + 1, bytes + count));
        Ok(count)
    }
}

impl<R: Seek> Seek for Counting<R> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.inner.seek(to)
    }
}

#[test]
fn only_headers_are_read() {
    for name in ["moov-first.mp4", "moov-last.mp4"] {
        let content = bytes(name);
        let reads = Rc::default();
        let reader = Counting { inner: Cursor::new(&content), reads: Rc::clone(&reads) };
        movie::probe(reader, content.len() as u64).unwrap();
        let (reads, bytes) = reads.get();
        assert!(reads <= 16 && bytes < 8 << 10, "{name}: {reads} reads, {bytes} bytes");
    }
}

#[test]
fn pictures_are_measured_by_content() {
    use ImageFormat::{Bmp, Jpeg, Png, Webp};
    for (name, format, has_alpha) in [
        ("rgb.png", Png, false),
        ("rgba.png", Png, true),
        ("palette.png", Png, true),
        ("photo.jpg", Jpeg, false),
        ("still.webp", Webp, false),
        ("plain.bmp", Bmp, false),
    ] {
        let facts = probe_image(&fixture(name)).unwrap();
        assert_eq!((facts.format, facts.has_alpha), (format, has_alpha), "{name}");
        assert_eq!(facts.height, 240, "{name}");
    }
}

#[test]
fn pictures_that_cannot_be_used_are_refused() {
    assert!(matches!(
        probe_image(&fixture("animated.webp")).unwrap_err().problem,
        Problem::Animated
    ));
    for (name, what) in [("moving.gif", "a GIF image"), ("2s.mp4", "an mp4 or mov video")] {
        let problem = probe_image(&fixture(name)).unwrap_err().problem;
        assert!(matches!(problem, Problem::NotAnImage(name) if name == what), "{name}");
    }
    for name in ["rgb.png", "photo.jpg", "still.webp", "plain.bmp"] {
        let content = bytes(name);
        let cut = &content[..content.len() / 2];
        let problem = image::probe(Cursor::new(cut), cut.len() as u64).unwrap_err();
        assert!(matches!(problem, Problem::NoEnd), "{name}: {problem}");
    }
}

proptest! {
    /// Whatever is in a file, it is measured or refused: no panic, no endless loop.
    #[test]
    fn any_bytes_are_survived(content in proptest::collection::vec(any::<u8>(), 0..2048)) {
        drop(probe(&content));
        drop(image::probe(Cursor::new(&content), content.len() as u64));
    }

    #[test]
    fn any_change_to_a_clip_is_survived(
        name in prop::sample::select(vec!["moov-first.mp4", "moov-last.mp4", "fragmented.mp4", "edit-list.mp4"]),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
    ) {
        let mut content = bytes(name);
        let movie = position(&content, b"moov");
        let end = content.len().min(movie + 3000);
        for (index, byte) in changes {
            let at = movie + index.index(end - movie);
            content[at] = byte;
        }
        drop(probe(&content));
    }

    #[test]
    fn any_change_to_a_picture_is_survived(
        name in prop::sample::select(vec!["rgb.png", "photo.jpg", "still.webp", "palette.png"]),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        let mut content = bytes(name);
        for (index, byte) in changes {
            let at = index.index(content.len());
            content[at] = byte;
        }
        drop(image::probe(Cursor::new(&content), content.len() as u64));
    }
}
