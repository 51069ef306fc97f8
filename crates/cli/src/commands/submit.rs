//! `reshoot submit`: check, stage and submit; the part of an edit that costs money.

use reshoot::Descriptor;
use reshoot_journal::{Goal, Outcome};

use super::{Context, begin};
use crate::{
    args::SubmitArgs, exit::Failure, lead::Lead, output::Event, request, session::Connections,
};

pub(super) async fn run(args: &SubmitArgs, context: &mut Context<'_>) -> Result<(), Failure> {
    let stage = args.stage.as_deref();
    let staging = |_: &Descriptor| begin::staging(stage.is_some());
    let routes = begin::routes(&args.provider, &args.connection, stage)?;
    let request = request::request(&args.request)?;
    let target = args.output.clone();
    let wanted = begin::wanted(request, target, args.overwrite, &args.money, routes, &staging)?;
    let connections = Connections::real();
    begin::connectable(&connections, &wanted)?;
    let again = args.money.again;
    let lead = Lead::new(context.journal.open()?, connections, None, false, |options| {
        options.again = again;
    });
    let id = begin::begin(&lead, &wanted, context).await?;
    if let Outcome::Accepted(job) = lead.begun(id, Goal::Accepted, context).await? {
        let next = context.journal.resume(id);
        context.out.show(Event::Submitted { job: &job, next: &next });
    }
    Ok(())
}
