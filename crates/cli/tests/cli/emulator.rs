//! `reshoot emulator`: runs until it is stopped, and does not start with nonsense.

use reshoot::{Descriptor, PROVIDERS};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::place::{Place, Server, assert_run};

#[cfg(unix)]
#[tokio::test]
async fn the_emulator_ends_when_it_is_asked_to() {
    let place = Place::new();
    let mut child = place.reshoot(&["emulator", "--port", "0"]).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut greeting = String::new();
    while !greeting.contains("Ctrl-C") {
        assert_ne!(stdout.read_line(&mut greeting).await.unwrap(), 0, "{greeting}");
    }
    for provider in PROVIDERS.iter().map(Descriptor::name) {
        assert!(greeting.contains(&format!("/{provider}")), "{greeting}");
    }
    let id = child.id().unwrap().to_string();
    tokio::process::Command::new("kill").arg(&id).status().await.unwrap();
    assert_eq!(child.wait().await.unwrap().code(), Some(0));
}

#[tokio::test]
async fn a_fault_plan_that_makes_no_sense_is_refused() {
    let place = Place::new();
    for (name, plan) in [
        ("json", "lost-reply"),
        (
            "provider",
            r#"{"faults":[{"provider":"acme","operation":"submit","fault":{"kind":"hang"}}]}"#,
        ),
    ] {
        std::fs::write(place.path("here/plan.json"), plan).unwrap();
        let args = ["emulator", "--port", "0", "--faults", "plan.json"];
        assert_run!(format!("emulator-bad-plan-{name}"), place.run(&args).await);
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let (place, server) = (Place::new(), Server::start().await);
    let port = server.emulator.port().to_string();
    assert_run!("emulator-port-taken", place.run(&["emulator", "--port", &port]).await);
}
