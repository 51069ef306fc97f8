//! Leading the rows, each to its file or to a stated reason.
//!
//! Every provider has a lane of its own, that reads the manifest for itself: a slow provider keeps nobody
//! else's rows waiting, and none is held longer than it is led.

use std::{collections::HashSet, path::PathBuf, pin::pin};

use futures_util::{StreamExt, future::join_all, stream};
use reshoot_journal::{
    BatchRow, Goal, JobId, JournalError, Order, Outcome, RunError, RunEvent, Via,
};
use tokio::select;

use super::{
    Batch,
    plan::{Fate, Plan, Planned, Standing},
    tally::{Led, Tally},
};
use crate::{
    exit::{Exit, Failure},
    interrupts::{Interrupted, Interrupts},
    manifest::{Row, Unfit},
    output::{Event, Output, RowName},
};

/// How many rows of a lane are led for each that may run: some are on their way in or out.
const LED_PER_RUNNING: usize = 2;

impl Batch<'_> {
    /// Leads all rows. Who stops it stops each at its next safe point.
    pub(super) async fn work(
        &self,
        plan: &Plan,
        tally: &Tally<'_>,
        out: &dyn Output,
        interrupts: &mut Interrupts,
    ) -> Result<(), Failure> {
        let lanes = (0..self.places.len()).map(|lane| self.lane(lane, plan, tally));
        let mut all = pin!(join_all(lanes));
        let ended = select! {
            ended = &mut all => ended,
            Interrupted = interrupts.next() => {
                self.lead.stop();
                out.show(Event::NothingToDo("stopping every row at its next safe point"));
                select! {
                    ended = &mut all => ended,
                    Interrupted = interrupts.next() => {
                        return Err(self.left(Failure::left_all(&self.journal)));
                    }
                }
            }
        };
        ended.into_iter().collect()
    }

    /// Leads the rows of one provider.
    async fn lane(&self, lane: usize, plan: &Plan, tally: &Tally<'_>) -> Result<(), Failure> {
        let mut seen = HashSet::new();
        let rows = self.manifest.rows(&self.terms)?.filter_map(|row| its(row, lane, plan));
        // What stands in the manifest twice is led once.
        let rows = rows.filter(|(row, _)| seen.insert(row.key));
        let at_once = self.places.get(lane).map_or(1, |place| place.at_once);
        let led = stream::iter(rows)
            .take_until(self.lead.stopped())
            .map(|(row, planned)| self.row(row, planned, lane, tally))
            .buffer_unordered(at_once.saturating_mul(LED_PER_RUNNING));
        led.for_each(|()| async {}).await;
        Ok(())
    }

    async fn row(&self, row: Row, planned: Option<Planned>, lane: usize, tally: &Tally<'_>) {
        let place = self.manifest.place(row.line);
        let name = RowName { place: &place, line: row.line, clip: &row.clip };
        let mut led = tally.lead(name, lane);
        let ended = match planned {
            Some(planned) => {
                led.found();
                self.lead_row(&row, planned, &mut led).await
            }
            None => Err(changed()),
        };
        led.end(ended.map_err(|failure| self.with_retry(failure)));
    }

    /// None: its file was here before.
    async fn lead_row(
        &self,
        row: &Row,
        planned: Planned,
        led: &mut Led<'_>,
    ) -> Result<Option<Outcome>, Failure> {
        let id = match self.standing(row.key)? {
            Standing::Done => return Ok(None),
            Standing::Ended(ended) => return Err(self.ended(&ended)?),
            Standing::Open(open) => {
                led.known(open.job);
                open.job
            }
            Standing::New => self.begin(row, planned, led).await?,
        };
        let mut watch = |event: RunEvent<'_>| led.see(&event);
        let ended = self.lead.runner.lead(id, Goal::Downloaded, &mut watch).await;
        match ended {
            Ok(outcome) => Ok(Some(outcome)),
            Err(error) => {
                let failure = self.failure(error, Some(id));
                if failure.exit == Exit::Interrupted {
                    self.lead.abandon_unsent(id)?;
                }
                Err(failure)
            }
        }
    }

    async fn begin(
        &self,
        row: &Row,
        planned: Planned,
        led: &mut Led<'_>,
    ) -> Result<JobId, Failure> {
        let target = self.target(row, planned)?;
        let order = Order::new(row.request.clone(), Some(target))
            .with_overwrite(self.args.overwrite)
            .with_row(&self.name, row.key.to_string())
            .with_caps(self.caps.clone());
        let mut watch = |event: RunEvent<'_>| led.see(&event);
        let begun = self.lead.runner.begin(order, &self.routes(row, planned), &mut watch).await;
        match begun {
            // Another process that runs the same batch was first.
            Err(RunError::Journal { error: JournalError::RowTaken(id), .. }) => Ok(id),
            begun => begun.map_err(|error| self.failure(error, None)),
        }
    }

    /// Where the result goes; the directory is made if need be.
    fn target(&self, row: &Row, planned: Planned) -> Result<PathBuf, Failure> {
        let other = row.other_target().filter(|_| planned.renamed);
        let target = other.unwrap_or_else(|| row.target.clone());
        if let Some(directory) = target.parent() {
            std::fs::create_dir_all(directory).map_err(|error| {
                Failure::usage(format!("{} cannot be made: {error}", directory.display()))
            })?;
        }
        Ok(target)
    }

    /// The providers to try, in order: as planned first, then the others.
    fn routes(&self, row: &Row, planned: Planned) -> Vec<Via> {
        let offers = self.check_row(row, None).offers;
        let others = offers.iter().map(|offer| offer.provider).filter(|it| *it != planned.lane);
        let places = std::iter::once(planned.lane).chain(others);
        places.filter_map(|place| Some(self.places.get(place)?.via.clone())).collect()
    }

    fn failure(&self, error: RunError, id: Option<JobId>) -> Failure {
        Failure::of_run(error, id, &self.lead.runner, &self.journal)
    }

    /// Why a row has no result since an earlier run.
    fn ended(&self, row: &BatchRow) -> Result<Failure, Failure> {
        let job = self.lead.runner.journal().job(row.job);
        let job = job.map_err(|error| Failure::journal(&error))?;
        let reason = job.last().and_then(|last| last.reason.clone()).unwrap_or_default();
        let message = format!("it ended before: {}: {reason}", row.state);
        let mut failure = Failure::new(Exit::JobFailed, "ended", message);
        failure.id = Some(row.job);
        Ok(failure)
    }

    /// With the command that begins the row anew, if it must be begun anew.
    fn with_retry(&self, mut failure: Failure) -> Failure {
        match failure.exit {
            Exit::JobFailed => failure.next = vec![self.command(true)],
            Exit::ProviderRefused | Exit::Refused => failure.next = vec![self.command(false)],
            _ => {}
        }
        failure
    }
}

/// Whether a row is led in this lane, and how. One that was not there when the manifest was checked is
/// told of in the first.
fn its(row: Result<Row, Unfit>, lane: usize, plan: &Plan) -> Option<(Row, Option<Planned>)> {
    let row = row.ok()?;
    match plan.fate(row.key) {
        Fate::Led(planned) if planned.lane == lane => Some((row, Some(planned))),
        Fate::Unknown if lane == 0 => Some((row, None)),
        _ => None,
    }
}

fn changed() -> Failure {
    let message = "the manifest was changed since it was checked: this row was not there";
    Failure::new(Exit::Refused, "changed", message).money("nothing was spent")
}
