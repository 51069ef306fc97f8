//! What is shown while a command runs: one sink for events, three ways to show them.
//!
//! stdout holds the result alone, so that it can be piped; everything else goes to stderr. With
//! `--json` everything goes to stdout, one object per event.

mod bars;
mod batch;
mod json;
mod plain;
mod terminal;
mod text;

use std::{
    fmt::Display,
    io::{ErrorKind, IsTerminal, Write},
    net::SocketAddr,
    path::Path,
    time::Duration,
};

use reshoot::{
    Checked, Descriptor, Downloaded, Error, Job, JobRef, Progress, Violations, media::VideoFacts,
};

use reshoot_journal::{JobId, RunError, State, Via};
use serde::Serialize;
use serde_json::Value;

use crate::exit::Failure;

pub(crate) use batch::{
    BatchEvent, Quoted, QuotedAt, RowFile, RowName, Stands, Summary, SummaryAt,
    failed as failed_row,
};
pub(crate) use text::clean;

/// What happens, in the order in which it can happen.
#[derive(Clone, Copy)]
pub(crate) enum Event<'a> {
    /// An emulator takes the provider's place.
    Emulated,
    /// The job is in the journal.
    Recorded(JobId),
    /// This provider cannot run the request, and is left out.
    Unable(&'a Violations),
    /// The request breaks no limit; this is what it costs.
    Checked(&'a Checked),
    /// What was found in the clip.
    Clip(&'a VideoFacts),
    /// The request could run at this provider.
    Fit(&'a Checked),
    /// The request cannot run at this provider.
    Unfit(&'a Violations),
    /// Local files are on their way.
    Staging { files: usize },
    /// As many jobs run or begin at this provider as may.
    Queued(&'a Via),
    /// The paid request leaves now.
    Submitting { descriptor: &'a Descriptor, idempotency_key: Option<&'a str> },
    /// The provider refused for a passing reason, and will be asked again.
    Deferred { error: &'a Error, wait: Duration },
    /// Nothing is owed to this provider, proved; another one is tried.
    GoingOn { error: &'a RunError, next: &'a Via },
    /// The provider is asked whether it made a job.
    Reconciling(&'a Via),
    /// The job that a submit made was found.
    Adopted(&'a JobRef),
    /// A submit made no job, proved.
    Absent,
    /// A result that was here is missing or has changed.
    Missing { output: usize },
    /// A clip at a URL could not be measured.
    NotMeasured(&'a Error),
    /// The user wants to stop, but the paid request is under way.
    Finishing,
    /// The job exists.
    Accepted(&'a Job),
    /// The job is waited for; from its submit on, it takes about so long.
    Waiting { expected: Duration },
    /// How the job stands.
    Polled(&'a Job),
    /// A question about the job got no answer.
    Missed { error: &'a Error, job: &'a JobRef },
    /// Bytes of a result came in.
    Downloading { job: &'a JobRef, progress: Progress },
    /// This is where a provider's webhooks go, and what is still to be done about them.
    Listening { provider: &'a str, url: &'a str, advice: Option<&'a str> },
    /// Webhooks are received from now on.
    Ready(SocketAddr),
    /// A webhook told something of a job; none: the journal does not wait for it.
    Hinted { job: &'a JobRef, id: Option<JobId> },
    /// The command is done: the job was submitted.
    Submitted { job: &'a Job, next: &'a str },
    /// The command is done: so the job stands.
    Stands(&'a Job),
    /// The command is done: the job has ended well, and nothing was to be downloaded.
    Ended { job: &'a Job, next: &'a str },
    /// The command is done: what became of the submit is known.
    Settled { id: JobId, state: State, next: &'a str },
    /// The command is done: the job was removed from the journal.
    Forgotten(JobId),
    /// There is nothing to do, and why.
    NothingToDo(&'a str),
    /// The command is done: the job was stopped.
    Canceled(&'a JobRef),
    /// The page is served here until the command is stopped.
    Serving(&'a str),
    /// The page is here.
    Page(&'a Path),
    /// Something happened to a batch.
    Batch(BatchEvent<'a>),
    /// The command is done: here are the files.
    Done { job: &'a Job, files: &'a [Downloaded], emulated: bool },
}

/// Where events and failures go.
pub(crate) trait Output: Send + Sync {
    fn show(&self, event: Event<'_>);
    fn fail(&self, failure: &Failure);
}

/// The way that fits: JSON if asked for, a progress bar on a terminal, else plain lines.
pub(crate) fn choose(json: bool) -> Box<dyn Output> {
    if json {
        Box::new(json::Json::default())
    } else if std::io::stderr().is_terminal() {
        Box::new(terminal::Terminal::new())
    } else {
        Box::new(plain::Plain::default())
    }
}

/// Writes a line of the result.
pub(crate) fn result(line: impl Display) {
    let mut stdout = anstream::stdout().lock();
    let written = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
    match written {
        // Whoever closed the pipe has read enough; what was paid for goes on.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            note(format_args!("cannot write to stdout: {error}: {line}"));
        }
        _ => {}
    }
}

/// Writes a record of the journal as an event: its own fields, and the event's name.
pub(crate) fn record(event: &str, record: impl Serialize) {
    let named = serde_json::to_value(record).map(|value| match value {
        Value::Object(mut fields) => {
            fields.insert("event".to_owned(), event.into());
            Value::Object(fields)
        }
        other => other,
    });
    match named {
        Ok(value) => result(value),
        Err(error) => note(format_args!("a record cannot be shown: {error}")),
    }
}

/// Writes a line beside the result, for people only.
pub(crate) fn remark(line: impl Display) {
    note(line);
}

/// Writes a question, and leaves the answer to stand behind it.
pub(crate) fn ask(question: impl Display) {
    let mut stderr = anstream::stderr().lock();
    // There is no other place to complain to.
    write!(stderr, "{question}").and_then(|()| stderr.flush()).ok();
}

/// Writes a line about what happens.
fn note(line: impl Display) {
    // There is no other place to complain to.
    writeln!(anstream::stderr().lock(), "{line}").ok();
}
