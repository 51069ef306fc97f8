//! Jobs that outlive a command: submit now, ask, wait, download or cancel later.

use std::time::Duration;

use reshoot::{Descriptor, PROVIDERS, capabilities::Cancel};
use reshoot_emulator::{Fault, Operation};

use crate::place::{Place, REMOTE, Server, assert_run};

async fn submitted(place: &Place, server: &Server, provider: &str) -> String {
    let run = place.run_at(server, &["submit", "--provider", provider, REMOTE, "a"]).await;
    assert_eq!(run.code, Some(0), "{run:?}");
    run.stdout.trim().to_owned()
}

#[tokio::test]
async fn a_job_is_taken_up_by_its_name_alone() {
    for provider in PROVIDERS.iter().map(Descriptor::name) {
        let (place, server) = (Place::new(), Server::start().await);
        let job = submitted(&place, &server, provider).await;
        let wait = place.run_at(&server, &["wait", &job, "--poll-every", "20ms"]).await;
        assert_run!(format!("wait-{provider}"), wait);
        let status = place.run_at(&server, &["status", &job]).await;
        assert_run!(format!("status-{provider}"), status);
        let download = place.run_at(&server, &["download", &job, "-o", "out.mp4"]).await;
        assert_eq!((download.code, download.stdout.as_str()), (Some(0), "out.mp4\n"));
        let cancel = place.run_at(&server, &["cancel", &job]).await;
        assert_run!(format!("cancel-{provider}"), cancel);
        assert_eq!(server.counts(provider).submits, 1);
    }
}

#[tokio::test]
async fn what_a_submit_prints_on_stdout_is_the_job_alone() {
    let (place, server) = (Place::new(), Server::start().await);
    let args = ["submit", "--provider", "evolink", "clip.mp4", "a"];
    assert_run!("submit", place.run_at(&server, &args).await);
}

#[tokio::test]
async fn waiting_can_end_in_a_file() {
    let (place, server) = (Place::new(), Server::start().await);
    let job = submitted(&place, &server, "apiframe").await;
    let args = ["wait", &job, "-o", "out.mp4", "--poll-every", "20ms"];
    let run = place.run_at(&server, &args).await;
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), "out.mp4\n"), "{run:?}");
    assert!(place.path("here/out.mp4").exists());
}

#[tokio::test]
async fn a_job_that_the_provider_does_not_know_ends_with_3() {
    let (place, server) = (Place::new(), Server::start().await);
    for provider in PROVIDERS.iter().map(Descriptor::name) {
        let job = format!("{provider}:0b9c1d7e-0000-4000-a000-000000000000");
        let run = place.run_at(&server, &["status", &job]).await;
        assert_run!(format!("unknown-job-{provider}"), run);
    }
}

#[tokio::test]
async fn a_job_that_is_canceled_in_the_queue_is_recorded_as_free_where_that_is_sure() {
    let cancels = |provider: &&Descriptor| provider.capabilities.cancel.value != Cancel::Never;
    for provider in PROVIDERS.iter().filter(cancels).map(Descriptor::name) {
        let (place, server) = (Place::new(), Server::start_slow(Duration::from_secs(600)).await);
        let job = submitted(&place, &server, provider).await;
        let cancel = place.run_at(&server, &["cancel", &job]).await;
        assert_run!(format!("canceled-{provider}"), cancel);
        let jobs = place.run_at(&server, &["show", "1"]).await;
        assert_run!(format!("canceled-{provider}-shown"), jobs);
        assert_eq!(server.emulator.jobs()[0].state, "canceled", "{provider}");
    }
}

#[tokio::test]
async fn a_job_that_still_runs_cannot_be_downloaded_yet() {
    let place = Place::new();
    let server = Server::with(Operation::Submit, Fault::Stuck).await;
    let job = submitted(&place, &server, "novita").await;
    assert_run!("download-too-early", place.run_at(&server, &["download", &job]).await);
}

#[tokio::test]
async fn a_silent_provider_leaves_the_job_alone() {
    let place = Place::new();
    let mut command = place.reshoot(&["status", "evolink:task-1"]);
    command.env("EVOLINK_API_KEY", "k").env("EVOLINK_BASE_URL", "http://127.0.0.1:1/evolink");
    let run = crate::place::Run::of(command.output().await.unwrap(), &place);
    assert_run!("status-no-connection", run);
}
