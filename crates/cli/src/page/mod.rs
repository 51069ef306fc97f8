//! The page that shows jobs beside their originals: read from the journal, written into a folder.

mod edits;
mod folder;
mod settings;

use std::{
    collections::{HashMap, hash_map::Entry},
    path::{Path, PathBuf},
    time::Duration,
};

use reshoot::{Media, media::probe_video};
use reshoot_journal::{Filter, JobId, Journal, Moment};
use reshoot_report::{Clip, Edit, Page};

use crate::{exit::Failure, manifest::unsigned, session::NO_MODEL};
pub(crate) use edits::dollars;
pub(crate) use folder::{EDITS, Folder, KEPT, ORIGINALS};

/// The name of the page in its folder.
pub(crate) const INDEX: &str = "index.html";

/// The jobs that match, oldest first.
pub(crate) fn jobs(journal: &Journal, filter: &Filter) -> Result<Vec<JobId>, Failure> {
    let listing = journal.list(filter).map_err(|error| Failure::journal(&error))?;
    let mut jobs: Vec<_> = listing.jobs.iter().map(|job| job.id).collect();
    jobs.sort_unstable();
    Ok(jobs)
}

/// What pages are made of: a journal, and the folder that they lie in.
pub(crate) struct Shelf<'a> {
    journal: &'a Journal,
    folder: &'a Folder,
    /// How long jobs take at a provider; none: nobody waits for them here.
    expected: Option<fn(&str) -> Duration>,
    /// What must be known before all else.
    notice: Option<&'static str>,
}

impl<'a> Shelf<'a> {
    pub(crate) const fn new(journal: &'a Journal, folder: &'a Folder) -> Self {
        Self { journal, folder, expected: None, notice: None }
    }

    /// Shows how far jobs are that are waited for.
    pub(crate) const fn waiting(mut self, expected: fn(&str) -> Duration) -> Self {
        self.expected = Some(expected);
        self
    }

    /// Says that no model ran, if so.
    pub(crate) fn emulated(mut self, is_emulated: bool) -> Self {
        self.notice = is_emulated.then_some(NO_MODEL);
        self
    }

    /// Writes the page of these jobs, and says where it is.
    pub(crate) fn write(&self, jobs: &[JobId], title: &str) -> Result<PathBuf, Failure> {
        let mut page = self.page(jobs, title)?;
        page.as_of = Some(Moment::now().to_string());
        self.folder.write_index(&reshoot_report::render(&page))
    }

    /// The page of these jobs: clip by clip in the order in which they are first named. What lies elsewhere
    /// is brought into the folder.
    pub(crate) fn page(&self, jobs: &[JobId], title: &str) -> Result<Page, Failure> {
        let jobs = edits::read(self.journal, jobs).map_err(|error| Failure::journal(&error))?;
        let mut clips: Vec<Clip> = Vec::new();
        let mut known: HashMap<(String, bool), usize> = HashMap::new();
        for job in &jobs {
            let video = &job.record.request.video;
            let is_changed = is_changed(video, job.record.created);
            let number = match known.entry((identity(video), is_changed)) {
                Entry::Occupied(number) => *number.get(),
                Entry::Vacant(vacant) => {
                    clips.push(self.clip(video, is_changed));
                    *vacant.insert(clips.len() - 1)
                }
            };
            let edits = self.edits(job);
            if let Some(clip) = clips.get_mut(number) {
                clip.edits.extend(edits);
            }
        }
        clips.iter_mut().for_each(|clip| put_together(&mut clip.edits));
        let notice = self.notice.map(str::to_owned);
        Ok(Page { title: title.to_owned(), notice, as_of: None, clips })
    }

    /// A clip that was changed since is not what was edited.
    fn clip(&self, video: &Media, is_changed: bool) -> Clip {
        let here = if is_changed { None } else { self.folder.original(video) };
        let original = here.as_deref().and_then(|here| self.folder.link(here));
        let frame_rate = here.as_deref().and_then(frame_rate);
        let changed = if is_changed { " (changed since)" } else { "" };
        Clip { name: name(video) + changed, original, frame_rate, edits: Vec::new() }
    }
}

/// Puts edits that differ in their provider alone beside each other: they are what is compared. Prompts, and
/// settings of one prompt, stay in the order in which they first came.
fn put_together(edits: &mut [Edit]) {
    let mut prompts: HashMap<String, usize> = HashMap::new();
    let mut settings: HashMap<(usize, Vec<(String, String)>), usize> = HashMap::new();
    for edit in &*edits {
        let count = prompts.len();
        let prompt = *prompts.entry(edit.prompt.clone()).or_insert(count);
        let count = settings.len();
        settings.entry((prompt, edit.settings.clone())).or_insert(count);
    }
    edits.sort_by_cached_key(|edit| {
        let prompt = prompts.get(&edit.prompt).copied().unwrap_or_default();
        (prompt, settings.get(&(prompt, edit.settings.clone())).copied().unwrap_or_default())
    });
}

/// How long an edit takes at a provider, typically.
pub(crate) fn run_time(provider: &str) -> Duration {
    reshoot::provider(provider).map_or(Duration::ZERO, |known| known.capabilities.run_time.value)
}

/// The same for the same clip, however its link is signed.
fn identity(video: &Media) -> String {
    match video {
        Media::File(path) => path.to_string_lossy().into_owned(),
        Media::Url(url) => unsigned(url).into(),
    }
}

/// Whether a clip is newer than a job that edited it.
fn is_changed(video: &Media, created: Moment) -> bool {
    let Media::File(path) = video else {
        return false;
    };
    let changed = std::fs::metadata(path).and_then(|found| found.modified());
    changed.is_ok_and(|changed| Moment::from(changed) > created)
}

fn frame_rate(clip: &Path) -> Option<f64> {
    probe_video(clip).ok()?.frame_rate
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

#[cfg(test)]
mod tests {
    use reshoot_report::State;

    use super::*;

    #[test]
    fn what_differs_in_its_provider_alone_stands_together() {
        let edit = |(provider, prompt, seed): (&str, &str, &str)| {
            let state = State::Failed { reason: String::new() };
            let mut edit = Edit::new(provider, prompt, state);
            edit.settings.push(("Seed".to_owned(), seed.to_owned()));
            edit
        };
        let mut edits: Vec<_> = [
            ("kie", "wool", "2"),
            ("kie", "wool", "1"),
            ("kie", "clay", "1"),
            ("fal", "clay", "1"),
            ("fal", "wool", "1"),
            ("fal", "wool", "2"),
        ]
        .map(edit)
        .into();
        put_together(&mut edits);
        let told: Vec<_> = edits
            .iter()
            .map(|edit| format!("{} {} {}", edit.prompt, edit.settings[0].1, edit.provider))
            .collect();
        assert_eq!(
            told,
            ["wool 2 kie", "wool 2 fal", "wool 1 kie", "wool 1 fal", "clay 1 kie", "clay 1 fal"]
        );
    }
}
