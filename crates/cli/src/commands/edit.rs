//! `reshoot edit`: the main job, from clip to edited clip.

use reshoot::{Descriptor, Staging};
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
    session::{Connections, emulated_staging, emulated_via},
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
    begin::emulated(&args.connection, context, async |emulator, journal, context| {
        let via = |descriptor: &&'static Descriptor| emulated_via(descriptor, emulator);
        let routes = args.provider.iter().map(via).collect();
        let wanted = wanted(args, routes, &|descriptor: &Descriptor| emulated_staging(descriptor))?;
        let connections = Connections::emulated(emulator);
        edit(&lead(args, journal, connections, true), &wanted, context).await
    })
    .await
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
