//! A progress bar on stderr, for people.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use reshoot::{Job, JobState, Progress};

use super::{BatchEvent, Event, Output, bars::Bars, note, result, text};
use crate::exit::Failure;

const SPIN: Duration = Duration::from_millis(120);
const WORKING: &str = "{spinner} {msg}";
const PHASE: &str = "{spinner} {msg}  {elapsed}{prefix}";
const PERCENT: &str = "{spinner} {msg}  [{bar:30}] {percent} %  {elapsed}{prefix}";
const BYTES: &str = "{spinner} {msg}  [{bar:30}] {bytes} of {total_bytes}  {bytes_per_sec}";
const SOME_BYTES: &str = "{spinner} {msg}  {bytes}  {bytes_per_sec}";

/// A bar below the lines that stay; several for a batch.
pub(super) struct Terminal {
    bar: ProgressBar,
    bars: Bars,
}

impl Terminal {
    pub(super) fn new() -> Self {
        Self { bar: ProgressBar::hidden(), bars: Bars::default() }
    }

    fn line(&self, line: String) {
        self.bar.suspend(|| self.bars.suspend(|| note(line)));
    }

    /// Shows the bar, if it is not there yet.
    fn phase(&self, message: String) {
        if self.bar.is_hidden() {
            self.bar.set_style(style(WORKING));
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            self.bar.enable_steady_tick(SPIN);
        }
        self.bar.set_message(message);
    }

    fn waiting(&self, expected: Duration) {
        self.bar.set_prefix(format!(" of about {}", text::spoken(expected)));
        if self.bar.is_hidden() {
            self.phase("waiting".to_owned());
        }
        self.bar.set_style(style(PHASE));
    }

    fn polled(&self, job: &Job) {
        let percent = match job.state {
            JobState::Running { progress } => progress,
            _ => None,
        };
        self.bar.set_style(style(if percent.is_some() { PERCENT } else { PHASE }));
        self.bar.set_length(100);
        self.bar.set_position(percent.map_or(0, u64::from));
        self.phase(percent.map_or_else(|| text::state(job), |_| "running".to_owned()));
    }

    fn downloading(&self, progress: Progress) {
        self.bar.set_style(style(if progress.total.is_some() { BYTES } else { SOME_BYTES }));
        if let Some(total) = progress.total {
            self.bar.set_length(total);
        }
        self.bar.set_position(progress.bytes);
        self.phase(format!("downloading result {}", progress.output));
    }
}

impl Output for Terminal {
    fn show(&self, event: Event<'_>) {
        if matches!(event, Event::Batch(BatchEvent::Summary(_))) {
            self.bars.clear();
        }
        if let Some(line) = text::note(event) {
            self.line(line);
        }
        match event {
            Event::Staging { .. } => self.phase("uploading".to_owned()),
            Event::Submitting { .. } => self.phase("submitting".to_owned()),
            Event::Accepted(_) => {
                self.bar.reset_elapsed();
                self.phase("waiting".to_owned());
            }
            Event::Waiting { expected } => self.waiting(expected),
            Event::Polled(job) => self.polled(job),
            Event::Downloading { progress, .. } => self.downloading(progress),
            Event::Batch(BatchEvent::Stands(stands)) => self.bars.show(stands),
            _ => {}
        }
        match (text::result(event), event) {
            (Some(line), Event::Batch(_)) => self.bars.suspend(|| result(line)),
            (Some(line), _) => {
                self.bar.finish_and_clear();
                result(line);
            }
            (None, _) => {}
        }
    }

    fn fail(&self, failure: &Failure) {
        self.bar.finish_and_clear();
        self.bars.clear();
        note(text::failure(failure));
    }
}

/// The templates are constants that a test draws; should one be wrong, a plain bar does.
pub(super) fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
}

#[cfg(test)]
mod tests {
    use super::{super::bars, *};

    #[test]
    fn every_template_can_be_drawn() {
        for template in [WORKING, PHASE, PERCENT, BYTES, SOME_BYTES, bars::LANE, bars::ALL] {
            ProgressStyle::with_template(template).unwrap();
        }
    }
}
