//! `reshoot batch`: many edits, checked and quoted before the first cent, then led side by side.
//!
//! What a row became stands in the journal, so that the same manifest run again goes on.

mod order;
mod plan;
mod tally;
mod work;

use std::{path::Path, time::Duration};

use reshoot::{Descriptor, EditRequest, Media, Staging};
use reshoot_emulator::Emulator;
use reshoot_journal::{Caps, Journal, Moment, OverCap, Scope, Spend, Usd, Via};

use self::{
    order::Share,
    plan::Plan,
    tally::{Counts, LEFT, Tally},
};
use super::{Context, begin};
use crate::{
    args::BatchArgs,
    exit::{Exit, Failure},
    interrupts::Interrupted,
    journal::JournalPlace,
    lead::Lead,
    manifest::{Manifest, Terms},
    output::{BatchEvent, Event, Quoted, Stands, Summary, SummaryAt},
    request,
    session::{Connections, emulated_staging, emulated_via, start_emulator},
    shell,
};

/// How long a row is submitted again while its provider is too busy: others before it may have to end.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// A batch, and all that it needs.
struct Batch<'a> {
    args: &'a BatchArgs,
    manifest: Manifest,
    terms: Terms,
    /// What it is called in the journal.
    name: String,
    places: Vec<Place>,
    share: Share,
    caps: Caps,
    lead: Lead,
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

pub(super) async fn run(args: &BatchArgs, context: &mut Context<'_>) -> Result<(), Failure> {
    if args.staging.emulator {
        return run_emulated(args, context).await;
    }
    let stage = args.staging.stage.as_deref();
    let routes = begin::routes(&args.provider, &args.connection, stage)?;
    let connections = Connections::real().with_load(&args.load);
    if !args.dry_run {
        // That there is a key for each is found out before the first row.
        routes.iter().try_for_each(|via| connections.route(via).map(drop))?;
    }
    let staging = |_: &Descriptor| begin::staging(stage.is_some());
    let lead = lead(args, context.journal.open()?, connections, false);
    batch(args, lead, places(args, routes, &staging), context).await
}

async fn run_emulated(args: &BatchArgs, context: &mut Context<'_>) -> Result<(), Failure> {
    let connection = &args.connection;
    if connection.base_url.is_some() || connection.files_url.is_some() {
        return Err(Failure::usage(
            "--emulator brings its own addresses: leave --base-url and --files-url out",
        ));
    }
    context.out.show(Event::Emulated);
    let emulator = start_emulator().await?;
    let run = emulated(args, &emulator, context).await.map_err(Failure::emulated);
    emulator.shutdown().await;
    run
}

async fn emulated(
    args: &BatchArgs,
    emulator: &Emulator,
    context: &mut Context<'_>,
) -> Result<(), Failure> {
    let routes =
        args.provider.iter().map(|descriptor| emulated_via(descriptor, emulator)).collect();
    let journal = if context.journal.is_named() {
        context.journal.open()?
    } else {
        Journal::in_memory().map_err(|error| Failure::usage(error.to_string()))?
    };
    let connections = Connections::emulated(emulator).with_load(&args.load);
    let lead = lead(args, journal, connections, true);
    let places = places(args, routes, &|descriptor: &Descriptor| emulated_staging(descriptor));
    batch(args, lead, places, context).await
}

fn lead(args: &BatchArgs, journal: Journal, connections: Connections, emulated: bool) -> Lead {
    Lead::new(journal, connections, Some(&args.waiting), emulated, |options| {
        options.patience = PATIENCE;
        options.lag = args.lag.lag;
        // Rows are told apart by their keys.
        options.again = true;
    })
}

fn places(
    args: &BatchArgs,
    routes: Vec<Via>,
    staging: &dyn Fn(&Descriptor) -> Staging,
) -> Vec<Place> {
    let place = |(via, descriptor): (Via, &&'static Descriptor)| Place {
        descriptor,
        via,
        staging: staging(descriptor),
        at_once: usize::try_from(args.load.load(descriptor).at_once).unwrap_or(usize::MAX),
    };
    routes.into_iter().zip(&args.provider).map(place).collect()
}

async fn batch(
    args: &BatchArgs,
    lead: Lead,
    places: Vec<Place>,
    context: &mut Context<'_>,
) -> Result<(), Failure> {
    let batch = Batch::new(args, lead, places, context.journal.clone())?;
    let planned = context.interrupts.or(batch.plan(context.out)).await;
    let plan = planned.map_err(|Interrupted| Failure::interrupted_unspent())??;
    context.out.show(Event::Batch(BatchEvent::Quoted(&plan.quoted)));
    batch.check(&plan.quoted)?;
    if args.dry_run {
        return Ok(());
    }
    let (out, interrupts) = (context.out, &mut context.interrupts);
    let lanes = batch.places.iter().map(|place| place.descriptor.name()).zip(plan.lanes.clone());
    let tally = Tally::new(out, lanes);
    batch.work(&plan, &tally, out, interrupts).await?;
    let counts = tally.into_counts();
    let summary = batch.summary(&plan, &counts)?;
    out.show(Event::Batch(BatchEvent::Summary(&summary)));
    batch.verdict(&plan, &counts, &summary)
}

impl<'a> Batch<'a> {
    fn new(
        args: &'a BatchArgs,
        lead: Lead,
        places: Vec<Place>,
        journal: JournalPlace,
    ) -> Result<Self, Failure> {
        let manifest = Manifest::open(&args.manifest)?;
        let terms = terms(args, &manifest)?;
        let mut name = args.batch.clone().unwrap_or_else(|| manifest.name());
        if lead.is_emulated() {
            // What was only tried is not done.
            name += " (emulated)";
        }
        let share = Share::new(args.spread.as_deref(), &args.provider)?;
        let caps = args.caps.caps();
        Ok(Self { args, manifest, terms, name, places, share, caps, lead, journal })
    }

    /// Whether all of it may be begun, before any of it is.
    fn check(&self, quoted: &Quoted) -> Result<(), Failure> {
        if quoted.rows == 0 {
            return Err(Failure::usage(format!("{} has no rows", self.args.manifest.display())));
        }
        if quoted.unfit > 0 && !self.args.skip_unfit {
            let message = format!("{} of {} rows cannot be run", quoted.unfit, quoted.rows);
            return Err(Failure::new(Exit::Refused, "violations", message)
                .money("nothing was sent or spent, for no row")
                .next("change what is named above, or run the others with --skip-unfit"));
        }
        // What is paid for is led on, and fetched, whatever else was spent since.
        if quoted.at.iter().all(|at| at.rows == 0) {
            return Ok(());
        }
        let journal = self.lead.runner.journal();
        let read = || {
            let now = Moment::now();
            Ok((journal.spend_of_batch(&self.name)?, journal.spend(Some(now))?))
        };
        let (batch, today) = read().map_err(|error| Failure::journal(&error))?;
        match over(&self.caps, &self.name, quoted.usd, &batch, &today) {
            Some(over) => Err(Failure::over_cap(&over)),
            None => Ok(()),
        }
    }

    fn summary(&self, plan: &Plan, counts: &Counts) -> Result<Summary, Failure> {
        let spend = self.lead.runner.journal().spend_of_batch(&self.name);
        let spend = spend.map_err(|error| Failure::journal(&error))?;
        let at = |stands: &Stands| {
            let lines = spend.lines.iter().filter(|line| line.provider == stands.provider);
            SummaryAt { stands: *stands, counted: lines.map(|line| line.counted).sum() }
        };
        Ok(Summary {
            batch: self.name.clone(),
            at: counts.stands.iter().map(at).collect(),
            done_before: plan.quoted.done,
            counted: spend.counted,
            set_aside: spend.set_aside,
            unknown: spend.lines.iter().map(|line| line.unknown).sum(),
            failures: counts.failures.clone(),
        })
    }

    /// Whether every row has its file; if not, what to type.
    fn verdict(&self, plan: &Plan, counts: &Counts, summary: &Summary) -> Result<(), Failure> {
        let is_stopped = self.lead.is_stopped();
        let without: u64 = counts.by_exit.iter().map(|(_, count)| count).sum();
        let left_out = plan.quoted.unfit;
        let gone = if is_stopped { 0 } else { plan.planned().saturating_sub(counts.found) };
        if without == 0 && left_out == 0 && gone == 0 && !is_stopped {
            return Ok(());
        }
        let exits = counts.by_exit.iter().map(|(exit, _)| *exit);
        let stopped = is_stopped.then_some(Exit::Interrupted);
        let exit = Exit::worst(exits.chain(stopped)).unwrap_or(Exit::Refused);
        let done: u64 = summary.done_before + counts.stands.iter().map(|it| it.done).sum::<u64>();
        let mut message = format!("{done} of {} rows have their file", plan.quoted.rows);
        if gone > 0 {
            message += &format!("; {gone} were no longer in the manifest when their turn came");
        }
        let failure = Failure::new(exit, "batch", message)
            .money("no row is paid for twice: the journal holds how each of them stands");
        Err(self.next_steps(failure, counts, is_stopped))
    }

    fn next_steps(&self, mut failure: Failure, counts: &Counts, is_stopped: bool) -> Failure {
        let again = counts.of(&[Exit::Refused, Exit::ProviderRefused, Exit::Usage]);
        let left = counts.of(&LEFT);
        if again + left > 0 || is_stopped {
            failure =
                failure.next(format!("{}  # goes on where this left off", self.command(false)));
        }
        let ended = counts.of(&[Exit::JobFailed]);
        if ended > 0 {
            let what = format!("begins {ended} anew that ended without a result");
            failure = failure.next(format!("{}  # {what}", self.command(true)));
        }
        let doubtful = counts.of(&[Exit::PerhapsCharged]);
        if doubtful > 0 {
            let words = ["jobs", "--batch", &self.name, "--state", "perhaps_charged"];
            let list = self.journal.command(words.map(str::to_owned));
            failure = failure.next(format!("{list}  # {doubtful} perhaps charged: reconcile each"));
        }
        failure
    }

    /// A failure of the whole, with the command that goes on.
    fn left(&self, mut failure: Failure) -> Failure {
        failure.next = vec![self.command(false)];
        failure
    }

    /// The same command again, as it was typed; with `--retry` or without.
    fn command(&self, retry: bool) -> String {
        let typed = std::env::args_os().map(|word| word.to_string_lossy().into_owned());
        let mut words: Vec<_> = typed.filter(|word| word != "--retry").collect();
        if let Some(command) = words.first_mut() {
            "reshoot".clone_into(command);
        }
        words.extend(retry.then(|| "--retry".to_owned()));
        shell::line(words.iter().map(|word| shown(word)))
    }
}

/// What holds for rows that do not say otherwise.
fn terms(args: &BatchArgs, manifest: &Manifest) -> Result<Terms, Failure> {
    let nothing = Media::File(Path::new("").to_owned());
    let request: EditRequest = request::edit(nothing, String::new(), &args.how)?;
    let to = args.output.clone().unwrap_or_else(|| format!("{}-edited", manifest.name()).into());
    let to = std::path::absolute(&to).map_err(|error| {
        Failure::usage(format!("{} cannot be made a whole path: {error}", to.display()))
    })?;
    if manifest.holds(&to) {
        let message = "the results would be clips of the same batch, to be paid for the next time";
        return Err(Failure::usage(message).next("name another directory with -o"));
    }
    Ok(Terms { request, prompt: args.prompt.clone(), from: manifest.directory(), to })
}

/// The cap that all rows together would pass.
fn over(caps: &Caps, name: &str, quote: Usd, batch: &Spend, today: &Spend) -> Option<OverCap> {
    let scoped = caps.max_cost.map(|cap| (Scope::Batch(name.to_owned()), cap, batch.counted));
    let daily = caps.max_cost_per_day.map(|cap| (Scope::Day, cap, today.counted));
    let mut all = scoped.into_iter().chain(daily);
    let (scope, cap, spent) = all.find(|(_, cap, spent)| spent.plus(quote) > *cap)?;
    Some(OverCap::Exceeded { scope, cap, spent, quote })
}

/// Without what lets others read a link, also in `--reference=LINK`. A link that was cut is refused when
/// it is typed, so that the command begins nothing else by mistake.
fn shown(word: &str) -> String {
    let option = word.split_once('=').filter(|(name, _)| name.starts_with('-'));
    let (name, value) = option.map_or((None, word), |(name, value)| (Some(name), value));
    // `style: clay?` is a prompt, though it reads as a URL.
    let Some(url) = reshoot::Url::parse(value).ok().filter(|_| value.contains("://")) else {
        return word.to_owned();
    };
    let shown = reshoot::redact::shown(&url);
    if url.as_str() == shown {
        return word.to_owned();
    }
    name.map_or_else(|| shown.clone(), |name| format!("{name}={shown}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_to_be_typed_again_shows_no_secret() {
        for (word, expected) in [
            ("https://h.example/x.png?sig=SECRET", "https://h.example/x.png?…"),
            (
                "--reference=https://h.example/x.png?sig=SECRET",
                "--reference=https://h.example/x.png?…",
            ),
            ("https://u:SECRET@h.example/x.png", "https://h.example/x.png"),
            ("--base-url=http://127.0.0.1:8787", "--base-url=http://127.0.0.1:8787"),
            ("style: clay, or what?", "style: clay, or what?"),
            ("--spread=kie=3", "--spread=kie=3"),
            ("clips.csv", "clips.csv"),
        ] {
            assert_eq!(shown(word), expected);
        }
    }
}
