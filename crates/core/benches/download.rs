//! 64 MB with SHA-256, length and structure checked, fsynced: against `curl` on the same server.
//!
//! `cargo bench -p reshoot-core --bench download`. Prints medians and ratios of one run; all three
//! take turns, so that a busy machine slows them alike.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::indexing_slicing)]

use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use reshoot_core::{DownloadOptions, Url, fetch};
use tokio::runtime::{Builder, Runtime};

const BYTES: usize = 64 << 20;
const ROUNDS: usize = 11;

fn main() {
    let link = serve(clip());
    let directory = tempfile::tempdir().unwrap();
    let target = directory.path().join("out.mp4");
    let runtime = Builder::new_multi_thread().enable_all().build().unwrap();
    let curl = Command::new("curl").arg("--version").output().is_ok_and(|it| it.status.success());
    if !curl {
        println!("curl is not installed: no baseline, only reshoot's own time");
    }
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        times[0].push(timed(|| reshoot(&runtime, &link, &target)));
        if curl {
            times[1].push(timed(|| to_file(&link, &target)));
            times[2].push(timed(|| to_hash(&link)));
        }
    }
    report(times);
}

fn report(times: [Vec<Duration>; 3]) {
    let names = ["reshoot (checks, SHA-256, fsync)", "curl -o file", "curl | sha256sum"];
    let medians = times.map(median);
    for (name, time) in names.iter().zip(medians) {
        let Some(time) = time else { continue };
        let rate = BYTES as f64 / 1e6 / time.as_secs_f64();
        let ratio = medians[0].unwrap().as_secs_f64() / time.as_secs_f64();
        println!(
            "{name:<34} {time:>10.1?}  {rate:>6.0} MB/s  reshoot takes {ratio:.2} times as long"
        );
    }
}

fn median(mut times: Vec<Duration>) -> Option<Duration> {
    times.sort();
    times.get(times.len() / 2).copied()
}

fn timed(run: impl FnOnce()) -> Duration {
    let started = Instant::now();
    run();
    started.elapsed()
}

fn reshoot(runtime: &Runtime, link: &Url, target: &Path) {
    let options = DownloadOptions::default().with_loopback(true).with_overwrite(true);
    let downloaded = runtime.block_on(fetch(link, target, &options, &mut |_| {})).unwrap();
    assert_eq!(downloaded.bytes, BYTES as u64);
}

fn to_file(link: &Url, target: &Path) {
    let curl = Command::new("curl").args(["-sS", "-o"]).arg(target).arg(link.as_str()).status();
    assert!(curl.unwrap().success());
    assert_eq!(fs::metadata(target).unwrap().len(), BYTES as u64);
}

fn to_hash(link: &Url) {
    let mut curl =
        Command::new("curl").args(["-sS", link.as_str()]).stdout(Stdio::piped()).spawn().unwrap();
    let bytes = curl.stdout.take().unwrap();
    let hashed = Command::new("sha256sum").stdin(bytes).output().unwrap();
    assert!(curl.wait().unwrap().success() && hashed.status.success());
}

/// A real clip, grown by a box that players skip.
fn clip() -> Vec<u8> {
    let small = concat!(env!("CARGO_MANIFEST_DIR"), "/../emulator/assets/result.mp4");
    let mut clip = fs::read(small).unwrap();
    let room = BYTES - clip.len();
    clip.extend(u32::try_from(room).unwrap().to_be_bytes());
    clip.extend(b"free");
    // Not zeros: nothing on the way may find them easier than a film.
    clip.extend((0_u32..).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).take(room - 8));
    clip
}

/// A server that answers every request with `body`, one at a time.
fn serve(body: Vec<u8>) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let link = format!("http://{}/clip.mp4", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            answer(stream.unwrap(), &body);
        }
    });
    Url::parse(&link).unwrap()
}

fn answer(mut stream: TcpStream, body: &[u8]) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: video/mp4\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
}
