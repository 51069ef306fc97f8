//! `reshoot jobs`: the jobs of the journal, newest first.

use std::time::SystemTime;

use reshoot_journal::{Filter, Listed, Listing, Moment, State};
use serde_json::{Value, json};

use super::table;
use crate::{args::JobsArgs, exit::Failure, journal::JournalPlace, output};

/// How many characters of a prompt are shown.
const PROMPT: usize = 40;

pub(super) fn run(args: &JobsArgs, place: &JournalPlace, json: bool) -> Result<(), Failure> {
    let journal = place.open()?;
    let listing = journal.list(&filter(args)).map_err(|error| Failure::journal(&error))?;
    if json {
        listing.jobs.iter().for_each(|job| output::record("job", job));
        output::result(summary(&listing));
        return Ok(());
    }
    if listing.jobs.is_empty() {
        output::result("no such jobs");
        return Ok(());
    }
    output::result(table::fitted(rows(&listing.jobs)));
    output::remark(in_all(&listing));
    Ok(())
}

fn filter(args: &JobsArgs) -> Filter {
    let mut filter = if args.open { Filter::open() } else { Filter::default() };
    if !args.open {
        filter.states.clone_from(&args.state);
    }
    filter.provider = args.provider.map(|descriptor| descriptor.name().to_owned());
    filter.batch.clone_from(&args.batch);
    let since = args.since.and_then(|time| SystemTime::now().checked_sub(time));
    filter.since = since.map(Moment::from);
    filter.limit = (!args.all).then_some(args.limit);
    filter
}

fn rows(jobs: &[Listed]) -> comfy_table::Table {
    let mut table =
        table::plain(["job", "asked for", "provider", "state", "price", "prompt", "file"]);
    for job in jobs {
        let file = job.target.as_ref().map(|target| target.display().to_string());
        table.add_row([
            job.id.to_string(),
            job.created.to_string(),
            job.provider.clone(),
            job.state.to_string(),
            price(job),
            shortened(&job.prompt),
            file.unwrap_or_default(),
        ]);
    }
    table
}

/// What was billed where that is told, else what counts, else what was quoted.
fn price(job: &Listed) -> String {
    match (job.billed, job.owed) {
        (Some(billed), _) => billed.to_string(),
        (None, Some(owed)) if job.state.is_open() => format!("{owed} set aside"),
        (None, Some(owed)) => owed.to_string(),
        (None, None) => "unknown".to_owned(),
    }
}

fn shortened(prompt: &str) -> String {
    let line: String = prompt.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match line.char_indices().nth(PROMPT) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

fn in_all(listing: &Listing) -> String {
    let counts = listing.counts.iter().map(|(state, count)| format!("{count} {state}"));
    let counts = counts.collect::<Vec<_>>().join(", ");
    let more = if listing.more { "; there are more: --limit COUNT, or --all" } else { "" };
    format!("in the whole journal: {counts}{more}")
}

fn summary(listing: &Listing) -> Value {
    let counts: serde_json::Map<_, _> = listing
        .counts
        .iter()
        .map(|(state, count)| (State::as_str(*state).to_owned(), json!(count)))
        .collect();
    json!({ "event": "jobs", "listed": listing.jobs.len(), "more": listing.more, "counts": counts })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_prompt_is_shortened_to_one_line() {
        assert_eq!(shortened("a\nb"), "a b");
        assert_eq!(shortened(&"ü".repeat(41)), format!("{}…", "ü".repeat(40)));
    }
}
