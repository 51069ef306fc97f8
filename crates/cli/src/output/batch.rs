//! What happens to a batch, in words and as JSON.

use reshoot::{Downloaded, JobRef, Violation};
use reshoot_journal::{JobId, Usd};
use serde::Serialize;
use serde_json::{Value, json};

use super::clean;
use crate::exit::Failure;

/// What happens to a batch.
#[derive(Clone, Copy)]
pub(crate) enum BatchEvent<'a> {
    /// A row cannot be run; by these providers, or by none at all where none is named.
    Unfit { row: RowName<'a>, providers: &'a str, wrong: &'a [Violation] },
    /// Rows will run, but perhaps not as meant.
    Warned { warning: &'a str, rows: u64 },
    /// Every row was looked at; nothing has been spent.
    Quoted(&'a Quoted),
    /// A row's job exists.
    Accepted { row: RowName<'a>, id: JobId, job: &'a JobRef },
    /// A row's file is there. The number is that of the journal, if that led it.
    Done { row: RowName<'a>, id: Option<JobId>, files: &'a [RowFile] },
    /// A row ended without its file, or was left.
    Failed { row: RowName<'a>, failure: &'a Failure },
    /// Somewhere something has changed.
    Stands(&'a [Stands]),
    /// All rows have ended, or were left.
    Summary(&'a Summary),
}

/// A result of a row.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RowFile {
    /// Its path; or where a fleet keeps it, a path or a URL.
    pub(crate) path: String,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

/// A row, as people and scripts find it.
#[derive(Clone, Copy)]
pub(crate) struct RowName<'a> {
    /// `line 7`, `clip 7`.
    pub(crate) place: &'a str,
    pub(crate) line: u64,
    pub(crate) clip: &'a str,
}

/// What a batch would do, and cost at most.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Quoted {
    pub(crate) batch: String,
    pub(crate) rows: u64,
    /// The rows that would begin.
    pub(crate) at: Vec<QuotedAt>,
    /// What they cost at most, each where it is tried first.
    pub(crate) usd: Usd,
    /// What they cost at most if each must go on to the dearest.
    pub(crate) dearest_usd: Usd,
    /// How many are jobs that go on.
    pub(crate) open: u64,
    /// How many have their file.
    pub(crate) done: u64,
    /// How many of them have it no longer where it was.
    pub(crate) gone: u64,
    /// How many ended without one before.
    pub(crate) ended: u64,
    /// How many cannot be run.
    pub(crate) unfit: u64,
    /// How much of `usd` an earlier run has set aside, and not sent.
    #[serde(skip)]
    pub(crate) held: Usd,
}

/// What would begin at one provider.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct QuotedAt {
    pub(crate) provider: &'static str,
    pub(crate) rows: u64,
    pub(crate) usd: Usd,
    /// How many have no known price, and count as nothing.
    pub(crate) unknown: u64,
}

/// How the rows of one provider stand.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Stands {
    pub(crate) provider: &'static str,
    /// All that were or are to be led in this run.
    pub(crate) rows: u64,
    pub(crate) running: u64,
    pub(crate) done: u64,
    /// Ended without a file.
    pub(crate) failed: u64,
    /// Left while something was still to be done or to be found out.
    pub(crate) left: u64,
}

/// How a batch has ended.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Summary {
    pub(crate) batch: String,
    pub(crate) at: Vec<SummaryAt>,
    /// How many had their file before.
    pub(crate) done_before: u64,
    /// All that the batch has cost, or has set aside, in this run and in those before.
    pub(crate) counted: Usd,
    /// How much of it is set aside for jobs that are not settled.
    pub(crate) set_aside: Usd,
    /// How many of its attempts have no known price, and count as nothing.
    pub(crate) unknown: u64,
    /// The first rows that are without their file, in words.
    #[serde(skip)]
    pub(crate) failures: Vec<String>,
}

/// How the rows of one provider ended, and what they cost in this run and in those before.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SummaryAt {
    #[serde(flatten)]
    pub(crate) stands: Stands,
    pub(crate) counted: Usd,
}

impl From<Downloaded> for RowFile {
    fn from(file: Downloaded) -> Self {
        Self { path: file.path.display().to_string(), bytes: file.bytes, sha256: file.sha256 }
    }
}

impl QuotedAt {
    pub(crate) const fn new(provider: &'static str) -> Self {
        Self { provider, rows: 0, usd: Usd::ZERO, unknown: 0 }
    }
}

impl Quoted {
    /// What they cost at most, beside what is set aside for them already.
    pub(crate) fn further(&self) -> Usd {
        Usd::from_micros(self.usd.micros().saturating_sub(self.held.micros()))
    }

    /// How many rows begin: how many are to be paid for.
    pub(crate) fn to_begin(&self) -> u64 {
        self.at.iter().map(|at| at.rows).sum()
    }

    /// What they cost at most, in words.
    pub(crate) fn price(&self) -> String {
        price(self.usd, self.at.iter().map(|at| at.unknown).sum(), self.to_begin())
    }

    /// One more row begins.
    pub(crate) fn add(
        &mut self,
        provider: usize,
        usd: Option<Usd>,
        offers: impl Iterator<Item = Usd>,
    ) {
        self.usd = self.usd.plus(usd.unwrap_or_default());
        self.dearest_usd = self.dearest_usd.plus(offers.max().unwrap_or_default());
        if let Some(at) = self.at.get_mut(provider) {
            at.rows += 1;
            at.usd = at.usd.plus(usd.unwrap_or_default());
            at.unknown += u64::from(usd.is_none());
        }
    }
}

impl RowName<'_> {
    /// `line 7 (walk.mp4)`.
    pub(crate) fn text(self) -> String {
        match self.clip {
            "" => self.place.to_owned(),
            clip => format!("{} ({})", self.place, clean(clip)),
        }
    }
}

/// What is said on stderr.
pub(super) fn note(event: BatchEvent<'_>) -> Option<String> {
    Some(match event {
        BatchEvent::Unfit { row, providers, wrong } => unfit(row, providers, wrong),
        BatchEvent::Warned { warning, rows: 1 } => format!("warning: {warning} (1 row)"),
        BatchEvent::Warned { warning, rows } => format!("warning: {warning} ({rows} rows)"),
        BatchEvent::Quoted(quoted) => self::quoted(quoted),
        BatchEvent::Failed { row, failure } => failed(row, failure),
        BatchEvent::Summary(summary) => self::summary(summary),
        BatchEvent::Accepted { .. } | BatchEvent::Done { .. } | BatchEvent::Stands(_) => {
            return None;
        }
    })
}

/// What is put on stdout.
pub(super) fn result(event: BatchEvent<'_>) -> Option<String> {
    match event {
        BatchEvent::Done { files, .. } if !files.is_empty() => {
            let paths: Vec<_> = files.iter().map(|file| file.path.as_str()).collect();
            Some(paths.join("\n"))
        }
        _ => None,
    }
}

/// How a batch stands, in a line.
pub(super) fn standing(stands: &[Stands]) -> String {
    let sum = |count: fn(&Stands) -> u64| stands.iter().map(count).sum::<u64>();
    let (rows, running) = (sum(|it| it.rows), sum(|it| it.running));
    let (done, failed) = (sum(|it| it.done), sum(|it| it.failed));
    format!("{done} of {rows} rows are done, {running} run, {failed} have failed")
}

/// What goes without a file, in a line.
pub(crate) fn failed(row: RowName<'_>, failure: &Failure) -> String {
    let job = failure.id.map_or(String::new(), |id| format!(", job {id}"));
    let money = if failure.money.is_empty() { "" } else { &format!("; {}", failure.money) };
    format!("{}{job}: {}{money}", row.text(), clean(&failure.message))
}

fn unfit(row: RowName<'_>, providers: &str, wrong: &[Violation]) -> String {
    let row = row.text();
    let place = if providers.is_empty() { row } else { format!("{row} at {providers}") };
    let lines = wrong.iter().map(|wrong| format!("{place}: {}", clean(&wrong.to_string())));
    lines.collect::<Vec<_>>().join("\n")
}

fn quoted(quoted: &Quoted) -> String {
    let mut lines = vec![format!("batch {:?}: {}", quoted.batch, count(quoted.rows, "row"))];
    for at in quoted.at.iter().filter(|at| at.rows > 0) {
        let price = price(at.usd, at.unknown, at.rows);
        lines.push(format!("  {}: {} to begin, {price}", at.provider, count(at.rows, "row")));
    }
    for (number, what) in [
        (quoted.open, "on the way: to be led on, and not paid for again"),
        (quoted.done, "done before: nothing is to be done or paid"),
        (
            quoted.gone,
            "done before, but no longer where it was: reshoot resume JOB fetches the file, while its \
             provider keeps it",
        ),
        (quoted.ended, "ended without a result before"),
        (quoted.unfit, "cannot be run"),
    ] {
        if number > 0 {
            lines.push(format!("  {}: {what}", count(number, "row")));
        }
    }
    let dearer = if quoted.dearest_usd > quoted.usd {
        format!("; at most {} if all must go on to dearer providers", quoted.dearest_usd)
    } else {
        String::new()
    };
    lines.push(format!("  in all {}{dearer}", quoted.price()));
    lines.join("\n")
}

/// What so many rows cost at most, as far as it is known.
fn price(usd: Usd, unknown: u64, rows: u64) -> String {
    match unknown {
        0 => format!("at most {usd}"),
        unknown if unknown == rows => "at an unknown price".to_owned(),
        unknown => format!("at most {usd}, and {} at an unknown price", count(unknown, "row")),
    }
}

fn summary(summary: &Summary) -> String {
    let mut lines = vec![table(summary)];
    if summary.done_before > 0 {
        lines.push(format!("{} had their file before", count(summary.done_before, "row")));
    }
    let unknown = match summary.unknown {
        0 => String::new(),
        unknown => format!("; {} of unknown price count as nothing", count(unknown, "attempt")),
    };
    lines.push(format!(
        "batch {:?} has cost {} so far, of which {} are set aside for jobs that are not settled{unknown}",
        summary.batch, summary.counted, summary.set_aside
    ));
    if !summary.failures.is_empty() {
        lines.push("without their file:".to_owned());
        lines.extend(summary.failures.iter().map(|failure| format!("  {failure}")));
    }
    lines.join("\n")
}

fn table(summary: &Summary) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(["provider", "rows", "done", "failed", "left", "cost so far"]);
    for SummaryAt { stands, counted } in &summary.at {
        let counts = [stands.rows, stands.done, stands.failed, stands.left];
        let mut cells = vec![stands.provider.to_owned()];
        cells.extend(counts.iter().map(ToString::to_string));
        cells.push(counted.to_string());
        table.add_row(cells);
    }
    table.trim_fmt()
}

fn count(number: u64, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// None: it is for eyes alone.
pub(super) fn object(event: BatchEvent<'_>) -> Option<Value> {
    Some(match event {
        BatchEvent::Unfit { row, providers, wrong } => {
            let providers: Vec<_> =
                providers.split(", ").filter(|provider| !provider.is_empty()).collect();
            let violations = super::json::list(wrong);
            about(
                row,
                json!({ "event": "row_unfit", "providers": providers, "violations": violations }),
            )
        }
        BatchEvent::Warned { warning, rows } => {
            json!({ "event": "warned", "message": warning, "rows": rows })
        }
        BatchEvent::Quoted(quoted) => named("batch_quoted", json!(quoted)),
        BatchEvent::Accepted { row, id, job } => {
            about(row, json!({ "event": "row_accepted", "id": id, "job": job }))
        }
        BatchEvent::Done { row, id, files } => {
            about(row, json!({ "event": "row_done", "id": id, "files": files }))
        }
        BatchEvent::Failed { row, failure } => {
            about(row, named("row_failed", super::json::error(failure)))
        }
        BatchEvent::Stands(_) => return None,
        BatchEvent::Summary(summary) => named("batch_summary", json!(summary)),
    })
}

fn about(row: RowName<'_>, mut object: Value) -> Value {
    if let Value::Object(fields) = &mut object {
        fields.insert("line".to_owned(), row.line.into());
        fields.insert("clip".to_owned(), row.clip.into());
    }
    object
}

fn named(event: &str, mut object: Value) -> Value {
    if let Value::Object(fields) = &mut object {
        fields.insert("event".to_owned(), event.into());
    }
    object
}
