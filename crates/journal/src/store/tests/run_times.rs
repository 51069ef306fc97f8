//! What is learnt of how long jobs take.

use reshoot_core::Resolution;

use super::*;
use crate::store::Unseen;

/// A job that was submitted so many seconds before it came to stand where it ends.
struct Past {
    provider: &'static str,
    base_url: Option<&'static str>,
    resolution: Resolution,
    seconds: f64,
    took: i64,
    end: State,
}

const USUAL: Past = Past {
    provider: "evolink",
    base_url: None,
    resolution: Resolution::P1080,
    seconds: 10.0,
    took: 120,
    end: State::Succeeded,
};

impl Past {
    fn via(&self) -> Via {
        let mut via = Via::new(self.provider);
        via.base_url = self.base_url.map(str::to_owned);
        via
    }

    fn record(&self, journal: &Journal) -> AttemptId {
        let mut order = order("out.mp4");
        order.request.resolution = self.resolution;
        let begin = Begin::new(0, Quote::new(self.seconds, None), None);
        let (job, attempt) = journal.begin(&order, &[self.via()], &begin).unwrap();
        match self.end {
            State::Failed => {
                lead(journal, attempt, State::Running);
                let ending = Ending::new(State::Failed, "no", Owed::Nothing);
                journal.ended(attempt, &ending).unwrap();
            }
            State::Canceled => {
                lead(journal, attempt, State::Accepted);
                let ending = Ending::new(State::Canceled, "it was canceled", Owed::Nothing);
                journal.ended(attempt, &ending).unwrap();
            }
            state => lead(journal, attempt, state),
        }
        let connection = journal.connection();
        let earlier = "UPDATE attempts SET submitted = submitted - ?2 WHERE job = ?1";
        connection.execute(earlier, (job.0, self.took * 1000)).unwrap();
        attempt
    }
}

/// The whole seconds that were learnt for jobs like this one.
fn learnt(journal: &Journal, like: &Past) -> Vec<u64> {
    let times = journal.run_times(&like.via(), like.resolution, like.seconds).unwrap();
    times.iter().map(Duration::as_secs).collect()
}

#[test]
fn jobs_that_ended_by_themselves_teach_how_long_they_took() {
    for (end, taught) in [
        (State::Running, false),
        (State::Succeeded, true),
        (State::Downloaded, true),
        (State::Failed, true),
        (State::Canceled, false),
    ] {
        let journal = Place::new().process();
        Past { end, ..USUAL }.record(&journal);
        assert_eq!(learnt(&journal, &USUAL), vec![120; usize::from(taught)], "{end}");
    }
}

#[test]
fn another_provider_and_another_place_teach_nothing() {
    for other in [
        Past { provider: "novita", ..USUAL },
        Past { base_url: Some("http://127.0.0.1:1"), ..USUAL },
    ] {
        let journal = Place::new().process();
        other.record(&journal);
        assert_eq!(learnt(&journal, &USUAL), [0; 0]);
        assert_eq!(learnt(&journal, &other), [120]);
    }
}

#[test]
fn the_nearest_kind_of_which_there_are_enough_teaches() {
    let long = Past { seconds: 20.0, took: 200, ..USUAL };
    let small = Past { resolution: Resolution::P720, took: 60, ..USUAL };
    for (usual, longer, times) in [
        (8, 9, vec![120; 8]),
        (8, 0, vec![120; 8]),
        (1, 8, [vec![200; 8], vec![120]].concat()),
        (1, 1, vec![60, 200, 120]),
        (0, 0, vec![60]),
    ] {
        let journal = Place::new().process();
        (0..usual).for_each(|_| {
            USUAL.record(&journal);
        });
        (0..longer).for_each(|_| {
            long.record(&journal);
        });
        small.record(&journal);
        assert_eq!(learnt(&journal, &Past { seconds: 11.0, ..USUAL }), times, "{usual} {longer}");
    }
}

#[test]
fn the_newest_come_first_and_there_are_not_too_many() {
    let journal = Place::new().process();
    (0..305).for_each(|took| {
        Past { took, ..USUAL }.record(&journal);
    });
    let times = learnt(&journal, &USUAL);
    assert_eq!((times.len(), times[0], times[299]), (300, 304, 5));
}

#[test]
fn a_job_whose_end_nobody_saw_and_a_clock_that_jumped_teach_nothing() {
    let journal = Place::new().process();
    let unseen = USUAL.record(&journal);
    journal.ended_unseen(unseen, State::Succeeded, Unseen::Long).unwrap();
    Past { took: -3600, ..USUAL }.record(&journal);
    assert_eq!(learnt(&journal, &USUAL), [0; 0]);
}

#[test]
fn if_many_had_ended_when_they_were_first_asked_for_they_took_less() {
    for (unseen, seen, times) in
        [(1, 3, vec![120; 4]), (2, 4, [vec![120; 4], vec![60; 2]].concat()), (8, 0, vec![60; 8])]
    {
        let journal = Place::new().process();
        for _ in 0..unseen {
            let attempt = USUAL.record(&journal);
            journal.ended_unseen(attempt, State::Succeeded, Unseen::UntilFirst).unwrap();
        }
        (0..seen).for_each(|_| {
            USUAL.record(&journal);
        });
        assert_eq!(learnt(&journal, &USUAL), times, "{unseen} {seen}");
    }
}

#[test]
fn a_forgotten_job_still_teaches_but_not_what_it_was_like() {
    let journal = Place::new().process();
    for _ in 0..8 {
        let attempt = Past { end: State::Downloaded, ..USUAL }.record(&journal);
        let job = journal.job_of(attempt).unwrap();
        journal.forget(job).unwrap();
    }
    assert_eq!(learnt(&journal, &USUAL), [120; 8]);
    Past { took: 90, ..USUAL }.record(&journal);
    (0..8).for_each(|_| {
        Past { took: 100, ..USUAL }.record(&journal);
    });
    assert_eq!(learnt(&journal, &USUAL), [vec![100; 8], vec![90]].concat());
}
