//! How long jobs waited and ran.

use reshoot_core::JobTimes;

use super::*;

/// What a provider tells, in milliseconds.
fn told(queued: Option<u64>, running: Option<u64>) -> Option<JobTimes> {
    JobTimes::told(queued.map(Duration::from_millis), running.map(Duration::from_millis))
}

/// What is kept of an attempt, in milliseconds.
fn kept(journal: &Journal, attempt: AttemptId) -> (Option<u128>, Option<u128>) {
    let record = journal.job(journal.job_of(attempt).unwrap()).unwrap();
    let attempt = record.attempt(attempt).unwrap();
    let millis = |time: Option<Duration>| time.map(|time| time.as_millis());
    (millis(attempt.queued), millis(attempt.running))
}

#[test]
fn what_a_provider_tells_at_the_end_is_kept_however_the_job_ended() {
    let times = told(Some(3125), Some(88_000));
    let ending = |state| Ending::new(state, "no", Owed::Nothing).with_times(times);
    let ends: [(&str, Course<'_>); 4] = [
        ("succeeded", &|journal, attempt| {
            journal.succeeded(attempt, &[output()], None, times).unwrap();
        }),
        ("failed", &|journal, attempt| journal.ended(attempt, &ending(State::Failed)).unwrap()),
        ("canceled", &|journal, attempt| journal.ended(attempt, &ending(State::Canceled)).unwrap()),
        ("went on", &|journal, attempt| {
            let next = Begin::new(1, Quote::new(6.0, None), None);
            journal.go_on(attempt, &ending(State::Failed), &next).unwrap();
        }),
    ];
    for (case, end) in ends {
        let place = Place::new();
        let journal = place.process();
        let (_, attempt) = begun(&journal);
        lead(&journal, attempt, State::Running);
        assert_eq!(kept(&journal, attempt), (None, None), "{case}");
        end(&journal, attempt);
        assert_eq!(kept(&place.process(), attempt), (Some(3125), Some(88_000)), "{case}");
    }
}

#[test]
fn what_was_told_stays_and_what_is_told_later_is_added() {
    for (first, later, expected) in [
        (told(Some(3), None), None, (Some(3), None)),
        (None, told(None, Some(88)), (None, Some(88))),
        (told(Some(3), None), told(None, Some(88)), (Some(3), Some(88))),
        (told(None, Some(87)), told(Some(3), Some(88)), (Some(3), Some(88))),
        (None, None, (None, None)),
    ] {
        let journal = Journal::in_memory().unwrap();
        let (_, attempt) = begun(&journal);
        lead(&journal, attempt, State::Running);
        journal.succeeded(attempt, &[output()], None, first).unwrap();
        journal.fresh_links(attempt, &[output()], later).unwrap();
        assert_eq!(kept(&journal, attempt), expected, "{first:?} {later:?}");
    }
}

#[test]
fn a_time_that_was_written_by_hand_and_makes_no_sense_is_none() {
    let journal = Journal::in_memory().unwrap();
    let (_, attempt) = begun(&journal);
    let sql = "UPDATE attempts SET queued_ms = -1, running_ms = 5";
    journal.connection().execute(sql, []).unwrap();
    assert_eq!(kept(&journal, attempt), (None, Some(5)));
}

#[test]
fn json_tells_them_in_seconds() {
    let journal = Journal::in_memory().unwrap();
    let (job, attempt) = begun(&journal);
    lead(&journal, attempt, State::Running);
    journal.succeeded(attempt, &[output()], None, told(Some(3125), None)).unwrap();
    let json = serde_json::to_value(journal.job(job).unwrap().last()).unwrap();
    assert_eq!(json["queued_seconds"], 3.125);
    assert!(json["running_seconds"].is_null());
}
