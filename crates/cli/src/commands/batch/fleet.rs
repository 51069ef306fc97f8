//! `--engine`: the rows are handed to a fleet, and watched until each has ended there.
//!
//! What became of a row stands in the engine, under a key made of the batch's name and the row's own: the
//! same row is the same job, whoever hands it in.

mod outcome;

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{StreamExt, TryStreamExt, stream};
use reshoot::{Descriptor, EditRequest, media::VideoFacts};
use reshoot_fleet::{Cap, Order, Outcome, Pacing};
use reshoot_journal::{Usd, Via};
use reshoot_restate::{Client, ClientError};

use self::outcome::{failure, file, is_settled, may_cost};
use super::{
    Batch, Place, Spent,
    plan::{Books, Fate, Plan, Planned, Standing},
    tally::Tally,
};
use crate::{
    args::{BatchArgs, Engine},
    commands::{Context, begin},
    config,
    exit::{Exit, Failure},
    interrupts::Interrupted,
    manifest::{Manifest, Row, RowKey},
    output::{BatchEvent, Event, RowName},
};

/// How many rows are handed in, or asked about, at the same time.
const AT_ONCE: usize = 16;

/// How long to wait before all rows that still run are asked about again.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// A batch that a fleet leads.
struct Fleet<'a> {
    batch: &'a Batch<'a>,
    client: Client,
    costs: Mutex<Costs>,
}

/// What ended rows have cost, as far as their providers tell.
#[derive(Default)]
struct Costs {
    at: Vec<Usd>,
    unknown: u64,
}

/// What the engine knows of a row.
enum Found {
    /// It may be handed in, the so-manieth time; that before ended so.
    Free {
        turn: u32,
        last: Option<Outcome>,
    },
    Running,
    /// It is done, or may have been paid for: it is not begun anew.
    Ended(Outcome),
}

pub(super) async fn run(
    args: &BatchArgs,
    engine: &Engine,
    context: &mut Context<'_>,
) -> Result<(), Failure> {
    refuse_what_is_the_workers(args)?;
    let staging = begin::staging(args.staging.stage.is_some());
    let place = |descriptor: &&'static Descriptor| Place {
        descriptor,
        via: Via::new(descriptor.name()),
        staging,
        at_once: AT_ONCE,
    };
    let places = args.provider.iter().map(place).collect();
    let manifest = Manifest::open(&args.manifest)?;
    let batch = Batch::new(args, manifest, places, context.journal.clone())?;
    let client = Client::new(engine.url()).map_err(|error| unreachable(&error))?;
    let costs = Costs { at: vec![Usd::ZERO; batch.places.len()], unknown: 0 };
    Fleet { batch: &batch, client, costs: Mutex::new(costs) }.run(context).await
}

/// Keys, addresses and results are the workers'.
fn refuse_what_is_the_workers(args: &BatchArgs) -> Result<(), Failure> {
    let connection = &args.connection;
    for (given, what) in [
        (args.staging.emulator, "--emulator"),
        (connection.base_url.is_some(), "--base-url"),
        (connection.files_url.is_some(), "--files-url"),
        (args.output.is_some(), "--output"),
        (args.overwrite, "--overwrite"),
        (args.caps.max_cost_per_day.is_some(), "--max-cost-per-day"),
    ] {
        if given {
            let message =
                format!("{what} does not go with --engine: that is for its workers to say");
            return Err(Failure::usage(message));
        }
    }
    Ok(())
}

impl Books for Fleet<'_> {
    async fn standing(&self, row: &Row) -> Result<Standing<String>, Failure> {
        let provider = |outcome: &Outcome| {
            outcome.job().map(|job| job.provider().to_owned()).unwrap_or_default()
        };
        Ok(match self.find(row.key).await? {
            Found::Running => Standing::Open(String::new()),
            Found::Ended(outcome) => {
                self.count(row, &outcome);
                let is_done = matches!(outcome, Outcome::Done { .. });
                if is_done {
                    Standing::Done { is_there: true }
                } else {
                    Standing::Ended(provider(&outcome))
                }
            }
            Found::Free { last: Some(last), .. } if !self.is_begun_anew(&last) => {
                Standing::Ended(provider(&last))
            }
            Found::Free { .. } => Standing::New,
        })
    }

    /// Workers see to that.
    fn targets(&self) -> Result<Vec<PathBuf>, Failure> {
        Ok(Vec::new())
    }

    /// Workers measure for themselves; the longest clip is quoted.
    async fn measure(&self, _: &EditRequest) -> Option<VideoFacts> {
        None
    }
}

impl Fleet<'_> {
    async fn run(&self, context: &mut Context<'_>) -> Result<(), Failure> {
        let batch = self.batch;
        let planned = context.interrupts.or(batch.plan(self, context.out)).await;
        let plan = planned.map_err(|Interrupted| Failure::interrupted_unspent())??;
        context.out.show(Event::Batch(BatchEvent::Quoted(&plan.quoted)));
        batch.check(&plan.quoted)?;
        if let Some(over) = batch.over(plan.quoted.usd, Usd::ZERO, Usd::ZERO) {
            return Err(Failure::over_cap(&over));
        }
        if batch.args.dry_run {
            return Ok(());
        }
        let tally = batch.tally(&plan, context.out);
        let work = async {
            self.hand_in_all(&plan).await?;
            self.watch(&plan, &tally).await
        };
        let stopped = match context.interrupts.or(work).await {
            Ok(worked) => worked.map(|()| false)?,
            Err(Interrupted) => true,
        };
        let spent = self.spent();
        batch.end(&plan, &tally.into_counts(), spent, stopped, context.out)
    }

    /// Hands in every row that is not there yet. What was handed in stays so, whatever becomes of this
    /// command.
    async fn hand_in_all(&self, plan: &Plan) -> Result<(), Failure> {
        let rows = stream::iter(self.led(plan)?.map(Ok));
        rows.try_for_each_concurrent(AT_ONCE, |(row, planned)| self.hand_in(row, planned)).await
    }

    async fn hand_in(&self, row: Row, planned: Planned) -> Result<(), Failure> {
        let turn = match self.find(row.key).await? {
            Found::Free { turn, last } if last.as_ref().is_none_or(|it| self.is_begun_anew(it)) => {
                turn
            }
            _ => return Ok(()),
        };
        let order = self.order(&row, planned)?;
        let handed_in = self.client.submit(&self.key(row.key, turn), &order).await;
        handed_in.map(drop).map_err(|error| Batch::left(unreachable(&error)))
    }

    fn order(&self, row: &Row, planned: Planned) -> Result<Order, Failure> {
        let batch = self.batch;
        let place = batch.places.get(planned.lane).ok_or_else(|| Failure::usage("no provider"))?;
        let request = row.request.clone();
        let mut order =
            Order::new(place.descriptor.name(), request, batch.fleet_target(row, planned)?);
        let load = config::load(place.descriptor, &batch.args.load)?.load(place.descriptor);
        let starts = u128::from(load.starts.max(1));
        let start_every = u64::try_from(load.per.as_millis().div_ceil(starts)).unwrap_or(u64::MAX);
        order.cap = Cap { running: load.at_once, start_every, ..Cap::default() };
        let offers = batch.check_row(row, None).offers;
        let quote = offers.iter().find(|offer| offer.provider == planned.lane);
        order.max_usd = quote.and_then(|offer| offer.usd).map(f64::from);
        order.pacing = batch.args.waiting.poll_every.map(|every| {
            let every = u64::try_from(every.as_millis()).unwrap_or(u64::MAX);
            Pacing { first: every, every }
        });
        Ok(order)
    }

    /// Asks about every row until all have ended.
    async fn watch(&self, plan: &Plan, tally: &Tally<'_>) -> Result<(), Failure> {
        let ended = Mutex::new(HashSet::new());
        let is_open = |key: RowKey| !locked(&ended).contains(&key);
        loop {
            let open = self.led(plan)?.filter(|(row, _)| is_open(row.key));
            let running: usize = stream::iter(open)
                .map(|(row, planned)| self.look_at(row, planned, tally))
                .buffer_unordered(AT_ONCE)
                .try_fold(0, |running, ended_now| {
                    let runs = ended_now.map(|key| locked(&ended).insert(key)).is_none();
                    std::future::ready(Ok(running + usize::from(runs)))
                })
                .await?;
            if running == 0 {
                return Ok(());
            }
            tokio::time::sleep(ASK_EVERY).await;
        }
    }

    /// Tells what became of a row, if it has ended. Returns its key then.
    async fn look_at(
        &self,
        row: Row,
        planned: Planned,
        tally: &Tally<'_>,
    ) -> Result<Option<RowKey>, Failure> {
        let outcome = match self.find(row.key).await? {
            Found::Running => return Ok(None),
            Found::Free { last: None, .. } => return Err(forgotten()),
            Found::Free { last: Some(outcome), .. } | Found::Ended(outcome) => outcome,
        };
        self.count(&row, &outcome);
        let place = self.batch.manifest.place(row.line);
        let name = RowName { place: &place, line: row.line, clip: &row.clip };
        let led = tally.lead(name, planned.lane);
        led.found();
        match outcome {
            Outcome::Done { files, .. } => led.done(&files.iter().map(file).collect::<Vec<_>>()),
            outcome => led.failed(Batch::with_retry(failure(&outcome))),
        }
        Ok(Some(row.key))
    }

    /// The rows that are led, one after the other.
    fn led(&self, plan: &Plan) -> Result<impl Iterator<Item = (Row, Planned)>, Failure> {
        let mut seen = HashSet::new();
        let rows = self.batch.manifest.rows(&self.batch.terms)?.filter_map(Result::ok);
        Ok(rows.filter_map(move |row| match plan.fate(row.key) {
            Fate::Led(planned) if seen.insert(row.key) => Some((row, planned)),
            _ => None,
        }))
    }

    /// What the engine knows of a row: of the last time that it was handed in.
    async fn find(&self, key: RowKey) -> Result<Found, Failure> {
        let mut last = None;
        for turn in 1.. {
            match self.client.outcome(&self.key(key, turn)).await {
                Err(ClientError::NotHandedIn) => return Ok(Found::Free { turn, last }),
                Err(error) => return Err(Batch::left(unreachable(&error))),
                Ok(None) => return Ok(Found::Running),
                Ok(Some(outcome)) if is_settled(&outcome) => last = Some(outcome),
                Ok(Some(outcome)) => return Ok(Found::Ended(outcome)),
            }
        }
        Ok(Found::Free { turn: 1, last })
    }

    fn key(&self, key: RowKey, turn: u32) -> String {
        match turn {
            1 => format!("{}-{key}", self.batch.name),
            turn => format!("{}-{key}-{turn}", self.batch.name),
        }
    }

    fn is_begun_anew(&self, last: &Outcome) -> bool {
        self.batch.args.retry || matches!(last, Outcome::Refused { .. })
    }

    /// Adds what a row has cost: what the provider tells, else its quote.
    fn count(&self, row: &Row, outcome: &Outcome) {
        if !may_cost(outcome) {
            return;
        }
        let provider = outcome.job().map(|job| job.provider());
        let is_its = |place: &Place| Some(place.descriptor.name()) == provider;
        let at = self.batch.places.iter().position(is_its);
        let offers = || self.batch.check_row(row, None).offers;
        let quote = || offers().iter().find(|offer| Some(offer.provider) == at)?.usd;
        let billed = outcome.billed().and_then(|billed| billed.usd).and_then(Usd::at_least);
        let usd = billed.or_else(quote);
        let mut costs = locked(&self.costs);
        match usd.zip(at.and_then(|at| costs.at.get_mut(at))) {
            Some((usd, sum)) => *sum = sum.plus(usd),
            None => costs.unknown += 1,
        }
    }

    fn spent(&self) -> Spent {
        let costs = locked(&self.costs);
        let counted = costs.at.iter().copied().sum();
        Spent { at: costs.at.clone(), counted, set_aside: Usd::ZERO, unknown: costs.unknown }
    }
}

impl Batch<'_> {
    /// Where a fleet keeps the result of a row: below a directory of the batch's own.
    fn fleet_target(&self, row: &Row, planned: Planned) -> Result<String, Failure> {
        let other = row.other_target().filter(|_| planned.renamed);
        let target = other.unwrap_or_else(|| row.target.clone());
        let below = target.strip_prefix(&self.terms.to).map(Path::to_owned);
        let outside = |_| Failure::usage(format!("{} is not for a fleet", target.display()));
        let target: PathBuf = Path::new(&self.name).join(below.map_err(outside)?);
        Ok(target.to_string_lossy().into_owned())
    }
}

/// What was handed in goes on; what was not is handed in by the same command.
fn unreachable(error: &ClientError) -> Failure {
    Failure::new(Exit::StillRunning, "engine", error.to_string())
        .money("what was handed in goes on, and is not paid for twice")
        .next("see that the engine's server runs, then type the same command again")
}

/// Its server has lost what it kept.
fn forgotten() -> Failure {
    let message = "the engine no longer knows a row that was handed in: was its directory removed?";
    Failure::new(Exit::StillRunning, "engine", message)
        .money(
            "what was begun goes on at the providers; run again, the rows would be paid for again",
        )
        .next("look into the providers' dashboards first")
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
