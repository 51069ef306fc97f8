//! `reshoot compare` and `reshoot report`: edits side by side on a page, quoted before and paid for once.

use std::{fs, time::Duration};

use reshoot_emulator::{Fault, FaultPlan, Occurrence, Operation};
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};

use crate::place::{Place, Run, Server, assert_run, fixture};
#[cfg(unix)]
use crate::running::Running;

const PROVIDERS: [&str; 2] = ["dashscope", "evolink"];

/// `reshoot compare`, asking often.
fn compare<'a>(args: &[&'a str]) -> Vec<&'a str> {
    let mut all = vec!["compare", "clip.mp4", "-p", "dashscope,evolink", "--poll-every", "20ms"];
    all.extend(args);
    all
}

fn page(place: &Place) -> String {
    fs::read_to_string(place.path("here/clip-compared/index.html")).unwrap_or_default()
}

fn submits(server: &Server) -> u64 {
    PROVIDERS.iter().map(|provider| server.counts(provider).submits).sum()
}

fn sorted(run: Run) -> Run {
    let mut lines: Vec<_> = run.stdout.lines().collect();
    lines.sort_unstable();
    Run { stdout: lines.join("\n"), ..run }
}

#[tokio::test]
async fn an_edit_runs_at_every_provider_and_is_shown_on_a_page() {
    let (place, server) = (Place::new(), Server::start().await);
    let args = compare(&["as <b>clay</b>", "--yes"]);
    let run = place.run_at(&server, &args).await;
    assert_run!("compare", sorted(run));
    let page = page(&place);
    for shown in [
        "data-provider=\"dashscope\"",
        "data-provider=\"evolink\"",
        "as &lt;b&gt;clay&lt;/b&gt;",
        "clip-dashscope.mp4",
        "clip-evolink.mp4",
        "$0.90",
        "as of <bdi>20",
    ] {
        assert!(page.contains(shown), "{shown}");
    }
    assert!(!page.contains("<b>clay"));
    assert!(!page.contains(place.path("").to_str().unwrap()), "a path of this machine");
    let originals = fs::read_dir(place.path("here/clip-compared/originals")).unwrap();
    assert_eq!(originals.count(), 1);
    let again = place.run_at(&server, &args).await;
    assert_eq!((again.code, submits(&server)), (Some(0), 2), "{again:?}");
}

#[tokio::test]
async fn each_prompt_is_run_with_each_seed_at_each_provider_once() {
    let (place, server) = (Place::new(), Server::start().await);
    fs::write(place.path("here/prompts.txt"), "\u{feff}as wool\r\n\n  as clay \nas wool\n")
        .unwrap();
    let args = compare(&["as clay", "--prompts", "prompts.txt", "--seeds", "1,-2,1", "--yes"]);
    let run = place.run_at(&server, &args).await;
    assert_eq!(run.code, Some(2), "evolink takes no seed below 0: {run:?}");
    let args = compare(&["as clay", "--prompts", "prompts.txt", "--seeds", "1,2,1", "--yes"]);
    let run = place.run_at(&server, &args).await;
    assert_eq!((run.code, submits(&server)), (Some(0), 8), "{run:?}");
    assert_eq!(page(&place).matches("data-provider=\"dashscope\"").count(), 4);
}

#[tokio::test]
async fn nothing_is_spent_that_was_not_agreed_to() {
    let (place, server) = (Place::new(), Server::start().await);
    for (answer, more, is_asked, code, expected) in [
        ("", None, true, 2, 0),
        ("n\n", None, true, 2, 0),
        ("", Some("--json"), false, 2, 0),
        ("", Some("--dry-run"), false, 0, 0),
        ("", Some("--max-cost=0.5"), false, 2, 0),
        ("y\n", None, true, 0, 2),
        // What is there already is not asked about.
        ("", None, false, 0, 2),
    ] {
        let args = compare(&["as clay"]);
        let args: Vec<_> = args.into_iter().chain(more).collect();
        let mut command = place.reshoot_at(&server, &args);
        let mut child = command.stdin(std::process::Stdio::piped()).spawn().unwrap();
        // Whoever does not ask does not read.
        child.stdin.take().unwrap().write_all(answer.as_bytes()).await.ok();
        let run = Run::of(child.wait_with_output().await.unwrap(), &place);
        let told = (run.code, submits(&server));
        assert_eq!(told, (Some(code), expected), "{answer:?} {more:?}: {run:?}");
        let asked = run.stderr.contains("Spend at most $1.764? [y/N]");
        assert_eq!(asked, is_asked, "{answer:?} {more:?}: {run:?}");
    }
}

#[tokio::test]
async fn a_cap_that_holds_is_agreement_enough() {
    let (place, server) = (Place::new(), Server::start().await);
    let run = place.run_at(&server, &compare(&["as clay", "--max-cost", "2"])).await;
    assert_eq!((run.code, submits(&server)), (Some(0), 2), "{run:?}");
}

#[tokio::test]
async fn an_edit_that_failed_is_shown_with_its_reason_and_begun_anew_if_asked() {
    let (place, server) = (Place::new(), Server::start().await);
    let fault = Fault::JobFailed { code: "1".into(), message: "the clip is too dark".into() };
    let plan = FaultPlan::one("dashscope", Operation::Submit, Occurrence::EVERY, fault);
    server.emulator.set_faults(plan).unwrap();
    let run = place.run_at(&server, &compare(&["as clay", "--yes"])).await;
    assert_eq!(run.code, Some(4), "{run:?}");
    assert!(page(&place).contains("the clip is too dark") && page(&place).contains("Failed"));
    server.emulator.set_faults(FaultPlan::default()).unwrap();
    let run = place.run_at(&server, &compare(&["as clay", "--yes", "--retry"])).await;
    assert_eq!((run.code, submits(&server)), (Some(0), 3), "{run:?}");
    assert!(!page(&place).contains("the clip is too dark"));
}

#[tokio::test]
async fn a_page_of_somebody_else_is_in_the_way_before_anything_is_spent() {
    let (place, server) = (Place::new(), Server::start().await);
    fs::create_dir(place.path("here/clip-compared")).unwrap();
    fs::write(place.path("here/clip-compared/index.html"), "<p>mine</p>").unwrap();
    let run = place.run_at(&server, &compare(&["as clay", "--yes"])).await;
    assert_run!("compare-page-in-the-way", run);
    assert_eq!((submits(&server), page(&place).as_str()), (0, "<p>mine</p>"));
    let run = place.run_at(&server, &compare(&["as clay", "--yes", "--overwrite"])).await;
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(page(&place).contains("data-provider"));
}

#[tokio::test]
async fn any_jobs_can_be_shown_wherever_their_files_are() {
    let (place, server) = (Place::new(), Server::start().await);
    let edit = |provider, out| {
        ["edit", "-p", provider, "clip.mp4", "as clay", "-o", out, "--poll-every", "20ms"]
    };
    for args in [edit("evolink", "a.mp4"), edit("dashscope", "b.mp4")] {
        assert_eq!(place.run_at(&server, &args).await.code, Some(0));
    }
    fs::remove_file(place.path("here/b.mp4")).unwrap();
    let read = |index: &str| fs::read_to_string(place.path("here").join(index)).unwrap();
    let run = place.run(&["report"]).await;
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (Some(0), "reshoot-report/index.html\n"),
        "{run:?}"
    );
    let page = read("reshoot-report/index.html");
    assert!(page.contains("data-provider=\"evolink\"") && page.contains("edits/a-"), "{page}");
    assert!(page.contains("no longer where it was: reshoot resume 2 fetches it"));
    // Once more: the page is ours, and what was brought is not brought again.
    let files = || fs::read_dir(place.path("here/reshoot-report/edits")).unwrap().count();
    assert_eq!((place.run(&["report"]).await.code, files()), (Some(0), 1));
    let run = place.run(&["report", "evolink:*", "-o", "some"]).await;
    assert_eq!(run.code, Some(1), "{run:?}");
    let run = place.run(&["report", "1", "-o", ".", "--title", "<Mine>"]).await;
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), "index.html\n"), "{run:?}");
    let page = read("index.html");
    assert!(page.contains("data-file=\"a.mp4\"") && page.contains("&lt;Mine&gt;"));
    assert!(!page.contains("dashscope"));
}

#[tokio::test]
async fn the_page_of_a_batch_lies_beside_its_results() {
    let (place, server) = (Place::new(), Server::start().await);
    fs::create_dir(place.path("here/clips")).unwrap();
    fs::copy(place.path("here/clip.mp4"), place.path("here/clips/walk.mp4")).unwrap();
    let args = ["batch", "clips", "-p", "evolink", "--prompt", "as clay", "--poll-every", "20ms"];
    assert_eq!(place.run_at(&server, &args).await.code, Some(0));
    assert_run!("report-batch", place.run(&["report", "--batch", "clips"]).await);
    let page = fs::read_to_string(place.path("here/clips-edited/index.html")).unwrap();
    assert!(
        page.contains("data-file=\"walk.mp4\"") && page.contains("data-original=\"originals/walk-")
    );
    assert_run!("report-of-nothing", place.run(&["report", "--batch", "other"]).await);
}

#[tokio::test]
async fn the_original_of_a_link_is_fetched_so_that_there_is_a_before() {
    let (place, server) = (Place::new(), Server::start().await);
    let clip = fs::read(place.path("here/clip.mp4")).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = axum::Router::new().route("/walk.mp4", axum::routing::get(async || clip));
    let served = tokio::spawn(async move { axum::serve(listener, app).await });
    for (name, has_original) in [("walk", true), ("gone", false)] {
        let link = format!("http://{address}/{name}.mp4?sig=SECRET");
        let args = ["compare", &link, "clay", "-p", "evolink", "--yes", "--poll-every", "20ms"];
        let run = place.run_at(&server, &args).await;
        assert_eq!(run.code, Some(0), "{run:?}");
        let page = fs::read_to_string(place.path(&format!("here/{name}-compared/index.html")));
        let page = page.unwrap();
        assert_eq!(page.contains("data-original=\"originals/walk-"), has_original, "{name}");
        assert_eq!(run.stderr.contains("the page goes without the original"), !has_original);
        assert!(!format!("{page}{run:?}").contains("SECRET"));
    }
    served.abort();
}

#[cfg(unix)]
#[tokio::test]
async fn what_a_crash_left_unsent_is_quoted_and_asked_about_before_it_is_paid_for() {
    let (place, server) = (Place::new(), Server::start_slow(Duration::from_secs(30)).await);
    fs::write(place.path("here/prompts.txt"), "a\nb\nc\n").unwrap();
    let args = [
        "compare",
        "clip.mp4",
        "--prompts",
        "prompts.txt",
        "-p",
        "evolink",
        "--poll-every",
        "20ms",
        "--at-once",
        "1",
    ];
    let yes = [&args[..], &["--yes"]].concat();
    let killed = Running::start(&place, &server, &yes);
    while place.run(&["jobs", "--state", "intent", "--json"]).await.stdout.lines().count() < 2
        || submits(&server) < 1
    {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    killed.signal("KILL").await;
    killed.end(&place).await;
    let run = place.run_at(&server, &[&args[..], &["--dry-run"]].concat()).await;
    let stdout = place.run(&["jobs", "--state", "intent", "--json"]).await.stdout;
    let unsent = stdout.lines().count() - 1;
    assert!(unsent > 0);
    let told = format!("evolink: {} rows to begin", 2);
    assert!(run.stderr.contains(&told) && run.stderr.contains("at most $1.728"), "{run:?}");
    let run = place.run_at(&server, &args).await;
    assert!(run.code == Some(2) && run.stderr.contains("Spend at most $1.728?"), "{run:?}");
    assert_eq!(submits(&server), 1);
}

#[tokio::test]
async fn a_clip_that_grew_since_it_was_quoted_is_not_paid_for() {
    let (place, server) = (Place::new(), Server::start().await);
    let args = ["compare", "clip.mp4", "as clay", "-p", "evolink", "--poll-every", "20ms"];
    let mut command = place.reshoot_at(&server, &args);
    let mut child = command.stdin(std::process::Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut question = vec![0; 2000];
    let mut asked = String::new();
    while !asked.contains("[y/N]") {
        let read = stderr.read(&mut question).await.unwrap();
        assert_ne!(read, 0, "{asked}");
        asked += &String::from_utf8_lossy(&question[..read]);
    }
    fs::copy(fixture("media/10s.mp4"), place.path("here/clip.mp4")).unwrap();
    child.stdin.take().unwrap().write_all(b"y\n").await.unwrap();
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).await.unwrap();
    assert_eq!(child.wait().await.unwrap().code(), Some(2), "{rest}");
    assert!(rest.contains("and $0.864 was agreed to"), "{rest}");
    assert_eq!(submits(&server), 0);
}

#[tokio::test]
async fn what_was_paid_for_is_replaced_by_nothing_and_hidden_by_no_trial() {
    let (place, server) = (Place::new(), Server::start().await);
    let args =
        |prompt| ["compare", "clip.mp4", prompt, "-p", "evolink", "--poll-every", "20ms", "--yes"];
    place.run_at(&server, &args("clay")).await;
    place.run_at(&server, &[&args("wool")[..], &["--overwrite"]].concat()).await;
    // However the clip is written, it is the same one.
    let mut again = args("clay");
    again[1] = "./../here/clip.mp4";
    place.run_at(&server, &again).await;
    assert_eq!(submits(&server), 2);
    let files = fs::read_dir(place.path("here/clip-compared")).unwrap();
    let clips = files.filter(|file| file.as_ref().unwrap().path().is_file()).count();
    assert_eq!(clips, 3, "two results and the page");
    let run = place.run(&["compare", "clip.mp4", "x", "-p", "kie", "--emulator"]).await;
    assert_run!("compare-trial-in-the-way", run);
    for _ in 0..3 {
        let trial = ["compare", "clip.mp4", "x", "-p", "kie", "--emulator", "-o", "trial"];
        assert_eq!(place.run(&trial).await.code, Some(0));
    }
    let page = fs::read_to_string(place.path("here/trial/index.html")).unwrap();
    assert!(page.contains("emulator: no model ran"));
}

#[tokio::test]
async fn a_page_that_cannot_be_written_is_not_told_as_if_nothing_was_spent() {
    let (place, server) = (Place::new(), Server::start().await);
    fs::create_dir_all(place.path("here/clip-compared/index.html")).unwrap();
    let run = place.run_at(&server, &compare(&["as clay", "--yes"])).await;
    assert_eq!((run.code, submits(&server)), (Some(1), 0), "{run:?}");
    fs::remove_dir(place.path("here/clip-compared/index.html")).unwrap();
    fs::write(place.path("here/clip-compared/originals"), "in the way").unwrap();
    let run = place.run_at(&server, &compare(&["as clay", "--yes"])).await;
    assert_eq!((run.code, submits(&server)), (Some(1), 0), "{run:?}");
}

#[tokio::test]
async fn a_clip_that_was_changed_since_is_not_shown_as_what_was_edited() {
    let (place, server) = (Place::new(), Server::start().await);
    place.run_at(&server, &compare(&["as clay", "--yes"])).await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    let clip = fs::read(fixture("media/10s.mp4")).unwrap();
    fs::write(place.path("here/clip.mp4"), clip).unwrap();
    let name = place.path("here/clip-compared").display().to_string();
    let run = place.run(&["report", "--batch", &name]).await;
    assert_eq!(run.code, Some(0), "{run:?}");
    let page = page(&place);
    assert!(page.contains("clip.mp4 (changed since)") && !page.contains("data-original"), "{page}");
    assert!(page.contains("<title>clip-compared</title>"), "no folder of this machine");
}

#[cfg(unix)]
#[tokio::test]
async fn what_fails_on_the_way_is_not_begun_anew_unquoted() {
    let (place, server) = (Place::new(), Server::start_slow(Duration::from_secs(1)).await);
    let fault = Fault::JobFailed { code: "1".into(), message: "no".into() };
    let plan = FaultPlan::one("evolink", Operation::Submit, Occurrence::Nth(1), fault);
    server.emulator.set_faults(plan).unwrap();
    fs::write(place.path("here/prompts.txt"), "a\nb\nx\n").unwrap();
    let at =
        ["compare", "clip.mp4", "-p", "evolink", "--poll-every", "20ms", "--at-once", "1", "--yes"];
    let first = Running::start(&place, &server, &[&at[..2], &["x"], &at[2..]].concat());
    while server.counts("evolink").jobs < 1 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let all = [&at[..], &["--prompts", "prompts.txt", "--retry"]].concat();
    let run = place.run_at(&server, &all).await;
    first.end(&place).await;
    assert!(run.stderr.contains("evolink: 2 rows to begin, at most $1.728"), "{run:?}");
    assert_eq!(submits(&server), 3, "{run:?}");
}
