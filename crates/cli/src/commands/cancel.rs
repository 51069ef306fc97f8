//! `reshoot cancel`: stops a job where that can be done, and tells the truth where it cannot.

use reshoot::Cancellation;

use super::Context;
use crate::{
    args::StatusArgs, exit::Failure, interrupts::Interrupted, output::Event, resume::Resume,
    session::Session,
};

pub(super) async fn run(args: &StatusArgs, context: &mut Context<'_>) -> Result<(), Failure> {
    let (descriptor, job) = (args.job.descriptor, &args.job.job_ref);
    let session = Session::connect(descriptor, &args.connection)?;
    let outcome = context
        .interrupts
        .or(session.provider.cancel(job))
        .await
        .map_err(|Interrupted| Failure::interrupted_asking(job))?
        .map_err(|error| Failure::not_told(&error, job, descriptor))?;
    if outcome == Cancellation::Canceled {
        context.out.show(Event::Canceled(job));
        return Ok(());
    }
    Err(Failure::not_canceled(outcome, job, descriptor, &Resume::new(&args.connection)))
}
