//! `reshoot completions`: a script for the shell.

use clap::CommandFactory;

use crate::{
    args::{Cli, CompletionsArgs},
    exit::Failure,
    output,
};

pub(super) fn run(args: &CompletionsArgs) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "reshoot", &mut script);
    output::result(String::from_utf8_lossy(&script).trim_end());
    Ok(())
}
