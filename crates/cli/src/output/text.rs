//! Events and failures in words.

use std::time::Duration;

use clap::builder::styling::{AnsiColor, Style};
use reshoot::{Checked, Job, JobRef, JobState, media::VideoFacts};

use reshoot_journal::State;

use super::Event;
use crate::{exit::Failure, session::NO_MODEL};

const BOLD: Style = Style::new().bold();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();

/// What is said about an event on stderr; nothing about polls and bytes, which come too often.
pub(super) fn note(event: Event<'_>) -> Option<String> {
    Some(match event {
        Event::Emulated => NO_MODEL.to_owned(),
        Event::Recorded(id) => format!("recorded as job {id}"),
        Event::Unable(violations) => format!("left out: {violations}"),
        Event::Checked(checked) => format!("{}: {}", checked.provider(), cost(checked)),
        Event::GoingOn { error, next } => {
            format!("{}; going on to {}", clean(&error.to_string()), next.provider)
        }
        Event::Reconciling(via) => {
            format!("asking {} whether the submit made a job", via.provider)
        }
        Event::Adopted(job) => format!("found: the submit made {BOLD}{job}{BOLD:#}"),
        Event::Absent => "proved: the submit made no job, and nothing was spent".to_owned(),
        Event::Missing { output } => {
            format!("result {output} is missing or has changed; it is fetched again")
        }
        Event::NotMeasured(error) => format!(
            "the clip could not be measured, so the longest is assumed: {}",
            clean(error.message())
        ),
        Event::Settled { next, .. } => format!("next:  {next}"),
        Event::NothingToDo(why) => why.to_owned(),
        Event::Staging { files: 1 } => {
            "bringing 1 local file to where the provider can read it".to_owned()
        }
        Event::Staging { files } => {
            format!("bringing {files} local files to where the provider can read them")
        }
        Event::Queued(via) => {
            format!("waiting for a turn: as many jobs run or begin at {} as may", via.provider)
        }
        Event::Submitting { descriptor, .. } => {
            format!("submitting to {}", descriptor.capabilities.title)
        }
        Event::Deferred { error, wait } => {
            format!(
                "refused for now, trying again in {} s: {}",
                wait.as_secs(),
                clean(&error.to_string())
            )
        }
        Event::Finishing => "the paid request is under way: waiting for its answer, so that it is \
                             known what was paid for (again to leave it)"
            .to_owned(),
        Event::Accepted(job) => accepted(job),
        Event::Missed { error, .. } => {
            format!("a poll failed, the job is not affected: {}", clean(&error.to_string()))
        }
        Event::Listening { provider, advice, .. } => format!("{provider}: {}", advice?),
        Event::Serving(_) => {
            "open this in a browser on this machine, and show it to nobody; Ctrl-C \
                              ends it"
                .to_owned()
        }
        Event::Ready(address) => format!("listening on {address}; Ctrl-C ends it"),
        Event::Hinted { job, id: Some(id) } => format!("a webhook about job {id}: {job}"),
        Event::Hinted { job, id: None } => {
            format!("a webhook about {job}, which nobody waits for")
        }
        Event::Done { job, emulated, .. } => done(job, emulated),
        Event::Submitted { next, .. } | Event::Ended { next, .. } => format!("next:  {next}"),
        Event::Batch(event) => return super::batch::note(event),
        Event::Clip(_)
        | Event::Fit(_)
        | Event::Unfit(_)
        | Event::Waiting { .. }
        | Event::Polled(_)
        | Event::Downloading { .. }
        | Event::Stands(_)
        | Event::Page(_)
        | Event::Forgotten(_)
        | Event::Canceled(_) => return None,
    })
}

/// What an event puts on stdout.
pub(super) fn result(event: Event<'_>) -> Option<String> {
    Some(match event {
        Event::Clip(facts) => clip(facts),
        Event::Fit(checked) => format!("{} can run it, {}", checked.provider(), cost(checked)),
        Event::Unfit(violations) => violations.to_string(),
        Event::Listening { provider, url, .. } => format!("{provider:13} {url}"),
        Event::Submitted { job, .. } => job.job_ref.to_string(),
        Event::Stands(job) | Event::Ended { job, .. } => format!("{} {}", job.job_ref, state(job)),
        Event::Canceled(job) => format!("{job} canceled"),
        Event::Settled { id, state: State::Intent, .. } => format!("job {id} was not made"),
        Event::Settled { id, state, .. } => format!("job {id} is {state}"),
        Event::Serving(url) => url.to_owned(),
        Event::Page(index) => index.display().to_string(),
        Event::Forgotten(id) => format!("job {id} forgotten"),
        Event::Batch(event) => return super::batch::result(event),
        Event::Done { files, .. } => {
            let paths: Vec<_> = files.iter().map(|file| file.path.display().to_string()).collect();
            paths.join("\n")
        }
        _ => return None,
    })
}

fn cost(checked: &Checked) -> String {
    let mut text = checked.estimate().to_string();
    for warning in checked.warnings() {
        text.push_str(&format!("\n  {YELLOW}warning:{YELLOW:#} {warning}"));
    }
    text
}

fn accepted(job: &Job) -> String {
    let reserved = job.reserved.map(|charge| format!(", {charge} reserved"));
    format!("accepted: {BOLD}{}{BOLD:#}{}", job.job_ref, reserved.unwrap_or_default())
}

fn done(job: &Job, emulated: bool) -> String {
    if emulated {
        return NO_MODEL.to_owned();
    }
    match billed(job) {
        Some(billed) => format!("done, billed: {billed}"),
        None => "done; the provider does not say what was billed".to_owned(),
    }
}

fn billed(job: &Job) -> Option<String> {
    match &job.state {
        JobState::Succeeded { billed, .. } => Some(billed.as_ref()?.to_string()),
        _ => None,
    }
}

/// Where a job stands, in a word or some.
pub(super) fn state(job: &Job) -> String {
    match &job.state {
        JobState::Queued => "queued".to_owned(),
        JobState::Running { progress: Some(percent) } => format!("running {percent} %"),
        JobState::Running { progress: None } => match &job.unknown_status {
            Some(word) => format!("running (the provider calls it {word:?})"),
            None => "running".to_owned(),
        },
        JobState::Succeeded { outputs, .. } => {
            let count = outputs.len();
            let results =
                if count == 1 { "1 result".to_owned() } else { format!("{count} results") };
            let billed = billed(job).map(|billed| format!(", billed: {billed}"));
            format!("succeeded, {results}{}", billed.unwrap_or_default())
        }
        JobState::Failed(failure) => clean(&format!("failed: {failure}")),
        JobState::Canceled => "canceled".to_owned(),
        JobState::Expired => "expired: the provider no longer keeps the result".to_owned(),
        _ => "in a state that this version does not know".to_owned(),
    }
}

/// A clip's facts in a line.
fn clip(facts: &VideoFacts) -> String {
    format!(
        "clip: {:.2} s, {}×{}, {}",
        facts.duration.as_secs_f64(),
        facts.display_width,
        facts.display_height,
        indicatif::BinaryBytes(facts.bytes)
    )
}

/// Without control characters: what a provider says must not steer a terminal.
pub(crate) fn clean(text: &str) -> String {
    let harmless = |c: char| if c.is_control() && c != '\n' { '\u{fffd}' } else { c };
    text.chars().map(harmless).collect()
}

/// A length of time as people say it.
pub(super) fn spoken(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 120 { format!("{seconds} s") } else { format!("{} min", seconds.div_ceil(60)) }
}

/// What happened, what it means for the money, what to do.
pub(super) fn failure(failure: &Failure) -> String {
    let mut text = format!("{RED}error:{RED:#} {}", clean(&failure.message));
    if !failure.money.is_empty() {
        text.push_str(&format!("\n{BOLD}money:{BOLD:#} {}", failure.money));
    }
    if let Some(job) = job_not_named(failure) {
        text.push_str(&format!("\n{BOLD}job:{BOLD:#}   {job}"));
    }
    for (index, next) in failure.next.iter().enumerate() {
        let lead = if index == 0 { format!("{BOLD}next:{BOLD:#} ") } else { "      ".to_owned() };
        text.push_str(&format!("\n{lead} {}", clean(next)));
    }
    text
}

fn job_not_named(failure: &Failure) -> Option<&JobRef> {
    let job = failure.job.as_ref()?;
    let name = job.to_string();
    let named = failure.next.iter().chain([&failure.message]).any(|text| text.contains(&name));
    (!named).then_some(job)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    #[test]
    fn what_a_provider_says_cannot_steer_the_terminal() {
        let failure = self::failure(&Failure::new(Exit::JobFailed, "x", "a\u{1b}]0;b\u{7}\nc"));
        assert!(failure.ends_with("a\u{fffd}]0;b\u{fffd}\nc"), "{failure:?}");
    }

    #[test]
    fn a_job_is_named_once() {
        let job = reshoot::JobRef::new("evolink", "task-1").unwrap();
        let failure = Failure::new(Exit::JobFailed, "x", "it failed").job(&job);
        assert_eq!(self::failure(&failure).matches("evolink:task-1").count(), 1);
        let failure = failure.next("reshoot wait evolink:task-1");
        assert_eq!(self::failure(&failure).matches("evolink:task-1").count(), 1);
    }

    #[test]
    fn lengths_of_time_are_short() {
        for (seconds, expected) in [(2, "2 s"), (119, "119 s"), (120, "2 min"), (150, "3 min")] {
            assert_eq!(spoken(Duration::from_secs(seconds)), expected);
        }
    }
}
