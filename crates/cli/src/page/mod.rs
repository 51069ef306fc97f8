//! The page that shows jobs beside their originals: read from the journal, written into a folder.

mod edits;
mod folder;
mod settings;

use std::{collections::HashMap, path::PathBuf};

use reshoot::Media;
use reshoot_journal::{Filter, JobId, Journal};
use reshoot_report::{Clip, Page};

use crate::{exit::Failure, manifest::unsigned};
pub(crate) use folder::Folder;

/// The name of the page in its folder.
pub(crate) const INDEX: &str = "index.html";

/// The jobs that match, oldest first.
pub(crate) fn jobs(journal: &Journal, filter: &Filter) -> Result<Vec<JobId>, Failure> {
    let listing = journal.list(filter).map_err(|error| Failure::journal(&error))?;
    let mut jobs: Vec<_> = listing.jobs.iter().map(|job| job.id).collect();
    jobs.sort_unstable();
    Ok(jobs)
}

/// Writes the page of these jobs into a folder, and says where it is.
pub(crate) fn write(
    journal: &Journal,
    jobs: &[JobId],
    title: &str,
    folder: &Folder,
) -> Result<PathBuf, Failure> {
    let page = read(journal, jobs, title, folder)?;
    folder.write_index(&reshoot_report::render(&page))
}

/// The page of these jobs: clip by clip in the order in which they are first named. What lies elsewhere is
/// brought into the folder.
pub(crate) fn read(
    journal: &Journal,
    jobs: &[JobId],
    title: &str,
    folder: &Folder,
) -> Result<Page, Failure> {
    let jobs = edits::read(journal, jobs).map_err(|error| Failure::journal(&error))?;
    let mut clips: Vec<Clip> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for job in &jobs {
        let video = &job.record.request.video;
        let number = match known.get(&identity(video)) {
            Some(number) => *number,
            None => {
                known.insert(identity(video), clips.len());
                clips.push(clip(video, folder)?);
                clips.len() - 1
            }
        };
        let edits = edits::edits(job, folder)?;
        if let Some(clip) = clips.get_mut(number) {
            clip.edits.extend(edits);
        }
    }
    Ok(Page { title: title.to_owned(), clips })
}

fn clip(video: &Media, folder: &Folder) -> Result<Clip, Failure> {
    let here = folder.original(video)?;
    Ok(Clip {
        name: name(video),
        original: here.as_deref().and_then(|here| folder.link(here)),
        frame_rate: None,
        edits: Vec::new(),
    })
}

/// The same for the same clip, however its link is signed.
fn identity(video: &Media) -> String {
    match video {
        Media::File(path) => path.to_string_lossy().into_owned(),
        Media::Url(url) => unsigned(url).into(),
    }
}

/// What people call a clip.
fn name(video: &Media) -> String {
    let last = match video {
        Media::File(path) => path.file_name().map(|name| name.to_string_lossy().into_owned()),
        Media::Url(url) => {
            url.path_segments().and_then(|mut parts| parts.next_back().map(str::to_owned))
        }
    };
    last.filter(|name| !name.is_empty()).unwrap_or_else(|| "clip".to_owned())
}
