//! The caps of a key hold for all processes that share the journal.

use reshoot_core::Load;

use super::*;
use crate::Room;

fn room(at_once: u32, starts: u32) -> Room {
    Room {
        load: Load { at_once, starts, per: Duration::from_secs(60) },
        forgotten_after: Duration::from_secs(600),
        doubted_for: Duration::from_secs(600),
    }
}

fn submits(journal: &Journal, room: &Room) -> bool {
    let (_, attempt) = begun(journal);
    journal.submitting_within(attempt, None, None, Some(room)).unwrap()
}

#[test]
fn no_more_jobs_run_than_may_whichever_process_began_them() {
    let place = Place::new();
    let (first, second) = (place.process(), place.process());
    let room = room(2, 100);
    assert!(submits(&first, &room) && submits(&second, &room));
    assert!(!submits(&first, &room) && !submits(&second, &room));
}

#[test]
fn what_is_perhaps_charged_may_be_running_and_what_has_ended_is_not() {
    let courses: [(&str, Course<'_>, bool); 4] = [
        ("submitting", &|journal, attempt| lead(journal, attempt, State::Submitting), false),
        (
            "perhaps charged",
            &|journal, attempt| {
                lead(journal, attempt, State::Submitting);
                journal.perhaps_charged(attempt, "no answer").unwrap();
            },
            false,
        ),
        ("running", &|journal, attempt| lead(journal, attempt, State::Running), false),
        ("succeeded", &|journal, attempt| lead(journal, attempt, State::Succeeded), true),
    ];
    for (name, course, expected) in courses {
        let place = Place::new();
        let journal = place.process();
        let (_, attempt) = begun(&journal);
        course(&journal, attempt);
        assert_eq!(submits(&journal, &room(1, 100)), expected, "{name}");
    }
}

#[test]
fn a_job_in_doubt_counts_for_as_long_as_the_longest_take_and_one_that_was_made_for_longer() {
    for (state, expected) in [(State::Submitting, true), (State::Running, false)] {
        let place = Place::new();
        let journal = place.process();
        let (_, attempt) = begun(&journal);
        lead(&journal, attempt, state);
        thread::sleep(Duration::from_millis(5));
        let room = room(1, 100).with_longest(Some(Duration::from_millis(1)));
        assert_eq!(submits(&journal, &room), expected, "{state}");
    }
}

#[test]
fn a_job_that_nobody_has_seen_end_counts_no_more_after_a_while() {
    let place = Place::new();
    let journal = place.process();
    let (_, attempt) = begun(&journal);
    lead(&journal, attempt, State::Running);
    thread::sleep(Duration::from_millis(5));
    let forgetful = Room { forgotten_after: Duration::from_millis(1), ..room(1, 100) };
    assert!(!submits(&journal, &room(1, 100)) && submits(&journal, &forgetful));
}

#[test]
fn what_has_just_begun_counts_whichever_process_began_it() {
    let place = Place::new();
    let (first, second) = (place.process(), place.process());
    let room = room(100, 2);
    assert!(submits(&first, &room) && submits(&second, &room));
    assert!(!submits(&first, &room) && !submits(&second, &room));
}

#[test]
fn what_was_made_counts_from_its_answer_on_and_what_was_not_answered_for_a_little_longer() {
    for (state, millis_ago, per, may_begin) in [
        (State::Accepted, 20, 10, true),
        (State::Accepted, 20, 5_000, false),
        (State::Submitting, 20, 10, false),
        (State::Submitting, 10_000, 10, true),
    ] {
        let place = Place::new();
        let journal = place.process();
        let (_, attempt) = begun(&journal);
        lead(&journal, attempt, state);
        let earlier = "UPDATE attempts SET submitted = submitted - ?1, accepted = accepted - ?1";
        journal.connection().execute(earlier, [millis_ago]).unwrap();
        let mut room = room(100, 1);
        room.load.per = Duration::from_millis(per);
        assert_eq!(submits(&journal, &room), may_begin, "{state} {millis_ago} {per}");
    }
}

#[test]
fn a_submit_that_is_repeated_under_its_key_waits_until_others_have_begun() {
    let place = Place::new();
    let (dead, living) = (place.process(), place.process());
    let (_, doubted) = begun(&living);
    lead(&living, doubted, State::Submitting);
    assert!(living.may_begin(doubted, &room(1, 1)).unwrap());
    assert!(submits(&dead, &room(9, 9)));
    assert!(!living.may_begin(doubted, &room(9, 1)).unwrap());
    assert!(living.may_begin(doubted, &room(1, 2)).unwrap());
}
