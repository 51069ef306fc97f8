//! Plain lines on stderr, for pipes and logs: one line whenever something changes.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::{BatchEvent, Event, Output, Stands, batch, note, result, text};
use crate::exit::Failure;

/// How often it is told how a batch stands.
const STANDING_EVERY: Duration = Duration::from_secs(10);

/// Plain lines; remembers the last one, to say nothing twice.
#[derive(Debug, Default)]
pub(super) struct Plain {
    last: Mutex<String>,
    /// When it was told how a batch stands.
    told: Mutex<Option<Instant>>,
}

impl Output for Plain {
    fn show(&self, event: Event<'_>) {
        if let Event::Batch(BatchEvent::Stands(stands)) = event {
            return self.stands(stands);
        }
        if let Some(line) = line(event)
            && self.is_new(&line)
        {
            note(line);
        }
        if let Some(line) = text::result(event) {
            result(line);
        }
    }

    fn fail(&self, failure: &Failure) {
        note(text::failure(failure));
    }
}

impl Plain {
    fn stands(&self, stands: &[Stands]) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.get_or_insert_with(Instant::now).elapsed() >= STANDING_EVERY {
            *told = Some(Instant::now());
            note(batch::standing(stands));
        }
    }

    fn is_new(&self, line: &str) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if *last == line {
            return false;
        }
        line.clone_into(&mut last);
        true
    }
}

fn line(event: Event<'_>) -> Option<String> {
    match event {
        // How a job ended is told by what comes next.
        Event::Polled(job) if job.state.is_final() => None,
        Event::Polled(job) => Some(text::state(job)),
        Event::Downloading { progress, .. } => {
            Some(format!("downloading result {}", progress.output))
        }
        _ => text::note(event),
    }
}
