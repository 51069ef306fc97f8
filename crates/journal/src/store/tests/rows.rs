//! The same row of a batch is the same job.

use super::*;

fn row(journal: &Journal, batch: &str, row: &str) -> Result<(JobId, AttemptId), JournalError> {
    begin(journal, &order("out.mp4").with_row(batch, row), Some("0.5"))
}

#[test]
fn a_row_is_begun_once_and_found_again_whoever_asks() {
    let place = Place::new();
    let (job, _) = row(&place.process(), "reel", "1").unwrap();
    let other = place.process();
    let found = other.row("reel", "1").unwrap().unwrap();
    assert_eq!((found.job, found.provider.as_str(), found.state), (job, "evolink", State::Intent));
    let error = row(&other, "reel", "1").unwrap_err();
    assert!(matches!(error, JournalError::RowTaken(taken) if taken == job), "{error}");
    assert_eq!(other.row("reel", "2").unwrap(), None);
    assert!(row(&other, "reel", "2").is_ok() && row(&other, "another", "1").is_ok());
}

#[test]
fn a_row_may_be_begun_anew_only_if_its_job_ended_without_a_result() {
    let ending = |state: State, owed| Ending::new(state, "no", owed);
    let courses: [(&str, Course<'_>, bool); 6] = [
        (
            "refused",
            &|journal, attempt| journal.ended(attempt, &Ending::refused("no")).unwrap(),
            true,
        ),
        (
            "failed",
            &|journal, attempt| {
                lead(journal, attempt, State::Accepted);
                journal.ended(attempt, &ending(State::Failed, Owed::Quote)).unwrap();
            },
            true,
        ),
        (
            "perhaps charged",
            &|journal, attempt| {
                journal.submitting(attempt, None, None).unwrap();
                journal.perhaps_charged(attempt, "no answer").unwrap();
            },
            false,
        ),
        ("accepted", &|journal, attempt| lead(journal, attempt, State::Accepted), false),
        ("succeeded", &|journal, attempt| lead(journal, attempt, State::Succeeded), false),
        ("intent", &|_, _| {}, false),
    ];
    for (name, course, again) in courses {
        let place = Place::new();
        let journal = place.process();
        let (first, attempt) = row(&journal, "reel", "1").unwrap();
        course(&journal, attempt);
        let second = row(&journal, "reel", "1");
        assert_eq!(second.is_ok(), again, "{name}");
        let found = journal.row("reel", "1").unwrap().unwrap();
        assert_eq!(found.job != first, again, "{name}");
    }
}

#[test]
fn a_row_that_was_forgotten_is_not_paid_for_again() {
    let place = Place::new();
    let journal = place.process();
    let (job, attempt) = row(&journal, "reel", "1").unwrap();
    lead(&journal, attempt, State::Downloaded);
    journal.forget(job).unwrap();
    let found = journal.row("reel", "1").unwrap().unwrap();
    assert_eq!((found.job, found.state), (job, State::Downloaded));
}

#[test]
fn a_row_that_was_given_up_before_its_submit_may_be_begun_again() {
    let place = Place::new();
    let journal = place.process();
    let (job, _) = row(&journal, "reel", "1").unwrap();
    journal.abandon(job, "stopped before the submit").unwrap();
    assert_eq!(journal.row("reel", "1").unwrap(), None);
    let (job, attempt) = row(&journal, "reel", "1").unwrap();
    lead(&journal, attempt, State::Accepted);
    journal.abandon(job, "not wanted").unwrap();
    let found = journal.row("reel", "1").unwrap().unwrap();
    assert_eq!((found.job, found.state), (job, State::Abandoned));
}
