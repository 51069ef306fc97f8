//! `reshoot listen`: whom it wakes, what it records, and what it never does.
#![cfg(unix)]

use std::{path::Path, time::Duration};

use reshoot::PROVIDERS;
use reshoot_emulator::{Emulator, Fault, FaultPlan, Occurrence, Operation};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, ChildStdout},
};

use crate::place::{Place, REMOTE, Run, Server, assert_run};

/// Long enough for a submit to be written down before its job ends.
const JOB_TIME: Duration = Duration::from_millis(700);

/// A poll that will not come while a test runs.
const NEVER: &str = "10h";

async fn server() -> Server {
    Server { emulator: Emulator::builder().job_time(JOB_TIME).start().await.unwrap() }
}

/// A listening command, and where it listens.
struct Listener {
    child: Child,
    stdout: BufReader<ChildStdout>,
    urls: Vec<(String, String)>,
}

impl Listener {
    async fn start(place: &Place, server: &Server, more: &[&str]) -> Self {
        let args = ["listen", "--json", "--port", "0", "--public-url", "http://127.0.0.1/hooks"];
        let mut child = place.reshoot_at(server, &[&args[..], more].concat()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let mut listener = Self { child, stdout, urls: Vec::new() };
        loop {
            let event = listener.next().await;
            let text = |field: &str| event[field].as_str().unwrap().to_owned();
            match event["event"].as_str() {
                Some("listening") => listener.urls.push((text("provider"), text("url"))),
                Some("ready") => {
                    let address = text("address");
                    for (_, url) in &mut listener.urls {
                        *url = url.replace("127.0.0.1", &address);
                    }
                    return listener;
                }
                _ => panic!("{event}"),
            }
        }
    }

    fn url(&self, provider: &str) -> &str {
        &self.urls.iter().find(|(name, _)| name == provider).unwrap().1
    }

    async fn next(&mut self) -> Value {
        let mut line = String::new();
        let read = self.stdout.read_line(&mut line);
        let read = tokio::time::timeout(Duration::from_secs(30), read).await.unwrap();
        assert_ne!(read.unwrap(), 0, "it has ended");
        serde_json::from_str(&line).unwrap()
    }

    /// Reads on to an event of this name.
    async fn until(&mut self, name: &str) -> Value {
        loop {
            let event = self.next().await;
            if event["event"] == name {
                return event;
            }
        }
    }

    async fn end(mut self) {
        let id = self.child.id().unwrap().to_string();
        tokio::process::Command::new("kill").arg(&id).status().await.unwrap();
        assert_eq!(self.child.wait().await.unwrap().code(), Some(0));
    }
}

async fn listed(place: &Place) -> Vec<(String, String)> {
    let run = place.run(&["jobs", "--json"]).await;
    let objects = run.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let jobs = objects.filter(|object| object["event"] == "job");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    jobs.map(|job| (text(&job["provider"]), text(&job["state"]))).collect()
}

async fn submit(place: &Place, server: &Server, provider: &str, url: &str) {
    let args = ["submit", "--provider", provider, REMOTE, "a", "--webhook", url];
    let run = place.run_at(server, &args).await;
    assert_eq!(run.code, Some(0), "{run:?}");
}

#[tokio::test]
async fn a_waiting_command_is_woken_long_before_its_next_poll() {
    for provider in ["evolink", "novita", "replicate", "wavespeed", "fal", "kie", "apiframe"] {
        if reshoot::provider(provider).is_err() {
            continue;
        }
        let (place, server) = (Place::new(), server().await);
        let mut listener = Listener::start(&place, &server, &[]).await;
        let edit = [
            "edit",
            "--provider",
            provider,
            REMOTE,
            "a",
            "-o",
            "out.mp4",
            "--poll-every",
            NEVER,
            "--timeout",
            NEVER,
            "--webhook",
            listener.url(provider),
        ];
        let edit = place.run_at(&server, &edit);
        let run = tokio::time::timeout(Duration::from_secs(30), edit).await.unwrap();
        assert_eq!((run.code, run.stdout.as_str()), (Some(0), "out.mp4\n"), "{run:?}");
        assert_eq!(listener.until("hinted").await["id"], 1, "{provider}");
        listener.end().await;
    }
}

#[tokio::test]
async fn what_nobody_waits_for_is_recorded_and_with_fetch_brought_here() {
    for (more, state, file) in [(&[][..], "succeeded", false), (&["--fetch"], "downloaded", true)] {
        let (place, server) = (Place::new(), server().await);
        let mut listener = Listener::start(&place, &server, more).await;
        submit(&place, &server, "evolink", listener.url("evolink")).await;
        listener.until("done").await;
        assert_eq!(listed(&place).await, [("evolink".to_owned(), state.to_owned())]);
        assert_eq!(place.path("here/walk-evolink-1.mp4").exists(), file);
        listener.end().await;
    }
}

#[tokio::test]
async fn a_lost_delivery_is_made_up_for_by_looking_now_and_then() {
    let (place, server) = (Place::new(), server().await);
    let mut listener = Listener::start(&place, &server, &["--look-every", "300ms"]).await;
    let args = ["submit", "--provider", "evolink", REMOTE, "a"];
    assert_eq!(place.run_at(&server, &args).await.code, Some(0));
    listener.until("done").await;
    assert_eq!(listed(&place).await[0].1, "succeeded");
    listener.end().await;
}

#[tokio::test]
async fn nothing_is_ever_submitted_here() {
    let (place, server) = (Place::new(), server().await);
    let failed = Fault::JobFailed { code: "model_error".into(), message: "it broke".into() };
    let plan = FaultPlan::one("evolink", Operation::Submit, Occurrence::EVERY, failed);
    server.emulator.set_faults(plan).unwrap();
    let mut listener = Listener::start(&place, &server, &["--fetch"]).await;
    // The job fails, is not billed, and its user has named where else it may be tried.
    submit(&place, &server, "evolink,novita", listener.url("evolink")).await;
    let said = listener.until("nothing_to_do").await;
    let next =
        "job 1 has no result and is not billed; the next provider is tried by: reshoot resume 1";
    assert_eq!(said["message"], next);
    assert_eq!(listed(&place).await, [("novita".to_owned(), "intent".to_owned())]);
    // Neither by a later look is it led on.
    listener.end().await;
    let listener = Listener::start(&place, &server, &["--look-every", "50ms"]).await;
    let resumed = place.run_at(&server, &["resume", "1", "--poll-every", "20ms"]).await;
    assert_eq!(resumed.code, Some(0), "{resumed:?}");
    listener.end().await;
    assert_eq!((server.counts("novita").submits, server.counts("evolink").submits), (1, 1));
}

#[tokio::test]
async fn forgers_are_refused_and_wake_nobody() {
    let (place, server) = (Place::new(), server().await);
    let mut listener = Listener::start(&place, &server, &["--look-every", NEVER]).await;
    let args = ["submit", "--provider", "evolink", REMOTE, "a"];
    let submitted = place.run_at(&server, &args).await;
    let id = submitted.stdout.trim().strip_prefix("evolink:").unwrap().to_owned();
    let body = |id: &str| format!(r#"{{"id":"{id}","status":"processing"}}"#);
    let client = reqwest::Client::new();
    let good = listener.url("evolink").to_owned();
    let (root, token) = good.rsplit_once('/').unwrap();
    for (url, id, status) in [
        (format!("{root}/{}", "0".repeat(token.len())), id.as_str(), 401),
        (root.to_owned(), &id, 401),
        (good.replace("evolink", "novita"), &id, 401),
        (good.replace("evolink", "acme"), &id, 404),
        (listener.url("fal").to_owned(), &id, 401),
        (good.clone(), "another-job", 200),
        (good.clone(), &id, 200),
        // A proxy may take the public URL's path off.
        (good.replace("/hooks", ""), &id, 200),
    ] {
        let answer = client.post(&url).body(body(id)).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{url}");
    }
    // The first hint is of what was believed first: all that was refused left none.
    let first = listener.until("hinted").await;
    assert_eq!((&first["job"], &first["id"]), (&"evolink:another-job".into(), &Value::Null));
    assert_eq!(listener.until("hinted").await["id"], 1);
    listener.end().await;
}

#[tokio::test]
async fn urls_stay_the_same_and_are_another_for_each_provider_and_journal() {
    let (place, server) = (Place::new(), Server::start().await);
    let listener = Listener::start(&place, &server, &[]).await;
    assert_eq!(listener.urls.len(), PROVIDERS.len(), "there is a key for each");
    let path = |url: &str| url.split_once("/hooks/").unwrap().1.to_owned();
    let mut seen = Vec::new();
    for (provider, url) in &listener.urls {
        let printed = print_url(&place, provider, &[]).await;
        assert_eq!(path(&printed), path(url));
        assert_ne!(printed, print_url(&place, provider, &["--journal", "other.db"]).await);
        seen.push(path(url).split_once('/').unwrap().1.to_owned());
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), PROVIDERS.len());
    listener.end().await;
    let again = Listener::start(&place, &server, &[]).await;
    assert_eq!(path(again.url("fal")), path(&print_url(&place, "fal", &[]).await));
    again.end().await;
}

async fn print_url(place: &Place, provider: &str, more: &[&str]) -> String {
    let args = ["listen", "--public-url", "https://h.example/hooks/", "--print-url", provider];
    let run = place.run(&[&args[..], more].concat()).await;
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{run:?}");
    run.stdout.trim().to_owned()
}

#[tokio::test]
async fn a_secret_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    print_url(&place, "fal", &["--journal", "j.db"]).await;
    let file = place.path("here/j.db-webhooks");
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&file), 0o600);
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).unwrap();
    let args = ["listen", "--public-url", "https://h.example", "--journal", "j.db"];
    assert_run!("listen-readable", place.run(&[&args[..], &["--print-url", "fal"]].concat()).await);
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
    std::fs::write(&file, "short").unwrap();
    assert_run!(
        "listen-bad-secret",
        place.run(&[&args[..], &["--print-url", "fal"]].concat()).await
    );
}

#[tokio::test]
async fn without_any_key_or_with_a_port_that_is_taken_it_does_not_start() {
    let (place, server) = (Place::new(), Server::start().await);
    let args = ["listen", "--public-url", "https://h.example"];
    assert_run!("listen-no-key", place.run(&args).await);
    let port = server.emulator.port().to_string();
    let taken = place.run_at(&server, &[&args[..], &["--port", &port]].concat()).await;
    let shown = taken.shown().replace(&port, "PORT");
    crate::place::settings().bind(|| insta::assert_snapshot!("listen-port-taken", shown));
}

#[tokio::test]
async fn people_are_told_where_each_providers_deliveries_go() {
    let (place, server) = (Place::new(), Server::start().await);
    let args = ["listen", "--public-url", "https://h.example", "--port", "0"];
    let mut child = place.reshoot_at(&server, &args).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut told = String::new();
    while !told.contains("Ctrl-C") {
        assert_ne!(stderr.read_line(&mut told).await.unwrap(), 0, "{told}");
    }
    let id = child.id().unwrap().to_string();
    tokio::process::Command::new("kill").arg(&id).status().await.unwrap();
    let mut run = Run::of(child.wait_with_output().await.unwrap(), &place);
    run.stderr.insert_str(0, &told);
    let mut settings = crate::place::settings();
    settings.add_filter("[0-9a-f]{32}", "TOKEN");
    let shown = run.shown();
    settings.bind(|| insta::assert_snapshot!("listen", shown));
}
