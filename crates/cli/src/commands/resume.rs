//! `reshoot resume`: leads jobs on from wherever they stand, until their files are here.

use std::{
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use reshoot_journal::{
    Closely, Filter, Goal, JobId, JobRecord, Journal, JournalError, Moment, Outcome, RunEvent,
    State,
};

use super::Context;
use crate::{
    args::ResumeArgs,
    exit::{Exit, Failure, worst},
    lead::{Lead, show},
    output::Event,
    request,
    session::Connections,
};

/// How long files are looked after by `--all` once they are here.
const LOOKED_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) async fn run(args: &ResumeArgs, context: &mut Context<'_>) -> Result<(), Failure> {
    let journal = context.journal.open()?;
    let lag = args.lag.lag;
    let adjust = |options: &mut reshoot_journal::RunOptions| options.lag = lag;
    let lead = Lead::new(journal.clone(), Connections::real(), Some(&args.waiting), false, adjust);
    let ids = if args.all { open_jobs(&journal)? } else { named(args, &journal)? };
    if ids.is_empty() {
        context.out.show(Event::NothingToDo("nothing is left to be done"));
        return Ok(());
    }
    let mut failures = Vec::new();
    for id in ids {
        match one(args, id, &lead, context).await {
            Ok(()) => {}
            Err(failure) if args.all && failure.is_held() => {
                context.out.show(Event::NothingToDo(&failure.message));
            }
            Err(failure) => {
                let stop = failure.exit == Exit::Interrupted;
                failures.push(failure);
                if stop {
                    break;
                }
            }
        }
    }
    worst(failures, context.out)
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
    let journal = lead.runner.journal();
    let job = journal.job(id).map_err(|error| Failure::journal(&error))?;
    let was_here = job.last().is_some_and(|attempt| attempt.state == State::Downloaded);
    if let Some(target) = target(args, &job) {
        let overwrite = args.overwrite || (job.overwrite && args.output.is_none());
        journal.retarget(id, &target, overwrite).map_err(|error| Failure::journal(&error))?;
    }
    let out = context.out;
    let closely = if args.all { Closely::Times } else { Closely::Bytes };
    let mut watch = |event: RunEvent<'_>| show(out, &event, false);
    let missing = lead.runner.verify(id, closely, &mut watch).await;
    let missing = missing.map_err(|error| lead.failure(error, id, context))?;
    if args.all && was_here && missing == 0 {
        return Ok(());
    }
    match lead.on(id, Goal::Downloaded, context).await? {
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
    Ok(())
}

/// Leads a job on until its result is in this file.
pub(super) async fn fetch_to(
    lead: &Lead,
    id: JobId,
    output: &Path,
    overwrite: bool,
    context: &mut Context<'_>,
) -> Result<(), Failure> {
    let target = std::path::absolute(output).unwrap_or_else(|_| output.to_owned());
    let retargeted = lead.runner.journal().retarget(id, &target, overwrite);
    retargeted.map_err(|error| Failure::journal(&error))?;
    if let Outcome::Downloaded { job, files } = lead.on(id, Goal::Downloaded, context).await? {
        let files = request::as_seen_here(files);
        context.out.show(Event::Done { job: &job, files: &files, emulated: false });
    }
    Ok(())
}

/// Where the result goes, if that is not as the journal says.
fn target(args: &ResumeArgs, job: &JobRecord) -> Option<PathBuf> {
    let named = args.output.clone().or_else(|| {
        let provider = &job.last()?.via.provider;
        let default =
            || request::default_target(&job.request.video, &format!("{provider}-{}", job.id));
        match &job.target {
            Some(target) => args.overwrite.then(|| target.clone()),
            None => Some(default()),
        }
    })?;
    Some(std::path::absolute(&named).unwrap_or(named))
}
