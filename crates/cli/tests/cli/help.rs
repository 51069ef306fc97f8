//! What the command says about itself.

use reshoot::{Descriptor, PROVIDERS};

use crate::place::{Place, assert_run};

#[tokio::test]
async fn every_command_has_its_help() {
    let place = Place::new();
    assert_run!("help", place.run(&["--help"]).await);
    for command in [
        "edit",
        "submit",
        "batch",
        "compare",
        "report",
        "ui",
        "quote",
        "jobs",
        "show",
        "resume",
        "reconcile",
        "forget",
        "spend",
        "listen",
        "status",
        "wait",
        "download",
        "cancel",
        "check",
        "providers",
        "emulator",
        "completions",
    ] {
        assert_run!(format!("help-{command}"), place.run(&[command, "--help"]).await);
    }
}

#[tokio::test]
async fn wrong_usage_ends_with_1_and_help_with_0() {
    let place = Place::new();
    for (args, code) in [
        (&["--version"][..], 0),
        (&["edit", "--help"], 0),
        (&[], 1),
        (&["fly"], 1),
        (&["edit", "clip.mp4"], 1),
        (&["edit", "--provider", "acme", "clip.mp4"], 1),
        (&["edit", "--provider", "evolink", "--timeout", "soon", "clip.mp4"], 1),
        (&["edit", "--provider", "evolink", "--emulator", "--base-url", "x", "clip.mp4"], 1),
        (&["listen"], 1),
        (&["listen", "--public-url", "http://hooks.example"], 1),
        (&["status", "task-1"], 1),
        (&["status", "acme:task-1"], 1),
        (&["check", "--all", "--provider", "evolink", "clip.mp4"], 1),
    ] {
        let run = place.run(args).await;
        assert_eq!(run.code, Some(code), "{args:?}: {run:?}");
    }
}

#[tokio::test]
async fn a_job_of_an_unknown_provider_names_the_known_ones() {
    let place = Place::new();
    assert_run!("unknown-provider", place.run(&["wait", "acme:task-1"]).await);
}

#[tokio::test]
async fn the_capability_table_is_there_for_people_documents_and_scripts() {
    let place = Place::new();
    assert_run!("providers", place.run(&["providers"]).await);
    assert_run!("providers-markdown", place.run(&["providers", "--markdown"]).await);
    let json = place.run(&["providers", "--json"]).await.stdout;
    let names: Vec<_> = json
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["provider"].clone())
        .collect();
    assert_eq!(names, PROVIDERS.iter().map(Descriptor::name).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_readme_holds_the_table_as_it_is() {
    let table = Place::new().run(&["providers", "--markdown"]).await.stdout;
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md"));
    let advice = "put the output of `reshoot providers --markdown` into README.md";
    assert!(readme.unwrap().contains(table.trim()), "{advice}");
}

#[tokio::test]
async fn each_shell_gets_a_script_that_knows_the_commands() {
    let place = Place::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let run = place.run(&["completions", shell]).await;
        assert_eq!(run.code, Some(0));
        assert!(run.stdout.contains("skills-video") || shell == "elvish" || shell == "powershell");
        assert!(run.stdout.contains("download"), "{shell}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_reader_that_has_left_is_no_reason_to_panic() {
    let place = Place::new();
    for args in [&["--help"][..], &["providers"], &["completions", "bash"]] {
        let mut child = place.reshoot(args).spawn().unwrap();
        drop(child.stdout.take());
        let run = crate::place::Run::of(child.wait_with_output().await.unwrap(), &place);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{args:?}");
    }
}
