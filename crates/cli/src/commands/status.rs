//! `reshoot status`: asks once how a job stands.

use reshoot::{Job, JobRef};

use super::Context;
use crate::{
    args::StatusArgs, exit::Failure, interrupts::Interrupted, output::Event, session::Session,
};

pub(super) async fn run(args: &StatusArgs, context: &mut Context<'_>) -> Result<(), Failure> {
    let session = Session::connect(args.job.descriptor, &args.connection)?;
    let job = ask(&args.job.job_ref, &session, context).await?;
    context.out.show(Event::Stands(&job));
    Ok(())
}

/// Asks once.
pub(super) async fn ask(
    job_ref: &JobRef,
    session: &Session,
    context: &mut Context<'_>,
) -> Result<Job, Failure> {
    context
        .interrupts
        .or(session.provider.status(job_ref))
        .await
        .map_err(|Interrupted| Failure::interrupted_asking(job_ref))?
        .map_err(|error| Failure::not_told(&error, job_ref, session.descriptor))
}
