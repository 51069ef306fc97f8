//! Hints: whose job they wake, and that they neither pile up nor get lost.

use super::*;

const UNDER_WAY: [State; 2] = [State::Accepted, State::Running];

fn hints(journal: &Journal) -> Vec<AttemptId> {
    journal.hints_after(0).unwrap().into_iter().map(|(_, attempt)| attempt).collect()
}

#[test]
fn a_hint_is_kept_for_a_job_that_is_under_way_and_for_no_other() {
    for reached in [State::Submitting, State::Accepted, State::Running, State::Succeeded] {
        let place = Place::new();
        let writer = place.process();
        let (job, attempt) = begun(&writer);
        lead(&writer, attempt, reached);
        let listener = place.process();
        let under_way = UNDER_WAY.contains(&reached);
        for (provider, remote, known) in [
            ("evolink", "task-1", under_way),
            ("novita", "task-1", false),
            ("evolink", "task-11", false),
            ("evolink", "", false),
        ] {
            let hinted = listener.hint(provider, remote).unwrap();
            assert_eq!(hinted, known.then_some(job), "{reached} {provider}:{remote}");
        }
        assert_eq!(hints(&place.process()).len(), usize::from(under_way), "{reached}");
    }
}

#[test]
fn a_hint_survives_whoever_wrote_it_and_ends_with_the_wait() {
    let place = Place::new();
    let writer = place.process();
    let (_, attempt) = begun(&writer);
    lead(&writer, attempt, State::Running);
    let listener = place.process();
    listener.hint("evolink", "task-1").unwrap();
    drop(listener);
    let reader = place.process();
    assert_eq!(hints(&reader), [attempt]);
    assert!(reader.hint_of(attempt).unwrap().is_some());
    writer.succeeded(attempt, &[output()], None, None).unwrap();
    assert_eq!(hints(&reader), []);
    assert_eq!(reader.hint_of(attempt).unwrap(), None);
}

#[test]
fn however_many_come_one_is_kept_for_each_job_and_the_newest_is_told_from_the_rest() {
    let place = Place::new();
    let journal = place.process();
    let (_, attempt) = begun(&journal);
    lead(&journal, attempt, State::Accepted);
    let mut last = 0;
    for _ in 0..50 {
        journal.hint("evolink", "task-1").unwrap();
        let new = journal.hints_after(last).unwrap();
        assert_eq!(new.len(), 1);
        assert!(new[0].0 > last && new[0].1 == attempt);
        last = new[0].0;
    }
    assert_eq!(journal.hints_after(last).unwrap(), []);
}

#[test]
fn a_number_is_never_given_twice_even_when_all_hints_are_gone() {
    let place = Place::new();
    let journal = place.process();
    let mut last = 0;
    for _ in 0..3 {
        let (_, attempt) = begun(&journal);
        journal.submitting(attempt, None, None).unwrap();
        journal.accepted(attempt, &format!("task-{attempt}")).unwrap();
        journal.hint("evolink", &format!("task-{attempt}")).unwrap();
        let hint = journal.hint_of(attempt).unwrap().unwrap();
        assert!(hint > last, "who had read up to {last} would miss {hint}");
        last = hint;
        journal.succeeded(attempt, &[output()], None, None).unwrap();
    }
}
