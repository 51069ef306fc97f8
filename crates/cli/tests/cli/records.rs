//! The commands over the journal: what they show, and what they never do.

use std::fs;

use reshoot_emulator::{Fault, Occurrence, Operation};

use crate::place::{Place, REMOTE, Server, assert_run};

fn edit<'a>(provider: &'a str, file: &'a str) -> [&'a str; 9] {
    ["edit", "--provider", provider, REMOTE, "as a woodcut", "-o", file, "--poll-every", "20ms"]
}

#[tokio::test]
async fn what_was_done_is_listed_shown_and_summed() {
    let (place, server) = (Place::new(), Server::start().await);
    assert_run!("jobs-none", place.run(&["jobs"]).await);
    for provider in ["evolink", "novita"] {
        let run = place.run_at(&server, &edit(provider, &format!("{provider}.mp4"))).await;
        assert_eq!(run.code, Some(0), "{run:?}");
    }
    assert_run!("jobs", place.run(&["jobs"]).await);
    assert_run!("show", place.run(&["show", "1"]).await);
    assert_run!("show-times", place.run(&["show", "2"]).await);
    let spend = place.run(&["spend"]).await;
    let today = spend.stdout.lines().nth(1).unwrap()[1..11].to_owned();
    let shown = spend.shown().replace(&today, "TODAY");
    crate::place::settings().bind(|| insta::assert_snapshot!("spend", shown));
}

#[tokio::test]
async fn lists_can_be_narrowed() {
    let place = Place::new();
    let server = Server::with(Operation::Submit, Fault::ErrorBefore { status: 402 }).await;
    place.run_at(&server, &edit("evolink", "a.mp4")).await;
    server.emulator.clear_faults();
    place.run_at(&server, &[&edit("evolink", "b.mp4")[..], &["--batch", "reel"]].concat()).await;
    for (args, ids) in [
        (&[][..], vec![2, 1]),
        (&["--state", "refused"], vec![1]),
        (&["--state", "refused,downloaded"], vec![2, 1]),
        (&["--provider", "novita"], vec![]),
        (&["--batch", "reel"], vec![2]),
        (&["--open"], vec![]),
        (&["--since", "1h"], vec![2, 1]),
        (&["--limit", "1"], vec![2]),
    ] {
        let run = place.run(&[&["jobs", "--json"], args].concat()).await;
        let objects = run.stdout.lines().map(|line| serde_json::from_str(line).unwrap());
        let jobs = objects.filter(|it: &serde_json::Value| it["event"] == "job");
        let found: Vec<_> = jobs.map(|job| job["id"].as_i64().unwrap()).collect();
        assert_eq!(found, ids, "{args:?}");
    }
}

#[tokio::test]
async fn a_file_that_is_missing_or_changed_is_fetched_again_and_nothing_is_lost() {
    let (place, server) = (Place::new(), Server::start().await);
    assert_eq!(place.run_at(&server, &edit("evolink", "out.mp4")).await.code, Some(0));
    let file = place.path("here/out.mp4");
    let whole = fs::read(&file).unwrap();
    let resumes = [&["resume", "1"][..], &["resume", "--all"]];
    for resume in resumes {
        fs::remove_file(&file).unwrap();
        assert_eq!(place.run_at(&server, resume).await.code, Some(0));
        assert_eq!(fs::read(&file).unwrap(), whole);
        fs::write(&file, "changed by somebody").unwrap();
        assert_eq!(place.run_at(&server, resume).await.code, Some(0));
        assert_eq!(fs::read(&file).unwrap(), whole);
    }
    for aside in ["out.mp4.changed", "out.mp4.changed-2"] {
        let aside = place.path("here").join(aside);
        assert_eq!(fs::read_to_string(aside).unwrap(), "changed by somebody");
    }
    assert_eq!(server.counts("evolink").jobs, 1);
    let unchanged = place.run_at(&server, &["resume", "1"]).await;
    assert_run!("resume-unchanged", unchanged);
}

#[tokio::test]
async fn a_file_in_the_way_stays_and_the_result_goes_elsewhere() {
    let place = Place::new();
    let server = Server::with(Operation::Download, Fault::DeadLink { status: 404 }).await;
    assert_eq!(place.run_at(&server, &edit("evolink", "out.mp4")).await.code, Some(7));
    server.emulator.clear_faults();
    fs::write(place.path("here/out.mp4"), "mine").unwrap();
    assert_run!("resume-in-the-way", place.run_at(&server, &["resume", "1"]).await);
    assert_eq!(fs::read_to_string(place.path("here/out.mp4")).unwrap(), "mine");
    let elsewhere = place.run_at(&server, &["resume", "1", "-o", "other.mp4"]).await;
    assert_eq!((elsewhere.code, elsewhere.stdout.as_str()), (Some(0), "other.mp4\n"));
    assert_eq!(fs::read_to_string(place.path("here/out.mp4")).unwrap(), "mine");
}

#[tokio::test]
async fn two_terminals_that_resume_all_fetch_each_file_once() {
    const JOBS: usize = 6;
    let place = Place::new();
    let server = Server::with(Operation::Download, Fault::DeadLink { status: 404 }).await;
    for n in 0..JOBS {
        let file = format!("{n}.mp4");
        assert_eq!(place.run_at(&server, &edit("evolink", &file)).await.code, Some(7));
    }
    server.emulator.clear_faults();
    let before = server.counts("evolink").downloads;
    let resume = ["resume", "--all"];
    let (one, two) = tokio::join!(place.run_at(&server, &resume), place.run_at(&server, &resume));
    assert_eq!((one.code, two.code), (Some(0), Some(0)), "{one:?} {two:?}");
    assert_eq!(server.counts("evolink").downloads - before, JOBS as u64);
    for n in 0..JOBS {
        assert!(place.path(&format!("here/{n}.mp4")).exists());
    }
}

#[tokio::test]
async fn of_several_results_only_those_that_are_missing_are_fetched() {
    let place = Place::new();
    let dead = Fault::DeadLink { status: 404 };
    let server = Server::with_at(Operation::Download, Occurrence::List(vec![2, 3]), dead).await;
    let args = [&edit("skills-video", "out.mp4")[..], &["--outputs", "3"]].concat();
    assert_eq!(place.run_at(&server, &args).await.code, Some(7));
    assert!(place.path("here/out.mp4").exists());
    server.emulator.clear_faults();
    let before = server.counts("skills-video").downloads;
    let resumed = place.run_at(&server, &["resume", "1"]).await;
    assert_eq!(resumed.code, Some(0), "{resumed:?}");
    assert_eq!(resumed.stdout, "out-2.mp4\nout-3.mp4\n");
    assert_eq!(server.counts("skills-video").downloads - before, 2);
}

#[tokio::test]
async fn only_what_is_settled_is_forgotten_unless_it_is_abandoned() {
    let place = Place::new();
    let server = Server::with(Operation::Submit, Fault::LostReply).await;
    place.run_at(&server, &edit("novita", "out.mp4")).await;
    assert_run!("forget-open", place.run(&["forget", "1"]).await);
    assert_run!("forget-abandon", place.run(&["forget", "1", "--abandon"]).await);
    assert_run!("show-forgotten", place.run(&["show", "1"]).await);
}

#[tokio::test]
async fn a_job_is_led_on_by_its_own_record_wherever_one_is() {
    let (place, server) = (Place::new(), Server::start().await);
    let submit = ["submit", "--provider", "novita", REMOTE, "a", "-o", "kept.mp4"];
    let submitted = place.run_at(&server, &submit).await;
    assert_eq!(submitted.code, Some(0), "{submitted:?}");
    let mut command = place.reshoot_at(&server, &["resume", "1", "--poll-every", "20ms"]);
    // Another directory, and no base URL but the recorded one.
    command.current_dir(place.path(".")).env_remove("NOVITA_BASE_URL");
    let run = crate::place::Run::of(command.output().await.unwrap(), &place);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(place.path("here/kept.mp4").exists());
}

#[tokio::test]
async fn a_journal_can_be_kept_elsewhere() {
    let (place, server) = (Place::new(), Server::start().await);
    let journal = ["--journal", "deep/down/my journal.db"];
    let submit = [&["submit", "--provider", "evolink", REMOTE, "a"][..], &journal].concat();
    let run = place.run_at(&server, &submit).await;
    assert_run!("journal-elsewhere", run);
    assert!(place.path("here/deep/down/my journal.db").exists());
    assert!(!place.path(".local").exists());
}
