//! `reshoot ui` as a person has it: in a browser, from the clip that is dropped to the result that is kept.
#![cfg(unix)]

use std::fs;

use reshoot_browser::Browser;
use reshoot_emulator::{Fault, FaultPlan, Occurrence, Operation};

use crate::{
    place::{Place, Server, fixture},
    ui::Ui,
};

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";

/// What the tests ask the page, in words of their own.
const TOOLS: &str = "
window.one = (selector) => document.querySelector(selector);
window.all = (selector) => [...document.querySelectorAll(selector)];
window.text = (selector) => one(selector)?.textContent ?? '';
window.edits = (state) => all(`.edit[data-state=${state}]`).length;
window.videos = () => all('#panes video');
";

/// A page of its own for a test, in a browser; none where there is no browser.
async fn shown(place: &Place, server: &Server) -> Option<(Ui, Browser)> {
    let browser = Browser::start().await?;
    let ui = Ui::start(place, server, &[]).await;
    browser.visit(&ui.url).await;
    browser.run(TOOLS).await;
    Some((ui, browser))
}

/// Presses Tab until the focus is there.
async fn tab_to(browser: &Browser, selector: &str) {
    for _ in 0..80 {
        browser.keys(TAB).await;
        let there = format!("document.activeElement.matches('{selector}')");
        if browser.value(&there).await == true {
            return;
        }
    }
    panic!("the keyboard does not reach {selector}");
}

/// What must be so at the end of each test.
async fn unharmed(browser: &Browser, ui: &Ui) {
    assert_eq!(browser.console().await, [""; 0]);
    assert_eq!(browser.value("window.harmed ?? null").await, serde_json::Value::Null);
    let asked = browser.requests(&ui.url).await;
    // The clip before it is sent, and what the browser's own buttons look like.
    let is_its = |url: &&String| ["blob:", "data:", &ui.url].iter().any(|it| url.starts_with(it));
    let elsewhere = asked.iter().filter(|url| !is_its(url)).count();
    assert_eq!(elsewhere, 0);
}

#[tokio::test]
async fn from_a_clip_that_is_dropped_to_a_result_that_is_kept() {
    let (place, server) = (Place::new(), Server::start().await);
    let Some((ui, page)) = shown(&place, &server).await else { return };
    let clip = place.path("here/<img src=x onerror=harmed=1>.mp4");
    fs::copy(fixture("clip.mp4"), &clip).unwrap();
    page.drop_file(&clip).await;
    page.until("text('#clip-about').includes('640×360')").await;
    page.click("textarea").await;
    page.keys("as clay </script><script>harmed=1</script>").await;
    for provider in ["evolink", "dashscope", "skills-video"] {
        let name = format!("input[value={provider}]");
        let script = format!("one('{name}').disabled || one('{name}').click()");
        page.run(&script).await;
    }
    page.until("!one('#run').disabled").await;
    assert_eq!(page.value("one('#run').textContent").await, "Run 2 edits for at most $1.764");
    assert_eq!(server.counts("evolink").submits, 0, "the price is said before");
    page.run("one('#run').click(); one('#run').click()").await;
    page.until("edits('done') === 2").await;
    let submits = server.counts("evolink").submits + server.counts("dashscope").submits;
    assert_eq!(submits, 2, "pressed twice, paid once");

    page.until("videos().length === 3 && videos().every((it) => it.readyState >= 3)").await;
    page.run("one('#play').click()").await;
    page.until("videos().every((it) => it.currentTime > 0.3)").await;
    page.run("one('#play').click()").await;

    page.run("one('.edit[data-provider=evolink] .keep').click()").await;
    page.until("one('.edit[data-provider=evolink] .keep').ariaPressed === 'true'").await;
    page.until("one('.edit[data-provider=evolink]').hasAttribute('data-kept')").await;
    assert_eq!(fs::read_dir(place.path("here/reshoot-ui/kept")).unwrap().count(), 1);
    unharmed(&page, &ui).await;

    // What it leaves behind needs no server.
    let index = place.path("here/reshoot-ui/index.html");
    assert_eq!(ui.end("INT", &place).await.code, Some(0));
    page.visit(&format!("file://{}", index.display())).await;
    page.run(TOOLS).await;
    page.until("videos().length === 3 && videos().every((it) => it.readyState >= 3)").await;
    assert_eq!(page.value("edits('done')").await, 2);
}

#[tokio::test]
async fn everything_can_be_done_by_keyboard() {
    let (place, server) = (Place::new(), Server::start().await);
    let Some((ui, page)) = shown(&place, &server).await else { return };
    // The dialog for files is the browser's own.
    page.drop_file(&place.path("here/clip.mp4")).await;
    page.until("text('#clip-about').includes('640×360')").await;
    tab_to(&page, "textarea").await;
    page.keys("as clay").await;
    tab_to(&page, "input[value=evolink]").await;
    page.keys(" ").await;
    page.until("!one('#run').disabled").await;
    tab_to(&page, "#run").await;
    page.keys(ENTER).await;
    page.until("edits('done') === 1").await;
    tab_to(&page, "#play").await;
    page.keys(" ").await;
    page.until("videos().every((it) => it.currentTime > 0.1)").await;
    page.keys(" ").await;
    page.until("videos().every((it) => it.paused)").await;
    tab_to(&page, ".edit .keep").await;
    page.keys(ENTER).await;
    page.until("one('.edit').hasAttribute('data-kept')").await;
    unharmed(&page, &ui).await;
}

#[tokio::test]
async fn what_fails_is_shown_with_its_reason_and_does_no_harm() {
    let (place, server) = (Place::new(), Server::start().await);
    let message = "<script>harmed=1</script>too dark";
    let fault = Fault::JobFailed { code: "1".into(), message: message.into() };
    let plan = FaultPlan::one("evolink", Operation::Submit, Occurrence::EVERY, fault);
    server.emulator.set_faults(plan).unwrap();
    let Some((ui, page)) = shown(&place, &server).await else { return };
    page.drop_file(&place.path("here/clip.mp4")).await;
    page.until("text('#clip-about').includes('640×360')").await;
    page.click("textarea").await;
    page.keys("as clay").await;
    page.run("one('input[value=evolink]').click()").await;
    page.until("!one('#run').disabled").await;
    page.run("one('#run').click()").await;
    page.until("edits('failed') === 1").await;
    let reason = page.value("text('.edit .reason')").await;
    assert!(reason.as_str().unwrap().contains(message), "{reason}");
    unharmed(&page, &ui).await;
}
