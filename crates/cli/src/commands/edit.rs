//! `reshoot edit`: the main job, from clip to edited clip.

use reshoot::{Descriptor, Staging};
use reshoot_emulator::Emulator;
use reshoot_journal::{Goal, Journal, Outcome};

use super::{
    Context,
    begin::{self, Wanted},
};
use crate::{
    args::EditArgs,
    exit::Failure,
    lead::Lead,
    output::Event,
    request,
    session::{Connections, emulated_staging, emulated_via, start_emulator},
};

pub(super) async fn run(args: &EditArgs, context: &mut Context<'_>) -> Result<(), Failure> {
    if args.staging.emulator {
        return run_emulated(args, context).await;
    }
    let stage = args.staging.stage.as_deref();
    let staging = |_: &Descriptor| begin::staging(stage.is_some());
    let routes = begin::routes(&args.provider, &args.connection, stage)?;
    let wanted = wanted(args, routes, &staging)?;
    let connections = Connections::real();
    begin::connectable(&connections, &wanted)?;
    let lead = lead(args, context.journal.open()?, connections, false);
    edit(&lead, &wanted, context).await
}

async fn run_emulated(args: &EditArgs, context: &mut Context<'_>) -> Result<(), Failure> {
    let connection = &args.connection;
    if connection.base_url.is_some() || connection.files_url.is_some() {
        return Err(Failure::usage(
            "--emulator brings its own addresses: leave --base-url and --files-url out",
        ));
    }
    context.out.show(Event::Emulated);
    let emulator = start_emulator().await?;
    let edited = emulated(args, &emulator, context).await.map_err(Failure::emulated);
    emulator.shutdown().await;
    edited
}

/// An edit at an emulator inside this process. Its jobs end with the process, so the record of them does
/// too, unless the user named a journal.
async fn emulated(
    args: &EditArgs,
    emulator: &Emulator,
    context: &mut Context<'_>,
) -> Result<(), Failure> {
    let routes =
        args.provider.iter().map(|descriptor| emulated_via(descriptor, emulator)).collect();
    let wanted = wanted(args, routes, &|descriptor: &Descriptor| emulated_staging(descriptor))?;
    let journal = if context.journal.is_named() {
        context.journal.open()?
    } else {
        Journal::in_memory().map_err(|error| Failure::usage(error.to_string()))?
    };
    edit(&lead(args, journal, Connections::emulated(emulator), true), &wanted, context).await
}

fn wanted(
    args: &EditArgs,
    routes: Vec<reshoot_journal::Via>,
    staging: &dyn Fn(&Descriptor) -> Staging,
) -> Result<Wanted, Failure> {
    let request = request::request(&args.request)?;
    let provider = args.provider.first().map_or("edited", |descriptor| descriptor.name());
    let default = || request::default_target(&request.video, provider);
    let target = args.output.clone().unwrap_or_else(default);
    begin::wanted(request, Some(target), args.overwrite, &args.money, routes, staging)
}

fn lead(args: &EditArgs, journal: Journal, connections: Connections, emulated: bool) -> Lead {
    Lead::new(journal, connections, Some(&args.waiting), emulated, |options| {
        options.again = args.money.again;
    })
}

async fn edit(lead: &Lead, wanted: &Wanted, context: &mut Context<'_>) -> Result<(), Failure> {
    let id = begin::begin(lead, wanted, context).await?;
    if let Outcome::Downloaded { job, files } = lead.begun(id, Goal::Downloaded, context).await? {
        let (files, emulated) = (request::as_seen_here(files), lead.is_emulated());
        context.out.show(Event::Done { job: &job, files: &files, emulated });
    }
    Ok(())
}
