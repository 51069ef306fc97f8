//! From a job of the journal to the edits that a page shows.

use std::{
    collections::HashMap,
    io::ErrorKind,
    time::{Duration, SystemTime},
};

use reshoot::{EditRequest, Media};
use reshoot_journal::{
    Attempt, AttemptId, EventRecord, JobId, JobRecord, Journal, JournalError, Moment, OutputRecord,
    State, Usd,
};
use reshoot_report::{Charge, Edit, State as Shown, Time};

use super::{Shelf, settings::settings};

/// A job, and what happened to it.
pub(super) struct Job {
    pub(super) record: JobRecord,
    events: Vec<EventRecord>,
}

/// Reads jobs. One that ended without a result, and for nothing, is left out if the same was begun anew after it.
pub(super) fn read(journal: &Journal, ids: &[JobId]) -> Result<Vec<Job>, JournalError> {
    let read = |id: &JobId| Ok(Job { record: journal.job(*id)?, events: journal.events(*id)? });
    let mut jobs = ids.iter().map(read).collect::<Result<Vec<_>, JournalError>>()?;
    let mut newest: HashMap<String, JobId> = HashMap::new();
    for job in &jobs {
        let newest = newest.entry(job.identity()).or_insert(job.record.id);
        *newest = job.record.id.max(*newest);
    }
    let is_superseded =
        |job: &Job| job.ended_for_nothing() && newest.get(&job.identity()) != Some(&job.record.id);
    jobs.retain(|job| !is_superseded(job));
    Ok(jobs)
}

impl Job {
    /// The same for the same edit at the same provider.
    fn identity(&self) -> String {
        let provider = self.record.last().map(|last| last.via.provider.as_str());
        serde_json::to_string(&(&self.record.request, provider)).unwrap_or_default()
    }

    /// Whether it ended without a result, and costs nothing.
    fn ended_for_nothing(&self) -> bool {
        let is_such = |last: &Attempt| {
            !last.state.is_open()
                && last.state != State::Downloaded
                && last.owed.unwrap_or_default() == Usd::ZERO
        };
        self.record.last().is_some_and(is_such)
    }
}

impl Shelf<'_> {
    /// One edit for each result; one that says how it stands where there is none yet.
    pub(super) fn edits(&self, job: &Job) -> Vec<Edit> {
        let Some(last) = job.record.last() else {
            return Vec::new();
        };
        if last.state != State::Downloaded || last.outputs.is_empty() {
            return vec![edit(job, last, self.without_file(job, last))];
        }
        let numbered = last.outputs.iter().enumerate();
        let edits = numbered.map(|(number, output)| {
            let mut edit = edit(job, last, self.with_file(output, job.record.id));
            edit.kept = output.file.as_ref().is_some_and(|file| self.folder.is_kept(&file.path));
            if number > 0 {
                // It is one price, said once.
                (edit.quoted, edit.settled, edit.billed) = (None, None, None);
                edit.job = Some(format!("{}.{}", job.record.id, output.n));
            }
            edit
        });
        edits.collect()
    }

    fn with_file(&self, output: &OutputRecord, job: JobId) -> Shown {
        let Some(file) = &output.file else {
            return open(format!("its file is not here: reshoot resume {job} fetches it"));
        };
        let here = self.folder.edit(&file.path);
        match here.map(|here| self.folder.link(&here)) {
            Ok(Some(here)) => {
                Shown::Done { file: here, bytes: file.bytes, sha256: file.sha256.clone() }
            }
            Err(error) if error.kind() != ErrorKind::NotFound => {
                open(format!("its file cannot be brought to the page: {error}"))
            }
            _ => {
                open(format!("its file is no longer where it was: reshoot resume {job} fetches it"))
            }
        }
    }

    fn without_file(&self, job: &Job, attempt: &Attempt) -> Shown {
        let id = job.record.id;
        match attempt.state {
            State::Intent => open("not sent yet"),
            State::Submitting => open("being sent"),
            State::Accepted => self.under_way("queued", attempt),
            State::Running => self.under_way("running", attempt),
            State::Succeeded | State::Downloaded => {
                open(format!("done; its file is not here yet: reshoot resume {id} fetches it"))
            }
            State::PerhapsCharged => {
                open(format!("perhaps charged: reshoot reconcile {id} finds it out"))
            }
            ended => Shown::Failed { reason: reason(ended, attempt, &job.record.request) },
        }
    }

    fn under_way(&self, word: &str, attempt: &Attempt) -> Shown {
        let age = attempt.submitted.and_then(|from| between(from, Moment::now()));
        let expected = self.expected.map(|expected| expected(&attempt.via.provider));
        Shown::Open { word: word.to_owned(), progress: age.zip(expected) }
    }
}

fn edit(job: &Job, attempt: &Attempt, state: Shown) -> Edit {
    let request = &job.record.request;
    let mut edit = Edit::new(attempt.via.provider.as_str(), request.prompt.as_str(), state);
    edit.job = Some(job.record.id.to_string());
    edit.settings = settings(request);
    edit.quoted = attempt.quote.usd.map(dollars);
    edit.settled = attempt.owed.filter(|_| !attempt.state.is_open()).map(dollars);
    edit.billed = attempt.billed.map(|billed| Charge { usd: billed.usd, credits: billed.credits });
    let seen = Seen::of(attempt, &job.events);
    edit.queued = time(attempt.queued, seen.queued);
    edit.running = time(attempt.running, seen.running);
    edit.took = seen.took;
    edit
}

fn open(word: impl Into<String>) -> Shown {
    Shown::Open { word: word.into(), progress: None }
}

/// `failed: the clip is too dark`, without the folders of this machine.
fn reason(ended: State, attempt: &Attempt, request: &EditRequest) -> String {
    let mut reason = match attempt.reason.as_deref() {
        None | Some("") => return ended.to_string(),
        Some(reason) => format!("{ended}: {reason}"),
    };
    for media in std::iter::once(&request.video).chain(&request.reference_images) {
        if let Media::File(path) = media
            && let (Some(folder), Some(name)) = (path.parent(), path.file_name())
        {
            let path = folder.join(name).display().to_string();
            reason = reason.replace(&path, &name.to_string_lossy());
        }
    }
    reason
}

/// What the provider tells, or else what polls saw.
fn time(told: Option<Duration>, seen: Option<Duration>) -> Option<Time> {
    let time = |span, is_seen| Time { span, is_seen };
    told.map(|span| time(span, false)).or_else(|| Some(time(seen?, true)))
}

/// How long an attempt waited and ran, as polls saw it.
struct Seen {
    queued: Option<Duration>,
    running: Option<Duration>,
    took: Option<Duration>,
}

impl Seen {
    fn of(attempt: &Attempt, events: &[EventRecord]) -> Self {
        let at = |state: State| first(attempt.id, state, events);
        let ended = [State::Succeeded, State::Failed, State::Canceled].into_iter().find_map(at);
        let (began, running) = (attempt.submitted, at(State::Running));
        let span = |from: Option<Moment>, to| from.zip(to).and_then(|(from, to)| between(from, to));
        Self {
            queued: span(began, running),
            running: span(running, ended),
            took: span(began, ended),
        }
    }
}

fn first(attempt: AttemptId, state: State, events: &[EventRecord]) -> Option<Moment> {
    let is_it = |event: &&EventRecord| event.attempt == attempt && event.state == state;
    events.iter().find(is_it).map(|event| event.at)
}

/// None where a clock was set back.
fn between(from: Moment, to: Moment) -> Option<Duration> {
    SystemTime::from(to).duration_since(from.into()).ok()
}

/// As the page counts.
#[allow(clippy::cast_precision_loss, reason = "amounts of money here are far below 2^53")]
pub(crate) fn dollars(usd: Usd) -> f64 {
    usd.micros() as f64 / 1e6
}
