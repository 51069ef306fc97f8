//! `reshoot batch`: many edits at once, each paid for once, each ending with its file or a stated reason.

use std::{collections::BTreeSet, fs, time::Duration};

use reshoot_emulator::{Counts, Fault, FaultPlan, Occurrence, Operation};
use serde_json::Value;

use crate::place::{Place, Run, Server, assert_run};
#[cfg(unix)]
use crate::running::Running;

/// A provider with a known price, and a dearer one.
const CHEAP: &str = "kie";
const DEAR: &str = "evolink";

impl Place {
    /// Writes a manifest into the working directory: a clip at a URL for each row.
    fn manifest(&self, rows: impl IntoIterator<Item = usize>) {
        let rows = rows.into_iter().map(|n| format!("https://clips.example/{n}.mp4,clay {n}\n"));
        self.write("rows.csv", &format!("clip,prompt\n{}", rows.collect::<String>()));
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path("here").join(name), text).unwrap();
    }

    /// The files of the results.
    fn results(&self) -> BTreeSet<String> {
        let Ok(files) = fs::read_dir(self.path("here/rows-edited")) else {
            return BTreeSet::new();
        };
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
    }
}

/// `reshoot batch rows.csv`, asking often.
fn batch<'a>(args: &[&'a str]) -> Vec<&'a str> {
    let mut all = vec!["batch", "rows.csv", "--poll-every", "20ms", "--lag", "100ms"];
    all.extend(args);
    all
}

fn files(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn jobs(server: &Server) -> u64 {
    [CHEAP, DEAR, "novita"].iter().map(|provider| server.counts(provider).jobs).sum()
}

fn events(run: &Run, name: &str) -> Vec<Value> {
    let events = run.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    events.filter(|event| event["event"] == name).collect()
}

#[tokio::test]
async fn every_row_ends_with_its_file_and_run_again_costs_nothing() {
    let (place, server) = (Place::new(), Server::start().await);
    place.manifest(1..=3);
    let run = place.run_at(&server, &batch(&["-p", CHEAP])).await;
    let lines: BTreeSet<_> = run.stdout.lines().map(str::to_owned).collect();
    let expected = ["1", "2", "3"].map(|n| format!("rows-edited/{n}.mp4"));
    assert_eq!(lines, BTreeSet::from(expected));
    assert_eq!(place.results(), files(&["1.mp4", "2.mp4", "3.mp4"]));
    let first = Run { stdout: String::new(), ..run };
    assert_run!("batch", first);
    assert_run!("batch-again", place.run_at(&server, &batch(&["-p", CHEAP])).await);
    assert_eq!(server.counts(CHEAP).submits, 3);
}

#[tokio::test]
async fn a_result_that_was_taken_away_is_told_and_not_paid_for_again() {
    let (place, server) = (Place::new(), Server::start().await);
    place.manifest(1..=2);
    place.run_at(&server, &batch(&["-p", CHEAP])).await;
    fs::remove_file(place.path("here/rows-edited/2.mp4")).unwrap();
    let run = place.run_at(&server, &batch(&["-p", CHEAP])).await;
    assert_eq!((run.code, jobs(&server)), (Some(0), 2), "{run:?}");
    assert!(run.stderr.contains("1 row: done before, but no longer where it was"), "{run:?}");
    let id = if place.run(&["show", "2"]).await.stdout.contains("/2.mp4") { "2" } else { "1" };
    let run = place.run_at(&server, &["resume", id, "--poll-every", "20ms"]).await;
    assert_eq!((run.code, place.results()), (Some(0), files(&["1.mp4", "2.mp4"])), "{run:?}");
}

#[tokio::test]
async fn all_that_is_wrong_with_all_rows_is_told_before_the_first_cent() {
    let (place, server) = (Place::new(), Server::start().await);
    let rows = "clip,prompt,seed,duration\n\
                https://clips.example/1.mp4,clay,,\n\
                https://clips.example/2.mp4,,soon,99\n\
                gone.mp4,clay,,\n\
                https://clips.example/1.mp4,clay,,\n\
                https://clips.example/3.mp4,clay,,99\n";
    place.write("rows.csv", rows);
    let args = batch(&["-p", CHEAP, "-p", DEAR]);
    assert_run!("batch-unfit", place.run_at(&server, &args).await);
    assert_eq!(server.counts(CHEAP), Counts::default());
    let run = place.run_at(&server, &batch(&["-p", CHEAP, "--skip-unfit"])).await;
    assert_eq!((run.code, place.results()), (Some(2), files(&["1.mp4"])), "{run:?}");
}

#[tokio::test]
async fn a_changed_row_is_a_new_job_and_the_old_result_stays() {
    let (place, server) = (Place::new(), Server::start().await);
    place.manifest(1..=2);
    place.run_at(&server, &batch(&["-p", CHEAP])).await;
    let before = fs::read(place.path("here/rows-edited/2.mp4")).unwrap();
    let rows =
        "clip,prompt\nhttps://clips.example/1.mp4,clay 1\nhttps://clips.example/2.mp4,wool\n";
    place.write("rows.csv", rows);
    let run = place.run_at(&server, &batch(&["-p", CHEAP])).await;
    assert_eq!((run.code, jobs(&server)), (Some(0), 3), "{run:?}");
    let results = place.results();
    assert_eq!(results.len(), 3, "{results:?}");
    assert!(results.is_superset(&files(&["1.mp4", "2.mp4"])), "{results:?}");
    assert_eq!(fs::read(place.path("here/rows-edited/2.mp4")).unwrap(), before);
}

#[tokio::test]
async fn the_total_is_kept_under_the_cap_before_anything_is_sent() {
    let (place, server) = (Place::new(), Server::start().await);
    place.write("rows.csv", "clip\nclip.mp4\nhttps://clips.example/1.mp4\n");
    let args = batch(&["-p", CHEAP, "--prompt", "clay", "--max-cost", "1"]);
    assert_run!("batch-over-cap", place.run_at(&server, &args).await);
    assert_eq!(server.counts(CHEAP), Counts::default());
    let args = batch(&["-p", CHEAP, "--prompt", "clay", "--max-cost", "5"]);
    let run = place.run_at(&server, &args).await;
    assert_eq!((run.code, jobs(&server)), (Some(0), 2), "{run:?}");
}

#[tokio::test]
async fn an_unknown_price_passes_no_cap() {
    let (place, server) = (Place::new(), Server::start().await);
    place.manifest(1..=1);
    let run = place.run_at(&server, &batch(&["-p", "novita", "--max-cost", "5"])).await;
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains("publishes no price"), "{run:?}");
    let args = batch(&["-p", "novita", "--max-cost", "5", "--allow-unknown-price"]);
    assert_eq!(place.run_at(&server, &args).await.code, Some(0));
}

#[tokio::test]
async fn a_dry_run_quotes_and_needs_no_key() {
    let place = Place::new();
    place.manifest(1..=2);
    let run = place.run(&batch(&["-p", CHEAP, "-p", DEAR, "--dry-run"])).await;
    assert_run!("batch-dry-run", run);
}

#[tokio::test]
async fn rows_go_to_the_cheapest_unless_they_are_spread() {
    for (args, expected) in [
        (&["-p", "evolink,kie"][..], (0, 8)),
        (&["-p", "evolink,kie", "--spread", "evolink=1"], (8, 0)),
    ] {
        let (place, server) = (Place::new(), Server::start().await);
        place.manifest(1..=8);
        let run = place.run_at(&server, &batch(args)).await;
        let jobs = (server.counts(DEAR).jobs, server.counts(CHEAP).jobs);
        assert_eq!((run.code, jobs), (Some(0), expected), "{args:?}: {run:?}");
    }
    let (place, server) = (Place::new(), Server::start().await);
    place.manifest(1..=16);
    place.run_at(&server, &batch(&["-p", "evolink,kie", "--spread"])).await;
    let jobs = (server.counts(DEAR).jobs, server.counts(CHEAP).jobs);
    assert!(jobs.0 > 2 && jobs.1 > 2 && jobs.0 + jobs.1 == 16, "{jobs:?}");
}

#[tokio::test]
async fn a_provider_that_refuses_hands_its_rows_to_the_next() {
    let server = Server::start().await;
    let fault = Fault::ErrorBefore { status: 402 };
    let plan = FaultPlan::one(CHEAP, Operation::Submit, Occurrence::EVERY, fault);
    server.emulator.set_faults(plan).unwrap();
    let place = Place::new();
    place.manifest(1..=3);
    let run = place.run_at(&server, &batch(&["-p", CHEAP, "-p", DEAR])).await;
    assert_eq!((run.code, server.counts(DEAR).jobs), (Some(0), 3), "{run:?}");
    assert_eq!(place.results().len(), 3);
}

#[tokio::test]
async fn what_failed_is_told_and_begun_anew_only_when_asked() {
    let fault = Fault::JobFailed { code: "1".into(), message: "no".into() };
    let server = Server::with_at(Operation::Submit, Occurrence::Nth(1), fault).await;
    let place = Place::new();
    place.manifest(1..=1);
    let args = batch(&["-p", CHEAP]);
    assert_run!("batch-failed", place.run_at(&server, &args).await);
    place.manifest(1..=3);
    let run = place.run_at(&server, &args).await;
    assert_eq!((run.code, jobs(&server)), (Some(4), 3), "{run:?}");
    let run = place.run_at(&server, &batch(&["-p", CHEAP, "--retry"])).await;
    assert_eq!((run.code, jobs(&server)), (Some(0), 4), "{run:?}");
    assert_eq!(place.results().len(), 3);
}

#[tokio::test]
async fn what_was_refused_is_tried_again_when_the_batch_is() {
    let fault = Fault::ErrorBefore { status: 402 };
    let server = Server::with(Operation::Submit, fault).await;
    let place = Place::new();
    place.manifest(1..=2);
    let run = place.run_at(&server, &batch(&["-p", CHEAP])).await;
    assert_eq!((run.code, jobs(&server)), (Some(3), 0), "{run:?}");
    server.emulator.clear_faults();
    let run = place.run_at(&server, &batch(&["-p", CHEAP])).await;
    assert_eq!((run.code, jobs(&server)), (Some(0), 2), "{run:?}");
}

#[tokio::test]
async fn a_lost_answer_is_looked_for_and_never_sent_again() {
    let server = Server::with_at(Operation::Submit, Occurrence::Nth(1), Fault::LostReply).await;
    let place = Place::new();
    place.manifest(1..=1);
    let args = batch(&["-p", "novita"]);
    assert_run!("batch-perhaps-charged", place.run_at(&server, &args).await);
    place.manifest(1..=3);
    let again = place.run_at(&server, &args).await;
    assert_eq!((again.code, jobs(&server), place.results().len()), (Some(5), 3, 2), "{again:?}");
}

#[tokio::test]
async fn caps_of_a_key_are_kept_by_all_who_use_it() {
    let server = Server::start_slow(Duration::from_millis(150)).await;
    let place = Place::new();
    place.manifest(1..=12);
    let one = batch(&["-p", CHEAP, "--at-once", "3", "--starts", "kie=4/1s"]);
    let mut other = one.clone();
    other.extend(["--batch", "other", "-o", "other"]);
    let mut commands = [place.reshoot_at(&server, &one), place.reshoot_at(&server, &other)];
    let [first, second] = &mut commands;
    let (first, second) = tokio::join!(first.output(), second.output());
    assert!(first.unwrap().status.success() && second.unwrap().status.success());
    let counts = server.counts(CHEAP);
    assert_eq!(counts.jobs, 24);
    assert!(counts.running_peak <= 3 && counts.starts_peak <= 4, "{counts:?}");
}

#[tokio::test]
async fn too_many_requests_slow_the_batch_down_and_lose_nothing() {
    let fault = Fault::RateLimited { retry_after: Some(1), as_date: false };
    let often = Occurrence::List(vec![1, 2, 5, 6]);
    let server = Server::with_at(Operation::Submit, often, fault).await;
    let place = Place::new();
    place.manifest(1..=6);
    let run = place.run_at(&server, &batch(&["-p", CHEAP])).await;
    assert_eq!((run.code, jobs(&server)), (Some(0), 6), "{run:?}");
}

#[tokio::test]
async fn a_directory_and_lines_of_json_are_manifests_too() {
    let (place, server) = (Place::new(), Server::start().await);
    fs::create_dir(place.path("here/rows")).unwrap();
    for name in ["a.mp4", "b.mp4"] {
        fs::copy(place.path("here/clip.mp4"), place.path("here/rows").join(name)).unwrap();
    }
    let args = ["batch", "rows", "-p", CHEAP, "--prompt", "clay", "--poll-every", "20ms"];
    let run = place.run_at(&server, &args).await;
    assert_eq!((run.code, place.results()), (Some(0), files(&["a.mp4", "b.mp4"])), "{run:?}");
    place.write("rows.jsonl", r#"{"clip": "clip.mp4", "prompt": "wool", "output": "sub/c.mp4"}"#);
    let args = ["batch", "rows.jsonl", "-p", CHEAP, "--poll-every", "20ms", "--batch", "b"];
    let run = place.run_at(&server, &args).await;
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(place.path("here/rows-edited/sub/c.mp4").exists());
}

#[tokio::test]
async fn scripts_get_an_event_for_each_row() {
    let fault = Fault::JobFailed { code: "1".into(), message: "no".into() };
    let server = Server::with_at(Operation::Submit, Occurrence::Nth(2), fault).await;
    let place = Place::new();
    place.manifest(1..=2);
    let run = place.run_at(&server, &batch(&["-p", CHEAP, "--json", "--at-once", "1"])).await;
    let quoted = events(&run, "batch_quoted");
    assert_eq!((&quoted[0]["rows"], &quoted[0]["usd"]), (&2.into(), &4.8.into()));
    assert_eq!(events(&run, "row_accepted").len(), 2);
    let done = events(&run, "row_done");
    let failed = events(&run, "row_failed");
    assert_eq!((done.len(), failed.len()), (1, 1), "{run:?}");
    let lines: BTreeSet<_> = [&done[0], &failed[0]].map(|row| row["line"].as_u64()).into();
    assert_eq!(lines, BTreeSet::from([Some(2), Some(3)]));
    assert!(failed[0]["clip"].as_str().unwrap().starts_with("https://clips.example/"));
    assert!(failed[0]["next"][0].as_str().unwrap().ends_with(" --retry"), "{failed:?}");
    let summary = events(&run, "batch_summary");
    let at = &summary[0]["at"][0];
    assert_eq!((&at["done"], &at["failed"]), (&1.into(), &1.into()));
    let error = events(&run, "error");
    assert_eq!((error.len(), &error[0]["exit_code"]), (1, &4.into()));
}

#[cfg(unix)]
#[tokio::test]
async fn who_stops_a_batch_finds_it_where_it_was_left() {
    let server = Server::start_slow(Duration::from_millis(400)).await;
    let place = Place::new();
    place.manifest(1..=9);
    let args = batch(&["-p", CHEAP, "--at-once", "2"]);
    let mut running = Running::start(&place, &server, &args);
    running.until("  in all").await;
    while server.counts(CHEAP).jobs < 3 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    running.signal("INT").await;
    let run = running.end(&place).await;
    let made = jobs(&server);
    assert_eq!(run.code, Some(130), "{run:?}");
    assert!(run.stderr.contains("# goes on where this left off"), "{run:?}");
    assert!(made < 9, "nothing was left to stop");
    let intents = place.run(&["jobs", "--state", "intent"]).await;
    assert_eq!(intents.stdout, "no such jobs\n", "they would be paid for later");
    let run = place.run_at(&server, &args).await;
    assert_eq!((run.code, jobs(&server), place.results().len()), (Some(0), 9, 9), "{run:?}");
}

#[tokio::test]
async fn without_a_key_a_batch_can_be_tried_at_the_emulator() {
    let place = Place::new();
    place.manifest(1..=2);
    let run = place.run(&["batch", "rows.csv", "-p", CHEAP, "--emulator"]).await;
    assert_eq!((run.code, place.results().len()), (Some(0), 2), "{run:?}");
    assert!(run.stderr.contains("no model ran"), "{run:?}");
}

#[tokio::test]
async fn no_two_rows_are_paid_for_that_cannot_both_have_their_file() {
    let (place, server) = (Place::new(), Server::start().await);
    let outputs = ["a.mp4", "./a.mp4", "x/../a.mp4", "sub/b.mp4", "sub", "c", "c/d.mp4"];
    let row =
        |(n, output): (usize, &&str)| format!("https://clips.example/{n}.mp4,clay,{output}\n");
    let rows: String = outputs.iter().enumerate().map(row).collect();
    place.write("rows.csv", &format!("clip,prompt,output\n{rows}"));
    let run = place.run_at(&server, &batch(&["-p", CHEAP])).await;
    assert_eq!((run.code, jobs(&server)), (Some(2), 0), "{run:?}");
    assert!(run.stderr.contains("4 of 7 rows cannot be run"), "{run:?}");
    let run = place.run_at(&server, &batch(&["-p", CHEAP, "--skip-unfit"])).await;
    assert_eq!((run.code, jobs(&server)), (Some(2), 3), "{run:?}");
    assert_eq!(place.results(), files(&["a.mp4", "c", "sub"]));
}

#[tokio::test]
async fn a_file_that_is_still_to_come_is_no_other_rows() {
    let server = Server::with_at(Operation::Submit, Occurrence::Nth(1), Fault::Stuck).await;
    let place = Place::new();
    let (first, second) =
        ("https://clips.example/1/a.mp4,clay", "https://clips.example/2/a.mp4,clay");
    place.write("rows.csv", &format!("clip,prompt\n{second}\n"));
    let run = place.run_at(&server, &batch(&["-p", CHEAP, "--timeout", "200ms"])).await;
    assert_eq!(run.code, Some(6), "{run:?}");
    place.write("rows.csv", &format!("clip,prompt\n{first}\n{second}\n"));
    place.run_at(&server, &batch(&["-p", CHEAP, "--timeout", "2s"])).await;
    let results = place.results();
    assert!(results.len() == 1 && !results.contains("a.mp4"), "{results:?}");
}

#[tokio::test]
async fn results_are_never_taken_for_clips() {
    let (place, server) = (Place::new(), Server::start().await);
    fs::create_dir(place.path("here/rows")).unwrap();
    fs::copy(place.path("here/clip.mp4"), place.path("here/rows/a.mp4")).unwrap();
    for into in ["rows", "./rows/../rows"] {
        let args = ["batch", "rows", "-p", CHEAP, "--prompt", "clay", "-o", into, "--overwrite"];
        let run = place.run_at(&server, &args).await;
        assert_eq!((run.code, jobs(&server)), (Some(1), 0), "{run:?}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn where_nothing_can_be_written_nothing_is_paid_for() {
    let (place, server) = (Place::new(), Server::start().await);
    place.manifest(1..=2);
    // Nobody can make a file there, not even who runs tests as root.
    let run = place.run_at(&server, &batch(&["-p", CHEAP, "-o", "/proc"])).await;
    assert_eq!((run.code, jobs(&server)), (Some(2), 0), "{run:?}");
    assert!(run.stderr.contains("nothing can be written into /proc"), "{run:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn rows_that_vanish_from_the_manifest_are_missed() {
    let server = Server::start_slow(Duration::from_millis(200)).await;
    let place = Place::new();
    // More than is read ahead.
    let long = "clay ".repeat(900);
    let rows = |rows: usize| {
        let rows = (0..rows).map(|n| format!("https://clips.example/{n}.mp4,{long}{n}\n"));
        place.write("rows.csv", &format!("clip,prompt\n{}", rows.collect::<String>()));
    };
    rows(20);
    let mut running = Running::start(&place, &server, &batch(&["-p", CHEAP, "--at-once", "1"]));
    running.until("  in all").await;
    while jobs(&server) == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    rows(1);
    let run = running.end(&place).await;
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains("were no longer in the manifest"), "{run:?}");
}

#[tokio::test]
async fn a_link_that_was_cut_for_showing_begins_no_other_edit() {
    let (place, server) = (Place::new(), Server::start().await);
    place.manifest(1..=1);
    let fault = Fault::JobFailed { code: "1".into(), message: "no".into() };
    let plan = FaultPlan::one(CHEAP, Operation::Submit, Occurrence::EVERY, fault);
    server.emulator.set_faults(plan).unwrap();
    let args = batch(&["-p", CHEAP, "--reference=https://h.example/hat.png?sig=SECRET"]);
    let run = place.run_at(&server, &args).await;
    assert!(run.stderr.contains("--reference=https://h.example/hat.png?…"), "{run:?}");
    assert!(!run.stderr.contains("SECRET"), "{run:?}");
    let args = batch(&["-p", CHEAP, "--reference=https://h.example/hat.png?…", "--retry"]);
    let run = place.run_at(&server, &args).await;
    assert_eq!((run.code, jobs(&server)), (Some(2), 1), "{run:?}");
}

#[tokio::test]
async fn a_cap_that_is_used_up_keeps_nothing_back_that_is_paid_for() {
    let (place, server) = (Place::new(), Server::start_slow(Duration::from_secs(1)).await);
    place.manifest(1..=1);
    let run = place.run_at(&server, &batch(&["-p", CHEAP, "--timeout", "100ms"])).await;
    assert_eq!((run.code, jobs(&server)), (Some(6), 1), "{run:?}");
    for cap in ["--max-cost", "--max-cost-per-day"] {
        let run = place.run_at(&server, &batch(&["-p", CHEAP, cap, "0.01"])).await;
        assert_eq!((run.code, jobs(&server)), (Some(0), 1), "{cap}: {run:?}");
    }
    assert_eq!(place.results(), files(&["1.mp4"]));
}

#[tokio::test]
async fn what_was_tried_at_the_emulator_is_not_done() {
    let (place, server) = (Place::new(), Server::start().await);
    place.manifest(1..=1);
    let tried =
        ["batch", "rows.csv", "-p", CHEAP, "--emulator", "--journal", "j.db", "-o", "tried"];
    assert_eq!(place.run(&tried).await.code, Some(0));
    let run = place.run_at(&server, &batch(&["-p", CHEAP, "--journal", "j.db"])).await;
    assert_eq!((run.code, jobs(&server)), (Some(0), 1), "{run:?}");
}

#[tokio::test]
async fn a_row_that_names_its_provider_runs_there_alone() {
    let (place, server) = (Place::new(), Server::start().await);
    let row = |n, provider| format!("https://clips.example/{n}.mp4,clay,{provider}\n");
    let rows = [row(1, "evolink"), row(2, ""), row(2, "kie")].concat();
    place.write("rows.csv", &format!("clip,prompt,provider\n{rows}"));
    let run = place.run_at(&server, &batch(&["-p", "kie,evolink"])).await;
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!((server.counts(CHEAP).jobs, server.counts(DEAR).jobs), (2, 1));
    assert_eq!(place.results(), files(&["1-evolink.mp4", "2.mp4", "2-kie.mp4"]));
    // Refused where it stands, and not run elsewhere.
    place.write("rows.csv", &format!("clip,prompt,provider\n{}", row(3, "novita")));
    let run = place.run_at(&server, &batch(&["-p", "kie"])).await;
    assert!(
        run.code == Some(2) && run.stderr.contains("name it with --provider as well"),
        "{run:?}"
    );
    server
        .emulator
        .set_faults(FaultPlan::one(
            DEAR,
            Operation::Submit,
            Occurrence::EVERY,
            Fault::ErrorBefore { status: 402 },
        ))
        .unwrap();
    place.write("rows.csv", &format!("clip,prompt,provider\n{}", row(4, "evolink")));
    let run = place.run_at(&server, &batch(&["-p", "kie,evolink"])).await;
    assert_eq!((run.code, jobs(&server)), (Some(3), 3), "{run:?}");
}
