//! Ctrl-C at each stage: what happens to the job, and how to go on.
#![cfg(unix)]

use reshoot_emulator::{Fault, Operation};

use crate::{
    place::{Place, REMOTE, Server, assert_run},
    running::Running,
};

const EDIT: [&str; 9] =
    ["edit", "--provider", "novita", REMOTE, "a", "-o", "out.mp4", "--poll-every", "20ms"];

#[tokio::test]
async fn while_waiting_the_job_goes_on_and_can_be_taken_up() {
    for signal in ["INT", "TERM"] {
        let place = Place::new();
        let server = Server::with(Operation::Submit, Fault::Stuck).await;
        let mut running = Running::start(&place, &server, &EDIT);
        running.until("accepted").await;
        running.signal(signal).await;
        assert_run!("exit-130-waiting", running.end(&place).await);
        assert_eq!(server.counts("novita").jobs, 1);
    }
}

#[tokio::test]
async fn while_uploading_nothing_is_spent() {
    let place = Place::new();
    let server = Server::with(Operation::Upload, Fault::Hang).await;
    let args = ["edit", "--provider", "evolink", "clip.mp4", "a"];
    let mut running = Running::start(&place, &server, &args);
    running.until("bringing").await;
    running.signal("INT").await;
    assert_run!("exit-130-uploading", running.end(&place).await);
    let open = place.run(&["jobs", "--open"]).await;
    assert_eq!(open.stdout, "no such jobs\n", "it would be paid for later");
    assert_eq!(server.counts("evolink").submits, 0);
}

#[tokio::test]
async fn during_the_paid_request_its_answer_is_waited_for() {
    let place = Place::new();
    let server = Server::with(Operation::Submit, Fault::Slow { ms: 700 }).await;
    let mut running = Running::start(&place, &server, &EDIT);
    running.until("submitting").await;
    running.signal("INT").await;
    assert_run!("exit-130-submitting", running.end(&place).await);
    let counts = server.counts("novita");
    assert_eq!((counts.submits, counts.jobs), (1, 1));
}

#[tokio::test]
async fn a_second_time_the_answer_is_left_and_the_charge_is_unknown() {
    let place = Place::new();
    let server = Server::with(Operation::Submit, Fault::Hang).await;
    let mut running = Running::start(&place, &server, &EDIT);
    running.until("submitting").await;
    running.signal("INT").await;
    running.until("the paid request is under way").await;
    running.signal("INT").await;
    assert_run!("exit-5-left", running.end(&place).await);
}

#[tokio::test]
async fn between_two_tries_nothing_is_spent() {
    let place = Place::new();
    let fault = Fault::RateLimited { retry_after: Some(30), as_date: false };
    let server = Server::with(Operation::Submit, fault).await;
    let mut running = Running::start(&place, &server, &EDIT);
    running.until("refused for now").await;
    running.signal("INT").await;
    assert_run!("exit-130-between-tries", running.end(&place).await);
    assert_eq!(server.counts("novita").jobs, 0);
}

#[tokio::test]
async fn while_downloading_the_part_is_kept() {
    let place = Place::new();
    let server = Server::with(Operation::Download, Fault::SlowLoris { ms: 50 }).await;
    let mut running = Running::start(&place, &server, &EDIT);
    running.until("downloading").await;
    running.signal("INT").await;
    assert_run!("exit-130-downloading", running.end(&place).await);
    assert!(place.path("here/.out.mp4.part").exists());
    server.emulator.clear_faults();
    assert!(!place.path("here/out.mp4").exists());
}
