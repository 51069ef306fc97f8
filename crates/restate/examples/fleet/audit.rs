//! The account after a run: what was made and paid at each provider, against what the rows say.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use reshoot_emulator::{Emulator, JobSeen};
use reshoot_fleet::Outcome;

use crate::rows::{PROVIDERS, Row};

/// What became of one provider's rows.
struct Account {
    rows: usize,
    done: usize,
    perhaps: usize,
    other: usize,
    jobs: usize,
    /// Made, and no row knows of it, nor says that it is perhaps charged.
    lost: usize,
    /// Made beyond one for each row.
    twice: usize,
    peak: u64,
    cap: u32,
    rate: usize,
}

/// Prints the table, and says whether it is as it must be.
pub(crate) fn print(rows: &[Row], emulator: &Emulator, results: &Path) -> bool {
    println!(
        "{:10} {:>5} {:>5} {:>8} {:>6} {:>5} {:>5} {:>6} {:>9} {:>9}",
        "provider",
        "rows",
        "done",
        "perhaps",
        "other",
        "jobs",
        "lost",
        "twice",
        "peak/cap",
        "starts/s"
    );
    let mut good = true;
    for provider in PROVIDERS {
        let of: Vec<_> = rows.iter().filter(|row| row.order.provider == provider).collect();
        let account = account(&of, provider, emulator, results);
        println!(
            "{provider:10} {:5} {:5} {:8} {:6} {:5} {:5} {:6} {:>9} {:9}",
            account.rows,
            account.done,
            account.perhaps,
            account.other,
            account.jobs,
            account.lost,
            account.twice,
            format!("{}/{}", account.peak, account.cap),
            account.rate,
        );
        good &= is_good(&account, provider);
    }
    for row in rows.iter().filter(|row| !row.is_done()).take(12) {
        println!("{}: {:?}", row.key, row.outcome);
    }
    good
}

fn account(rows: &[&Row], provider: &str, emulator: &Emulator, results: &Path) -> Account {
    let jobs: Vec<JobSeen> =
        emulator.jobs().into_iter().filter(|job| job.provider == provider).collect();
    let made: BTreeSet<_> = jobs.iter().map(|job| job.id.clone()).collect();
    let known: BTreeSet<_> = ids(rows).collect();
    let count = |is: fn(&Outcome) -> bool| {
        rows.iter().filter(|row| row.outcome.as_ref().is_some_and(is)).count()
    };
    let done = rows.iter().filter(|row| row.is_done() && has_file(row, results)).count();
    let perhaps = count(|outcome| matches!(outcome, Outcome::PerhapsCharged { .. }));
    Account {
        rows: rows.len(),
        done,
        perhaps,
        other: rows.len() - done - perhaps,
        jobs: jobs.len(),
        // What may have been made unseen is said to be perhaps charged, row by row.
        lost: made.difference(&known).count().saturating_sub(perhaps),
        twice: jobs.len().saturating_sub(rows.len()) + (ids(rows).count() - known.len()),
        peak: emulator.ledger().provider(provider).running_peak,
        cap: rows.first().map_or(0, |row| row.order.cap.running),
        rate: rate(&jobs),
    }
}

/// "Perhaps charged" is an end only where the provider neither honours keys nor echoes the input in its
/// list.
fn is_good(account: &Account, provider: &str) -> bool {
    let in_doubt = !matches!(provider, "evolink" | "replicate") || account.perhaps == 0;
    account.other == 0
        && account.lost == 0
        && account.twice == 0
        && in_doubt
        && account.peak <= u64::from(account.cap)
}

fn ids<'a>(rows: &[&'a Row]) -> impl Iterator<Item = String> {
    let known = rows.iter().filter_map(|row: &&'a Row| row.outcome.as_ref()?.job());
    known.map(|job| job.id().to_owned()).collect::<Vec<_>>().into_iter()
}

fn has_file(row: &Row, results: &Path) -> bool {
    let Some(Outcome::Done { files, .. }) = &row.outcome else {
        return false;
    };
    let length = std::fs::metadata(results.join(&row.order.target)).map(|it| it.len());
    files.len() == 1 && files.iter().all(|file| length.as_ref().is_ok_and(|it| *it == file.bytes))
}

/// The most jobs that were made within one second of the clock.
fn rate(jobs: &[JobSeen]) -> usize {
    let mut seconds = BTreeMap::<i64, usize>::new();
    for job in jobs {
        *seconds.entry(job.created / 1000).or_default() += 1;
    }
    seconds.into_values().max().unwrap_or(0)
}
