//! A browser led from outside, by WebDriver's HTTP API, for tests.
//!
//! Where there is no Chromium or no ChromeDriver the tests say so and pass, unless the variable
//! `RESHOOT_BROWSER` is `required`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails so")]

use std::{
    env,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Once,
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use image::RgbImage;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};

/// One browser at a time: several that play at once would take the time from each other.
static TURN: Mutex<()> = Mutex::const_new(());
static SKIPPED: Once = Once::new();

/// What WebDriver calls the one field that names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Without a display, and without what Chromium would ask the network for.
const ARGUMENTS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1440,900",
];

/// A headless Chromium with an empty profile, and the driver that leads it; both end with it.
#[derive(Debug)]
pub struct Browser {
    driver: Child,
    client: Client,
    address: String,
    session: String,
    profile: TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Browser {
    /// Starts one; none where there is none, which is said, or is a failure where one is required.
    pub async fn start() -> Option<Self> {
        let found = found(&["chromium", "chromium-browser", "google-chrome"])
            .and_then(|chromium| Ok((chromium, found(&["chromedriver"])?)));
        match found {
            Ok((chromium, driver)) => Some(Self::with(&chromium, &driver).await),
            Err(missing) => {
                skip(&missing);
                None
            }
        }
    }

    async fn with(chromium: &Path, driver: &Path) -> Self {
        let turn = TURN.lock().await;
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let driver = Command::new(driver)
            .arg(format!("--port={}", free.port()))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let client = Client::builder().no_proxy().build().unwrap();
        let profile = tempfile::tempdir().unwrap();
        let (address, session) = (free.to_string(), String::new());
        let mut browser = Self { driver, client, address, session, profile, _turn: turn };
        browser.open(chromium).await;
        browser
    }

    async fn open(&mut self, chromium: &Path) {
        let root = format!("http://{}", self.address);
        for _ in 0..200 {
            if self.client.get(format!("{root}/status")).send().await.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let mut arguments = ARGUMENTS.map(str::to_owned).to_vec();
        arguments.push(format!("--user-data-dir={}", self.profile.path().display()));
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": { "binary": chromium, "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        } } });
        let opened = self.send(Method::POST, format!("{root}/session"), &wanted).await;
        self.session = format!("{root}/session/{}", opened["sessionId"].as_str().unwrap());
    }

    async fn send(&self, method: Method, url: String, body: &Value) -> Value {
        let request = self.client.request(method.clone(), &url);
        let request = if method == Method::POST { request.json(body) } else { request };
        let answer = request.send().await.unwrap();
        let is_success = answer.status().is_success();
        let mut answer: Value = answer.json().await.unwrap();
        assert!(is_success, "{url}: {answer:#}");
        answer["value"].take()
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.send(Method::POST, format!("{}{path}", self.session), &body).await
    }

    /// Opens an address.
    pub async fn visit(&self, url: &str) {
        self.post("/url", json!({ "url": url })).await;
    }

    /// What a script returns; it may await.
    pub async fn run(&self, script: &str) -> Value {
        let script = format!(
            "const done = arguments[arguments.length - 1]; \
             (async () => {{ {script} }})().then(done, (error) => done('failed: ' + error));"
        );
        self.post("/execute/async", json!({ "script": script, "args": [] })).await
    }

    /// What an expression is worth.
    pub async fn value(&self, expression: &str) -> Value {
        self.run(&format!("return {expression}")).await
    }

    /// Waits until an expression holds, and fails by its text if it does not within ten seconds.
    pub async fn until(&self, expression: &str) {
        for _ in 0..200 {
            if self.value(&format!("Boolean({expression})")).await == true {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let focus = self.value("document.activeElement.outerHTML.slice(0, 200)").await;
        panic!("never came true: {expression}; focus is on {focus}");
    }

    /// Presses keys where the focus is.
    pub async fn keys(&self, keys: &str) {
        let actions: Vec<_> = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key })))
            .collect();
        let source = json!({ "type": "key", "id": "keys", "actions": actions });
        self.post("/actions", json!({ "actions": [source] })).await;
    }

    /// Moves the mouse to so many pixels from the middle of an element.
    pub async fn hover(&self, selector: &str, to: (i64, i64)) {
        let there = self.over(selector, to).await;
        self.mouse(vec![there]).await;
    }

    /// Presses the mouse there, moves it by so many pixels, and lets go.
    pub async fn drag(&self, selector: &str, from: (i64, i64), by: (i64, i64)) {
        let there = self.over(selector, from).await;
        self.mouse(vec![
            there,
            json!({ "type": "pointerDown", "button": 0 }),
            json!({ "type": "pointerMove", "origin": "pointer", "x": by.0, "y": by.1, "duration": 200 }),
            json!({ "type": "pointerUp", "button": 0 }),
        ])
        .await;
    }

    async fn over(&self, selector: &str, at: (i64, i64)) -> Value {
        let wanted = json!({ "using": "css selector", "value": selector });
        let element = self.post("/element", wanted).await;
        let origin = json!({ ELEMENT: element[ELEMENT] });
        json!({ "type": "pointerMove", "origin": origin, "x": at.0, "y": at.1 })
    }

    async fn mouse(&self, actions: Vec<Value>) {
        let source = json!({ "type": "pointer", "id": "mouse", "actions": actions });
        self.post("/actions", json!({ "actions": [source] })).await;
    }

    /// Presses and lets go in the middle of an element.
    pub async fn click(&self, selector: &str) {
        self.drag(selector, (0, 0), (0, 0)).await;
    }

    /// Drops a file onto the middle of the page.
    pub async fn drop_file(&self, file: &Path) {
        let data = json!({ "items": [], "files": [file], "dragOperationsMask": 1 });
        for kind in ["dragEnter", "dragOver", "drop"] {
            let event = json!({ "type": kind, "x": 400, "y": 300, "data": data });
            self.command("Input.dispatchDragEvent", event).await;
        }
    }

    /// What is to be seen.
    pub async fn picture(&self) -> RgbImage {
        let shot =
            self.send(Method::GET, format!("{}/screenshot", self.session), &Value::Null).await;
        let png = STANDARD.decode(shot.as_str().unwrap()).unwrap();
        image::load_from_memory(&png).unwrap().to_rgb8()
    }

    /// What the console has said since it was last asked.
    pub async fn console(&self) -> Vec<String> {
        self.log("browser").await.iter().map(|it| it["message"].to_string()).collect()
    }

    /// The addresses that a page has asked for since this was last asked, its own among them.
    pub async fn requests(&self, page: &str) -> Vec<String> {
        let url = |entry: &Value| {
            let event: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
            let event = &event["message"];
            let is_request = event["method"] == "Network.requestWillBeSent"
                && event["params"]["documentURL"] == page;
            is_request.then(|| event["params"]["request"]["url"].as_str().map(str::to_owned))?
        };
        self.log("performance").await.iter().filter_map(url).collect()
    }

    async fn log(&self, kind: &str) -> Vec<Value> {
        let said = self.post("/se/log", json!({ "type": kind })).await;
        said.as_array().unwrap().clone()
    }

    /// Sends a command of the browser's own protocol.
    pub async fn command(&self, command: &str, parameters: Value) -> Value {
        self.post("/goog/cdp/execute", json!({ "cmd": command, "params": parameters })).await
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.end_session().unwrap_or_default();
        self.driver.kill().unwrap_or_default();
        self.driver.wait().map(drop).unwrap_or_default();
    }
}

impl Browser {
    /// The driver takes its browser with it where a session is ended, but not where it is killed.
    /// A test that fails cannot await, so that this is spoken by hand.
    fn end_session(&self) -> std::io::Result<()> {
        let root = format!("http://{}", self.address);
        let path = self.session.strip_prefix(&root).unwrap_or_default();
        let mut stream = TcpStream::connect(&self.address)?;
        write!(
            stream,
            "DELETE {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            self.address
        )?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        // It answers when the browser has ended.
        stream.read(&mut [0]).map(drop)
    }
}

fn skip(missing: &str) {
    let required = env::var("RESHOOT_BROWSER").is_ok_and(|it| it == "required");
    assert!(!required, "the page cannot be tried: {missing}");
    // Past the capture of the test's output, which would hide it.
    SKIPPED.call_once(|| {
        let line = format!("The tests in a browser were skipped: {missing}.\n");
        std::io::stderr().write_all(line.as_bytes()).unwrap();
    });
}

/// Where the first of these programs is that there is.
fn found(names: &[&str]) -> Result<PathBuf, String> {
    let folders = env::var_os("PATH").unwrap_or_default();
    let paths =
        names.iter().flat_map(|name| env::split_paths(&folders).map(move |it| it.join(name)));
    let found = paths.into_iter().find(|path| path.is_file());
    found.ok_or_else(|| format!("there is no {}", names.join(", no ")))
}
