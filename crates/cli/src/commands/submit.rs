//! `reshoot submit`: check, stage and submit; the part of an edit that costs money.

use std::{
    pin::pin,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use reshoot::{
    Checked, Descriptor, EditRequest, Error, Job, LostSubmit, Ready, Staging, Submission,
};
use tokio::select;

use super::Context;
use crate::{
    args::SubmitArgs, exit::Failure, interrupts::Interrupted, output::Event, replay, request,
    resume::Resume, session::Session,
};

/// How long to go on submitting while the provider refuses for a passing reason.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) async fn run(args: &SubmitArgs, context: &mut Context<'_>) -> Result<(), Failure> {
    let request = request::request(&args.request)?;
    let stage = args.stage.as_deref();
    let checked = check(request, args.provider, staging(stage.is_some()), context)?;
    let session = Session::connect(args.provider, &args.connection)?.with_bucket(stage)?;
    let resume = Resume::new(&args.connection);
    let job = send(checked, &session, &resume, context).await?;
    let next = resume.wait(&job.job_ref);
    context.out.show(Event::Submitted { job: &job, next: &next });
    Ok(())
}

/// Where local files will go.
pub(super) const fn staging(has_bucket: bool) -> Staging {
    if has_bucket { Staging::Store } else { Staging::Provider }
}

/// Checks the request, and says what it will cost.
pub(super) fn check(
    request: EditRequest,
    descriptor: &Descriptor,
    staging: Staging,
    context: &Context<'_>,
) -> Result<Checked, Failure> {
    let checked = reshoot::check(request, descriptor, staging).map_err(Failure::violations)?;
    context.out.show(Event::Checked(&checked));
    Ok(checked)
}

/// Stages and submits; what comes back is paid for.
pub(super) async fn send(
    checked: Checked,
    session: &Session,
    resume: &Resume,
    context: &mut Context<'_>,
) -> Result<Job, Failure> {
    let files = checked.local_files();
    if files > 0 {
        context.out.show(Event::Staging { files });
    }
    let ready = context
        .interrupts
        .or(session.stage(checked))
        .await
        .map_err(|Interrupted| Failure::interrupted_unspent())?
        .map_err(|error| Failure::not_staged(&error))?;
    let since = SystemTime::now();
    match submit(&ready, session, context).await {
        Outcome::Answered(Submission::Accepted(job), interrupted) => {
            context.out.show(Event::Accepted(&job));
            if interrupted {
                return Err(Failure::interrupted_running(&job.job_ref, resume));
            }
            Ok(job)
        }
        Outcome::Answered(Submission::Refused(error), _) => {
            Err(Failure::not_accepted(&error, session.descriptor))
        }
        Outcome::Answered(Submission::Unknown(error), _) => {
            let lost = LostSubmit { request: ready.request(), since };
            Err(unknown(&error, &ready, &lost, session, resume, context).await)
        }
        Outcome::NotSent => Err(Failure::interrupted_unspent()),
        Outcome::Left => {
            let failure = Failure::left(session.descriptor);
            Err(replay::with_replay(failure, session.descriptor, &ready, resume))
        }
    }
}

enum Outcome {
    /// The provider answered, or surely will not; whether the user asked to stop meanwhile.
    Answered(Submission, bool),
    /// The user asked to stop while nothing was under way.
    NotSent,
    /// The user did not want to wait for the answer.
    Left,
}

/// Submits. The paid request is never dropped half-way, unless the user asks for it twice.
async fn submit(ready: &Ready, session: &Session, context: &mut Context<'_>) -> Outcome {
    let out = context.out;
    let idempotency_key = ready.request().idempotency_key.as_deref();
    out.show(Event::Submitting { descriptor: session.descriptor, idempotency_key });
    let quiet_until = Mutex::new(None);
    let mut deferred = |error: &Error, wait: Duration| {
        *quiet_until.lock().unwrap_or_else(PoisonError::into_inner) =
            Instant::now().checked_add(wait);
        out.show(Event::Deferred { error, wait });
    };
    let mut sending = pin!(reshoot::submit(&*session.provider, ready, PATIENCE, &mut deferred));
    if let Ok(submission) = context.interrupts.or(&mut sending).await {
        return Outcome::Answered(submission, false);
    }
    let quiet_until = *quiet_until.lock().unwrap_or_else(PoisonError::into_inner);
    if quiet_until.is_some_and(|until| Instant::now() < until) {
        return Outcome::NotSent;
    }
    out.show(Event::Finishing);
    select! {
        biased;
        submission = sending => Outcome::Answered(submission, true),
        Interrupted = context.interrupts.next() => Outcome::Left,
    }
}

/// Perhaps charged: says so, and how to find out.
async fn unknown(
    error: &Error,
    ready: &Ready,
    lost: &LostSubmit<'_>,
    session: &Session,
    resume: &Resume,
    context: &mut Context<'_>,
) -> Failure {
    let descriptor = session.descriptor;
    let failure = Failure::perhaps_charged(error, descriptor);
    let failure = replay::with_replay(failure, descriptor, ready, resume);
    let looked =
        replay::with_candidates(failure.clone(), &*session.provider, descriptor, lost, resume);
    context.interrupts.or(looked).await.unwrap_or(failure)
}
