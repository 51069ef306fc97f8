//! `reshoot batch`: many edits, checked and quoted before the first cent, then led side by side.
//!
//! What a row became stands in the journal, so that the same manifest run again goes on.

#[cfg(feature = "restate")]
mod fleet;
mod local;
mod means;
mod order;
mod plan;
mod planner;
mod tally;

use std::path::{Path, PathBuf};

use reshoot::{Descriptor, EditRequest, Media, Staging};
use reshoot_journal::{Caps, OverCap, Scope, Usd, Via};

pub(super) use self::{local::Local, means::Means, plan::Plan};
use self::{
    order::Share,
    tally::{Counts, LEFT, Tally},
};
use super::{Context, begin};
use crate::{
    args::{BatchArgs, Engine},
    exit::{Exit, Failure},
    journal::JournalPlace,
    manifest::{Manifest, Terms},
    output::{BatchEvent, Event, Output, Quoted, Stands, Summary, SummaryAt},
    request, shell,
};

/// A batch: its rows, and what holds for all of them.
pub(super) struct Batch<'a> {
    args: &'a BatchArgs,
    manifest: Manifest,
    terms: Terms,
    /// What it is called where its rows are kept.
    name: String,
    places: Vec<Place>,
    share: Share,
    caps: Caps,
    journal: JournalPlace,
}

/// A provider that rows may be run at.
struct Place {
    descriptor: &'static Descriptor,
    via: Via,
    staging: Staging,
    /// How many jobs may run there.
    at_once: usize,
}

/// What a batch has cost, in this run and in those before.
struct Spent {
    /// At each of its providers.
    at: Vec<Usd>,
    counted: Usd,
    /// How much of it is set aside for jobs that are not settled.
    set_aside: Usd,
    /// How many attempts have no known price, and count as nothing.
    unknown: u64,
}

pub(super) async fn run(args: &BatchArgs, context: &mut Context<'_>) -> Result<(), Failure> {
    if let Some(engine) = &args.engine {
        return run_fleet(args, engine, context).await;
    }
    let manifest = Manifest::open(&args.manifest)?;
    with_rows(args, manifest, context, async |local, context| local.run(context).await).await
}

/// Opens all that the rows of a manifest are led with, and does `work` with it.
pub(super) async fn with_rows(
    args: &BatchArgs,
    manifest: Manifest,
    context: &mut Context<'_>,
    work: impl AsyncFnOnce(&Local<'_>, &mut Context<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let place = context.journal.clone();
    if args.staging.emulator {
        return begin::emulated(&args.connection, context, async |emulator, journal, context| {
            let means = Means::emulated(journal, emulator, &args.load);
            let batch = means.batch(args, manifest, place)?;
            work(&means.local(&batch), context).await
        })
        .await;
    }
    let means = Means::real(place.open()?, &args.load);
    let batch = means.batch(args, manifest, place)?;
    work(&means.local(&batch), context).await
}

#[cfg(feature = "restate")]
async fn run_fleet(
    args: &BatchArgs,
    engine: &Engine,
    context: &mut Context<'_>,
) -> Result<(), Failure> {
    fleet::run(args, engine, context).await
}

#[cfg(not(feature = "restate"))]
async fn run_fleet(_: &BatchArgs, engine: &Engine, _: &mut Context<'_>) -> Result<(), Failure> {
    let message = format!("this build has no engine to reach {} with", engine.url());
    Err(Failure::usage(message).next("cargo install reshoot-cli --features restate"))
}

impl<'a> Batch<'a> {
    fn new(
        args: &'a BatchArgs,
        manifest: Manifest,
        places: Vec<Place>,
        journal: JournalPlace,
    ) -> Result<Self, Failure> {
        let terms = terms(args, &manifest)?;
        let name = args.batch.clone().unwrap_or_else(|| manifest.name());
        let share = Share::new(args.spread.as_deref(), &args.provider)?;
        let caps = args.caps.caps();
        Ok(Self { args, manifest, terms, name, places, share, caps, journal })
    }

    /// Whether its rows may be begun, before any of them is.
    fn check(&self, quoted: &Quoted) -> Result<(), Failure> {
        if quoted.rows == 0 {
            return Err(Failure::usage(format!("{} has no rows", self.args.manifest.display())));
        }
        if quoted.unfit > 0 && !self.args.skip_unfit {
            let message = format!("{} of {} rows cannot be run", quoted.unfit, quoted.rows);
            let next = if quoted.unfit == quoted.rows {
                "change what is named above"
            } else {
                "change what is named above, or run the others with --skip-unfit"
            };
            return Err(Failure::new(Exit::Refused, "violations", message)
                .money("nothing was sent or spent, for no row")
                .next(next));
        }
        Ok(())
    }

    /// The cap that all rows together would pass, after what was spent before.
    fn over(&self, quote: Usd, batch: Usd, today: Usd) -> Option<OverCap> {
        let Caps { max_cost, max_cost_per_day, .. } = &self.caps;
        let scoped = max_cost.map(|cap| (Scope::Batch(self.name.clone()), cap, batch));
        let daily = max_cost_per_day.map(|cap| (Scope::Day, cap, today));
        let mut all = scoped.into_iter().chain(daily);
        let (scope, cap, spent) = all.find(|(_, cap, spent)| spent.plus(quote) > *cap)?;
        Some(OverCap::Exceeded { scope, cap, spent, quote })
    }

    fn tally<'t>(&self, plan: &Plan, out: &'t dyn Output) -> Tally<'t> {
        let names = self.places.iter().map(|place| place.descriptor.name());
        Tally::new(out, names.zip(plan.lanes.iter().copied()))
    }

    /// Tells how it ended: whether every row has its file; if not, what to type.
    fn end(
        &self,
        plan: &Plan,
        counts: &Counts,
        spent: Spent,
        is_stopped: bool,
        out: &dyn Output,
    ) -> Result<(), Failure> {
        let done_now: u64 = counts.stands.iter().map(|it| it.done).sum();
        let done = plan.quoted.done + done_now;
        let summary = self.summary(plan, counts, spent);
        out.show(Event::Batch(BatchEvent::Summary(&summary)));
        let without: u64 = counts.by_exit.iter().map(|(_, count)| count).sum();
        let gone = if is_stopped { 0 } else { plan.planned().saturating_sub(counts.found) };
        if without == 0 && plan.quoted.unfit == 0 && gone == 0 && !is_stopped {
            return Ok(());
        }
        let exits = counts.by_exit.iter().map(|(exit, _)| *exit);
        let stopped = is_stopped.then_some(Exit::Interrupted);
        let exit = Exit::worst(exits.chain(stopped)).unwrap_or(Exit::Refused);
        let mut message = format!("{done} of {} rows have their file", plan.quoted.rows);
        if gone > 0 {
            message += &format!("; {gone} were no longer in the manifest when their turn came");
        }
        let failure = Failure::new(exit, "batch", message)
            .money("no row is paid for twice: it is written down how each of them stands");
        Err(self.next_steps(failure, counts, is_stopped))
    }

    fn summary(&self, plan: &Plan, counts: &Counts, spent: Spent) -> Summary {
        let at = |(stands, counted): (&Stands, Usd)| SummaryAt { stands: *stands, counted };
        Summary {
            batch: self.name.clone(),
            at: counts.stands.iter().zip(spent.at).map(at).collect(),
            done_before: plan.quoted.done,
            counted: spent.counted,
            set_aside: spent.set_aside,
            unknown: spent.unknown,
            failures: counts.failures.clone(),
        }
    }

    fn next_steps(&self, mut failure: Failure, counts: &Counts, is_stopped: bool) -> Failure {
        let again = counts.of(&[Exit::Refused, Exit::ProviderRefused, Exit::Usage]);
        let left = counts.of(&LEFT);
        if again + left > 0 || is_stopped {
            failure = failure.next(format!("{}  # goes on where this left off", command(false)));
        }
        let ended = counts.of(&[Exit::JobFailed]);
        if ended > 0 {
            let what = format!("begins {ended} anew that ended without a result");
            failure = failure.next(format!("{}  # {what}", command(true)));
        }
        let doubtful = counts.of(&[Exit::PerhapsCharged]);
        if doubtful > 0 && self.args.engine.is_none() {
            let words = ["jobs", "--batch", &self.name, "--state", "perhaps_charged"];
            let list = self.journal.command(words.map(str::to_owned));
            failure = failure.next(format!("{list}  # {doubtful} perhaps charged: reconcile each"));
        }
        failure
    }

    /// With the command that begins the row anew, if it must be begun anew.
    fn with_retry(mut failure: Failure) -> Failure {
        match failure.exit {
            Exit::JobFailed => failure.next = vec![command(true)],
            Exit::ProviderRefused | Exit::Refused => failure.next = vec![command(false)],
            _ => {}
        }
        failure
    }

    /// A failure of the whole, with the command that goes on.
    fn left(mut failure: Failure) -> Failure {
        failure.next = vec![command(false)];
        failure
    }
}

/// The same command again; with `--retry` or without.
fn command(retry: bool) -> String {
    shell::again("--retry", retry)
}

/// What holds for rows that do not say otherwise.
fn terms(args: &BatchArgs, manifest: &Manifest) -> Result<Terms, Failure> {
    let nothing = Media::File(Path::new("").to_owned());
    let mut request: EditRequest = request::edit(nothing, String::new(), &args.how)?;
    let whole = |path: &Path| {
        std::path::absolute(path).map_err(|error| {
            Failure::usage(format!("{} cannot be made a whole path: {error}", path.display()))
        })
    };
    for image in &mut request.reference_images {
        if let Media::File(path) = image {
            *path = whole(path)?;
        }
    }
    let to =
        args.output.clone().unwrap_or_else(|| PathBuf::from(format!("{}-edited", manifest.name())));
    let to = whole(&to)?;
    if args.engine.is_none() && manifest.holds(&to) {
        let message = "the results would be clips of the same batch, to be paid for the next time";
        return Err(Failure::usage(message).next("name another directory with -o"));
    }
    let (prompt, from) = (args.prompt.clone(), manifest.directory());
    Ok(Terms { request, prompt, from, to, is_keyed: args.is_keyed })
}
