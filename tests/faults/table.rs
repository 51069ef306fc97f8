//! The rows and columns.

use reshoot::Descriptor;
use reshoot_emulator::{Fault, Operation};

use crate::cell::Cell;

/// What goes wrong.
#[derive(Clone, Debug)]
pub(crate) enum Wrong {
    /// The emulator does it.
    Emulated(Fault),
    /// The name of the host cannot be resolved.
    Dns,
    /// The host does not speak TLS.
    Tls,
    /// The submit's answer is lost, and this machine's clock was wrong by so many hours at the submit.
    Clock(i64),
}

/// A row: its step, its name, and what goes wrong there.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) step: Operation,
    pub(crate) name: &'static str,
    pub(crate) wrong: Wrong,
}

fn rows() -> Vec<Row> {
    let everywhere: Vec<(&str, Wrong)> = vec![
        ("lost reply", Wrong::Emulated(Fault::LostReply)),
        ("500 before the work", Wrong::Emulated(Fault::ErrorBefore { status: 500 })),
        ("500 after the work", Wrong::Emulated(Fault::ErrorAfter { status: 500 })),
        (
            "429, Retry-After",
            Wrong::Emulated(Fault::RateLimited { retry_after: Some(1), as_date: false }),
        ),
        ("502, HTML", Wrong::Emulated(Fault::Html502)),
        ("reset", Wrong::Emulated(Fault::ResetBefore)),
        ("slow loris", Wrong::Emulated(Fault::SlowLoris { ms: 200 })),
        ("no answer", Wrong::Emulated(Fault::Hang)),
        ("DNS failure", Wrong::Dns),
        ("TLS failure", Wrong::Tls),
    ];
    let download: Vec<(&str, Wrong)> = vec![
        ("dead link", Wrong::Emulated(Fault::DeadLink { status: 404 })),
        ("expired link", Wrong::Emulated(Fault::ExpiredLink)),
        ("truncated", Wrong::Emulated(Fault::Truncated)),
        ("corrupted", Wrong::Emulated(Fault::CorruptDownload)),
        ("500", Wrong::Emulated(Fault::ErrorBefore { status: 500 })),
        (
            "429, Retry-After",
            Wrong::Emulated(Fault::RateLimited { retry_after: Some(1), as_date: false }),
        ),
        ("502, HTML", Wrong::Emulated(Fault::Html502)),
        ("reset", Wrong::Emulated(Fault::ResetBefore)),
        ("TLS failure", Wrong::Tls),
    ];
    let clock = vec![
        ("lost reply, clock was 2 h ahead", Wrong::Clock(2)),
        ("lost reply, clock was 2 h behind", Wrong::Clock(-2)),
    ];
    let of = |step, faults: Vec<(&'static str, Wrong)>| {
        faults.into_iter().map(move |(name, wrong)| Row { step, name, wrong })
    };
    of(Operation::Upload, everywhere.clone())
        .chain(of(Operation::Submit, everywhere.clone()))
        .chain(of(Operation::Submit, clock))
        .chain(of(Operation::Status, everywhere.clone()))
        .chain(of(Operation::List, everywhere))
        .chain(of(Operation::Download, download))
        .collect()
}

/// The columns.
fn providers() -> impl Iterator<Item = &'static str> {
    reshoot::PROVIDERS.iter().map(Descriptor::name)
}

/// Every cell, row by row.
pub(crate) fn cells() -> Vec<Cell> {
    let cells = |row: Row| {
        providers().map(move |provider| Cell { row: row.clone(), provider }).collect::<Vec<_>>()
    };
    rows().into_iter().flat_map(cells).collect()
}

/// The table as text, from the verdicts in the order of the cells.
pub(crate) fn text(verdicts: &[String]) -> String {
    let names: Vec<_> = providers().map(str::to_owned).collect();
    let mut lines = vec![line("step", "fault", &names)];
    let mut last = None;
    for (row, verdicts) in rows().iter().zip(verdicts.chunks(names.len())) {
        if last.replace(row.step).is_some_and(|last| last != row.step) {
            lines.push(String::new());
        }
        let step = format!("{:?}", row.step).to_lowercase();
        lines.push(line(&step, row.name, verdicts));
    }
    lines.join("\n")
}

fn line(step: &str, fault: &str, cells: &[String]) -> String {
    let cells: Vec<_> = cells.iter().map(|cell| format!("{cell:<36}")).collect();
    format!("{step:<9} {fault:<33} {}", cells.join(" ")).trim_end().to_owned()
}
