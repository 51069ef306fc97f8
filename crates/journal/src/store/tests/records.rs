//! What is kept, found, listed and forgotten.

use super::*;

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
    writer.succeeded(attempt, &[output()], Some(billed), None).unwrap();
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
fn the_view_of_what_is_open_holds_the_states_that_are() {
    for state in State::ALL {
        let journal = Journal::in_memory().unwrap();
        let (_, attempt) = begun(&journal);
        let remote = !matches!(state, State::Intent | State::Refused) && !state.is_in_doubt();
        let connection = journal.connection();
        let changed = connection.execute(
            "UPDATE attempts SET state = ?2, remote = iif(?3, 'r', NULL), owed = iif(?4, 0, owed),
                 submitted = iif(?5, NULL, 1), holder = NULL WHERE id = ?1",
            (attempt.0, state.as_str(), remote, state == State::Refused, state == State::Intent),
        );
        assert_eq!(changed, Ok(1), "{state}");
        let open: i64 = connection
            .query_row("SELECT count(*) FROM open_attempts", [], |row| row.get(0))
            .unwrap();
        assert_eq!(open == 1, state.is_open(), "{state}");
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
