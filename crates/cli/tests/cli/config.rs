//! Keys and addresses from the configuration file.
#![cfg(unix)]

use crate::place::{Place, REMOTE, Server, assert_run};

const STATUS: [&str; 2] = ["status", "evolink:task-1"];

#[tokio::test]
async fn a_file_with_key_and_address_is_enough() {
    let (place, server) = (Place::new(), Server::start().await);
    let url = server.emulator.url("novita");
    place.configure(&format!("[novita]\nkey = \"k\"\nbase_url = \"{url}\"\n"), 0o600);
    let args =
        ["edit", "--provider", "novita", REMOTE, "a", "-o", "out.mp4", "--poll-every", "20ms"];
    let run = place.run(&args).await;
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(server.counts("novita").jobs, 1);
}

#[tokio::test]
async fn the_environment_goes_before_the_file_and_flags_before_both() {
    let (place, server) = (Place::new(), Server::start().await);
    let dead = "http://127.0.0.1:1/evolink";
    place.configure(&format!("[evolink]\nkey = \"k\"\nbase_url = \"{dead}\"\n"), 0o600);
    for (flag, code) in [(&[][..], 3), (&["--base-url", dead], 6)] {
        let run = place.run_at(&server, &[&STATUS[..], flag].concat()).await;
        assert_eq!(run.code, Some(code), "{run:?}");
    }
    assert_eq!(server.counts("evolink").polls, 1);
}

#[tokio::test]
async fn a_file_that_others_can_read_is_refused_with_the_command_that_mends_it() {
    let place = Place::new();
    for mode in [0o640, 0o604, 0o644] {
        place.configure("[evolink]\nkey = \"SECRET\"\n", mode);
        assert_run!("config-readable", place.run(&STATUS).await);
    }
}

#[tokio::test]
async fn what_the_file_should_not_hold_is_named_without_showing_it() {
    let place = Place::new();
    for (name, text) in [
        ("setting", "[evolink]\nkye = \"SECRET\"\n"),
        ("provider", "[acme]\nkey = \"SECRET\"\n"),
        ("toml", "[evolink]\nkey = SECRET\n"),
        ("empty-key", "[evolink]\nkey = \" \"\n"),
    ] {
        place.configure(text, 0o600);
        let run = place.run(&STATUS).await;
        assert!(!run.stderr.contains("SECRET"));
        assert_run!(format!("config-bad-{name}"), run);
    }
}

#[tokio::test]
async fn a_key_never_leaves_by_an_address_in_the_clear() {
    let place = Place::new();
    place.configure("[evolink]\nkey = \"k\"\nbase_url = \"http://api.example\"\n", 0o600);
    assert_run!("config-in-the-clear", place.run(&STATUS).await);
}
