//! `reshoot ui` as its page meets it: only the page is answered, and nothing is spent that no button said.
#![cfg(unix)]

use std::{fs, time::Duration};

use reqwest::{Body, Client, Method, RequestBuilder, Response};
use reshoot_emulator::{Fault, FaultPlan, Occurrence, Operation};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Child,
};

use crate::place::{Place, Run, Server, fixture};

/// A running page, asked as its own script does.
pub(crate) struct Ui {
    child: Child,
    pub(crate) url: String,
    client: Client,
}

impl Ui {
    pub(crate) async fn start(place: &Place, server: &Server, more: &[&str]) -> Self {
        let args = [&["ui", "--poll-every", "20ms"], more].concat();
        let mut child = place.reshoot_at(server, &args).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).await.unwrap();
        let client = Client::builder().no_proxy().build().unwrap();
        Self { child, url: url.trim().to_owned(), client }
    }

    async fn send(&self, method: Method, path: &str, body: Vec<u8>) -> (u16, Value) {
        told(self.request(method, path, body).send().await.unwrap()).await
    }

    fn request(&self, method: Method, path: &str, body: impl Into<Body>) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.url));
        let request = request.header("x-reshoot", "1").header("content-type", "application/json");
        request.body(body)
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.send(Method::POST, path, body.to_string().into()).await
    }

    async fn drop_clip(&self) -> String {
        let bytes = fs::read(fixture("clip.mp4")).unwrap();
        let (status, clip) = self.send(Method::PUT, "clips?name=walk.mp4", bytes).await;
        assert_eq!((status, clip["name"].as_str()), (201, Some("walk.mp4")), "{clip}");
        clip["clip"].as_str().unwrap().to_owned()
    }

    async fn quote(&self, clip: &str, change: Value) -> Value {
        let (status, quote) = self.post("quote", wanted(clip, change)).await;
        assert_eq!(status, 200, "{quote}");
        quote
    }

    /// Waits until the list says so.
    async fn until(&self, text: &str) -> String {
        let mut after = 0;
        loop {
            let (status, news) =
                self.send(Method::GET, &format!("edits?after={after}"), Vec::new()).await;
            assert_eq!(status, 200, "{text}: {news}");
            let list = news["list"].as_str().unwrap();
            if list.contains(text) {
                return list.to_owned();
            }
            after = news["version"].as_u64().unwrap();
        }
    }

    pub(crate) async fn end(self, signal: &str, place: &Place) -> Run {
        let id = self.child.id().unwrap().to_string();
        let sent = tokio::process::Command::new("kill").args(["-s", signal, &id]).status().await;
        assert!(sent.unwrap().success());
        Run::of(self.child.wait_with_output().await.unwrap(), place)
    }
}

async fn told(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

fn wanted(clip: &str, change: Value) -> Value {
    let mut wanted = json!({
        "clip": clip, "prompts": ["as <b>clay</b>"], "seeds": [], "providers": ["evolink", "dashscope"],
        "resolution": "1080p", "audio": "auto",
    });
    for (name, value) in change.as_object().unwrap() {
        wanted[name] = value.clone();
    }
    wanted
}

fn submits(server: &Server) -> u64 {
    ["evolink", "dashscope"].iter().map(|provider| server.counts(provider).submits).sum()
}

#[tokio::test]
async fn a_clip_is_quoted_run_once_compared_and_kept() {
    let (place, server) = (Place::new(), Server::start().await);
    let ui = Ui::start(&place, &server, &[]).await;
    let clip = ui.drop_clip().await;
    assert_eq!(ui.drop_clip().await, clip, "the same bytes are the same clip");
    let quote = ui.quote(&clip, json!({})).await;
    assert_eq!(quote["label"], "Run 2 edits for at most $1.764");
    assert_eq!(submits(&server), 0, "a quote spends nothing");
    let run = json!({ "quote": quote["quote"] });
    assert_eq!(ui.post("run", run.clone()).await.0, 202);
    assert_eq!(ui.post("run", run).await.0, 409, "pressed twice");
    let list = ui.until("walk-dashscope-").await;
    assert!(list.contains("as &lt;b&gt;clay&lt;/b&gt;") && !list.contains("<b>clay"), "{list}");
    ui.until("walk-evolink-").await;
    let again = ui.quote(&clip, json!({})).await;
    assert_eq!((&again["quote"], submits(&server)), (&Value::Null, 2), "{again}");
    assert!(again["html"].as_str().unwrap().contains("will not be paid for again"), "{again}");

    let kept = || fs::read_dir(place.path("here/reshoot-ui/kept")).unwrap().count();
    let run = place.run(&["jobs", "-p", "evolink", "--json"]).await;
    let evolink: Value = serde_json::from_str(run.stdout.lines().next().unwrap()).unwrap();
    let job = evolink["id"].to_string();
    let (status, answer) = ui.post("keep", json!({ "job": job, "keep": true })).await;
    assert_eq!(status, 200, "{answer}");
    ui.until("data-kept").await;
    assert_eq!(kept(), 1);
    assert_eq!(ui.post("keep", json!({ "job": job, "keep": false })).await.0, 200);
    assert_eq!(kept(), 0);
    assert_eq!(ui.post("keep", json!({ "job": "77", "keep": true })).await.0, 400);

    let run = ui.end("INT", &place).await;
    assert_eq!(run.code, Some(0), "{run:?}");
    let page = fs::read_to_string(place.path("here/reshoot-ui/index.html")).unwrap();
    assert!(page.contains("edits/walk-evolink-") && page.contains("clips/"), "{page}");
}

#[tokio::test]
async fn what_cannot_be_run_is_said_beside_its_price_and_spends_nothing() {
    let (place, server) = (Place::new(), Server::start().await);
    let ui = Ui::start(&place, &server, &["--max-cost", "1"]).await;
    let clip = ui.drop_clip().await;
    for (change, quoted, expected) in [
        (json!({ "prompts": ["x".repeat(10_000)] }), false, "prompt: "),
        (json!({ "seeds": ["-1"], "providers": ["evolink"] }), false, "seed: "),
        (json!({ "duration": "soon" }), false, "duration: "),
        (json!({ "providers": ["skills-video"] }), false, "skills-video"),
        (json!({}), false, "it would cost $1.764; $1.00 of the $1.00"),
        (json!({ "providers": ["evolink"] }), true, "at most $0.864"),
        (json!({ "prompts": ["  "] }), false, "Nothing to run"),
    ] {
        let quote = ui.quote(&clip, change.clone()).await;
        assert_eq!(quote["quote"].is_string(), quoted, "{change}: {quote}");
        assert!(quote["html"].as_str().unwrap().contains(expected), "{change}: {quote}");
    }
    for change in [
        json!({ "clip": "00/walk.mp4" }),
        json!({ "clip": "../../clip.mp4" }),
        json!({ "providers": ["acme"] }),
        json!({ "colour": "red" }),
        json!({ "prompts": vec!["a"; 201] }),
    ] {
        let (status, answer) = ui.post("quote", wanted(&clip, change.clone())).await;
        assert!(status == 400 || status == 422, "{change}: {status} {answer}");
        assert!(answer["message"].is_string(), "{change}: {answer}");
    }
    assert_eq!(submits(&server), 0);
}

#[tokio::test]
async fn only_clips_come_in_and_only_as_large_as_they_may_be() {
    let (place, server) = (Place::new(), Server::start().await);
    let ui = Ui::start(&place, &server, &["--max-upload", "1"]).await;
    for body in [b"<script>alert(1)</script>".to_vec(), Vec::new(), vec![0; 1 << 20]] {
        let (status, answer) = ui.send(Method::PUT, "clips?name=a.html", body).await;
        assert_eq!(status, 415, "{answer}");
    }
    // Refused by its length, and without a length as soon as it is too much.
    let endless =
        futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![0_u8; 1 << 16]));
    for body in [Body::from(vec![0; (1 << 20) + 1]), Body::wrap_stream(endless)] {
        let answer = ui.request(Method::PUT, "clips?name=a.mp4", body).send().await;
        // Who sends on after the refusal may not get to read it.
        assert!(answer.is_err() || answer.is_ok_and(|answer| answer.status() == 413));
    }
    assert_eq!(fs::read_dir(place.path("here/reshoot-ui/clips")).unwrap().count(), 0);
}

#[tokio::test]
async fn nobody_but_the_page_is_answered() {
    let (place, server) = (Place::new(), Server::start().await);
    fs::write(place.path("here/secret.mp4"), "secret").unwrap();
    let ui = Ui::start(&place, &server, &[]).await;
    let clip = ui.drop_clip().await;
    let root = ui.url.rsplitn(3, '/').last().unwrap().to_owned();
    let get = async |path: &str| ui.client.get(path).send().await.unwrap();
    for (path, expected) in [
        (format!("{root}/"), 404),
        (format!("{root}/{}/", "0".repeat(32)), 404),
        (ui.url.clone(), 200),
        (format!("{}clips/{clip}", ui.url), 200),
        (format!("{}clips/..%2f..%2fsecret.mp4", ui.url), 404),
        (format!("{}clips/%2e%2e/%2e%2e/secret.mp4", ui.url), 404),
        (format!("{}index.html/a", ui.url), 404),
        (format!("{}clips/", ui.url), 404),
        (format!("{root}/favicon.ico"), 204),
    ] {
        assert_eq!(get(&path).await.status().as_u16(), expected, "{path}");
    }
    let page = get(&ui.url).await;
    let header = |name: &str| page.headers()[name].to_str().unwrap().to_owned();
    assert!(header("content-security-policy").contains("frame-ancestors 'none'"));
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert!(!page.headers().contains_key("access-control-allow-origin"));
    let part = ui.client.get(format!("{}clips/{clip}", ui.url)).header("range", "bytes=10-19");
    let part = part.send().await.unwrap();
    assert_eq!((part.status().as_u16(), part.content_length()), (206, Some(10)));
    // Forms of other pages can neither set the header nor hide where they come from.
    for (name, value) in [("x-none", "1"), ("origin", "http://evil.example")] {
        let request = ui.client.post(format!("{}run", ui.url)).body("{\"quote\":\"quote-1\"}");
        assert_eq!(request.header(name, value).send().await.unwrap().status().as_u16(), 403);
    }
}

#[tokio::test]
async fn what_was_paid_for_is_led_on_after_a_crash_and_nothing_is_paid_twice() {
    let place = Place::new();
    let server = Server::start_slow(Duration::from_secs(2)).await;
    let ui = Ui::start(&place, &server, &[]).await;
    let clip = ui.drop_clip().await;
    let quote = ui.quote(&clip, json!({})).await;
    ui.post("run", json!({ "quote": quote["quote"] })).await;
    while submits(&server) < 2 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    ui.until("running").await;
    ui.end("KILL", &place).await;
    let ui = Ui::start(&place, &server, &[]).await;
    for result in ["edits/walk-evolink-", "edits/walk-dashscope-"] {
        ui.until(result).await;
    }
    assert_eq!(submits(&server), 2);
}

#[tokio::test]
async fn an_edit_that_fails_says_why_and_can_be_begun_anew_for_its_price() {
    let (place, server) = (Place::new(), Server::start().await);
    let fault = Fault::JobFailed { code: "1".into(), message: "too <i>dark</i>".into() };
    let plan = FaultPlan::one("evolink", Operation::Submit, Occurrence::EVERY, fault);
    server.emulator.set_faults(plan).unwrap();
    let ui = Ui::start(&place, &server, &[]).await;
    let clip = ui.drop_clip().await;
    let quote = ui.quote(&clip, json!({})).await;
    ui.post("run", json!({ "quote": quote["quote"] })).await;
    ui.until("too &lt;i&gt;dark").await;
    ui.until("walk-dashscope-").await;
    server.emulator.set_faults(FaultPlan::default()).unwrap();
    let quote = ui.quote(&clip, json!({})).await;
    assert_eq!(quote["label"], "Run 1 edit for at most $0.864");
    ui.post("run", json!({ "quote": quote["quote"] })).await;
    let list = ui.until("walk-evolink-").await;
    assert!(!list.contains("dark"), "what was begun anew stands there once: {list}");
}

#[tokio::test]
async fn who_stops_it_is_told_what_goes_on() {
    let (place, server) = (Place::new(), Server::start_slow(Duration::from_secs(8)).await);
    let ui = Ui::start(&place, &server, &[]).await;
    let clip = ui.drop_clip().await;
    let quote = ui.quote(&clip, json!({})).await;
    ui.post("run", json!({ "quote": quote["quote"] })).await;
    ui.until("running").await;
    let run = ui.end("INT", &place).await;
    assert_eq!(run.code, Some(130), "{run:?}");
    assert!(run.stderr.contains("what was submitted goes on at its provider"), "{run:?}");
    assert!(run.stderr.contains("next:  reshoot ui --poll-every 20ms  # leads them on"), "{run:?}");
}

#[tokio::test]
async fn nothing_is_begun_that_costs_more_than_the_button_said() {
    let (place, server) = (Place::new(), Server::start().await);
    let ui = Ui::start(&place, &server, &["--max-cost", "1"]).await;
    let clip = ui.drop_clip().await;
    let only = |prompt: &str| json!({ "providers": ["evolink"], "prompts": [prompt] });
    let (one, other) = (ui.quote(&clip, only("clay")).await, ui.quote(&clip, only("wool")).await);
    // What two tabs were shown is not true of both together.
    assert_eq!(ui.post("run", json!({ "quote": one["quote"] })).await.0, 202);
    ui.until("walk-evolink-").await;
    let (status, answer) = ui.post("run", json!({ "quote": other["quote"] })).await;
    assert_eq!((status, submits(&server)), (409, 1), "{answer}");
    assert!(answer["message"].as_str().unwrap().contains("are left"), "{answer}");
}

#[tokio::test]
async fn a_submit_in_doubt_is_looked_for_after_a_restart_and_never_sent_again() {
    let place = Place::new();
    let server = Server::with_at(Operation::Submit, Occurrence::Nth(1), Fault::Hang).await;
    let ui = Ui::start(&place, &server, &["--lag", "100ms"]).await;
    let clip = ui.drop_clip().await;
    let quote = ui.quote(&clip, json!({ "providers": ["evolink"] })).await;
    ui.post("run", json!({ "quote": quote["quote"] })).await;
    ui.until("being sent").await;
    while server.counts("evolink").jobs == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    ui.end("KILL", &place).await;
    let ui = Ui::start(&place, &server, &["--lag", "100ms"]).await;
    ui.until("edits/walk-evolink-").await;
    assert_eq!(submits(&server), 1);
}

#[tokio::test]
async fn one_folder_is_for_one_page_at_a_time() {
    let (place, server) = (Place::new(), Server::start().await);
    let _ui = Ui::start(&place, &server, &[]).await;
    let run = place.run_at(&server, &["ui"]).await;
    assert!(run.code == Some(1) && run.stderr.contains("another reshoot ui is at work"), "{run:?}");
}
