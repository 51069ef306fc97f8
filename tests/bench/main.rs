//! What it costs to lead jobs: processor time, memory and throughput, against the same done by hand.
//!
//! `cargo xtask bench` builds and fetches what it needs, runs this, and prints one table. The jobs are led
//! by processes of their own, so that the emulator, which is in this one, is not counted.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark"
)]

mod by_hand;
mod fleet;
mod lines;
mod load;
mod ours;
mod table;
mod way;

use std::{env, process::ExitCode, time::Instant};

use lines::Measured;

#[tokio::main]
async fn main() -> ExitCode {
    // Cargo adds a flag of its own.
    let args: Vec<String> = env::args().skip(1).filter(|arg| arg != "--bench").collect();
    match args.split_first() {
        Some((first, args)) if first == "lead" => {
            way::lead(args).await;
            ExitCode::SUCCESS
        }
        _ => measure(&args).await,
    }
}

/// Measures everything, and prints the table. `fleet` names the fleet's programs, or says why there are none.
async fn measure(fleet: &[String]) -> ExitCode {
    let started = Instant::now();
    println!("{}", table::head());
    let mut measured = Measured::new();
    measured.at_once().await;
    measured.in_flight().await;
    measured.batches().await;
    measured.workers(fleet);
    println!("took {:.0} s", started.elapsed().as_secs_f64());
    measured.missed.iter().for_each(|missed| println!("{missed}"));
    if measured.lost == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
