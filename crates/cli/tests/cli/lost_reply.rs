//! The reply to the paid request is lost: nobody pays twice, and everybody is told.

use std::time::Duration;

use reshoot_emulator::{Fault, Occurrence, Operation};

use crate::place::{Place, REMOTE, Server, assert_run};

fn edit(provider: &str) -> [&str; 9] {
    ["edit", "--provider", provider, REMOTE, "it's clay", "-o", "out.mp4", "--poll-every", "20ms"]
}

#[tokio::test]
async fn under_a_key_one_replay_finds_the_one_job() {
    for provider in ["apiframe", "evolink"] {
        let place = Place::new();
        let server = Server::with_at(Operation::Submit, Occurrence::Nth(1), Fault::LostReply).await;
        let run = place.run_at(&server, &edit(provider)).await;
        assert_eq!((run.code, run.stdout.as_str()), (Some(0), "out.mp4\n"), "{run:?}");
        let counts = server.counts(provider);
        assert_eq!((counts.submits, counts.jobs), (2, 1), "{provider}");
    }
}

#[tokio::test]
async fn without_a_key_it_is_sent_once_and_ends_with_5() {
    for provider in ["novita", "skills-video"] {
        let place = Place::new();
        let server = Server::with(Operation::Submit, Fault::LostReply).await;
        let run = place.run_at(&server, &edit(provider)).await;
        assert_run!(format!("exit-5-{provider}"), run);
        let counts = server.counts(provider);
        assert_eq!((run.code, counts.submits, counts.jobs), (Some(5), 1, 1), "{provider}");
    }
}

#[tokio::test]
async fn when_even_the_replay_is_lost_it_ends_with_5_and_the_command_to_type() {
    for provider in ["apiframe", "evolink"] {
        let place = Place::new();
        let server = Server::with(Operation::Submit, Fault::LostReply).await;
        let run = place.run_at(&server, &edit(provider)).await;
        assert_run!(format!("exit-5-{provider}"), run);
        let counts = server.counts(provider);
        assert_eq!((run.code, counts.submits, counts.jobs), (Some(5), 2, 1), "{provider}");
    }
}

#[tokio::test]
async fn reconcile_finds_the_job_where_the_provider_tells_and_resume_fetches_it() {
    for provider in ["apiframe", "evolink", "skills-video"] {
        let place = Place::new();
        // skills.video lists running jobs only.
        let server = Server::slow(Duration::from_secs(3), Fault::LostReply).await;
        let lost = place.run_at(&server, &edit(provider)).await;
        assert_eq!(lost.code, Some(5), "{lost:?}");
        let settled = place.run_at(&server, &["reconcile", "1"]).await;
        assert_run!(format!("reconcile-{provider}"), settled);
        let resumed = place.run_at(&server, &["resume", "1", "--poll-every", "50ms"]).await;
        assert_eq!((resumed.code, resumed.stdout.as_str()), (Some(0), "out.mp4\n"), "{resumed:?}");
        assert_eq!(server.counts(provider).jobs, 1, "{provider}");
    }
}

#[tokio::test]
async fn where_the_provider_has_no_list_it_is_settled_by_hand() {
    let place = Place::new();
    let server = Server::with_at(Operation::Submit, Occurrence::Nth(1), Fault::LostReply).await;
    let lost = place.run_at(&server, &edit("novita")).await;
    assert_eq!(lost.code, Some(5), "{lost:?}");
    assert_run!("reconcile-novita", place.run_at(&server, &["reconcile", "1"]).await);
    let jobs = server.emulator.jobs();
    let seen = format!("novita:{}", jobs[0].id);
    let wrong = place.run_at(&server, &["reconcile", "1", "--adopt", "novita:nonsense"]).await;
    assert_run!("reconcile-wrong-job", wrong);
    assert_run!("adopt", place.run_at(&server, &["reconcile", "1", "--adopt", &seen]).await);
    let resumed = place.run_at(&server, &["resume", "1", "--poll-every", "20ms"]).await;
    assert_eq!((resumed.code, resumed.stdout.as_str()), (Some(0), "out.mp4\n"), "{resumed:?}");
    assert_eq!(server.counts("novita").submits, 1);
}

#[tokio::test]
async fn a_submit_that_made_no_job_is_proved_absent_and_only_then_sent_again() {
    for provider in ["apiframe", "evolink"] {
        let place = Place::new();
        let fault = Fault::ErrorBefore { status: 500 };
        let server = Server::with_at(Operation::Submit, Occurrence::List(vec![1, 2]), fault).await;
        let lost = place.run_at(&server, &edit(provider)).await;
        assert_eq!(lost.code, Some(5), "{lost:?}");
        let args = ["resume", "1", "--poll-every", "20ms", "--lag", "100ms"];
        let resumed = place.run_at(&server, &args).await;
        assert_run!(format!("resume-absent-{provider}"), resumed);
        let counts = server.counts(provider);
        assert_eq!((counts.submits, counts.jobs), (3, 1), "{provider}");
    }
}

#[tokio::test]
async fn the_same_edit_typed_again_is_not_paid_for_again() {
    let place = Place::new();
    let server = Server::with(Operation::Submit, Fault::LostReply).await;
    place.run_at(&server, &edit("novita")).await;
    assert_run!("same-edit", place.run_at(&server, &edit("novita")).await);
    assert_eq!(server.counts("novita").submits, 1);
    let again = [&edit("novita")[..], &["--again"]].concat();
    assert_eq!(place.run_at(&server, &again).await.code, Some(5));
    assert_eq!(server.counts("novita").submits, 2);
}
