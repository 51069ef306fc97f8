//! What is said while the desk works, kept for the page.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::refusal::told;
use crate::{
    exit::Failure,
    output::{BatchEvent, Event, Output},
};

/// What is wrong with rows, and what is to be known about them.
#[derive(Debug, Default)]
pub(super) struct Notes(Mutex<Noted>);

#[derive(Clone, Debug, Default)]
pub(super) struct Noted {
    /// The row, counted from 1, and what is wrong with it.
    pub(super) unfit: Vec<(u64, String)>,
    pub(super) warnings: Vec<String>,
}

impl Notes {
    pub(super) fn into_noted(self) -> Noted {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Output for Notes {
    fn show(&self, event: Event<'_>) {
        match event {
            Event::Batch(BatchEvent::Unfit { row, wrong, .. }) => {
                let wrong = wrong.iter().map(|wrong| (row.line, wrong.to_string()));
                self.noted().unfit.extend(wrong);
            }
            Event::Batch(BatchEvent::Warned { warning, .. }) => {
                self.noted().warnings.push(warning.to_owned());
            }
            _ => {}
        }
    }

    fn fail(&self, _: &Failure) {}
}

/// What went wrong with jobs that are still open, by their numbers, while it is shown elsewhere too.
pub(super) struct Troubles<'a> {
    out: &'a dyn Output,
    known: Mutex<HashMap<String, String>>,
}

impl<'a> Troubles<'a> {
    pub(super) fn new(out: &'a dyn Output) -> Self {
        Self { out, known: Mutex::default() }
    }

    pub(super) fn of(&self, job: &str) -> Option<String> {
        self.known().get(job).cloned()
    }

    /// What was wrong may not be any more.
    pub(super) fn forget(&self) {
        self.known().clear();
    }

    pub(super) fn note(&self, failure: &Failure) {
        if let Some(id) = failure.id {
            self.known().insert(id.to_string(), told(failure));
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Output for Troubles<'_> {
    fn show(&self, event: Event<'_>) {
        if let Event::Batch(BatchEvent::Failed { failure, .. }) = event {
            self.note(failure);
        }
        self.out.show(event);
    }

    fn fail(&self, failure: &Failure) {
        self.out.fail(failure);
    }
}
