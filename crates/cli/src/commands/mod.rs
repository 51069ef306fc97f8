//! The commands, one file each; here is only which one runs.

mod cancel;
mod check;
mod completions;
mod download;
mod edit;
mod emulator;
mod providers;
mod status;
mod submit;
mod wait;

use std::process::ExitCode;

use crate::{
    args::{Cli, Command},
    exit::{Exit, Failure},
    interrupts::Interrupts,
    output::{self, Output},
};

/// What every command that talks to a provider needs.
pub(crate) struct Context<'a> {
    pub(crate) out: &'a dyn Output,
    pub(crate) interrupts: Interrupts,
}

/// Runs the command to its exit code.
pub(crate) fn run(cli: Cli) -> ExitCode {
    let out = output::choose(cli.json);
    let outcome = match cli.command {
        Command::Completions(args) => completions::run(&args),
        Command::Providers(args) => providers::run(&args, cli.json),
        Command::Check(args) => check::run(&args, &*out),
        other => block_on(other, &*out),
    };
    match outcome {
        Ok(()) => Exit::Done.into(),
        Err(failure) => {
            out.fail(&failure);
            failure.exit.into()
        }
    }
}

fn block_on(command: Command, out: &dyn Output) -> Result<(), Failure> {
    let unusable =
        |error: std::io::Error| Failure::usage(format!("the system refuses to work: {error}"));
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(unusable)?;
    let outcome = runtime.block_on(async {
        let mut context = Context { out, interrupts: Interrupts::listen().map_err(unusable)? };
        Box::pin(dispatch(command, &mut context)).await
    });
    // A file operation may still hang in another thread: nobody waits for it.
    runtime.shutdown_background();
    outcome
}

async fn dispatch(command: Command, context: &mut Context<'_>) -> Result<(), Failure> {
    match command {
        Command::Edit(args) => edit::run(&args, context).await,
        Command::Submit(args) => submit::run(&args, context).await,
        Command::Status(args) => status::run(&args, context).await,
        Command::Wait(args) => wait::run(&args, context).await,
        Command::Download(args) => download::run(&args, context).await,
        Command::Cancel(args) => cancel::run(&args, context).await,
        Command::Emulator(args) => emulator::run(&args, context).await,
        // These need no runtime, and were run without one.
        Command::Check(_) | Command::Providers(_) | Command::Completions(_) => Ok(()),
    }
}
