//! What the journal promises, against a file on disk.

use std::{path::PathBuf, thread, time::Duration};

use reshoot_core::{Charge, EditRequest, Output, Url};
use tempfile::TempDir;

use super::*;
use crate::{
    Caps, Moment, OverCap, Scope, State, Usd,
    record::{AttemptId, FileRecord, JobId, Order, Quote, Via},
};

type Course<'a> = &'a dyn Fn(&Journal, AttemptId);
type Step = fn(&Journal, AttemptId) -> Result<(), JournalError>;

struct Place {
    directory: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    /// Another process, as far as the journal can tell.
    fn process(&self) -> Journal {
        Journal::open(self.directory.path().join("journal.db")).unwrap()
    }
}

fn url(text: &str) -> Url {
    text.parse().unwrap()
}

fn usd(text: &str) -> Usd {
    text.parse().unwrap()
}

fn order(name: &str) -> Order {
    let request = EditRequest::new(url("https://h.example/clip.mp4"), "as a woodcut");
    Order::new(request, Some(PathBuf::from(name)))
}

fn begin(
    journal: &Journal,
    order: &Order,
    price: Option<&str>,
) -> Result<(JobId, AttemptId), JournalError> {
    let quote = Quote::new(6.0, price.map(usd));
    journal.begin(order, &[Via::new("evolink"), Via::new("novita")], &Begin::new(0, quote, None))
}

fn begun(journal: &Journal) -> (JobId, AttemptId) {
    begin(journal, &order("out.mp4"), Some("0.5")).unwrap()
}

fn output() -> Output {
    Output::new(url("https://cdn.example/r.mp4?sig=1"), Some(Duration::from_secs(3600)))
}

fn file() -> FileRecord {
    FileRecord { path: "out.mp4".into(), bytes: 10, sha256: "ab".repeat(32) }
}

/// Leads an attempt to a state by the ordinary way.
fn lead(journal: &Journal, attempt: AttemptId, to: State) {
    let steps: &[fn(&Journal, AttemptId)] = &[
        |journal, attempt| journal.submitting(attempt, None, None).unwrap(),
        |journal, attempt| assert_eq!(journal.accepted(attempt, "task-1").unwrap(), attempt),
        |journal, attempt| journal.running(attempt).unwrap(),
        |journal, attempt| journal.succeeded(attempt, &[output()], None).unwrap(),
        |journal, attempt| journal.file(attempt, 1, &file()).unwrap(),
    ];
    let states =
        [State::Submitting, State::Accepted, State::Running, State::Succeeded, State::Downloaded];
    for (step, state) in steps.iter().zip(states) {
        step(journal, attempt);
        if state == to {
            return;
        }
    }
}

fn state(journal: &Journal, job: JobId) -> State {
    journal.job(job).unwrap().last().unwrap().state
}

#[test]
fn a_job_is_kept_with_all_that_happened_to_it() {
    let place = Place::new();
    let (job, attempt) = begun(&place.process());
    let writer = place.process();
    assert_eq!(writer.take(attempt).unwrap(), Taken::Ours);
    let staged = [url("https://store.example/clip.mp4?sig=2")];
    writer.submitting(attempt, Some(&staged), None).unwrap();
    assert_eq!(writer.accepted(attempt, "task-1").unwrap(), attempt);
    writer.running(attempt).unwrap();
    let billed = Charge { usd: Some(0.4), credits: Some(27.0) };
    writer.succeeded(attempt, &[output()], Some(billed)).unwrap();
    writer.file(attempt, 1, &file()).unwrap();

    let reader = place.process();
    let record = reader.job(job).unwrap();
    assert_eq!(record.request, order("").request);
    assert_eq!(record.target, Some("out.mp4".into()));
    let attempt = record.last().unwrap();
    assert_eq!(attempt.state, State::Downloaded);
    assert_eq!(attempt.media.as_deref(), Some(&staged[..]));
    assert_eq!(attempt.remote.as_deref(), Some("task-1"));
    assert_eq!((attempt.quote.usd, attempt.owed), (Some(usd("0.5")), Some(usd("0.4"))));
    assert_eq!(attempt.billed, Some(billed));
    assert_eq!(attempt.outputs[0].file, Some(file()));
    assert!(attempt.outputs[0].expires.unwrap() > Moment::now());
    let events: Vec<_> = reader.events(job).unwrap().iter().map(|event| event.state).collect();
    use State::{Accepted, Downloaded, Intent, Running, Submitting, Succeeded};
    assert_eq!(events, [Intent, Submitting, Accepted, Running, Succeeded, Downloaded]);
}

#[test]
fn a_step_from_the_wrong_state_changes_nothing() {
    let steps: [(State, Step); 8] = [
        (State::Intent, |journal, attempt| journal.back_to_intent(attempt, "not listed")),
        (State::Submitting, |journal, attempt| journal.submitting(attempt, None, None)),
        (State::Running, |journal, attempt| journal.running(attempt)),
        (State::Succeeded, |journal, attempt| journal.succeeded(attempt, &[output()], None)),
        (State::Refused, |journal, attempt| journal.ended(attempt, &Ending::refused("no"))),
        (State::PerhapsCharged, |journal, attempt| journal.perhaps_charged(attempt, "lost")),
        (State::Abandoned, |journal, attempt| {
            journal.ended(attempt, &Ending::new(State::Abandoned, "no", Owed::Nothing))
        }),
        (State::Failed, |journal, attempt| {
            journal.ended(attempt, &Ending::new(State::Failed, "no", Owed::Nothing))
        }),
    ];
    for from in [State::Intent, State::Submitting, State::Accepted, State::Running] {
        for (to, step) in steps {
            let journal = Journal::in_memory().unwrap();
            let (job, attempt) = begun(&journal);
            if from != State::Intent {
                lead(&journal, attempt, from);
            }
            let done = step(&journal, attempt);
            let may = to.after().contains(&from);
            assert_eq!(done.is_ok(), may, "{from} to {to}: {done:?}");
            assert_eq!(state(&journal, job), if may { to } else { from });
        }
    }
}

#[test]
fn only_one_process_drives_an_attempt_until_it_dies() {
    let place = Place::new();
    let (first, second) = (place.process(), place.process());
    let (job, attempt) = begun(&first);
    assert!(matches!(second.take(attempt).unwrap(), Taken::Held { hung: false, .. }));
    assert!(matches!(second.submitting(attempt, None, None), Err(JournalError::Moved { .. })));
    first.submitting(attempt, None, None).unwrap();
    drop(first);
    assert_eq!(second.take(attempt).unwrap(), Taken::Ours);
    second.perhaps_charged(attempt, "its process died").unwrap();
    assert_eq!(state(&second, job), State::PerhapsCharged);
}

#[test]
fn of_many_who_take_a_dead_process_attempts_each_goes_to_one() {
    let place = Place::new();
    let attempts: Vec<_> = {
        let dead = place.process();
        (0..20).map(|_| begun(&dead).1).collect()
    };
    let takers: Vec<_> = (0..4)
        .map(|_| {
            let (journal, attempts) = (place.process(), attempts.clone());
            thread::spawn(move || {
                let taken = attempts
                    .iter()
                    .filter(|attempt| journal.take(**attempt).unwrap() == Taken::Ours);
                let count = taken.count();
                // Alive until all have tried.
                (journal, count)
            })
        })
        .collect();
    let ended: Vec<_> = takers.into_iter().map(|taker| taker.join().unwrap()).collect();
    assert_eq!(ended.iter().map(|(_, count)| count).sum::<usize>(), 20);
}

#[test]
fn a_process_that_hangs_loses_its_attempt_only_while_it_does_not_beat() {
    let place = Place::new();
    let (hung, other) = (place.process(), place.process());
    let (_, attempt) = begun(&hung);
    let beat = |at: i64| {
        hung.write(|transaction| {
            transaction.execute("UPDATE holders SET beat = ?1", [at])?;
            Ok(())
        })
        .unwrap();
    };
    beat(1);
    let Taken::Held { hung: true, beat: last, holder, .. } = other.take(attempt).unwrap() else {
        panic!("it does not look hung");
    };
    beat(2);
    assert!(!other.take_hung(attempt, holder, last).unwrap());
    assert!(other.take_hung(attempt, holder, Moment(2)).unwrap());
    assert_eq!(other.take(attempt).unwrap(), Taken::Ours);
    assert!(matches!(hung.submitting(attempt, None, None), Err(JournalError::Moved { .. })));
}

#[test]
fn an_id_that_a_provider_gave_is_kept_whatever_happened_meanwhile() {
    let place = Place::new();
    let meanwhile: [(&str, Course<'_>); 5] = [
        ("nothing", &|_, _| {}),
        ("in doubt", &|journal, attempt| journal.perhaps_charged(attempt, "?").unwrap()),
        ("proved absent", &|journal, attempt| journal.back_to_intent(attempt, "?").unwrap()),
        ("refused", &|journal, attempt| journal.ended(attempt, &Ending::refused("no")).unwrap()),
        ("given up", &|journal, attempt| {
            let job = journal.job_of(attempt).unwrap();
            journal.abandon(job, "not wanted").unwrap();
        }),
    ];
    for (name, meanwhile) in meanwhile {
        let slow = place.process();
        let (job, attempt) = begun(&slow);
        slow.submitting(attempt, None, None).unwrap();
        let other = place.process();
        other.take_from(attempt, Some(slow.holder().unwrap()), other.holder().unwrap()).unwrap();
        meanwhile(&other, attempt);
        assert_eq!(slow.accepted(attempt, &format!("late {name}")).unwrap(), attempt, "{name}");
        let record = slow.job(job).unwrap();
        assert_eq!(record.last().unwrap().state, State::Accepted, "{name}");
        assert_eq!(record.last().unwrap().owed, Some(usd("0.5")), "{name}");
    }
}

#[test]
fn a_second_id_for_one_attempt_stands_beside_the_first() {
    let journal = Journal::in_memory().unwrap();
    let (job, attempt) = begun(&journal);
    lead(&journal, attempt, State::Running);
    assert_eq!(journal.accepted(attempt, "task-1").unwrap(), attempt, "it is known already");
    let beside = journal.accepted(attempt, "task-2").unwrap();
    let record = journal.job(job).unwrap();
    let remotes: Vec<_> = record.attempts.iter().map(|it| it.remote.as_deref().unwrap()).collect();
    assert_eq!(remotes, ["task-1", "task-2"]);
    assert_eq!(record.attempt(beside).unwrap().owed, Some(usd("0.5")));
}

#[test]
fn of_two_lost_submits_only_one_adopts_a_found_job() {
    let journal = Journal::in_memory().unwrap();
    for adopted in [true, false] {
        let (_, attempt) = begun(&journal);
        journal.submitting(attempt, None, None).unwrap();
        assert_eq!(journal.adopt(attempt, "task-1").unwrap(), adopted);
    }
}

#[test]
fn a_replay_under_a_key_is_counted_once() {
    let journal = Journal::in_memory().unwrap();
    for owed in ["0.5", "0"] {
        let (job, attempt) = begun(&journal);
        journal.submitting(attempt, None, None).unwrap();
        journal.accepted(attempt, "the-same").unwrap();
        assert_eq!(journal.job(job).unwrap().last().unwrap().owed, Some(usd(owed)));
    }
}

#[test]
fn what_counts_follows_what_is_known() {
    let charge = |usd| Owed::Billed(Charge { usd: Some(usd), credits: None });
    let ended = |state, owed| Ending::new(state, "why", owed);
    let cases: [(&str, Course<'_>, &str); 8] = [
        ("intent", &|_, _| {}, "0.5"),
        (
            "in doubt",
            &|journal, attempt| {
                journal.submitting(attempt, None, None).unwrap();
                journal.perhaps_charged(attempt, "?").unwrap();
            },
            "0.5",
        ),
        (
            "refused",
            &|journal, attempt| {
                journal.submitting(attempt, None, None).unwrap();
                journal.ended(attempt, &Ending::refused("no")).unwrap();
            },
            "0",
        ),
        (
            "withdrawn",
            &|journal, attempt| {
                journal.ended(attempt, &Ending::new(State::Abandoned, "no", Owed::Nothing)).unwrap()
            },
            "0",
        ),
        (
            "failed for free",
            &|journal, attempt| {
                lead(journal, attempt, State::Running);
                journal.ended(attempt, &ended(State::Failed, Owed::Nothing)).unwrap();
            },
            "0",
        ),
        (
            "failed, perhaps billed",
            &|journal, attempt| {
                lead(journal, attempt, State::Running);
                journal.ended(attempt, &ended(State::Failed, Owed::Quote)).unwrap();
            },
            "0.5",
        ),
        (
            "failed and billed",
            &|journal, attempt| {
                lead(journal, attempt, State::Running);
                journal.ended(attempt, &ended(State::Failed, charge(0.2))).unwrap();
            },
            "0.2",
        ),
        (
            "done, more than quoted",
            &|journal, attempt| {
                lead(journal, attempt, State::Running);
                let billed = Charge { usd: Some(0.7), credits: None };
                journal.succeeded(attempt, &[output()], Some(billed)).unwrap();
            },
            "0.7",
        ),
    ];
    for (name, course, owed) in cases {
        let journal = Journal::in_memory().unwrap();
        let (job, attempt) = begun(&journal);
        course(&journal, attempt);
        assert_eq!(journal.job(job).unwrap().last().unwrap().owed, Some(usd(owed)), "{name}");
        assert_eq!(journal.spend(None).unwrap().counted, usd(owed), "{name}");
    }
}

#[test]
fn two_processes_cannot_both_slip_under_a_cap() {
    let caps = Caps::default().with_max_cost_per_day(Some(usd("2")));
    let place = Place::new();
    let threads: Vec<_> = (0..8)
        .map(|n| {
            let (journal, caps) = (place.process(), caps.clone());
            thread::spawn(move || {
                let order = order(&format!("{n}.mp4")).with_caps(caps);
                let begun = begin(&journal, &order, Some("0.5")).is_ok();
                (journal, begun)
            })
        })
        .collect();
    let begun = threads.into_iter().filter(|_| true).map(|thread| thread.join().unwrap());
    assert_eq!(begun.filter(|(_, begun)| *begun).count(), 4);
    assert_eq!(place.process().spend(None).unwrap().counted, usd("2"));
}

#[test]
fn a_cap_holds_for_a_job_its_batch_or_the_day() {
    let journal = Journal::in_memory().unwrap();
    let capped = Caps::default().with_max_cost(Some(usd("1")));
    let single = order("a.mp4").with_caps(capped.clone());
    let batched = order("a.mp4").with_caps(capped.clone()).with_batch(Some("reel".to_owned()));
    let other = order("a.mp4").with_caps(capped).with_batch(Some("other".to_owned()));
    let over = |order: &Order, price| match begin(&journal, order, Some(price)) {
        Err(JournalError::OverCap(OverCap::Exceeded { scope, .. })) => Some(scope),
        Ok(_) => None,
        Err(error) => panic!("{error}"),
    };
    assert_eq!(over(&single, "0.9"), None);
    assert_eq!(over(&single, "0.9"), None, "each job has its own");
    assert_eq!(over(&single, "1.1"), Some(Scope::Job));
    assert_eq!(over(&batched, "0.9"), None);
    assert_eq!(over(&batched, "0.2"), Some(Scope::Batch("reel".to_owned())));
    assert_eq!(over(&other, "0.9"), None);
    let daily = order("a.mp4").with_caps(Caps::default().with_max_cost_per_day(Some(usd("4"))));
    assert_eq!(over(&daily, "0.4"), None);
    assert_eq!(over(&daily, "0.1"), Some(Scope::Day));
}

#[test]
fn a_further_attempt_counts_against_the_caps_of_its_job() {
    let journal = Journal::in_memory().unwrap();
    let order = order("a.mp4").with_caps(Caps::default().with_max_cost(Some(usd("0.8"))));
    let (job, first) = begin(&journal, &order, Some("0.5")).unwrap();
    journal.submitting(first, None, None).unwrap();
    let next = |price| Begin::new(1, Quote::new(3.0, Some(usd(price))), None);
    let over = journal.go_on(first, &Ending::refused("no"), &next("0.9"));
    assert!(matches!(over, Err(JournalError::OverCap(_))));
    assert_eq!(state(&journal, job), State::Submitting, "nothing was changed");
    let second = journal.go_on(first, &Ending::refused("no"), &next("0.8")).unwrap();
    let record = journal.job(job).unwrap();
    assert_eq!(record.attempt(first).unwrap().state, State::Refused);
    assert_eq!(record.attempt(second).unwrap().via, Via::new("novita"));
    let again = journal.go_on(first, &Ending::refused("no"), &next("0.1"));
    assert!(matches!(again, Err(JournalError::Moved { .. })), "two cannot both go on");
}

#[test]
fn a_price_that_rose_before_the_submit_is_held_under_the_cap_too() {
    let journal = Journal::in_memory().unwrap();
    let order = order("a.mp4").with_caps(Caps::default().with_max_cost(Some(usd("0.8"))));
    let (job, attempt) = begin(&journal, &order, Some("0.5")).unwrap();
    let owed = || journal.job(job).unwrap().last().unwrap().owed;
    assert!(journal.requote(attempt, Quote::new(9.0, Some(usd("0.9")))).is_err());
    assert_eq!(owed(), Some(usd("0.5")));
    journal.requote(attempt, Quote::new(8.0, Some(usd("0.8")))).unwrap();
    assert_eq!(owed(), Some(usd("0.8")));
}

#[test]
fn a_command_that_was_killed_and_is_typed_again_is_known() {
    let place = Place::new();
    let to_file = order("out.mp4");
    let only_submitted = Order::new(to_file.request.clone(), None);
    for (order, reached, same) in [
        (&to_file, State::Intent, true),
        (&to_file, State::Submitting, true),
        (&to_file, State::Running, true),
        (&to_file, State::Downloaded, false),
        (&only_submitted, State::Submitting, true),
        (&only_submitted, State::Accepted, false),
    ] {
        let killed = place.process();
        let (job, attempt) = begin(&killed, order, None).unwrap();
        if reached != State::Intent {
            lead(&killed, attempt, reached);
        }
        assert_eq!(place.process().same_open(order).unwrap(), None, "it is being driven");
        drop(killed);
        let journal = place.process();
        assert_eq!(journal.same_open(order).unwrap(), same.then_some(job), "{reached}");
        journal.abandon(job, "for the next case").unwrap();
    }
}

#[test]
fn results_can_be_sent_elsewhere() {
    let journal = Journal::in_memory().unwrap();
    let (job, _) = begun(&journal);
    journal.retarget(job, "other.mp4".as_ref(), true).unwrap();
    let record = journal.job(job).unwrap();
    assert_eq!((record.target, record.overwrite), (Some("other.mp4".into()), true));
    let error = journal.retarget(JobId(99), "other.mp4".as_ref(), true).unwrap_err();
    assert!(matches!(error, JournalError::NoSuchJob(_)));
}

#[test]
fn events_are_only_ever_added_and_no_attempt_is_removed() {
    let journal = Journal::in_memory().unwrap();
    begun(&journal);
    for sql in ["DELETE FROM events", "UPDATE events SET at = 0", "DELETE FROM attempts"] {
        assert!(journal.connection().execute(sql, []).is_err(), "{sql}");
    }
}

#[test]
fn records_that_make_no_sense_cannot_be_written() {
    for sql in [
        "UPDATE attempts SET state = 'lost'",
        "UPDATE attempts SET state = 'accepted', submitted = 1",
        "UPDATE attempts SET state = 'running', remote = 'r'",
        "UPDATE attempts SET state = 'submitting'",
        "UPDATE attempts SET remote = 'r'",
        "UPDATE attempts SET submitted = 1",
        "UPDATE attempts SET state = 'refused', submitted = 1",
        "UPDATE attempts SET owed = 0",
        "UPDATE attempts SET owed = -1, quoted = -1",
        "UPDATE attempts SET state = 'abandoned'",
        "UPDATE attempts SET job = 99",
        "UPDATE jobs SET request = 'no json'",
        "UPDATE jobs SET routes = '[]'",
        "INSERT INTO outputs VALUES (1, 1, 'l', NULL, '\"p\"', NULL, NULL)",
        "INSERT INTO outputs VALUES (1, 1, 'l', NULL, '\"p\"', 1, x'00')",
        "INSERT INTO outputs VALUES (1, 0, 'l', NULL, NULL, NULL, NULL)",
    ] {
        let journal = Journal::in_memory().unwrap();
        begun(&journal);
        assert!(journal.connection().execute(sql, []).is_err(), "{sql}");
    }
}

#[test]
fn jobs_are_listed_newest_first_and_filtered() {
    let journal = Journal::in_memory().unwrap();
    for n in 1..=5 {
        let batch = (n % 2 == 0).then(|| "even".to_owned());
        let order = order(&format!("{n}.mp4")).with_batch(batch);
        let (_, attempt) = begin(&journal, &order, None).unwrap();
        let refused = Ending::refused("no");
        match n {
            4 => journal.ended(attempt, &refused).unwrap(),
            5 => {
                let next = Begin::new(1, Quote::new(1.0, None), None);
                journal.go_on(attempt, &refused, &next).unwrap();
            }
            _ => {}
        }
    }
    let ids = |filter: &Filter| -> Vec<i64> {
        journal.list(filter).unwrap().jobs.iter().map(|job| job.id.0).collect()
    };
    let all = Filter::default();
    assert_eq!(ids(&all), [5, 4, 3, 2, 1]);
    assert_eq!(ids(&Filter { states: vec![State::Refused], ..all.clone() }), [4]);
    assert_eq!(ids(&Filter::open()), [5, 3, 2, 1]);
    assert_eq!(ids(&Filter { provider: Some("novita".to_owned()), ..all.clone() }), [5]);
    assert_eq!(ids(&Filter { batch: Some("even".to_owned()), ..all.clone() }), [4, 2]);
    assert_eq!(ids(&Filter { since: Some(Moment(i64::MAX)), ..all.clone() }), [0; 0]);
    let page = journal.list(&Filter { limit: Some(2), ..all }).unwrap();
    assert!(page.more);
    assert_eq!(page.jobs.len(), 2);
    assert_eq!(page.counts, [(State::Intent, 4), (State::Refused, 2)]);
}

#[test]
fn a_job_is_found_by_whatever_a_person_types() {
    let journal = Journal::in_memory().unwrap();
    let (job, attempt) = begun(&journal);
    journal.submitting(attempt, None, None).unwrap();
    journal.accepted(attempt, "a:b").unwrap();
    for text in ["1", "evolink:a:b", "a:b"] {
        assert_eq!(journal.find(text).unwrap(), job, "{text}");
    }
    for text in ["2", "novita:a:b", "evolink:a", ""] {
        assert!(matches!(journal.find(text), Err(JournalError::NoSuchJob(_))), "{text}");
    }
}

#[test]
fn what_is_forgotten_costs_what_it_cost_and_says_nothing_more() {
    let journal = Journal::in_memory().unwrap();
    let (job, attempt) = begun(&journal);
    lead(&journal, attempt, State::Running);
    assert!(matches!(journal.forget(job), Err(JournalError::Open { state: State::Running, .. })));
    journal.succeeded(attempt, &[output()], None).unwrap();
    journal.file(attempt, 1, &file()).unwrap();
    journal.forget(job).unwrap();
    assert!(matches!(journal.job(job), Err(JournalError::NoSuchJob(_))));
    assert!(journal.list(&Filter::default()).unwrap().jobs.is_empty());
    assert_eq!(journal.spend(None).unwrap().counted, usd("0.5"));
    let left: i64 = journal
        .connection()
        .query_row("SELECT (SELECT count(*) FROM outputs) + (SELECT count(*) FROM jobs WHERE request <> 'null')", [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 0);
}

#[test]
fn what_another_process_drives_is_not_given_up_behind_its_back() {
    let place = Place::new();
    let (driver, other) = (place.process(), place.process());
    let (job, _) = begun(&driver);
    assert!(matches!(other.abandon(job, "no"), Err(JournalError::Driven { .. })));
    drop(driver);
    other.abandon(job, "not wanted").unwrap();
    assert_eq!(state(&other, job), State::Abandoned);
}

#[test]
fn files_that_are_gone_are_to_be_fetched_again() {
    let place = Place::new();
    let journal = place.process();
    let (job, attempt) = begun(&journal);
    lead(&journal, attempt, State::Downloaded);
    journal.missing(attempt, &[1]).unwrap();
    let record = journal.job(job).unwrap();
    assert_eq!(record.last().unwrap().state, State::Succeeded);
    assert_eq!(record.last().unwrap().outputs[0].file, None);
    journal.file(attempt, 1, &file()).unwrap();
    assert_eq!(state(&journal, job), State::Downloaded);
}

#[test]
fn money_is_summed_by_day_and_provider() {
    let journal = Journal::in_memory().unwrap();
    let (_, done) = begun(&journal);
    lead(&journal, done, State::Succeeded);
    begun(&journal);
    begin(&journal, &order("b.mp4"), None).unwrap();
    let spend = journal.spend(None).unwrap();
    let [line] = spend.lines.as_slice() else { panic!("{spend:?}") };
    assert_eq!((line.provider.as_str(), line.attempts, line.unknown), ("evolink", 3, 1));
    assert_eq!((line.counted, line.set_aside), (usd("1"), usd("0.5")));
    assert_eq!(line.day.len(), "2026-11-21".len());
    let tomorrow = Moment(Moment::now().0 + 24 * 60 * 60 * 1000);
    assert!(journal.spend(Some(tomorrow)).unwrap().lines.is_empty());
}
