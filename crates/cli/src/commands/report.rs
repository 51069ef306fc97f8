//! `reshoot report`: jobs of the journal beside their originals, on a page; asks and spends nothing.

use std::{
    path::{Path, PathBuf},
    time::SystemTime,
};

use reshoot_journal::{Filter, JobId, Journal, Moment};

use crate::{
    args::ReportArgs,
    exit::{Exit, Failure},
    journal::JournalPlace,
    output::{Event, Output},
    page::{self, Folder, Shelf},
};

/// Where the page goes if the results lie in several places.
const APART: &str = "reshoot-report";

pub(super) fn run(
    args: &ReportArgs,
    place: &JournalPlace,
    out: &dyn Output,
) -> Result<(), Failure> {
    let journal = place.open()?;
    let jobs = jobs(args, &journal)?;
    if jobs.is_empty() {
        let list = place.command(["jobs", "--all"].map(str::to_owned));
        return Err(Failure::new(Exit::Usage, "no_jobs", "there are no such jobs")
            .money("nothing was spent")
            .next(format!("{list}  # lists those there are")));
    }
    let output = match &args.output {
        Some(output) => output.clone(),
        None if args.batch.is_some() => common_folder(&journal, &jobs)?,
        None => APART.into(),
    };
    let folder = Folder::new(&output, args.overwrite, false)?;
    // A batch may be called by a path; nobody needs to know this machine's folders.
    let batch = args.batch.as_deref().and_then(|batch| Path::new(batch).file_name()?.to_str());
    let title = args.title.as_deref().or(batch).unwrap_or("Edits");
    let index = Shelf::new(&journal, &folder).write(&jobs, title)?;
    out.show(Event::Page(&index));
    Ok(())
}

fn jobs(args: &ReportArgs, journal: &Journal) -> Result<Vec<JobId>, Failure> {
    if args.job.is_empty() {
        return page::jobs(journal, &filter(args));
    }
    let found: Result<_, _> = args.job.iter().map(|job| journal.find(job)).collect();
    found.map_err(|error| Failure::journal(&error))
}

fn filter(args: &ReportArgs) -> Filter {
    let mut filter = Filter::default();
    filter.provider = args.provider.map(|descriptor| descriptor.name().to_owned());
    filter.batch.clone_from(&args.batch);
    let since = args.since.and_then(|time| SystemTime::now().checked_sub(time));
    filter.since = since.map(Moment::from);
    filter
}

/// The one directory that all results of a batch are in, so that nothing has to be brought there.
fn common_folder(journal: &Journal, jobs: &[JobId]) -> Result<PathBuf, Failure> {
    let mut common: Option<PathBuf> = None;
    for job in jobs {
        let job = journal.job(*job).map_err(|error| Failure::journal(&error))?;
        let parent = job.target.as_deref().and_then(Path::parent).map(Path::to_owned);
        match (&common, parent) {
            (_, None) => {}
            (None, parent) => common = parent,
            (Some(known), Some(parent)) if *known == parent => {}
            _ => return Ok(APART.into()),
        }
    }
    Ok(common.unwrap_or_else(|| APART.into()))
}
