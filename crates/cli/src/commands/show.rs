//! `reshoot show`: all that the journal holds about a job.

use std::time::Duration;

use reshoot_journal::{Attempt, EventRecord, JobRecord, OutputRecord};
use serde::Serialize;

use crate::{
    args::ShowArgs,
    exit::Failure,
    journal::JournalPlace,
    output::{self, clean},
};

/// A job with what happened to it.
#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    job: &'a JobRecord,
    events: &'a [EventRecord],
}

pub(super) fn run(args: &ShowArgs, place: &JournalPlace, json: bool) -> Result<(), Failure> {
    let journal = place.open()?;
    let read = || {
        let id = journal.find(&args.job)?;
        Ok((journal.job(id)?, journal.events(id)?))
    };
    let (job, events) = read().map_err(|error| Failure::journal(&error))?;
    if json {
        output::record("job", Whole { job: &job, events: &events });
    } else {
        output::result(text(&job, &events));
    }
    Ok(())
}

fn text(job: &JobRecord, events: &[EventRecord]) -> String {
    let mut lines = vec![format!("job {}, asked for at {}", job.id, job.created)];
    lines.push(format!("  prompt: {}", clean(&job.request.prompt)));
    if let Some(target) = &job.target {
        lines.push(format!("  file: {}", target.display()));
    }
    if let Some(batch) = &job.batch {
        lines.push(format!("  batch: {}", clean(batch)));
    }
    for attempt in &job.attempts {
        lines.extend(of_attempt(attempt));
        for event in events.iter().filter(|event| event.attempt == attempt.id) {
            let detail = event.detail.as_ref().map(|detail| format!(": {}", clean(detail)));
            lines.push(format!("    {}  {}{}", event.at, event.state, detail.unwrap_or_default()));
        }
    }
    lines.join("\n")
}

fn of_attempt(attempt: &Attempt) -> Vec<String> {
    let mut lines = vec![format!("  at {}: {}", attempt.via.provider, attempt.state)];
    let mut line = |name: &str, value: String| lines.push(format!("    {name}: {value}"));
    if let Some(remote) = &attempt.remote {
        line("job of the provider", clean(remote));
    }
    let quoted = attempt.quote.usd.map_or("price unknown".to_owned(), |usd| usd.to_string());
    line("quoted", format!("{quoted} for at most {:.1} s", attempt.quote.seconds));
    if let Some(billed) = attempt.billed {
        line("billed", billed.to_string());
    }
    if let Some(owed) = attempt.owed {
        line("counts as", owed.to_string());
    }
    for (name, time) in [("in queue", attempt.queued), ("running", attempt.running)] {
        if let Some(time) = time {
            line(name, spoken(time));
        }
    }
    for output in &attempt.outputs {
        line(&format!("result {}", output.n), of_output(output));
    }
    lines
}

fn of_output(output: &OutputRecord) -> String {
    match (&output.file, output.expires) {
        (Some(file), _) => {
            format!("{}, {} bytes, SHA-256 {}", file.path.display(), file.bytes, file.sha256)
        }
        (None, Some(expires)) => format!("at the provider until {expires}"),
        (None, None) => "at the provider".to_owned(),
    }
}

/// A length of time, to the second.
fn spoken(time: Duration) -> String {
    let seconds = time.as_millis().saturating_add(500) / 1000;
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_is_told_to_the_second() {
        for (millis, expected) in [
            (0, "0 s"),
            (499, "0 s"),
            (3125, "3 s"),
            (59_500, "1 min"),
            (88_000, "1 min 28 s"),
            (120_000, "2 min"),
            (3_601_000, "60 min 1 s"),
        ] {
            assert_eq!(spoken(Duration::from_millis(millis)), expected);
        }
    }
}
