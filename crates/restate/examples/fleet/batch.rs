//! `reshoot batch --engine`: rows handed to the fleet by the command, which is killed on the way.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use reshoot_emulator::Emulator;

const ROWS: usize = 24;

/// Each honours keys or lists its jobs with their input, so that no row ends in doubt.
const PROVIDERS: &str = "evolink,replicate";

/// Whether every row has its file, and one job.
pub(crate) async fn run(
    reshoot: &Path,
    ingress: &str,
    emulator: &Emulator,
    directory: &Path,
) -> bool {
    let rows = (0..ROWS).map(|n| format!("https://h.example/{n}.mp4,batch row {n}\n"));
    let manifest = format!("clip,prompt\n{}", rows.collect::<String>());
    std::fs::write(directory.join("reel.csv"), manifest).unwrap();
    let before = emulator.jobs().len();
    let mut first = command(reshoot, ingress, directory).spawn().unwrap();
    tokio::time::sleep(Duration::from_millis(700)).await;
    first.kill().unwrap();
    first.wait().unwrap();
    let second = command(reshoot, ingress, directory).status().unwrap();
    let files =
        std::fs::read_dir(directory.join("results").join("reel")).map_or(0, Iterator::count);
    let jobs = emulator.jobs().len() - before;
    println!("batch: {ROWS} rows, killed once, then {second}: {files} files, {jobs} jobs");
    second.success() && files == ROWS && jobs == ROWS
}

fn command(reshoot: &Path, ingress: &str, directory: &Path) -> Command {
    let engine = format!("restate={ingress}");
    let mut command = Command::new(reshoot);
    command
        .args(["batch", "reel.csv", "--provider", PROVIDERS, "--spread", "--engine", &engine])
        .args(["--poll-every", "700ms", "--at-once", "10", "--starts", "20/1s"])
        .current_dir(directory)
        .env("HOME", directory)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}
