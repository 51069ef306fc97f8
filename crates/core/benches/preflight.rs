//! How long the check of a 100 MB clip takes, with its table of contents at either end.
//!
//! The baseline, in the same run: opening the file and reading its first 4 KiB.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench")]

use std::{
    fs::File,
    hint::black_box,
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use reshoot_core::media::probe_video;

const SIZE: u64 = 100 << 20;
const RUNS: usize = 201;

fn main() {
    let directory = tempfile::tempdir().unwrap();
    let first = padded(directory.path(), true);
    let last = padded(directory.path(), false);
    let baseline = median(|| {
        let mut head = [0; 4096];
        File::open(&first).unwrap().read_exact(&mut head).unwrap();
        black_box(head);
    });
    println!("probing a clip of {} MB, median of {RUNS} runs", SIZE >> 20);
    println!("  open and read 4 KiB  {:>8.3} ms", millis(baseline));
    for (name, path) in [("contents first", &first), ("contents last", &last)] {
        let took = median(|| drop(black_box(probe_video(path).unwrap())));
        let ratio = took.as_secs_f64() / baseline.as_secs_f64();
        println!("  {name:<20} {:>8.3} ms, {ratio:.1} × the baseline", millis(took));
    }
}

fn median(mut run: impl FnMut()) -> Duration {
    let mut times: Vec<_> = (0..RUNS)
        .map(|_| {
            let started = Instant::now();
            run();
            started.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[RUNS / 2]
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The fixture with its picture data stretched to [`SIZE`].
fn padded(directory: &Path, contents_first: bool) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let clip = std::fs::read(root.join("../../tests/fixtures/media/moov-first.mp4")).unwrap();
    let begin = |kind: &[u8]| clip.windows(4).position(|window| window == kind).unwrap() - 4;
    let (contents, data) = (begin(b"moov"), begin(b"mdat"));
    let (head, table) = (&clip[..contents], &clip[contents..data]);
    let path = directory.join(format!("{contents_first}.mp4"));
    let mut file = File::create(&path).unwrap();
    file.write_all(head).unwrap();
    if contents_first {
        file.write_all(table).unwrap();
    }
    let at = file.stream_position().unwrap();
    let room = SIZE - at - if contents_first { 0 } else { table.len() as u64 };
    file.write_all(&u32::try_from(room).unwrap().to_be_bytes()).unwrap();
    file.write_all(b"mdat").unwrap();
    file.seek(SeekFrom::Start(at + room)).unwrap();
    if !contents_first {
        file.write_all(table).unwrap();
    }
    file.set_len(SIZE).unwrap();
    path
}
