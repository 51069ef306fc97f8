//! The bars of a batch: one for each provider, and one for all.

use std::sync::{Mutex, MutexGuard, PoisonError};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget};

use super::{Stands, batch, terminal::style};

pub(super) const LANE: &str = "{prefix:13} [{bar:30}] {pos}/{len}  {msg}";
pub(super) const ALL: &str =
    "{prefix:13} [{bar:30}] {percent} %  {elapsed}, about {eta} left  {msg}";

/// Bars below the lines that stay; none until there is something to show.
#[derive(Default)]
pub(super) struct Bars(Mutex<Option<Shown>>);

struct Shown {
    multi: MultiProgress,
    lanes: Vec<ProgressBar>,
    all: ProgressBar,
}

impl Bars {
    pub(super) fn show(&self, stands: &[Stands]) {
        let mut shown = self.shown();
        let shown = shown.get_or_insert_with(|| Shown::new(stands));
        for (bar, stands) in shown.lanes.iter().zip(stands) {
            bar.set_length(stands.rows);
            bar.set_position(ended(stands));
            bar.set_message(message(stands));
        }
        shown.all.set_length(stands.iter().map(|it| it.rows).sum());
        shown.all.set_position(stands.iter().map(ended).sum());
        shown.all.set_message(batch::standing(stands));
    }

    /// Makes room for what `write` writes.
    pub(super) fn suspend(&self, write: impl FnOnce()) {
        match &*self.shown() {
            Some(shown) => shown.multi.suspend(write),
            None => write(),
        }
    }

    pub(super) fn clear(&self) {
        if let Some(shown) = self.shown().take() {
            // What cannot be cleared stays to be seen.
            shown.multi.clear().ok();
        }
    }

    fn shown(&self) -> MutexGuard<'_, Option<Shown>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shown {
    fn new(stands: &[Stands]) -> Self {
        let multi = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let add = |template: &str, prefix: &'static str| {
            let bar = multi.add(ProgressBar::new(0).with_style(style(template)));
            bar.with_prefix(prefix)
        };
        let lanes = stands.iter().map(|stands| add(LANE, stands.provider)).collect();
        let all = add(ALL, "all");
        Self { multi, lanes, all }
    }
}

const fn ended(stands: &Stands) -> u64 {
    stands.done + stands.failed + stands.left
}

fn message(stands: &Stands) -> String {
    let Stands { running, failed, left, .. } = stands;
    let counts = [(running, "run"), (failed, "failed"), (left, "left")];
    let told = counts.iter().filter(|(count, _)| **count > 0);
    told.map(|(count, what)| format!("{count} {what}")).collect::<Vec<_>>().join(", ")
}
