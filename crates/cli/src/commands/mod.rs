//! The commands, one file each; here is only which one runs.

mod batch;
mod begin;
mod cancel;
mod check;
mod compare;
mod completions;
mod download;
mod edit;
mod emulator;
mod forget;
mod jobs;
mod listen;
mod providers;
mod quote;
mod reconcile;
mod report;
mod resume;
mod show;
mod spend;
mod status;
mod submit;
mod table;
mod ui;
mod wait;
#[cfg(feature = "restate")]
mod worker;

use std::process::ExitCode;

use crate::{
    args::{Cli, Command, each_once},
    exit::{Exit, Failure},
    interrupts::Interrupts,
    journal::JournalPlace,
    output::{self, Output},
};

/// What every command that talks to a provider, or to the journal, needs.
pub(crate) struct Context<'a> {
    pub(crate) out: &'a dyn Output,
    pub(crate) interrupts: Interrupts,
    pub(crate) journal: JournalPlace,
    pub(crate) json: bool,
}

/// Runs the command to its exit code.
pub(crate) fn run(cli: Cli) -> ExitCode {
    let out = output::choose(cli.json);
    let place = JournalPlace::new(cli.journal);
    let outcome = match cli.command {
        Command::Completions(args) => completions::run(&args),
        Command::Providers(args) => providers::run(&args, cli.json),
        Command::Check(args) => check::run(&args, &*out),
        Command::Jobs(args) => jobs::run(&args, &place, cli.json),
        Command::Show(args) => show::run(&args, &place, cli.json),
        Command::Spend(args) => spend::run(&args, &place, cli.json),
        Command::Report(args) => report::run(&args, &place, &*out),
        Command::Forget(args) => forget::run(&args, &place, &*out),
        other => block_on(other, &*out, place, cli.json),
    };
    match outcome {
        Ok(()) => Exit::Done.into(),
        Err(failure) => {
            out.fail(&failure);
            failure.exit.into()
        }
    }
}

fn block_on(
    command: Command,
    out: &dyn Output,
    journal: JournalPlace,
    json: bool,
) -> Result<(), Failure> {
    let unusable =
        |error: std::io::Error| Failure::usage(format!("the system refuses to work: {error}"));
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(unusable)?;
    let outcome = runtime.block_on(async {
        let interrupts = Interrupts::listen().map_err(unusable)?;
        let mut context = Context { out, interrupts, journal, json };
        Box::pin(dispatch(command, &mut context)).await
    });
    // A file operation may still hang in another thread: nobody waits for it.
    runtime.shutdown_background();
    outcome
}

async fn dispatch(command: Command, context: &mut Context<'_>) -> Result<(), Failure> {
    match command {
        Command::Edit(mut args) => {
            args.provider = each_once(args.provider);
            edit::run(&args, context).await
        }
        Command::Submit(mut args) => {
            args.provider = each_once(args.provider);
            submit::run(&args, context).await
        }
        Command::Batch(mut args) => {
            args.provider = each_once(args.provider);
            batch::run(&args, context).await
        }
        Command::Compare(args) => compare::run(&args, context).await,
        Command::Ui(args) => ui::run(&args, context).await,
        Command::Quote(args) => quote::run(&args, context).await,
        Command::Resume(args) => resume::run(&args, context).await,
        Command::Reconcile(args) => reconcile::run(&args, context).await,
        Command::Listen(args) => listen::run(&args, context).await,
        Command::Status(args) => status::run(&args, context).await,
        Command::Wait(args) => wait::run(&args, context).await,
        Command::Download(args) => download::run(&args, context).await,
        Command::Cancel(args) => cancel::run(&args, context).await,
        Command::Emulator(args) => emulator::run(&args, context).await,
        #[cfg(feature = "restate")]
        Command::Worker(args) => worker::run(&args, context).await,
        // These need no runtime, and were run without one.
        Command::Check(_)
        | Command::Providers(_)
        | Command::Completions(_)
        | Command::Jobs(_)
        | Command::Show(_)
        | Command::Spend(_)
        | Command::Report(_)
        | Command::Forget(_) => Ok(()),
    }
}
