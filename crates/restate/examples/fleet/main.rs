//! A fleet on this machine: a Restate server, two workers behind a balancer, and the emulator in the
//! providers' place. Kills them in turn while jobs run, and counts what was lost or paid twice.
//!
//! `cargo xtask fleet` builds and fetches what it needs, and runs it; `cargo xtask bench` runs the part that
//! measures speed.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test program"
)]

mod audit;
mod balancer;
mod batch;
mod manners;
mod processes;
mod rows;

use std::{
    env,
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use balancer::Balancer;
use processes::{Server, WorkerProcess};
use reshoot_emulator::Emulator;
use reshoot_restate::Client;
use rows::Row;

/// What was typed.
struct Options {
    server: PathBuf,
    worker: PathBuf,
    jobs: usize,
    part: Part,
}

/// What of it to run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    All,
    /// The kills alone, fewer of them.
    Short,
    /// The speed alone.
    Speed,
}

fn options() -> Option<Options> {
    let mut args = env::args().skip(1);
    let (server, worker) = (args.next()?.into(), args.next()?.into());
    let jobs = args.next()?.parse().ok()?;
    let part = match args.next().as_deref() {
        None => Part::All,
        Some("short") => Part::Short,
        Some("speed") => Part::Speed,
        Some(_) => return None,
    };
    Some(Options { server, worker, jobs, part })
}

#[tokio::main]
async fn main() -> ExitCode {
    let Some(options) = options() else {
        println!("usage: fleet RESTATE-SERVER RESHOOT JOBS [short | speed]; or: cargo xtask fleet");
        return ExitCode::from(2);
    };
    let mut good = options.part == Part::Speed || kills(&options).await;
    if options.part != Part::Short {
        for workers in [1, 2] {
            good &= speed(&options, workers).await;
        }
    }
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A fleet that runs.
struct Fleet {
    emulator: Emulator,
    server: Server,
    workers: Vec<WorkerProcess>,
    client: Client,
    directory: tempfile::TempDir,
}

impl Fleet {
    async fn start(options: &Options, emulator: Emulator, workers: usize) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let outputs = directory.path().join("results");
        std::fs::create_dir(&outputs).unwrap();
        let workers: Vec<_> = (0..workers)
            .map(|n| {
                WorkerProcess::start(&options.worker, &emulator, &outputs, directory.path(), n)
            })
            .collect();
        let balancer = Balancer::start(workers.iter().map(WorkerProcess::address).collect()).await;
        let server = Server::start(&options.server, directory.path()).await;
        server.register(balancer.address()).await;
        let client = Client::new(&server.ingress()).unwrap();
        Self { emulator, server, workers, client, directory }
    }

    /// Kills one of them, each in its turn, and starts it again.
    async fn kill(&mut self, turn: usize) -> String {
        let count = self.workers.len();
        match self.workers.get_mut(turn % (count + 1)) {
            Some(worker) => {
                worker.restart();
                format!("worker {}", turn % (count + 1) + 1)
            }
            None => {
                self.server.restart().await;
                "server".to_owned()
            }
        }
    }
}

async fn kills(options: &Options) -> bool {
    let emulator = Emulator::builder()
        .job_time(Duration::from_secs(2))
        .latency(Duration::from_millis(300))
        .start()
        .await
        .unwrap();
    let mut fleet = Fleet::start(options, emulator, 2).await;
    manners::check(&fleet.client, &fleet.server, &fleet.emulator).await;
    let mut rows = rows::mixed(options.jobs, rows::cap(options.jobs));
    let started = Instant::now();
    rows::submit_all(&fleet.client, &rows).await;
    let kills = if options.part == Part::Short { 6 } else { 15 };
    let mut killed = Vec::new();
    while !rows::collect(&fleet.client, &mut rows).await {
        // By progress and not by the clock: a slow machine has as many kills as a fast one.
        let ended = rows.iter().filter(|row| row.outcome.is_some()).count();
        if killed.len() < kills && ended * (kills + 1) >= rows.len() * (killed.len() + 1) {
            killed.push(fleet.kill(killed.len()).await);
        }
        if started.elapsed() > Duration::from_secs(900) {
            println!("fleet: not done after 15 minutes");
            break;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    println!(
        "fleet: {} jobs, {} kills ({}), {:.1} s",
        rows.len(),
        killed.len(),
        killed.join(", "),
        started.elapsed().as_secs_f64()
    );
    let directory = fleet.directory.path();
    let good = audit::print(&rows, &fleet.emulator, &directory.join("results"));
    let ingress = fleet.server.ingress();
    let good = batch::run(&options.worker, &ingress, &fleet.emulator, directory).await && good;
    if !good {
        println!("fleet: the logs are in {}", fleet.directory.keep().display());
    }
    // Each of the workers, and the server.
    good && killed.len() > 2
}

/// How many jobs per second go through when the provider takes no time.
async fn speed(options: &Options, workers: usize) -> bool {
    let emulator = Emulator::builder().job_time(Duration::from_millis(50)).start().await.unwrap();
    let fleet = Fleet::start(options, emulator, workers).await;
    let mut rows: Vec<Row> = rows::plain(options.jobs);
    let started = Instant::now();
    rows::submit_all(&fleet.client, &rows).await;
    while !rows::collect(&fleet.client, &mut rows).await {
        if started.elapsed() > Duration::from_secs(300) {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let took = started.elapsed().as_secs_f64();
    let cpu: Vec<_> = fleet.workers.iter().map(|it| format!("{:.1}", it.cpu_seconds())).collect();
    println!(
        "speed: {} workers, {} jobs, {took:.1} s, {:.0} jobs/s; CPU s: server {:.1}, workers {}",
        workers,
        rows.len(),
        rows.len() as f64 / took,
        fleet.server.cpu_seconds(),
        cpu.join(" + ")
    );
    rows.iter().all(Row::is_done)
}
