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
    if !args.staging.emulator {
        let staging = |_: &Descriptor| begin::staging(args.staging.stage.is_some());
        let routes =
            begin::routes(&args.provider, &args.connection, args.staging.stage.as_deref())?;
        let wanted = wanted(args, routes, &staging)?;
        let set_up = || Ok((context.journal.open()?, Connections::real()));
        return edit(args, &wanted, set_up()?, false, context).await;
    }
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
    edit(args, &wanted, (journal, Connections::emulated(emulator)), true, context).await
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

async fn edit(
    args: &EditArgs,
    wanted: &Wanted,
    (journal, connections): (Journal, Connections),
    emulated: bool,
    context: &mut Context<'_>,
) -> Result<(), Failure> {
    begin::connectable(&connections, wanted)?;
    let again = args.money.again;
    let lead = Lead::new(journal, connections, Some(&args.waiting), emulated, |options| {
        options.again = again;
    });
    let id = begin::begin(&lead, wanted, context).await?;
    let outcome = lead.on(id, Goal::Downloaded, context).await?;
    if let Outcome::Downloaded { job, files } = outcome {
        let files = request::as_seen_here(files);
        context.out.show(Event::Done { job: &job, files: &files, emulated });
    }
    Ok(())
}
