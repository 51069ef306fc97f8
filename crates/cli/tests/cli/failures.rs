//! Each way to fail: its exit code, and what it says about the money.

use reshoot_emulator::{Fault, Occurrence, Operation};

use crate::place::{Place, REMOTE, Server, assert_run};

const EDIT: [&str; 8] =
    ["edit", "--provider", "evolink", REMOTE, "a", "-o", "out.mp4", "--poll-every=20ms"];

#[tokio::test]
async fn exit_1_without_a_key() {
    let place = Place::new();
    assert_run!("exit-1-no-key", place.run(&EDIT).await);
}

#[tokio::test]
async fn exit_2_for_a_clip_that_no_limit_allows_and_for_files_without_a_place() {
    let (place, server) = (Place::new(), Server::start().await);
    std::fs::write(place.path("here/notes.mp4"), "no video").unwrap();
    let broken = ["edit", "--provider", "evolink", "notes.mp4", "--outputs", "2", "--seed", "-1"];
    assert_run!("exit-2-violations", place.run_at(&server, &broken).await);
    let homeless = ["edit", "--provider", "novita", "clip.mp4", "a"];
    assert_run!("exit-2-no-upload", place.run_at(&server, &homeless).await);
    let nowhere = ["edit", "--provider", "evolink", "clip.mp4", "a", "-o", "missing/out.mp4"];
    assert_run!("exit-2-no-directory", place.run_at(&server, &nowhere).await);
    assert_eq!(server.counts("evolink").submits + server.counts("novita").submits, 0);
}

#[tokio::test]
async fn exit_2_when_a_file_cannot_be_staged() {
    let place = Place::new();
    let server = Server::with(Operation::Upload, Fault::ErrorAfter { status: 500 }).await;
    let args = ["edit", "--provider", "evolink", "clip.mp4", "a"];
    assert_run!("exit-2-not-staged", place.run_at(&server, &args).await);
    assert_eq!(server.counts("evolink").submits, 0);
}

#[tokio::test]
async fn exit_3_when_the_provider_refuses() {
    let place = Place::new();
    for (name, status) in [("key", 401), ("funds", 402), ("invalid", 400)] {
        let server = Server::with(Operation::Submit, Fault::ErrorBefore { status }).await;
        assert_run!(format!("exit-3-{name}"), place.run_at(&server, &EDIT).await);
        assert_eq!(server.counts("evolink").jobs, 0);
    }
}

#[tokio::test]
async fn a_refusal_that_passes_is_waited_out() {
    let place = Place::new();
    let fault = Fault::RateLimited { retry_after: Some(1), as_date: false };
    let server = Server::with_at(Operation::Submit, Occurrence::Nth(1), fault).await;
    assert_run!("rate-limited-once", place.run_at(&server, &EDIT).await);
    assert_eq!(server.counts("evolink").jobs, 1);
}

#[tokio::test]
async fn exit_4_when_the_job_fails_or_is_canceled() {
    let place = Place::new();
    let failed = Fault::JobFailed {
        code: "content_policy_violation".to_owned(),
        message: "the prompt is not allowed".to_owned(),
    };
    for (name, fault) in [("failed", failed), ("canceled", Fault::JobCanceled)] {
        let server = Server::with(Operation::Submit, fault).await;
        assert_run!(format!("exit-4-{name}"), place.run_at(&server, &EDIT).await);
    }
}

#[tokio::test]
async fn exit_6_when_the_job_outlasts_the_patience() {
    let place = Place::new();
    let server = Server::with(Operation::Submit, Fault::Stuck).await;
    let args = [&EDIT[..], &["--timeout", "1s"]].concat();
    assert_run!("exit-6-timed-out", place.run_at(&server, &args).await);
}

#[tokio::test]
async fn exit_6_when_the_polls_fail_for_good() {
    let place = Place::new();
    let server = Server::with(Operation::Status, Fault::ErrorBefore { status: 401 }).await;
    assert_run!("exit-6-gave-up", place.run_at(&server, &EDIT).await);
}

#[tokio::test]
async fn exit_7_when_the_result_does_not_get_here() {
    for (name, fault) in
        [("dead-link", Fault::DeadLink { status: 404 }), ("corrupt", Fault::CorruptDownload)]
    {
        let place = Place::new();
        let server = Server::with(Operation::Download, fault).await;
        assert_run!(format!("exit-7-{name}"), place.run_at(&server, &EDIT).await);
        assert!(!place.path("here/out.mp4").exists());
    }
}

#[tokio::test]
async fn bad_polls_are_told_and_survived() {
    let place = Place::new();
    let server = Server::with_at(Operation::Status, Occurrence::Nth(1), Fault::Html502).await;
    assert_run!("poll-failed-once", place.run_at(&server, &EDIT).await);
}
