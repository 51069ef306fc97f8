//! Leading the rows through the journal, each to its file or to a stated reason.
//!
//! Every provider has a lane of its own, that reads the manifest for itself: a slow provider keeps nobody
//! else's rows waiting, and none is held longer than it is led.

mod books;

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use futures_util::{StreamExt, future::join_all, stream};
use reshoot_journal::{
    BatchRow, Goal, JobId, Journal, JournalError, Moment, Order, Outcome, RunError, RunEvent,
    SpendLine, Via,
};
use tokio::select;
use tokio_util::sync::CancellationToken;

use super::{
    Batch, Place, Spent,
    plan::{Fate, Plan, Planned, Standing},
    tally::{Led, Tally},
};
use crate::{
    commands::Context,
    exit::{Exit, Failure},
    interrupts::{Interrupted, Interrupts},
    lead::Lead,
    manifest::{Row, Unfit},
    output::{BatchEvent, Event, Output, Quoted, RowFile, RowName},
    request,
    session::Connections,
};

/// How long a row is submitted again while its provider is too busy: others before it may have to end.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// How many rows of a lane are led for each that may run: some are on their way in or out.
const LED_PER_RUNNING: usize = 2;

/// A batch that this command leads.
pub(in crate::commands) struct Local<'a> {
    batch: &'a Batch<'a>,
    lead: Lead,
}

impl<'a> Local<'a> {
    pub(super) fn new(
        batch: &'a Batch<'a>,
        journal: Journal,
        connections: Arc<Connections>,
        emulated: bool,
        stop: CancellationToken,
    ) -> Self {
        let args = batch.args;
        let lead = Lead::new(journal, connections, Some(&args.waiting), emulated, |options| {
            options.stop = stop;
            options.patience = PATIENCE;
            options.lag = args.lag.lag;
            // Rows are told apart by their keys.
            options.again = true;
        });
        Self { batch, lead }
    }

    /// Quotes the batch, and runs it.
    pub(super) async fn run(&self, context: &mut Context<'_>) -> Result<(), Failure> {
        let plan = self.quote(context).await?;
        if self.batch.args.dry_run {
            return Ok(());
        }
        self.lead_rows(&plan, context).await
    }

    /// Looks at every row and says what all of them cost; refuses what cannot be run, or is too much.
    pub(in crate::commands) async fn quote(
        &self,
        context: &mut Context<'_>,
    ) -> Result<Plan, Failure> {
        let batch = self.batch;
        let planned = context.interrupts.or(self.plan(context.out)).await;
        let plan = planned.map_err(|Interrupted| Failure::interrupted_unspent())??;
        context.out.show(Event::Batch(BatchEvent::Quoted(&plan.quoted)));
        batch.check(&plan.quoted)?;
        self.check_caps(&plan.quoted)?;
        Ok(plan)
    }

    /// Looks at every row.
    pub(in crate::commands) async fn plan(&self, out: &dyn Output) -> Result<Plan, Failure> {
        self.batch.plan(self, out).await
    }

    /// Leads every row to its file or to a stated reason.
    pub(in crate::commands) async fn lead_rows(
        &self,
        plan: &Plan,
        context: &mut Context<'_>,
    ) -> Result<(), Failure> {
        let tally = self.batch.tally(plan, context.out);
        self.work(plan, &tally, context.out, &mut context.interrupts).await?;
        self.end(plan, tally, context.out)
    }

    /// Leads every row for as long as nobody stops what it is led with.
    pub(in crate::commands) async fn lead_unattended(
        &self,
        plan: &Plan,
        out: &dyn Output,
    ) -> Result<(), Failure> {
        let tally = self.batch.tally(plan, out);
        self.lanes(plan, &tally).await?;
        self.end(plan, tally, out)
    }

    fn end(&self, plan: &Plan, tally: Tally<'_>, out: &dyn Output) -> Result<(), Failure> {
        let counts = tally.into_counts();
        self.batch.end(plan, &counts, self.spent()?, self.lead.is_stopped(), out)
    }

    /// What the batch is called in the journal.
    pub(in crate::commands) fn name(&self) -> &str {
        &self.batch.name
    }

    pub(in crate::commands) const fn is_emulated(&self) -> bool {
        self.lead.is_emulated()
    }

    /// What the rows and their jobs are written down in.
    pub(in crate::commands) fn journal(&self) -> &Journal {
        self.lead.runner.journal()
    }

    /// Whether the total may be spent, before any of it is.
    pub(in crate::commands) fn check_caps(&self, quoted: &Quoted) -> Result<(), Failure> {
        // What is paid for is led on, and fetched, whatever else was spent since.
        if quoted.at.iter().all(|at| at.rows == 0) {
            return Ok(());
        }
        let journal = self.journal();
        let read = || {
            let today = journal.spend(Some(Moment::now()))?;
            Ok((journal.spend_of_batch(&self.batch.name)?, today))
        };
        let (before, today) = read().map_err(|error| Failure::journal(&error))?;
        match self.batch.over(quoted.further(), before.counted, today.counted) {
            Some(over) => Err(Failure::over_cap(&over)),
            None => Ok(()),
        }
    }

    /// What the batch has cost, in this run and in those before.
    fn spent(&self) -> Result<Spent, Failure> {
        let spend = self.journal().spend_of_batch(&self.batch.name);
        let spend = spend.map_err(|error| Failure::journal(&error))?;
        let at = |place: &Place| {
            let is_its = |line: &&SpendLine| line.provider == place.descriptor.name();
            spend.lines.iter().filter(is_its).map(|line| line.counted).sum()
        };
        Ok(Spent {
            at: self.batch.places.iter().map(at).collect(),
            counted: spend.counted,
            set_aside: spend.set_aside,
            unknown: spend.lines.iter().map(|line| line.unknown).sum(),
        })
    }

    /// Leads all rows. Who stops it stops each at its next safe point.
    async fn work(
        &self,
        plan: &Plan,
        tally: &Tally<'_>,
        out: &dyn Output,
        interrupts: &mut Interrupts,
    ) -> Result<(), Failure> {
        let mut all = pin!(self.lanes(plan, tally));
        let ended = select! {
            ended = &mut all => ended,
            Interrupted = interrupts.next() => {
                self.lead.stop();
                out.show(Event::NothingToDo("stopping every row at its next safe point"));
                select! {
                    ended = &mut all => ended,
                    Interrupted = interrupts.next() => {
                        return Err(Batch::left(Failure::left_all(&self.batch.journal, self.lead.is_in_doubt(Some(&self.batch.name))?)));
                    }
                }
            }
        };
        ended
    }

    async fn lanes(&self, plan: &Plan, tally: &Tally<'_>) -> Result<(), Failure> {
        let lanes = (0..self.batch.places.len()).map(|lane| self.lane(lane, plan, tally));
        join_all(lanes).await.into_iter().collect()
    }

    /// Leads the rows of one provider.
    async fn lane(&self, lane: usize, plan: &Plan, tally: &Tally<'_>) -> Result<(), Failure> {
        let mut seen = HashSet::new();
        let rows =
            self.batch.manifest.rows(&self.batch.terms)?.filter_map(|row| its(row, lane, plan));
        // What stands in the manifest twice is led once.
        let rows = rows.filter(|(row, _)| seen.insert(row.key));
        let at_once = self.batch.places.get(lane).map_or(1, |place| place.at_once);
        let led = stream::iter(rows)
            .take_until(self.lead.stopped())
            .map(|(row, planned)| self.row(row, planned, lane, tally))
            .buffer_unordered(at_once.saturating_mul(LED_PER_RUNNING));
        led.for_each(|()| async {}).await;
        Ok(())
    }

    async fn row(&self, row: Row, planned: Option<Planned>, lane: usize, tally: &Tally<'_>) {
        let place = self.batch.manifest.place(row.line);
        let name = RowName { place: &place, line: row.line, clip: &row.clip };
        let mut led = tally.lead(name, lane);
        let ended = match planned {
            Some(planned) => {
                led.found();
                self.lead_row(&row, planned, &mut led).await
            }
            None => Err(changed()),
        };
        match ended {
            Ok(None) => {}
            Ok(Some(files)) => led.done(&files),
            Err(failure) => led.failed(Batch::with_retry(failure)),
        }
    }

    /// None: its file was here before.
    async fn lead_row(
        &self,
        row: &Row,
        planned: Planned,
        led: &mut Led<'_>,
    ) -> Result<Option<Vec<RowFile>>, Failure> {
        let id = match self.row_standing(row.key)? {
            Standing::Done { .. } => return Ok(None),
            Standing::Ended(ended) => return Err(self.ended(&ended)?),
            Standing::Open(open) | Standing::Unsent(open, _) => {
                // What was paid for must find its directory.
                open.target.as_deref().map(make_parent).transpose()?;
                led.known(open.job);
                open.job
            }
            Standing::New if !planned.is_quoted => return Err(not_quoted()),
            Standing::New => self.begin(row, planned, led).await?,
        };
        let mut watch = |event: RunEvent<'_>| led.see(&event);
        let ended = self.lead.runner.lead(id, Goal::Downloaded, &mut watch).await;
        match ended {
            Ok(Outcome::Downloaded { files, .. }) => {
                Ok(Some(request::as_seen_here(files).into_iter().map(RowFile::from).collect()))
            }
            Ok(outcome) => Err(unexpected(&outcome)),
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
            .with_overwrite(self.batch.args.overwrite)
            .with_row(&self.batch.name, row.key.to_string())
            .with_caps(self.batch.caps.clone().with_agreed(planned.agreed));
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
        make_parent(&target)?;
        Ok(target)
    }

    /// The providers to try, in order: as planned first, then the others.
    fn routes(&self, row: &Row, planned: Planned) -> Vec<Via> {
        let offers = self.batch.check_row(row, None).offers;
        let others = offers.iter().map(|offer| offer.provider).filter(|it| *it != planned.lane);
        let places = std::iter::once(planned.lane).chain(others);
        places.filter_map(|place| Some(self.batch.places.get(place)?.via.clone())).collect()
    }

    fn failure(&self, error: RunError, id: Option<JobId>) -> Failure {
        Failure::of_run(error, id, &self.lead.runner, &self.batch.journal)
    }

    /// Why a row has no result since an earlier run.
    fn ended(&self, row: &BatchRow) -> Result<Failure, Failure> {
        let job = self.journal().job(row.job);
        let job = job.map_err(|error| Failure::journal(&error))?;
        let reason = job.last().and_then(|last| last.reason.clone()).unwrap_or_default();
        let message = format!("it ended before: {}: {reason}", row.state);
        let mut failure = Failure::new(Exit::JobFailed, "ended", message);
        failure.id = Some(row.job);
        Ok(failure)
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

fn make_parent(file: &Path) -> Result<(), Failure> {
    let directory = file.parent().unwrap_or(file);
    std::fs::create_dir_all(directory)
        .map_err(|error| Failure::usage(format!("{} cannot be made: {error}", directory.display())))
}

/// It had ended before it could be led.
fn unexpected(outcome: &Outcome) -> Failure {
    let state = match outcome {
        Outcome::Settled(state) => state.to_string(),
        _ => "not led to its end".to_owned(),
    };
    Failure::new(Exit::JobFailed, "ended", format!("its job is {state}"))
}

/// It ended while it was on the way, so that it would have to be begun anew.
fn not_quoted() -> Failure {
    let message =
        "its job has ended without a result since it was quoted: it is not begun unquoted";
    Failure::new(Exit::Refused, "changed", message).money("nothing was spent on it anew")
}

fn changed() -> Failure {
    let message = "the manifest was changed since it was checked: this row was not there";
    Failure::new(Exit::Refused, "changed", message).money("nothing was spent")
}
