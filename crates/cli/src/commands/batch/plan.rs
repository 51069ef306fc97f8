//! Before the first cent: every row checked, and priced at every provider that can run it.

use std::{
    collections::{BTreeMap, HashMap, HashSet, btree_map, hash_map::Entry},
    fs::{self, File},
    path::{Path, PathBuf},
};

use futures_util::{StreamExt, stream};
use reshoot::{DownloadOptions, Violation, Warning, download::check_targets, media::VideoFacts};
use reshoot_journal::{Filter, OverCap, State, Usd};

use super::{
    Batch,
    order::{Offer, in_order},
};
use crate::{
    exit::Failure,
    manifest::{Row, RowKey, Unfit},
    output::{BatchEvent, Event, Output, Quoted, QuotedAt, RowName},
};

/// How many clips at URLs are looked into at the same time.
const PROBES: usize = 16;

/// How many different warnings are told.
const WARNINGS: usize = 20;

/// What is to be done with each row. All that is kept of a row: some 80 bytes.
#[derive(Debug)]
pub(super) struct Plan {
    /// On which line, and what is to be done with it; none where it cannot be run.
    rows: HashMap<RowKey, (u64, Option<Planned>)>,
    /// How many are led at each of the batch's providers.
    pub(super) lanes: Vec<u64>,
    pub(super) quoted: Quoted,
}

/// How a row is led.
#[derive(Clone, Copy, Debug)]
pub(super) struct Planned {
    /// At which of the batch's providers it is led.
    pub(super) lane: usize,
    /// Its file has its other name, since another's has the first.
    pub(super) renamed: bool,
}

/// What is to be done with a row.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fate {
    Led(Planned),
    /// It cannot be run.
    LeftOut,
    /// It was not in the manifest when that was checked.
    Unknown,
}

/// Where a row stands in the journal.
#[derive(Clone, Debug)]
pub(super) enum Standing {
    /// Nothing is owed for it: it was never begun, or refused, or shall be begun anew.
    New,
    /// It is a job about which something is still to be done, or to be found out.
    Open(reshoot_journal::BatchRow),
    /// Its file is here.
    Done,
    /// It ended without a result.
    Ended(reshoot_journal::BatchRow),
}

/// A row that was looked at.
enum Looked {
    Unfit(Unfit),
    Known(Row, Standing),
    New(Row, Checks),
}

/// What the providers say to a row.
#[derive(Default)]
pub(super) struct Checks {
    /// Of those that can run it, in the order in which they are tried.
    pub(super) offers: Vec<Offer>,
    /// Of the others: which provider, and why it cannot.
    refusals: Vec<(&'static str, Vec<Violation>)>,
    warnings: Vec<Warning>,
}

impl Plan {
    /// How many rows are to be led, or looked at again.
    pub(super) fn planned(&self) -> u64 {
        let planned = self.rows.values().filter(|(_, planned)| planned.is_some()).count();
        u64::try_from(planned).unwrap_or(u64::MAX)
    }

    /// What is to be done with a row.
    pub(super) fn fate(&self, key: RowKey) -> Fate {
        match self.rows.get(&key) {
            Some((_, Some(planned))) => Fate::Led(*planned),
            Some((_, None)) => Fate::LeftOut,
            None => Fate::Unknown,
        }
    }
}

impl Batch<'_> {
    /// Looks at every row, in their order. Tells what is wrong as it is found.
    pub(super) async fn plan(&self, out: &dyn Output) -> Result<Plan, Failure> {
        let mut planner = Planner::new(self, out)?;
        let rows = stream::iter(self.manifest.rows(&self.terms)?);
        let mut looked = rows.map(|row| self.look(row)).buffered(PROBES);
        while let Some(row) = looked.next().await {
            planner.take(row?);
            // Files are read without waiting: whoever wants to stop must get a turn.
            tokio::task::yield_now().await;
        }
        Ok(planner.finish())
    }

    async fn look(&self, row: Result<Row, Unfit>) -> Result<Looked, Failure> {
        let row = match row {
            Ok(row) => row,
            Err(unfit) => return Ok(Looked::Unfit(unfit)),
        };
        match self.standing(row.key)? {
            Standing::New => {}
            known => return Ok(Looked::Known(row, known)),
        }
        let needed = self.caps.any();
        let facts = if needed { self.lead.runner.measure(&row.request).await } else { None };
        let checks = self.check_row(&row, facts.as_ref());
        Ok(Looked::New(row, checks))
    }

    /// Where a row stands by now.
    pub(super) fn standing(&self, key: RowKey) -> Result<Standing, Failure> {
        let found = self.lead.runner.journal().row(&self.name, &key.to_string());
        let found = found.map_err(|error| Failure::journal(&error))?;
        Ok(match found {
            None => Standing::New,
            Some(row) if row.state.is_open() => Standing::Open(row),
            Some(row) if row.state == State::Downloaded => Standing::Done,
            // Proved that nothing is owed: as if it had never been begun.
            Some(row) if row.state == State::Refused || self.args.retry => Standing::New,
            Some(row) => Standing::Ended(row),
        })
    }

    /// Checks a row for every provider.
    pub(super) fn check_row(&self, row: &Row, facts: Option<&VideoFacts>) -> Checks {
        let mut checks = Checks::default();
        for (provider, place) in self.places.iter().enumerate() {
            let name = place.descriptor.name();
            let capabilities = place.descriptor.capabilities;
            let checked = row.request.clone().check_knowing(capabilities, place.staging, facts);
            match checked {
                Ok(checked) => {
                    let usd = checked.estimate().usd.and_then(Usd::at_least);
                    if usd.is_none() && self.caps.any() && !self.caps.allow_unknown_price {
                        let unknown = OverCap::UnknownPrice { provider: name.to_owned() };
                        let wrong = Violation::new("provider", unknown.to_string());
                        checks.refusals.push((name, vec![wrong]));
                    } else {
                        checks.warnings.extend(checked.warnings().iter().cloned());
                        checks.offers.push(Offer { provider, usd });
                    }
                }
                Err(violations) => checks.refusals.push((name, violations.list)),
            }
        }
        checks.offers = in_order(checks.offers, &self.share, row.key);
        checks
    }
}

/// Puts the plan together, row by row.
struct Planner<'a> {
    batch: &'a Batch<'a>,
    out: &'a dyn Output,
    plan: Plan,
    /// The files that rows have claimed.
    claimed: HashSet<RowKey>,
    /// The directories that are to be made for them.
    directories: HashSet<RowKey>,
    /// Why no file can be made in a directory, if so; each is asked once.
    unwritable: HashMap<PathBuf, Option<String>>,
    warnings: BTreeMap<String, u64>,
}

impl<'a> Planner<'a> {
    fn new(batch: &'a Batch<'a>, out: &'a dyn Output) -> Result<Self, Failure> {
        let at = |place: &super::Place| QuotedAt::new(place.descriptor.name());
        let name = batch.name.clone();
        let quoted =
            Quoted { batch: name, at: batch.places.iter().map(at).collect(), ..Quoted::default() };
        let lanes = vec![0; batch.places.len()];
        let plan = Plan { rows: HashMap::new(), lanes, quoted };
        let (claimed, directories) = (HashSet::new(), HashSet::new());
        let (unwritable, warnings) = (HashMap::new(), BTreeMap::new());
        let mut planner = Self { batch, out, plan, claimed, directories, unwritable, warnings };
        // Their files are still to come: a row that now stands before theirs must not take the name.
        let open = batch.lead.runner.journal().list(&Filter::open());
        let open = open.map_err(|error| Failure::journal(&error))?;
        open.jobs.iter().filter_map(|job| job.target.as_deref()).for_each(|it| planner.claim(it));
        Ok(planner)
    }

    fn finish(self) -> Plan {
        for (warning, rows) in &self.warnings {
            self.out.show(Event::Batch(BatchEvent::Warned { warning, rows: *rows }));
        }
        self.plan
    }

    fn take(&mut self, looked: Looked) {
        self.plan.quoted.rows += 1;
        match looked {
            Looked::Unfit(unfit) => self.unfit(unfit.line, &unfit.clip, &unfit.wrong),
            Looked::Known(row, standing) => self.known(&row, &standing),
            Looked::New(row, checks) => match checks.offers.first() {
                Some(first) => self.new_row(&row, *first, &checks),
                None => self.refused(&row, checks.refusals),
            },
        }
    }

    /// A row that the journal knows.
    fn known(&mut self, row: &Row, standing: &Standing) {
        let lane = match standing {
            Standing::Open(row) | Standing::Ended(row) => {
                let is_its = |place: &super::Place| place.descriptor.name() == row.provider;
                self.batch.places.iter().position(is_its).unwrap_or(0)
            }
            Standing::Done | Standing::New => 0,
        };
        if !self.keep(row, Some(Planned { lane, renamed: false })) {
            return;
        }
        self.claim(&row.target);
        let quoted = &mut self.plan.quoted;
        match standing {
            Standing::Open(_) => quoted.open += 1,
            Standing::Ended(_) => quoted.ended += 1,
            Standing::Done | Standing::New => {
                quoted.done += 1;
                return;
            }
        }
        self.count_led(lane);
    }

    fn new_row(&mut self, row: &Row, first: Offer, checks: &Checks) {
        let lane = first.provider;
        let (target, renamed) = match self.choose_target(row) {
            Ok(chosen) => chosen,
            Err(wrong) => {
                if self.keep(row, None) {
                    self.unfit(row.line, &row.clip, &[wrong]);
                }
                return;
            }
        };
        if !self.keep(row, Some(Planned { lane, renamed })) {
            return;
        }
        self.claim(&target);
        self.count_led(lane);
        let prices = checks.offers.iter().filter_map(|offer| offer.usd);
        self.plan.quoted.add(lane, first.usd, prices);
        checks.warnings.iter().for_each(|warning| self.warn(warning.to_string()));
    }

    /// Found out by making a file: what is paid for must not be left lying at its provider.
    fn unwritable(&mut self, directory: &Path) -> Option<String> {
        if let Some(known) = self.unwritable.get(directory) {
            return known.clone();
        }
        let probe = directory.join(format!(".reshoot-{}", std::process::id()));
        let made = File::create_new(&probe).and_then(|_| fs::remove_file(&probe));
        let told = |error| format!("nothing can be written into {}: {error}", directory.display());
        let wrong = made.err().map(told);
        self.unwritable.insert(directory.to_owned(), wrong.clone());
        wrong
    }

    fn claim(&mut self, target: &Path) {
        self.claimed.insert(RowKey::of_file(target));
        self.directories.extend(new_directories(target).map(RowKey::of_file));
    }

    fn count_led(&mut self, lane: usize) {
        if let Some(led) = self.plan.lanes.get_mut(lane) {
            *led += 1;
        }
    }

    /// Where the result goes: its second name if the first is another's.
    fn choose_target(&mut self, row: &Row) -> Result<(PathBuf, bool), Violation> {
        let first = match self.may_write(&row.target, row.request.outputs) {
            Ok(()) => return Ok((row.target.clone(), false)),
            Err(first) => first,
        };
        let other = row.other_target().ok_or_else(|| Violation::new("output", first.clone()))?;
        match self.may_write(&other, row.request.outputs) {
            Ok(()) => Ok((other, true)),
            Err(message) => Err(Violation::new("output", message)),
        }
    }

    fn may_write(&mut self, target: &Path, outputs: u8) -> Result<(), String> {
        if self.claimed.contains(&RowKey::of_file(target)) {
            return Err(format!("{} is the file of another row", target.display()));
        }
        if self.directories.contains(&RowKey::of_file(target)) {
            return Err(format!("{} is the directory of another row's file", target.display()));
        }
        if let Some(file) =
            new_directories(target).find(|it| self.claimed.contains(&RowKey::of_file(it)))
        {
            return Err(format!("{} is the file of another row", file.display()));
        }
        let here = target.ancestors().skip(1).find(|directory| directory.exists());
        if let Some(message) = here.and_then(|here| self.unwritable(here)) {
            return Err(message);
        }
        // A directory that is to be made holds nothing yet.
        if target.parent() != here {
            return Ok(());
        }
        let options = DownloadOptions::default().with_overwrite(self.batch.args.overwrite);
        check_targets(target, outputs.into(), &options).map_err(|error| error.message().to_owned())
    }

    /// Keeps what is to be done with a row, unless it stands in the manifest twice.
    fn keep(&mut self, row: &Row, planned: Option<Planned>) -> bool {
        let line = match self.plan.rows.entry(row.key) {
            Entry::Vacant(vacant) => {
                vacant.insert((row.line, planned));
                return true;
            }
            Entry::Occupied(twin) => twin.get().0,
        };
        let twin = self.batch.manifest.place(line);
        let message = format!(
            "it is the same edit as {twin}; for another result of it, give it another seed or output"
        );
        self.unfit(row.line, &row.clip, &[Violation::new("row", message)]);
        false
    }

    /// Tells why no provider can run a row, each reason once.
    fn refused(&mut self, row: &Row, refusals: Vec<(&'static str, Vec<Violation>)>) {
        if !self.keep(row, None) {
            return;
        }
        let mut reasons: Vec<(Vec<&str>, Vec<Violation>)> = Vec::new();
        for (provider, wrong) in refusals {
            match reasons.iter_mut().find(|(_, known)| *known == wrong) {
                Some((providers, _)) => providers.push(provider),
                None => reasons.push((vec![provider], wrong)),
            }
        }
        self.plan.quoted.unfit += 1;
        for (providers, wrong) in reasons {
            self.tell_unfit(row.line, &row.clip, &providers.join(", "), &wrong);
        }
    }

    fn unfit(&mut self, line: u64, clip: &str, wrong: &[Violation]) {
        self.plan.quoted.unfit += 1;
        self.tell_unfit(line, clip, "", wrong);
    }

    fn tell_unfit(&self, line: u64, clip: &str, providers: &str, wrong: &[Violation]) {
        let place = self.batch.manifest.place(line);
        let row = RowName { place: &place, line, clip };
        self.out.show(Event::Batch(BatchEvent::Unfit { row, providers, wrong }));
    }

    fn warn(&mut self, warning: String) {
        let is_full = self.warnings.len() >= WARNINGS;
        match self.warnings.entry(warning) {
            btree_map::Entry::Occupied(mut rows) => *rows.get_mut() += 1,
            btree_map::Entry::Vacant(vacant) if !is_full => {
                vacant.insert(1);
            }
            btree_map::Entry::Vacant(_) => {}
        }
    }
}

/// The directories that are still to be made for a file.
fn new_directories(target: &Path) -> impl Iterator<Item = &Path> {
    target.ancestors().skip(1).take_while(|directory| !directory.exists())
}
