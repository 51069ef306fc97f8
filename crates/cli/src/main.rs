//! The command `reshoot`: edit a clip with Wan 2.7 through any provider.
//!
//! Each command is one file in `commands`; what it shows goes through `output`, how it ends through
//! `exit`.

#![allow(clippy::result_large_err, reason = "a failure is made once, and ends the command")]

mod args;
mod commands;
mod config;
mod confirm;
mod exit;
mod interrupts;
mod journal;
mod lead;
mod manifest;
mod output;
mod page;
mod request;
mod resume;
mod session;
mod shell;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match args::Cli::try_parse() {
        Ok(cli) => commands::run(cli),
        Err(asked) => exit::not_parsed(&asked),
    }
}
