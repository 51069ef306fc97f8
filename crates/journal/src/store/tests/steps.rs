//! What can follow what.

use super::*;

#[test]
fn a_step_from_the_wrong_state_changes_nothing() {
    let steps: [(State, Step); 8] = [
        (State::Intent, |journal, attempt| journal.back_to_intent(attempt, "not listed")),
        (State::Submitting, |journal, attempt| journal.submitting(attempt, None, None)),
        (State::Running, |journal, attempt| journal.running(attempt)),
        (State::Succeeded, |journal, attempt| journal.succeeded(attempt, &[output()], None, None)),
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
