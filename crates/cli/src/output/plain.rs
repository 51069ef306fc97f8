//! Plain lines on stderr, for pipes and logs: one line whenever something changes.

use std::sync::{Mutex, PoisonError};

use super::{Event, Output, note, result, text};
use crate::exit::Failure;

/// Plain lines; remembers the last one, to say nothing twice.
#[derive(Debug, Default)]
pub(super) struct Plain(Mutex<String>);

impl Output for Plain {
    fn show(&self, event: Event<'_>) {
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
    fn is_new(&self, line: &str) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
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
