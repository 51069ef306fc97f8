//! `reshoot resume`: leads jobs on from wherever they stand, until their files are here.

use std::{
    path::{Path, PathBuf},
    pin::pin,
    time::{Duration, SystemTime},
};

use futures_util::{StreamExt, stream};
use reshoot_journal::{
    Closely, Filter, Goal, JobId, JobRecord, Journal, JournalError, Moment, Outcome, RunEvent,
    State,
};
use tokio::select;

use super::Context;
use crate::{
    args::ResumeArgs,
    exit::{Exit, Failure, worst},
    interrupts::Interrupted,
    journal::JournalPlace,
    lead::{Lead, show},
    output::{Event, Output},
    request,
    session::Connections,
};

/// How long files are looked after by `--all` once they are here.
const LOOKED_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// How many jobs `--all` leads at the same time.
const AT_ONCE: usize = 8;

pub(super) async fn run(args: &ResumeArgs, context: &mut Context<'_>) -> Result<(), Failure> {
    let journal = context.journal.open()?;
    let lag = args.lag.lag;
    let lead =
        Lead::new(journal.clone(), Connections::real(), Some(&args.waiting), false, |options| {
            options.lag = lag;
        });
    if args.all {
        return all(&lead, open_jobs(&journal)?, context).await;
    }
    let mut failures = Vec::new();
    for id in named(args, &journal)? {
        if let Err(failure) = one(args, id, &lead, context).await {
            let stop = failure.exit == Exit::Interrupted;
            failures.push(failure);
            if stop {
                break;
            }
        }
    }
    worst(failures, context.out)
}

/// Leads every job on, some at the same time: one that takes long keeps nobody waiting.
async fn all(lead: &Lead, ids: Vec<JobId>, context: &mut Context<'_>) -> Result<(), Failure> {
    if ids.is_empty() {
        context.out.show(Event::NothingToDo("nothing is left to be done"));
        return Ok(());
    }
    let (out, place) = (context.out, context.journal.clone());
    let place = &place;
    let work = stream::iter(ids).map(|id| one_of_all(lead, id, out, place));
    let mut work = pin!(work.buffer_unordered(AT_ONCE).collect::<Vec<_>>());
    let ended = select! {
        ended = &mut work => ended,
        Interrupted = context.interrupts.next() => {
            lead.stop();
            out.show(Event::NothingToDo("stopping every job at its next safe point"));
            select! {
                ended = &mut work => ended,
                Interrupted = context.interrupts.next() => return Err(Failure::left_all(place, lead.is_in_doubt(None)?)),
            }
        }
    };
    let failures = ended.into_iter().filter_map(Result::err);
    let (held, failures): (Vec<_>, Vec<_>) = failures.partition(Failure::is_held);
    held.iter().for_each(|failure| out.show(Event::NothingToDo(&failure.message)));
    worst(failures, out)
}

async fn one_of_all(
    lead: &Lead,
    id: JobId,
    out: &dyn Output,
    place: &JournalPlace,
) -> Result<(), Failure> {
    let job = lead.runner.journal().job(id).map_err(|error| Failure::journal(&error))?;
    let was_here = job.last().is_some_and(|attempt| attempt.state == State::Downloaded);
    if job.target.is_none() {
        send_to(lead, id, &default_target(&job), false)?;
    }
    // Polls and bytes of several jobs at once would tell nobody anything.
    let mut watch = |event: RunEvent<'_>| {
        if !matches!(
            event,
            RunEvent::Waiting { .. } | RunEvent::Polled(_) | RunEvent::Downloading { .. }
        ) {
            show(out, &event, false);
        }
    };
    let led = async {
        let missing = lead.runner.verify(id, Closely::Times, &mut watch).await?;
        if was_here && missing == 0 {
            return Ok(None);
        }
        lead.runner.lead(id, Goal::Downloaded, &mut watch).await.map(Some)
    };
    match led.await {
        Ok(Some(outcome)) => tell(outcome, id, out),
        Ok(None) => {}
        Err(error) => return Err(Failure::of_run(error, Some(id), &lead.runner, place)),
    }
    Ok(())
}

/// Jobs about which something is still to be done, oldest first, and those of the last day whose files
/// may be gone.
fn open_jobs(journal: &Journal) -> Result<Vec<JobId>, Failure> {
    let read = || -> Result<Vec<JobId>, JournalError> {
        let mut ids: Vec<_> =
            journal.list(&Filter::open())?.jobs.iter().map(|job| job.id).collect();
        let mut recent = Filter::default();
        recent.states = vec![State::Downloaded];
        recent.since = SystemTime::now().checked_sub(LOOKED_AFTER).map(Moment::from);
        ids.extend(journal.list(&recent)?.jobs.iter().map(|job| job.id));
        ids.sort_unstable();
        Ok(ids)
    };
    read().map_err(|error| Failure::journal(&error))
}

fn named(args: &ResumeArgs, journal: &Journal) -> Result<Vec<JobId>, Failure> {
    if args.output.is_some() && args.job.len() > 1 {
        return Err(Failure::usage("-o is for one job: resume the others without it"));
    }
    let ids = args.job.iter().map(|text| journal.find(text)).collect::<Result<_, _>>();
    ids.map_err(|error| Failure::journal(&error))
}

async fn one(
    args: &ResumeArgs,
    id: JobId,
    lead: &Lead,
    context: &mut Context<'_>,
) -> Result<(), Failure> {
    let job = lead.runner.journal().job(id).map_err(|error| Failure::journal(&error))?;
    let target = args.output.clone().or_else(|| match &job.target {
        Some(target) => args.overwrite.then(|| target.clone()),
        None => Some(default_target(&job)),
    });
    if let Some(target) = target {
        send_to(lead, id, &target, args.overwrite)?;
    }
    let out = context.out;
    let mut watch = |event: RunEvent<'_>| show(out, &event, false);
    let verified = lead.runner.verify(id, Closely::Bytes, &mut watch).await;
    verified.map_err(|error| lead.failure(error, id, context))?;
    tell(lead.on(id, Goal::Downloaded, context).await?, id, out);
    Ok(())
}

/// Says what came of it.
fn tell(outcome: Outcome, id: JobId, out: &dyn Output) {
    match outcome {
        Outcome::Downloaded { job, files } if !files.is_empty() => {
            let files = request::as_seen_here(files);
            out.show(Event::Done { job: &job, files: &files, emulated: false });
        }
        Outcome::Downloaded { .. } => out.show(Event::NothingToDo("its files are here, unchanged")),
        Outcome::Settled(state) => {
            let message = format!("job {id} is {state}: there is nothing to resume");
            out.show(Event::NothingToDo(&message));
        }
        _ => {}
    }
}

/// Leads a job on until its result is in this file.
pub(super) async fn fetch_to(
    lead: &Lead,
    id: JobId,
    output: &Path,
    overwrite: bool,
    context: &mut Context<'_>,
) -> Result<(), Failure> {
    send_to(lead, id, output, overwrite)?;
    tell(lead.on(id, Goal::Downloaded, context).await?, id, context.out);
    Ok(())
}

/// Chooses where the result goes.
pub(super) fn send_to(
    lead: &Lead,
    id: JobId,
    target: &Path,
    overwrite: bool,
) -> Result<(), Failure> {
    let target = std::path::absolute(target).unwrap_or_else(|_| target.to_owned());
    let chosen = lead.runner.journal().retarget(id, &target, overwrite);
    chosen.map_err(|error| Failure::journal(&error))
}

/// Where the result of a job goes that was only to be submitted: `CLIP-PROVIDER-JOB.mp4`, here.
pub(super) fn default_target(job: &JobRecord) -> PathBuf {
    let provider = job.last().map_or("edited", |attempt| attempt.via.provider.as_str());
    request::default_target(&job.request.video, &format!("{provider}-{}", job.id))
}
