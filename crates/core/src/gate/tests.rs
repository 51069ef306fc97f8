//! The gate, with a paused clock.

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn gate(at_once: u32, starts: u32) -> Gate {
    Gate::new(Load { at_once, starts, per: SECOND })
}

/// Whether a job can begin without anybody leaving, within a while.
async fn enters(gate: &Gate, patience: Duration) -> Option<Permit> {
    tokio::time::timeout(patience, gate.enter()).await.ok()
}

#[tokio::test(start_paused = true)]
async fn no_more_run_at_once_than_are_allowed() {
    let gate = gate(2, 100);
    let (one, _two) = (gate.enter().await, gate.enter().await);
    assert!(!gate.is_open());
    assert!(enters(&gate, 60 * SECOND).await.is_none());
    drop(one);
    assert!(gate.is_open() && enters(&gate, SECOND).await.is_some());
}

#[tokio::test(start_paused = true)]
async fn no_more_begin_within_any_second_than_are_allowed() {
    let gate = gate(1000, 3);
    let (begun, mut permits, mut times) = (Instant::now(), Vec::new(), Vec::new());
    for _ in 0..10 {
        let mut permit = gate.enter().await;
        times.push(begun.elapsed());
        // The submit takes its time: it may have reached the provider at either end of that.
        tokio::time::advance(Duration::from_millis(10)).await;
        permit.submitted();
        permits.push(permit);
    }
    for window in times.windows(4) {
        assert!(window[3] - window[0] >= SECOND, "{times:?}");
    }
    assert_eq!(times[9].as_secs(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_submit_that_is_under_way_may_reach_the_provider_at_any_time() {
    let gate = gate(1000, 2);
    let (mut slow, mut fast) = (gate.enter().await, gate.enter().await);
    fast.submitted();
    assert!(enters(&gate, 500 * Duration::from_millis(1)).await.is_none());
    // A second after the fast one, one more may begin, and no second one while the slow one lasts.
    let third = enters(&gate, SECOND).await;
    assert!(third.is_some() && enters(&gate, 60 * SECOND).await.is_none());
    slow.submitted();
    assert!(enters(&gate, 999 * Duration::from_millis(1)).await.is_none());
    assert!(enters(&gate, 10 * Duration::from_millis(1)).await.is_some());
}

#[tokio::test(start_paused = true)]
async fn who_asked_first_begins_first() {
    let gate = gate(1, 100);
    let first = gate.enter().await;
    let order = Arc::new(Mutex::new(Vec::new()));
    let tasks: Vec<_> = (0..5)
        .map(|n| {
            let (gate, order) = (gate.clone(), order.clone());
            tokio::spawn(async move {
                let permit = gate.enter().await;
                order.lock().unwrap().push(n);
                drop(permit);
            })
        })
        .collect();
    tokio::task::yield_now().await;
    drop(first);
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3, 4]);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_closes_the_gate_for_as_long_as_it_says_and_halves_what_may_run() {
    let gate = gate(8, 1000);
    let mut running = Vec::new();
    for _ in 0..8 {
        running.push(gate.enter().await);
    }
    running.truncate(7);
    // A crowd of refusals counts once.
    gate.refused(Some(7 * SECOND));
    gate.refused(Some(3 * SECOND));
    running.clear();
    assert!(enters(&gate, 6 * SECOND).await.is_none());
    let mut entered = Vec::new();
    while let Some(permit) = enters(&gate, 2 * SECOND).await {
        entered.push(permit);
    }
    assert_eq!(entered.len(), 3, "half of the seven that ran");
}

#[tokio::test(start_paused = true)]
async fn success_lets_it_grow_back_to_what_was_set() {
    let gate = gate(4, 1000);
    let running: Vec<_> = vec![gate.enter().await, gate.enter().await];
    gate.refused(None);
    drop(running);
    tokio::time::advance(10 * SECOND).await;
    let mut counts = Vec::new();
    for _ in 0..4 {
        let mut entered = Vec::new();
        while let Some(permit) = enters(&gate, SECOND).await {
            entered.push(permit);
        }
        counts.push(entered.len());
        entered.iter().for_each(|_| gate.accepted());
        gate.accepted();
    }
    assert_eq!((counts[0], counts[3]), (1, 4), "{counts:?}");
    assert!(counts.is_sorted(), "{counts:?}");
}

#[tokio::test(start_paused = true)]
async fn jobs_of_earlier_processes_count() {
    let gate = gate(2, 100);
    let earlier = [gate.occupy(), gate.occupy(), gate.occupy()];
    assert!(enters(&gate, SECOND).await.is_none());
    drop(earlier);
    assert!(enters(&gate, SECOND).await.is_some());
}

#[tokio::test(start_paused = true)]
async fn whoever_gives_up_waiting_keeps_nobody_else_waiting() {
    let gate = gate(1, 100);
    let first = gate.enter().await;
    assert!(enters(&gate, SECOND).await.is_none());
    drop(first);
    assert!(enters(&gate, SECOND).await.is_some());
}

#[test]
fn what_a_provider_documents_goes_before_what_is_assumed() {
    use crate::{
        capabilities::{Fact, Starts},
        model::DOC,
        testing::CAPABILITIES,
    };
    assert_eq!(Load::of(&CAPABILITIES), Load::ASSUMED);
    let starts = Some(Fact::new(Starts { count: 20, per: 10 * SECOND }, DOC));
    let capabilities = Capabilities { at_once: Some(Fact::new(3, DOC)), starts, ..CAPABILITIES };
    assert_eq!(Load::of(&capabilities), Load { at_once: 3, starts: 20, per: 10 * SECOND });
}
