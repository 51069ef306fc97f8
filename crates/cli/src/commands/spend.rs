//! `reshoot spend`: what was spent, by day and provider.

use std::time::SystemTime;

use reshoot_journal::{Moment, Spend, SpendLine};

use super::table;
use crate::{args::SpendArgs, exit::Failure, journal::JournalPlace, output};

pub(super) fn run(args: &SpendArgs, place: &JournalPlace, json: bool) -> Result<(), Failure> {
    let since = args.since.and_then(|time| SystemTime::now().checked_sub(time));
    let spend =
        place.open()?.spend(since.map(Moment::from)).map_err(|error| Failure::journal(&error))?;
    if json {
        output::record("spend", &spend);
    } else {
        print(&spend);
    }
    Ok(())
}

fn print(spend: &Spend) {
    let mut table = table::plain([
        "day (UTC)",
        "provider",
        "jobs",
        "counted",
        "set aside",
        "billed",
        "unknown",
    ]);
    for line in &spend.lines {
        table.add_row([
            line.day.clone(),
            line.provider.clone(),
            line.attempts.to_string(),
            line.counted.to_string(),
            line.set_aside.to_string(),
            billed(line),
            line.unknown.to_string(),
        ]);
    }
    output::result(table::fitted(table));
    output::result(format!(
        "in all {}, of which {} are set aside for jobs that are not settled",
        spend.counted, spend.set_aside
    ));
    let unknown: u64 = spend.lines.iter().map(|line| line.unknown).sum();
    if unknown > 0 {
        output::remark(format!(
            "{unknown} of the jobs have no known price, and count as nothing: only their providers' \
             dashboards tell"
        ));
    }
}

fn billed(line: &SpendLine) -> String {
    match (line.billed_usd, line.billed_credits) {
        (Some(usd), Some(credits)) => format!("${usd:.2} ({credits} credits)"),
        (Some(usd), None) => format!("${usd:.2}"),
        (None, Some(credits)) => format!("{credits} credits"),
        (None, None) => "not told".to_owned(),
    }
}
