//! The main job: a clip goes in, an edited clip comes out.

use std::fs;

use futures_util::future::join_all;
use reshoot::{Descriptor, PROVIDERS};

use crate::place::{Place, Server, assert_run, fixture};

#[tokio::test]
async fn a_local_clip_is_edited_through_every_provider_in_the_emulator() {
    let run = async |provider: &str| {
        let place = Place::new();
        let prompt = "turn it into claymation";
        let args =
            ["edit", "--emulator", "--provider", provider, "clip.mp4", prompt, "-o", "out.mp4"];
        let run = place.run(&args).await;
        let edited = fs::read(place.path("here/out.mp4")).unwrap_or_default();
        (run, edited == fs::read(fixture("clip.mp4")).unwrap())
    };
    let names: Vec<_> = PROVIDERS.iter().map(Descriptor::name).collect();
    let runs = join_all(names.iter().map(|name| run(name))).await;
    for (name, (run, is_the_clip)) in names.into_iter().zip(runs) {
        assert_run!(format!("emulator-{name}"), run);
        assert!(is_the_clip, "{name}");
    }
}

#[tokio::test]
async fn without_a_name_the_result_is_named_after_clip_and_provider() {
    let (place, server) = (Place::new(), Server::start().await);
    let args = ["edit", "--provider", "evolink", "clip.mp4", "a", "--poll-every", "20ms"];
    let run = place.run_at(&server, &args).await;
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), "clip-evolink.mp4\n"), "{run:?}");
    assert!(place.path("here/clip-evolink.mp4").exists());
    assert_eq!(server.counts("evolink").jobs, 1);
}

#[tokio::test]
async fn several_results_are_numbered() {
    let (place, server) = (Place::new(), Server::start().await);
    let args = [
        "edit",
        "--provider",
        "skills-video",
        "--outputs",
        "3",
        crate::place::REMOTE,
        "a",
        "-o",
        "out.mp4",
        "--poll-every",
        "20ms",
    ];
    let run = place.run_at(&server, &args).await;
    let files = "out.mp4\nout-2.mp4\nout-3.mp4\n";
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), files), "{run:?}");
}

#[tokio::test]
async fn the_prompt_can_come_from_stdin() {
    use tokio::io::AsyncWriteExt;
    let place = Place::new();
    let args = ["check", "--provider", "apiframe", "clip.mp4", "-", "--json"];
    for (prompt, code) in [("as a woodcut\n", 0), ("\n", 2)] {
        let mut command = place.reshoot(&args);
        let mut child = command.stdin(std::process::Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(prompt.as_bytes()).await.unwrap();
        let output = child.wait_with_output().await.unwrap();
        assert_eq!(output.status.code(), Some(code), "{prompt:?}");
    }
}

#[tokio::test]
async fn a_file_in_the_way_is_refused_before_spending_unless_told_otherwise() {
    let (place, server) = (Place::new(), Server::start().await);
    fs::write(place.path("here/out.mp4"), "mine").unwrap();
    let args =
        ["edit", "--provider", "evolink", "clip.mp4", "a", "-o", "out.mp4", "--poll-every", "20ms"];
    assert_run!("target-in-the-way", place.run_at(&server, &args).await);
    assert_eq!(server.counts("evolink").submits, 0);
    assert_eq!(fs::read(place.path("here/out.mp4")).unwrap(), b"mine");
    let run = place.run_at(&server, &[&args[..], &["--overwrite"]].concat()).await;
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_ne!(fs::read(place.path("here/out.mp4")).unwrap(), b"mine");
}
