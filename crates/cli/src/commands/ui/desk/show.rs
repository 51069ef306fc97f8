//! What the page is told, and what is written for when nobody serves it any more.

use std::time::Duration;

use reshoot_report::{Page, State as Shown, live};

use super::{super::server::News, Desk};
use crate::{
    exit::Failure,
    output::Output,
    page::{self, Shelf},
    session::EMULATED_TIME,
};

impl Desk<'_> {
    /// Tells the page how jobs stand, if that has changed.
    pub(super) fn tell(&self) {
        let update = live::update(&self.page());
        self.news.send_if_modified(|news| {
            let has_changed = *news.update != update;
            if has_changed {
                *news = News { version: news.version + 1, update: update.into() };
            }
            has_changed
        });
    }

    /// The newest clip first.
    pub(super) fn page(&self) -> Page {
        let shelf = self.shelf();
        let expected = if self.means.is_emulated() { emulated } else { page::run_time };
        let mut page = self.read(&shelf.waiting(expected)).unwrap_or_else(|failure| {
            self.troubles.fail(&failure);
            Page::default()
        });
        page.clips.reverse();
        for edit in page.clips.iter_mut().flat_map(|clip| &mut clip.edits) {
            let trouble = edit.job.as_deref().and_then(|job| self.troubles.of(job));
            if let (Shown::Open { word, progress }, Some(trouble)) = (&mut edit.state, trouble) {
                (*word, *progress) = (trouble, None);
            }
        }
        page
    }

    fn shelf(&self) -> Shelf<'_> {
        Shelf::new(self.means.journal(), self.folder).emulated(self.means.is_emulated())
    }

    fn read(&self, shelf: &Shelf<'_>) -> Result<Page, Failure> {
        let jobs = page::jobs(self.means.journal(), &self.filter())?;
        shelf.page(&jobs, &self.form.folder)
    }

    /// Writes the page that is there when nobody serves it any more.
    pub(super) fn write(&self) {
        let written = || -> Result<(), Failure> {
            let jobs = page::jobs(self.means.journal(), &self.filter())?;
            if !jobs.is_empty() {
                self.shelf().write(&jobs, &self.form.folder)?;
            }
            Ok(())
        };
        if let Err(failure) = written() {
            self.troubles.fail(&failure);
        }
    }
}

/// How long jobs of the emulator take.
const fn emulated(_: &str) -> Duration {
    EMULATED_TIME
}
