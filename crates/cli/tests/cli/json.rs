//! `--json`: one object per event on stdout, and nothing else anywhere.

use std::collections::BTreeMap;

use reshoot_emulator::{Fault, Operation};
use serde_json::Value;

use crate::place::{Place, REMOTE, Run, Server};

fn events(run: &Run) -> Vec<BTreeMap<String, Value>> {
    assert_eq!(run.stderr, "");
    run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The events in order, each kind once, with the names of its fields.
fn shape(events: &[BTreeMap<String, Value>]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for event in events {
        let fields: Vec<_> = event.keys().filter(|name| *name != "event").cloned().collect();
        let line = format!("{}: {}", event["event"].as_str().unwrap(), fields.join(", "));
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.join("\n")
}

fn edit(provider: &str) -> [&str; 10] {
    [
        "edit",
        "--json",
        "--provider",
        provider,
        "clip.mp4",
        "a",
        "-o",
        "out.mp4",
        "--poll-every",
        "20ms",
    ]
}

#[tokio::test]
async fn an_edit_tells_its_story_from_check_to_file() {
    let (place, server) = (Place::new(), Server::start().await);
    let events = events(&place.run_at(&server, &edit("evolink")).await);
    // How often a running job is seen depends on the machine.
    let shape = shape(&events)
        .replace("polled: job, state\n", "")
        .replace("polled: job, progress, state\n", "");
    insta::assert_snapshot!(shape, @r"
    checked: estimate, provider, warnings
    recorded: id
    staging: files
    submitting: idempotency_key, provider
    accepted: job, reserved
    polled: billed, job, outputs, state
    downloading: bytes, job, output, total
    done: billed, emulated, files, job
    ");
    let done = events.last().unwrap();
    let file = &done["files"][0];
    assert_eq!(file["path"], "out.mp4");
    assert_eq!(file["bytes"], std::fs::metadata(place.path("here/out.mp4")).unwrap().len());
    assert_eq!(file["sha256"].as_str().unwrap().len(), 64);
    let accepted = events.iter().find(|event| event["event"] == "accepted").unwrap();
    assert_eq!(accepted["job"], done["job"]);
    assert!(accepted["job"].as_str().unwrap().starts_with("evolink:"));
}

#[tokio::test]
async fn a_failure_is_an_event_with_all_that_a_script_needs() {
    for (provider, keyed) in [("novita", false), ("evolink", true)] {
        let place = Place::new();
        let server = Server::with(Operation::Submit, Fault::LostReply).await;
        let mut args = edit(provider);
        args[4] = REMOTE;
        let run = place.run_at(&server, &args).await;
        let events = events(&run);
        let error = events.last().unwrap();
        assert_eq!(error["event"], "error");
        assert_eq!((run.code, &error["exit_code"]), (Some(5), &Value::from(5)));
        assert!(error["money"].as_str().unwrap().starts_with("perhaps charged"));
        assert_eq!(error["idempotency_key"].is_string(), keyed, "{provider}");
        assert!(!error["next"].as_array().unwrap().is_empty());
    }
}

#[tokio::test]
async fn violations_come_one_by_one_with_their_fields() {
    let place = Place::new();
    let args = ["edit", "--json", "--provider", "evolink", "gone.mp4", "--outputs", "2"];
    let run = place.run(&args).await;
    let error = events(&run).pop().unwrap();
    let fields: Vec<_> =
        error["violations"].as_array().unwrap().iter().map(|one| one["field"].clone()).collect();
    assert_eq!(run.code, Some(2));
    assert_eq!(fields, ["outputs", "video"]);
}

#[tokio::test]
async fn the_other_commands_tell_their_story_too() {
    let (place, server) = (Place::new(), Server::start().await);
    let submit =
        place.run_at(&server, &["--json", "submit", "-p", "apiframe", "clip.mp4", "a"]).await;
    let job = events(&submit).last().unwrap()["job"].as_str().unwrap().to_owned();
    let wait = place.run_at(&server, &["wait", &job, "--json", "--poll-every", "20ms"]).await;
    assert_eq!(events(&wait).last().unwrap()["state"], "succeeded");
    let status = place.run_at(&server, &["status", &job, "--json"]).await;
    insta::assert_snapshot!(shape(&events(&status)), @"status: billed, job, outputs, state");
    assert!(!status.stdout.contains("http"), "a link can be fetched by whoever reads it");
    let cancel = place.run_at(&server, &["cancel", &job, "--json"]).await;
    assert_eq!(events(&cancel).last().unwrap()["kind"], "not_offered");
    let check = place.run(&["check", "clip.mp4", "a", "--json"]).await;
    insta::assert_snapshot!(shape(&events(&check)), @r"
    clip: bytes, height, seconds, width
    checked: estimate, provider, warnings
    unfit: could_do, provider, violations
    ");
}
