//! What is set aside, counted and capped.

use super::*;

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
                journal.succeeded(attempt, &[output()], Some(billed), None).unwrap();
            },
            "0.7",
        ),
    ];
    for (name, course, owed) in cases {
        let journal = Journal::in_memory().unwrap();
        let order = order("out.mp4").with_batch(Some("reel".to_owned()));
        let (job, attempt) = begin(&journal, &order, Some("0.5")).unwrap();
        course(&journal, attempt);
        assert_eq!(journal.job(job).unwrap().last().unwrap().owed, Some(usd(owed)), "{name}");
        assert_eq!(journal.spend(None).unwrap().counted, usd(owed), "{name}");
        assert_eq!(journal.spend_of_batch("reel").unwrap().counted, usd(owed), "{name}");
        assert_eq!(kept_sums(&journal), [usd(owed); 2], "{name}");
    }
}

/// What is kept of all batches, and of all days.
fn kept_sums(journal: &Journal) -> [Usd; 2] {
    let connection = journal.connection();
    ["batch_sums", "day_sums"].map(|table| {
        let sql = format!("SELECT coalesce(sum(owed), 0) FROM {table}");
        Usd::from_micros(connection.query_row(&sql, [], |row| row.get(0)).unwrap())
    })
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
fn what_is_forgotten_costs_what_it_cost_and_says_nothing_more() {
    let journal = Journal::in_memory().unwrap();
    let (job, attempt) = begun(&journal);
    lead(&journal, attempt, State::Running);
    assert!(matches!(journal.forget(job), Err(JournalError::Open { state: State::Running, .. })));
    journal.succeeded(attempt, &[output()], None, None).unwrap();
    journal.file(attempt, 1, &file()).unwrap();
    journal.forget(job).unwrap();
    assert!(matches!(journal.job(job), Err(JournalError::NoSuchJob(_))));
    assert!(journal.list(&Filter::default()).unwrap().jobs.is_empty());
    assert_eq!(journal.spend(None).unwrap().counted, usd("0.5"));
    let left: i64 = journal
        .connection()
        .query_row(
            "SELECT (SELECT count(*) FROM outputs)
                 + (SELECT count(*) FROM jobs WHERE request <> 'null')",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(left, 0);
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
