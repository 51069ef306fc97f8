//! What a poll plan saves: polls and delay of the plan, of fixed intervals and of exponential back-off,
//! simulated on jobs whose run times follow several distributions.
//!
//! `cargo test` checks the aims, `cargo xtask polls` prints the tables as well; `cargo xtask polls FILE`
//! takes the run times from a file of numbers, in seconds. Nothing here is random from run to run.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "a test")]

mod jobs;
mod known;
mod score;
mod table;

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let jobs = match args.as_slice() {
        [print, file] if print == "--print" => match jobs::read(file) {
            Ok(jobs) => vec![jobs],
            Err(problem) => return failed(&[problem]),
        },
        _ => jobs::all(),
    };
    let print = args.first().is_some_and(|arg| arg == "--print");
    let tables: Vec<_> = jobs.iter().map(table::Table::new).collect();
    if print {
        tables.iter().for_each(|table| println!("{table}"));
    }
    let missed: Vec<String> = tables.iter().flat_map(table::Table::missed).collect();
    if missed.is_empty() { ExitCode::SUCCESS } else { failed(&missed) }
}

fn failed(problems: &[String]) -> ExitCode {
    problems.iter().for_each(|problem| println!("missed: {problem}"));
    ExitCode::FAILURE
}
