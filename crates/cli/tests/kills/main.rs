//! Kills the command at every step of its journal, again and again, and counts what that costs: first
//! single edits, then a batch.
//!
//! `cargo test` runs a short form; `cargo xtask kills` and `cargo xtask batches` long ones. Ends with 1
//! if a figure is not met.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "a test")]

mod batch;
mod lab;
mod settle;
mod verdict;
mod victim;

use std::{fmt::Display, process::ExitCode, time::Instant};

use lab::Lab;
use verdict::Verdict;

/// Kills of edits, and rows of the batch, in the short form.
const KILLS: usize = 40;
const ROWS: usize = 200;

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args().skip(1).collect();
    let (kills, rows) = (given(&args, "--kills"), given(&args, "--rows"));
    let both = kills.is_none() && rows.is_none();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut holds = true;
    if let Some(kills) = kills.or(both.then_some(KILLS)) {
        holds &= told(|| runtime.block_on(run(kills)), |verdict| verdict.holds(kills));
    }
    if let Some(rows) = rows.or(both.then_some(ROWS)) {
        holds &= told(|| runtime.block_on(batch::run(rows)), batch::Verdict::holds);
    }
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs, tells what came of it, and returns whether that is as it must be.
fn told<V: Display>(run: impl FnOnce() -> V, holds: impl FnOnce(&V) -> bool) -> bool {
    let started = Instant::now();
    let verdict = run();
    println!("{verdict}\ntime             {:.0} s", started.elapsed().as_secs_f64());
    holds(&verdict)
}

/// `--kills N`, `--rows N`; whatever else a test runner says is not for us.
fn given(args: &[String], name: &str) -> Option<usize> {
    let given = args.windows(2).find(|pair| pair[0] == name);
    given.and_then(|pair| pair[1].parse().ok())
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
