//! `reshoot cancel`: stops a job where that can be done, and tells the truth where it cannot.

use std::time::Duration;

use reshoot::{Cancellation, JobRef, WaitOptions, capabilities::Pace};
use reshoot_journal::{Goal, Outcome};

use super::Context;
use crate::{
    args::StatusArgs,
    exit::{Exit, Failure},
    interrupts::Interrupted,
    lead::Lead,
    output::Event,
    resume::Resume,
    session::{Connections, Session},
};

/// How long and how often the provider is asked whether the job has stopped.
const PACE: Pace = Pace { first: Duration::ZERO, every: Duration::from_secs(2) };
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) async fn run(args: &StatusArgs, context: &mut Context<'_>) -> Result<(), Failure> {
    let (descriptor, job) = (args.job.descriptor, &args.job.job_ref);
    let session = Session::connect(descriptor, &args.connection)?;
    let outcome = context
        .interrupts
        .or(session.provider.cancel(job))
        .await
        .map_err(|Interrupted| Failure::interrupted_asking(job))?
        .map_err(|error| Failure::not_told(&error, job, descriptor))?;
    let outcome = match outcome {
        Cancellation::Canceled | Cancellation::Requested => record(outcome, job, context).await?,
        other => other,
    };
    if outcome == Cancellation::Canceled {
        context.out.show(Event::Canceled(job));
        return Ok(());
    }
    Err(Failure::not_canceled(outcome, job, descriptor, &Resume::new(&args.connection)))
}

/// Looks how the job ends, if it is in the journal, so that this is recorded there. Where another
/// process follows the job, that one records it.
async fn record(
    outcome: Cancellation,
    job: &JobRef,
    context: &mut Context<'_>,
) -> Result<Cancellation, Failure> {
    let Some((journal, id)) = context.journal.open_job(job)? else {
        return Ok(outcome);
    };
    let lead = Lead::new(journal, Connections::real(), None, false, |options| {
        options.wait = WaitOptions::default().with_pace(PACE).with_timeout(PATIENCE);
    });
    match lead.on(id, Goal::Ended, context).await {
        Ok(Outcome::Succeeded(_) | Outcome::Downloaded { .. }) => Ok(Cancellation::TooLate),
        Err(failure) if failure.exit == Exit::JobFailed => Ok(Cancellation::Canceled),
        Err(failure) if failure.exit == Exit::Interrupted => Err(failure),
        _ => Ok(outcome),
    }
}
