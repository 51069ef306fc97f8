//! A browser led from outside, by WebDriver's HTTP API.

use std::{
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tempfile::TempDir;

/// What WebDriver calls the one field that names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A headless Chromium with an empty profile, and the driver that leads it; both end with it.
pub(crate) struct Browser {
    driver: Child,
    client: Client,
    session: String,
    _profile: TempDir,
}

impl Browser {
    /// Starts one, or says what is missing.
    pub(crate) async fn start() -> Result<Self, String> {
        let chromium = found(&["chromium", "chromium-browser", "google-chrome"])?;
        let driver = found(&["chromedriver"])?;
        let profile = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let driver = Command::new(driver)
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let client = Client::builder().no_proxy().build().unwrap();
        let mut browser = Self { driver, client, session: String::new(), _profile: profile };
        let root = format!("http://127.0.0.1:{port}");
        browser.session = browser.open(&root, &chromium).await;
        Ok(browser)
    }

    async fn open(&self, root: &str, chromium: &str) -> String {
        for _ in 0..200 {
            if self.client.get(format!("{root}/status")).send().await.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let profile = format!("--user-data-dir={}", self._profile.path().display());
        let arguments = [
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
            &profile,
        ];
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": { "binary": chromium, "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
        } } });
        let opened = self.send(Method::POST, format!("{root}/session"), &wanted).await;
        format!("{root}/session/{}", opened["sessionId"].as_str().unwrap())
    }

    async fn send(&self, method: Method, url: String, body: &Value) -> Value {
        let request = self.client.request(method.clone(), &url);
        let request = if method == Method::GET { request } else { request.json(body) };
        let answer = request.send().await.unwrap();
        let is_success = answer.status().is_success();
        let mut answer: Value = answer.json().await.unwrap();
        assert!(is_success, "{url}: {answer:#}");
        answer["value"].take()
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.send(Method::POST, format!("{}{path}", self.session), &body).await
    }

    /// Opens a file.
    pub(crate) async fn visit(&self, path: &Path) {
        self.post("/url", json!({ "url": format!("file://{}", path.display()) })).await;
    }

    /// What a script returns; it may await.
    pub(crate) async fn run(&self, script: &str) -> Value {
        let script = format!(
            "const done = arguments[arguments.length - 1]; \
             (async () => {{ {script} }})().then(done, (error) => done('failed: ' + error));"
        );
        self.post("/execute/async", json!({ "script": script, "args": [] })).await
    }

    /// Waits until an expression holds, and fails by its text if it does not within ten seconds.
    pub(crate) async fn until(&self, expression: &str) {
        for _ in 0..200 {
            if self.run(&format!("return Boolean({expression})")).await == true {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let now = self.run("return document.activeElement.outerHTML.slice(0, 200)").await;
        panic!("never came true: {expression}; focus is on {now}");
    }

    /// Presses keys where the focus is.
    pub(crate) async fn keys(&self, keys: &str) {
        let actions: Vec<_> = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key })))
            .collect();
        let source = json!({ "type": "key", "id": "keys", "actions": actions });
        self.post("/actions", json!({ "actions": [source] })).await;
    }

    /// Presses the mouse at a place of an element, moves it by so many pixels, and lets go.
    pub(crate) async fn drag(&self, selector: &str, from: (i64, i64), by: (i64, i64)) {
        let element = self
            .post("/element", json!({ "using": "css selector", "value": selector }))
            .await;
        let origin = json!({ ELEMENT: element[ELEMENT] });
        let mut actions = vec![
            json!({ "type": "pointerMove", "origin": origin, "x": from.0, "y": from.1 }),
            json!({ "type": "pointerDown", "button": 0 }),
        ];
        if by != (0, 0) {
            actions.push(json!({
                "type": "pointerMove", "origin": "pointer", "x": by.0, "y": by.1, "duration": 200
            }));
        }
        actions.push(json!({ "type": "pointerUp", "button": 0 }));
        let source = json!({ "type": "pointer", "id": "mouse", "actions": actions });
        self.post("/actions", json!({ "actions": [source] })).await;
    }

    /// What the console has said since it was last asked.
    pub(crate) async fn console(&self) -> Vec<String> {
        let said = self.post("/se/log", json!({ "type": "browser" })).await;
        said.as_array().unwrap().iter().map(|it| it["message"].to_string()).collect()
    }

    /// Sends a command of the browser's own protocol.
    pub(crate) async fn command(&self, command: &str, parameters: Value) -> Value {
        self.post("/goog/cdp/execute", json!({ "cmd": command, "params": parameters })).await
    }

    /// Ends both.
    pub(crate) async fn quit(mut self) {
        self.send(Method::DELETE, self.session.clone(), &Value::Null).await;
        self.end();
    }

    fn end(&mut self) {
        self.driver.kill().unwrap_or_default();
        self.driver.wait().map(drop).unwrap_or_default();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver takes its browser with it only where it is asked to end, not killed.
        Command::new("kill")
            .args(["-TERM", &self.driver.id().to_string()])
            .stderr(Stdio::null())
            .status()
            .map(drop)
            .unwrap_or_default();
        std::thread::sleep(Duration::from_millis(200));
        self.end();
    }
}

/// The first of these programs that can be run.
fn found(names: &[&str]) -> Result<String, String> {
    let runs = |name: &&&str| {
        let version = Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        version.status().is_ok_and(|status| status.success())
    };
    let found = names.iter().find(runs).map(|name| (*name).to_owned());
    found.ok_or_else(|| format!("there is no {}", names.join(", no ")))
}
