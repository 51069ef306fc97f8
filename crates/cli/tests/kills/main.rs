//! Kills the command at every step of its journal, again and again, and counts what that costs.
//!
//! `cargo test` runs a short form; `cargo xtask kills` a long one. Ends with 1 if a figure is not met.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "a test")]

mod lab;
mod settle;
mod verdict;
mod victim;

use std::{process::ExitCode, time::Instant};

use lab::Lab;
use verdict::Verdict;

/// Kills in the short form.
const SHORT: usize = 40;

fn main() -> ExitCode {
    let kills = kills(std::env::args().skip(1));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let started = Instant::now();
    let verdict = runtime.block_on(run(kills));
    println!("{verdict}\ntime             {:.0} s", started.elapsed().as_secs_f64());
    if verdict.holds(kills) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// `--kills N`; whatever else a test runner says is not for us.
fn kills(args: impl Iterator<Item = String>) -> usize {
    let args: Vec<_> = args.collect();
    let given = args.windows(2).find(|pair| pair[0] == "--kills");
    given.and_then(|pair| pair[1].parse().ok()).unwrap_or(SHORT)
}

async fn run(kills: usize) -> Verdict {
    let lab = Lab::start().await;
    let providers = reshoot_emulator::providers();
    let share = kills.div_ceil(providers.len());
    let workers = providers.iter().map(|provider| victim::kill_many(&lab, provider, share));
    let outcomes = futures_util::future::join_all(workers).await;
    settle::all(&lab).await;
    verdict::of(&lab, &outcomes).await
}
