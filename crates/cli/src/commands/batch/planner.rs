//! Putting a plan together, row by row: twins, files that are in the way, prices, and what is wrong.

use std::{
    collections::{BTreeMap, HashMap, HashSet, btree_map, hash_map::Entry},
    fs::{self, File},
    path::{Path, PathBuf},
};

use reshoot::{DownloadOptions, Violation, download::check_targets};
use reshoot_journal::Usd;

use super::{
    Batch, Place,
    plan::{Checks, Looked, Plan, Planned, Standing},
};
use crate::{
    manifest::{Row, RowKey},
    output::{BatchEvent, Event, Output, Quoted, QuotedAt, RowName},
};

/// How many different warnings are told.
const WARNINGS: usize = 20;

/// Puts the plan together, row by row.
pub(super) struct Planner<'a> {
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
    pub(super) fn new(batch: &'a Batch<'a>, out: &'a dyn Output) -> Self {
        let at = |place: &Place| QuotedAt::new(place.descriptor.name());
        let name = batch.name.clone();
        let quoted =
            Quoted { batch: name, at: batch.places.iter().map(at).collect(), ..Quoted::default() };
        let lanes = vec![0; batch.places.len()];
        let plan = Plan { rows: HashMap::new(), lanes, quoted };
        let (claimed, directories) = (HashSet::new(), HashSet::new());
        let (unwritable, warnings) = (HashMap::new(), BTreeMap::new());
        Self { batch, out, plan, claimed, directories, unwritable, warnings }
    }

    pub(super) fn finish(self) -> Plan {
        for (warning, rows) in &self.warnings {
            self.out.show(Event::Batch(BatchEvent::Warned { warning, rows: *rows }));
        }
        self.plan
    }

    pub(super) fn take(&mut self, looked: Looked) {
        self.plan.quoted.rows += 1;
        match looked {
            Looked::Unfit(unfit) => self.unfit(unfit.line, &unfit.clip, &unfit.wrong),
            Looked::Known(row, standing) => self.known(&row, &standing),
            Looked::New(row, checks) => match checks.offers.first() {
                Some(_) => self.new_row(&row, &checks),
                None => self.refused(&row, checks.refusals),
            },
            Looked::Unsent(row, checks, held) => self.unsent(&row, &checks, held),
        }
    }

    /// A row that the journal knows.
    fn known(&mut self, row: &Row, standing: &Standing<String>) {
        let lane = match standing {
            Standing::Open(provider) | Standing::Ended(provider) => {
                let is_its = |place: &Place| place.descriptor.name() == provider;
                self.batch.places.iter().position(is_its).unwrap_or(0)
            }
            Standing::Done { .. } | Standing::New | Standing::Unsent(..) => 0,
        };
        let is_led = matches!(standing, Standing::Open(_) | Standing::Ended(_));
        let planned = Planned { lane, renamed: false, is_quoted: false, agreed: None };
        if !self.keep(row, is_led.then_some(planned)) {
            return;
        }
        self.claim(&row.target);
        let quoted = &mut self.plan.quoted;
        match standing {
            Standing::Open(_) => quoted.open += 1,
            Standing::Ended(_) => quoted.ended += 1,
            Standing::Done { is_there } => {
                quoted.done += 1;
                quoted.gone += u64::from(!is_there);
                return;
            }
            Standing::New | Standing::Unsent(..) => return,
        }
        self.count_led(lane);
    }

    fn new_row(&mut self, row: &Row, checks: &Checks) {
        let (target, renamed) = match self.choose_target(row) {
            Ok(chosen) => chosen,
            Err(wrong) => {
                if self.keep(row, None) {
                    self.unfit(row.line, &row.clip, &[wrong]);
                }
                return;
            }
        };
        self.begin(row, &target, renamed, checks);
    }

    /// A row whose price an earlier run has set aside: nothing was sent, so it is paid for now.
    fn unsent(&mut self, row: &Row, checks: &Checks, held: Usd) {
        if self.begin(row, &row.target, false, checks) {
            self.plan.quoted.held = self.plan.quoted.held.plus(held);
        }
    }

    /// Counts what a row costs that begins, unless it stands there twice.
    fn begin(&mut self, row: &Row, target: &Path, renamed: bool, checks: &Checks) -> bool {
        let Some(first) = checks.offers.first() else {
            return false;
        };
        // A fleet leads a row where it was handed in for, and nowhere else.
        let tried = if self.batch.args.engine.is_some() { 1 } else { checks.offers.len() };
        let prices = || checks.offers.iter().take(tried).filter_map(|offer| offer.usd);
        let (lane, agreed) = (first.provider, prices().max());
        if !self.keep(row, Some(Planned { lane, renamed, is_quoted: true, agreed })) {
            return false;
        }
        self.claim(target);
        self.count_led(lane);
        self.plan.quoted.add(lane, first.usd, prices());
        checks.warnings.iter().for_each(|warning| self.warn(warning.to_string()));
        true
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

    pub(super) fn claim(&mut self, target: &Path) {
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
        // What is in the way of a fleet's results is for its workers to see.
        if self.batch.args.engine.is_some() {
            return Ok(());
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
