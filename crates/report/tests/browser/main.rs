//! The page as a person has it: in a browser, opened as a file, led from outside.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

mod list;
mod looks;
mod pages;
mod playing;

use reshoot_browser::Browser;
use reshoot_report::Page;
use serde_json::Value;
use tempfile::TempDir;

/// A page that is shown, and the folder that it is in.
struct Shown {
    browser: Browser,
    folder: TempDir,
}

/// Shows a page, and waits until its script has begun; nothing where there is no browser.
async fn shown(page: &Page) -> Option<Shown> {
    let browser = Browser::start().await?;
    let folder = pages::written(page);
    browser.visit(&pages::address(&folder)).await;
    browser.run(TOOLS).await;
    Some(Shown { browser, folder })
}

impl Shown {
    /// Waits until everything on the stage can play.
    async fn loaded(&self) {
        self.browser.until("videos().length && videos().every((it) => it.readyState >= 3)").await;
    }

    async fn click(&self, selector: &str) {
        self.browser.click(selector).await;
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
        self.browser.requests(&pages::address(&self.folder)).await
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
