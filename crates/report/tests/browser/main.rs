//! The page as a person has it: in a browser, opened as a file, led from outside.
//!
//! Where there is no Chromium or no ChromeDriver these tests say so and pass, unless the variable
//! `RESHOOT_BROWSER` is `required`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

mod driver;
mod list;
mod looks;
mod pages;
mod playing;

use std::{env, io::Write as _, sync::Once};

use driver::Browser;
use reshoot_report::Page;
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};

/// One page at a time: several that play at once would take the time from each other.
static TURN: Mutex<()> = Mutex::const_new(());
static SKIPPED: Once = Once::new();

/// A page that is shown, and the folder that it is in.
struct Shown {
    browser: Browser,
    folder: TempDir,
    _turn: MutexGuard<'static, ()>,
}

/// Shows a page, and waits until its script has begun; nothing where there is no browser.
async fn shown(page: &Page) -> Option<Shown> {
    let turn = TURN.lock().await;
    let browser = match Browser::start().await {
        Ok(browser) => browser,
        Err(missing) => {
            skip(&missing);
            return None;
        }
    };
    let folder = pages::written(page);
    browser.visit(&pages::index(&folder)).await;
    browser.run(TOOLS).await;
    Some(Shown { browser, folder, _turn: turn })
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

impl Shown {
    /// Waits until everything on the stage can play.
    async fn loaded(&self) {
        self.browser.until("videos().length && videos().every((it) => it.readyState >= 3)").await;
    }

    async fn click(&self, selector: &str) {
        self.browser.drag(selector, (0, 0), (0, 0)).await;
    }

    /// Gives a control a value as a person does.
    async fn set(&self, selector: &str, value: &str) {
        let script = format!(
            "const it = document.querySelector('{selector}'); it.value = '{value}'; \
             for (const kind of ['input', 'change']) it.dispatchEvent(new Event(kind, {{ bubbles: true }}));"
        );
        assert_eq!(self.browser.run(&script).await, Value::Null);
    }

    /// The addresses that were asked for since this was last asked.
    async fn requests(&self) -> Vec<String> {
        let page = format!("file://{}", pages::index(&self.folder).display());
        self.browser.requests(&page).await
    }

    /// Ends, and fails if the console has complained, which it does where the policy had to forbid
    /// something, or if anything was asked for but files of the page's folder.
    async fn close(self) {
        let (said, asked) = (self.browser.console().await, self.requests().await);
        assert_eq!(said, [""; 0]);
        let home = format!("file://{}/", self.folder.path().display());
        let elsewhere: Vec<_> = asked.iter().filter(|url| !url.starts_with(&home)).collect();
        assert_eq!(elsewhere, [""; 0]);
    }
}

/// What the tests ask the page, in words of their own. `together` resolves to true when all videos
/// have been at the same moment for half a second in which they played, or to how far they are
/// apart when that does not come to be.
const TOOLS: &str = "
window.all = (selector) => [...document.querySelectorAll(selector)];
window.videos = () => all('#panes video');
window.moment = () => Math.max(...videos().map((it) => it.currentTime));
window.playing = () => document.querySelector('#play').title === 'Pause';
window.resting = () => videos().every((it) => it.paused && !it.seeking);
window.apart = () => moment() - Math.min(...videos().map((it) => it.currentTime));
window.visible = () => all('.edit').filter((it) => !it.hidden);
window.together = async () => {
  let since = performance.now();
  for (const begun = since; performance.now() - begun < 8000; ) {
    await new Promise(requestAnimationFrame);
    const good = apart() < 0.04 && videos().every((it) => !it.paused && !it.seeking);
    if (!good) since = performance.now();
    if (performance.now() - since > 500) return true;
  }
  return apart();
};
";
