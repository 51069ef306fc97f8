//! The job on an engine that crashes before, within and after every step.

mod engine;
mod provider;

use std::sync::{Arc, Mutex};

use reshoot_core::{EditRequest, Url};

use crate::{Cap, Order, Outcome, Seen};
use engine::{Crash, Engine, Store, run};
use provider::{Fault, Listing, World};

fn order() -> Order {
    let video = Url::parse("https://h.example/a.mp4").unwrap();
    let mut order = Order::new("evolink", EditRequest::new(video, "p"), "a.mp4");
    order.cap = Cap { running: 1, start_every: 100, lease: 60 };
    order
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Done { .. } => "done",
        Outcome::Refused { .. } => "refused",
        Outcome::Failed { .. } => "failed",
        Outcome::PerhapsCharged { .. } => "perhaps charged",
        Outcome::NotFetched { .. } => "not fetched",
        Outcome::StillRunning { .. } => "still running",
        Outcome::Stopped { .. } => "stopped",
    }
}

/// Runs a job to its end, crashing at each of `crashes` in turn.
fn finish(world: &Arc<World>, store: &Arc<Store>, crashes: &[Crash]) -> Option<Outcome> {
    let mut crashes = crashes.iter().copied();
    loop {
        let crash = crashes.next();
        let engine = Engine::new(Arc::clone(store), crash);
        if let Some(outcome) = run(engine, Arc::clone(world), order()) {
            return Some(outcome.unwrap());
        }
        crash?;
    }
}

fn lead(world: &Arc<World>) -> (Outcome, Arc<Store>) {
    let store = Arc::default();
    (finish(world, &store, &[]).unwrap(), store)
}

#[test]
fn a_job_ends_as_its_provider_says() {
    for (name, listing, faults, outcome, jobs) in [
        ("all is well", Listing::None, vec![], "done", 1),
        ("refused for good", Listing::None, vec![Fault::Refuse], "refused", 0),
        ("asked to wait", Listing::None, vec![Fault::RateLimit; 3], "done", 1),
        ("reply lost, no list", Listing::None, vec![Fault::LoseReply], "perhaps charged", 1),
        ("reply lost, a list", Listing::Whole, vec![Fault::LoseReply], "done", 1),
        ("reply lost, part of a list", Listing::Part, vec![Fault::LoseReply], "done", 1),
        ("reply lost, a key", Listing::Key, vec![Fault::LoseReply], "done", 1),
        ("never arrived, no list", Listing::None, vec![Fault::LoseRequest], "perhaps charged", 0),
        ("never arrived, a list", Listing::Whole, vec![Fault::LoseRequest], "done", 1),
        ("never arrived, part", Listing::Part, vec![Fault::LoseRequest], "perhaps charged", 0),
        ("never arrives", Listing::Whole, vec![Fault::LoseRequest; 10], "refused", 0),
        ("fails", Listing::None, vec![Fault::FailJob], "failed", 1),
        ("links die", Listing::None, vec![Fault::LoseFile], "not fetched", 1),
    ] {
        let world = World::new(listing, &faults);
        let (ended, store) = lead(&world);
        assert_eq!((word(&ended), world.jobs()), (outcome, jobs), "{name}: {ended:?}");
        assert!(store.gate_is_free(), "{name}: the slot came back");
    }
}

#[test]
fn run_again_from_any_crash_a_job_is_paid_once_and_its_id_is_never_lost() {
    for (listing, faults) in [
        (Listing::Whole, vec![]),
        (Listing::Key, vec![]),
        (Listing::Whole, vec![Fault::LoseReply]),
        (Listing::Whole, vec![Fault::LoseRequest]),
        (Listing::Whole, vec![Fault::RateLimit]),
    ] {
        for (name, world, outcome, store) in crashed_everywhere(listing, &faults) {
            let name = format!("{listing:?} {faults:?} {name}");
            assert_eq!((word(&outcome), world.jobs()), ("done", 1), "{name}: {outcome:?}");
            assert!(store.gate_is_free(), "{name}");
        }
    }
}

#[test]
fn without_a_list_a_crash_around_the_submit_is_perhaps_charged_and_nothing_is_sent_twice() {
    let mut perhaps = 0;
    for (name, world, outcome, store) in crashed_everywhere(Listing::None, &[]) {
        match word(&outcome) {
            "done" => assert_eq!(world.jobs(), 1, "{name}"),
            "perhaps charged" => perhaps += 1,
            other => panic!("{name}: {other}"),
        }
        assert!(world.submits() <= 1, "{name}");
        assert!(store.gate_is_free(), "{name}");
    }
    assert!(perhaps > 0, "the branch was reached");
}

#[test]
fn a_key_whose_record_was_dropped_is_not_paid_again() {
    for (listing, outcome) in [(Listing::None, "done"), (Listing::Whole, "done")] {
        let world = World::new(listing, &[]);
        let (_, store) = lead(&world);
        store.drop_record();
        let again = finish(&world, &store, &[]).unwrap();
        assert_eq!((word(&again), world.jobs(), world.submits()), (outcome, 1, 1), "{again:?}");
    }
}

#[test]
fn an_equal_job_of_another_key_is_not_taken_for_ours() {
    let world = World::new(Listing::Whole, &[Fault::LoseRequest]);
    let store: Arc<Store> = Arc::default();
    let other = world.job_of_another_key();
    store.belongs_to_another_key(&other, None);
    let outcome = finish(&world, &store, &[]).unwrap();
    assert_eq!(word(&outcome), "done");
    assert_ne!(outcome.job().unwrap().id(), other);
    assert_eq!(world.jobs(), 2);
}

#[test]
fn if_an_equal_edit_in_doubt_took_our_job_what_its_own_submit_made_is_ours() {
    for (name, its_own_job, jobs) in [("it made one", true, 2), ("it made none", false, 2)] {
        let world = World::new(Listing::Whole, &[]);
        let store: Arc<Store> = Arc::default();
        let its_own = its_own_job.then(|| world.job_of_another_key());
        let taken = if its_own_job { "job-2" } else { "job-1" };
        store.belongs_to_another_key(taken, Some(0));
        let outcome = finish(&world, &store, &[]).unwrap();
        assert_eq!(word(&outcome), "done", "{name}: {outcome:?}");
        let led = outcome.job().unwrap().id().to_owned();
        assert_eq!(led, its_own.unwrap_or_else(|| "job-2".to_owned()), "{name}");
        assert_eq!(world.jobs(), jobs, "{name}: as many jobs as edits");
    }
}

#[test]
fn equal_edits_in_doubt_lead_each_its_own_job_whatever_crashes() {
    let prepare = |world: &World, store: &Store| {
        // Another edit's job, which nobody leads, and ours, which it will take for its own.
        world.job_of_another_key();
        store.belongs_to_another_key("job-2", Some(0));
    };
    for (name, world, outcome, store) in crashed_with(Listing::Whole, &[], prepare) {
        assert_eq!(word(&outcome), "done", "{name}: {outcome:?}");
        assert_eq!(outcome.job().unwrap().id(), "job-1", "{name}");
        assert!(world.jobs() <= 2, "{name}: as many jobs as edits");
        assert!(store.gate_is_free(), "{name}");
    }
}

#[test]
fn a_job_that_may_run_on_keeps_its_slot_for_as_long_as_it_may_run() {
    let running = Some(Seen::Running { percent: None });
    for (name, cancels, stuck_at, crash, word_then, held) in [
        ("stopped there", true, None, Some(Crash::CancelAt(9)), "stopped", 0),
        ("runs on", false, None, Some(Crash::CancelAt(9)), "stopped", 50_000),
        ("nobody waits any more", true, running, None, "still running", 50_000),
    ] {
        let mut world = World::plain(Listing::None, Mutex::default());
        (world.cancels, world.runs_for, world.stuck_at) = (cancels, 50_000, stuck_at);
        let (world, store) = (Arc::new(world), Arc::default());
        let crashes: Vec<_> = crash.into_iter().collect();
        let outcome = finish(&world, &store, &crashes).unwrap();
        assert_eq!(word(&outcome), word_then, "{name}: {outcome:?}");
        assert!(outcome.job().is_some(), "{name}");
        assert_eq!(store.slot_is_held_for(), held, "{name}");
    }
}

#[test]
fn a_lease_does_not_end_while_a_provider_asks_for_patience() {
    let missed = Seen::Missed { pause: Some(3_600_000), stuck: false };
    let mut world = World::plain(Listing::None, Mutex::default());
    world.stuck_at = Some(missed);
    let (world, store): (_, Arc<Store>) = (Arc::new(world), Arc::default());
    let engine = Engine::new(Arc::clone(&store), None);
    let outcome = run(engine, world, order()).unwrap().unwrap();
    assert_eq!(word(&outcome), "still running");
    assert_eq!(store.leases_ended(), 0);
}

#[test]
fn whose_lease_ended_before_the_submit_asks_for_a_slot_anew() {
    let mut reached = 0;
    for first in 1..40 {
        let world = World::new(Listing::Whole, &[]);
        let store: Arc<Store> = Arc::default();
        let engine = Engine::new(Arc::clone(&store), Some(Crash::At(first)));
        if run(engine, Arc::clone(&world), order()).is_some() || store.has_start() {
            continue;
        }
        reached += 1;
        store.end_all_leases();
        let engine = Engine::new(Arc::clone(&store), None);
        assert_eq!(word(&run(engine, Arc::clone(&world), order()).unwrap().unwrap()), "done");
        assert_eq!(store.claims_without_slot(), 0, "{first}");
    }
    assert!(reached > 3, "{reached} crashes before the submit");
}

#[test]
fn canceled_at_any_step_a_job_gives_its_slot_back_and_forgets_no_id() {
    for listing in [Listing::None, Listing::Whole] {
        for at in 1..60 {
            let world = World::new(listing, &[]);
            let store = Arc::default();
            let outcome = finish(&world, &store, &[Crash::CancelAt(at)]).unwrap();
            assert!(store.gate_is_free(), "{listing:?} {at}");
            let known = outcome.job().is_some();
            assert_eq!(known, world.jobs() == 1, "{listing:?} {at}: {outcome:?}");
            assert!(world.submits() <= 1, "{listing:?} {at}");
        }
    }
}

type Runs = Vec<(String, Arc<World>, Outcome, Arc<Store>)>;

fn crashed_everywhere(listing: Listing, faults: &[Fault]) -> Runs {
    crashed_with(listing, faults, |_, _| ())
}

/// Every run that crashes once, and every one that crashes twice.
fn crashed_with(listing: Listing, faults: &[Fault], prepare: impl Fn(&World, &Store)) -> Runs {
    let mut runs = Vec::new();
    for first in 1.. {
        let mut reached = false;
        for second in 0.. {
            let world = World::new(listing, faults);
            let store: Arc<Store> = Arc::default();
            prepare(&world, &store);
            let crashes = [Crash::At(first), Crash::At(second)];
            let crashes = if second == 0 { &crashes[..1] } else { &crashes[..] };
            let outcome = finish(&world, &store, crashes).unwrap();
            reached |= store.crashes() > 0;
            let last = store.crashes() < crashes.len();
            runs.push((format!("crash {first}, {second}"), world, outcome, store));
            if last {
                break;
            }
        }
        if !reached {
            break;
        }
    }
    assert!(runs.len() > 100, "{} runs", runs.len());
    runs
}
