//! `reshoot reconcile`: whether a submit that is perhaps charged made a job.

use reshoot_journal::{Filter, JobId, Journal, RunEvent, State};

use super::Context;
use crate::{
    args::ReconcileArgs,
    exit::{Failure, worst},
    interrupts::Interrupted,
    lead::{Lead, show},
    output::Event,
    session::Connections,
};

pub(super) async fn run(args: &ReconcileArgs, context: &mut Context<'_>) -> Result<(), Failure> {
    let journal = context.journal.open()?;
    let ids = ids(args, &journal)?;
    if ids.is_empty() {
        context.out.show(Event::NothingToDo("no job is perhaps charged"));
        return Ok(());
    }
    let lag = args.lag.lag;
    let lead = Lead::new(journal, Connections::real(), None, false, |options| options.lag = lag);
    let mut failures = Vec::new();
    for id in ids {
        match one(args, id, &lead, context).await {
            Ok(state) => {
                let next = context.journal.resume(id);
                context.out.show(Event::Settled { id, state, next: &next });
            }
            Err(failure) => failures.push(failure),
        }
    }
    worst(failures, context.out)
}

fn ids(args: &ReconcileArgs, journal: &Journal) -> Result<Vec<JobId>, Failure> {
    let read = || {
        if !args.job.is_empty() {
            return args.job.iter().map(|text| journal.find(text)).collect();
        }
        let mut filter = Filter::default();
        filter.states = vec![State::Submitting, State::PerhapsCharged];
        let jobs = journal.list(&filter)?.jobs;
        Ok(jobs.into_iter().rev().map(|job| job.id).collect())
    };
    read().map_err(|error| Failure::journal(&error))
}

async fn one(
    args: &ReconcileArgs,
    id: JobId,
    lead: &Lead,
    context: &mut Context<'_>,
) -> Result<State, Failure> {
    let out = context.out;
    let mut watch = |event: RunEvent<'_>| show(out, &event, false);
    let work = async {
        if let Some(text) = &args.adopt {
            let remote = text.split_once(':').map_or(text.as_str(), |(_, remote)| remote);
            lead.runner.adopt(id, remote, &mut watch).await?;
            return Ok(State::Accepted);
        }
        if args.absent {
            lead.runner.absent(id, &mut watch).await?;
            return Ok(State::Intent);
        }
        lead.runner.reconcile(id, &mut watch).await
    };
    match context.interrupts.or(work).await {
        Ok(Ok(state)) => Ok(state),
        Ok(Err(error)) => Err(lead.failure(error, id, context)),
        Err(Interrupted) => Err(Failure::interrupted_job(id, &context.journal)),
    }
}
