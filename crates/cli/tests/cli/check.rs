//! `reshoot check`: who could run it, and for how much.

use crate::place::{Place, REMOTE, assert_run};

#[tokio::test]
async fn all_providers_are_asked_and_nobody_needs_a_key() {
    let place = Place::new();
    assert_run!("check-all", place.run(&["check", "clip.mp4", "as a woodcut"]).await);
}

#[tokio::test]
async fn one_provider_that_cannot_run_it_ends_with_2() {
    let place = Place::new();
    let args = ["check", "--provider", "skills-video", "clip.mp4", "--negative-prompt", "fog"];
    assert_run!("check-one", place.run(&args).await);
}

#[tokio::test]
async fn it_ends_well_when_somebody_can_run_it() {
    let place = Place::new();
    for (args, code) in [
        (&["clip.mp4", "a"][..], 0),
        (&["clip.mp4", "a", "--emulator"], 0),
        (&["clip.mp4", "a", "--provider", "novita"], 2),
        (&["clip.mp4", "a", "--provider", "novita", "--emulator"], 0),
        (&["clip.mp4", "a", "--provider", "novita", "--stage", "s3://b/p"], 0),
        (&[REMOTE, "a", "--all"], 0),
        (&["missing.mp4", "a"], 2),
        (&["clip.mp4", "a", "--duration", "11"], 2),
        (&["clip.mp4", "a", "--outputs", "5"], 2),
    ] {
        let run = place.run(&[&["check"], args].concat()).await;
        assert_eq!(run.code, Some(code), "{args:?}: {run:?}");
    }
}
