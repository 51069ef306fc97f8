//! `reshoot wait`: asks until the job has ended.

use reshoot::{Job, JobRef, JobState, Polled, WaitOptions};

use reshoot_journal::{Goal, JobId, Journal, Outcome};

use super::{Context, download, resume};
use crate::{
    args::WaitArgs,
    exit::Failure,
    interrupts::Interrupted,
    lead::Lead,
    output::Event,
    resume::Resume,
    session::{Connections, Session, wait_options},
};

pub(super) async fn run(args: &WaitArgs, context: &mut Context<'_>) -> Result<(), Failure> {
    let (descriptor, job_ref) = (args.job.descriptor, &args.job.job_ref);
    if let Some((journal, id)) = context.journal.open_job(job_ref)? {
        return recorded(args, journal, id, context).await;
    }
    let session = Session::connect(descriptor, &args.connection)?;
    let resume = match &args.output {
        Some(target) => Resume::new(&args.connection).to(target, args.overwrite),
        None => Resume::new(&args.connection),
    };
    let options = wait_options(&args.waiting, false);
    let job = match until_done(job_ref, &session, &options, &resume, context).await {
        Err(failure) if failure.is_not_found() => {
            return Err(failure.unknown_job());
        }
        other => other?,
    };
    if args.output.is_some() {
        return download::fetch(&job, &session, &resume, context).await;
    }
    let next = resume.download(job_ref);
    context.out.show(Event::Ended { job: &job, next: &next });
    Ok(())
}

/// Waits for a job of the journal: what comes of it is recorded.
async fn recorded(
    args: &WaitArgs,
    journal: Journal,
    id: JobId,
    context: &mut Context<'_>,
) -> Result<(), Failure> {
    let lead = Lead::new(journal, Connections::real(), Some(&args.waiting), false, |_| {});
    if let Some(output) = &args.output {
        return resume::fetch_to(&lead, id, output, args.overwrite, context).await;
    }
    match lead.on(id, Goal::Ended, context).await? {
        Outcome::Succeeded(job) | Outcome::Downloaded { job, .. } => {
            let next = context.journal.resume(id);
            context.out.show(Event::Ended { job: &job, next: &next });
        }
        _ => {}
    }
    Ok(())
}

/// Waits until the job has succeeded.
async fn until_done(
    job_ref: &JobRef,
    session: &Session,
    options: &WaitOptions,
    resume: &Resume,
    context: &mut Context<'_>,
) -> Result<Job, Failure> {
    let out = context.out;
    // Nobody knows how old it is: it is asked for at once, and then like one of the usual age.
    let expected = session.descriptor.capabilities.run_time.value;
    let options = match options.pace {
        Some(_) => options.clone(),
        None => options.clone().with_age(expected),
    };
    out.show(Event::Waiting { expected });
    let mut watch = |polled: Polled<'_>| match polled {
        Polled::Job(job) => out.show(Event::Polled(job)),
        Polled::Missed(error) => out.show(Event::Missed { error, job: job_ref }),
        _ => {}
    };
    let job = context
        .interrupts
        .or(reshoot::wait(&*session.provider, job_ref, &options, &mut watch))
        .await
        .map_err(|Interrupted| Failure::interrupted_running(job_ref, resume))?
        .map_err(|error| Failure::still_running(&error, job_ref, resume))?;
    match job.state {
        JobState::Succeeded { .. } => Ok(job),
        _ => Err(Failure::ended(&job, session.descriptor)),
    }
}
