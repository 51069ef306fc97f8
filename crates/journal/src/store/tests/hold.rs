//! Who drives an attempt.

use super::*;

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
fn a_process_that_hangs_in_its_submit_keeps_it_until_it_dies() {
    let place = Place::new();
    let (hung, other) = (place.process(), place.process());
    let (_, attempt) = begun(&hung);
    hung.submitting(attempt, None, None).unwrap();
    hung.write(|transaction| {
        transaction.execute("UPDATE holders SET beat = 1", [])?;
        Ok(())
    })
    .unwrap();
    let Taken::Held { hung: false, beat, holder, .. } = other.take(attempt).unwrap() else {
        panic!("it may still send the paid request");
    };
    assert!(!other.take_hung(attempt, holder, beat).unwrap());
    drop(hung);
    assert_eq!(other.take(attempt).unwrap(), Taken::Ours);
}
