//! One transport, by mouse and by keyboard alone.

use serde_json::json;

use crate::{pages, shown};

/// The keys of WebDriver that no character stands for.
const TAB: &str = "\u{e004}";
const HOME: &str = "\u{e011}";
const END: &str = "\u{e010}";
const LEFT: &str = "\u{e012}";
const RIGHT: &str = "\u{e014}";

#[tokio::test]
async fn all_play_as_one_whatever_happens() {
    let Some(page) = shown(&pages::compared()).await else { return };
    page.loaded().await;
    assert_eq!(page.browser.value("videos().length").await, 3);
    page.click("#play").await;
    for (what, happens) in [
        ("they begin", ""),
        ("one falls a little behind", "videos()[1].currentTime -= 0.1"),
        ("one runs a second ahead", "videos()[2].currentTime += 1"),
        (
            "one stops",
            "videos()[1].pause(); document.querySelector('#scrub').dispatchEvent(new Event('input'))",
        ),
    ] {
        page.browser.run(happens).await;
        assert_eq!(page.browser.value("await together()").await, true, "{what}");
    }
    page.browser.drag("#scrub", (0, 0), (60, 0)).await;
    assert_eq!(page.browser.value("await together()").await, true, "scrubbed");
    assert_eq!(page.browser.value("moment() > 10").await, true, "scrubbed to the second half");
    page.set("#speed", "2").await;
    let pace = "videos().every((it) => Math.abs(it.playbackRate - 2) <= 0.6)";
    assert_eq!(page.browser.value(pace).await, true);
    assert_eq!(page.browser.value("await together()").await, true, "faster");
    page.set("#scrub", "19.3").await;
    page.browser.until("moment() < 5").await;
    assert_eq!(page.browser.value("await together()").await, true, "from the beginning again");
    page.click("#loop").await;
    page.set("#scrub", "19.3").await;
    page.browser.until("!playing() && moment() > 19.9").await;
    page.close().await;
}

#[tokio::test]
async fn who_is_ahead_waits_for_who_has_fallen_behind() {
    let Some(page) = shown(&pages::compared()).await else { return };
    page.loaded().await;
    page.click("#play").await;
    page.browser.until("moment() > 1.2").await;
    page.browser.run("videos()[1].currentTime -= 1").await;
    page.browser.until("videos()[0].paused && videos()[2].paused && !videos()[1].paused").await;
    assert_eq!(page.browser.value("await together()").await, true);
    page.close().await;
}

#[tokio::test]
async fn keys_do_what_the_help_says() {
    let Some(page) = shown(&pages::compared()).await else { return };
    page.loaded().await;
    let frame = |number: u32| {
        format!("resting() && videos().every((it) => Math.floor(it.currentTime * 24) === {number})")
    };
    let (second, fourth, fifth) = (frame(1), frame(3), frame(4));
    for (keys, holds) in [
        (".", second.as_str()),
        ("...", &fifth),
        (",", &fourth),
        (RIGHT, "resting() && Math.abs(moment() - 3.5 / 24 - 1) < 0.001"),
        (LEFT, &fourth),
        (END, "resting() && moment() === 20"),
        (HOME, "resting() && moment() === 0"),
        (" ", "playing() && moment() > 0.2 && apart() < 0.1"),
        (" ", "!playing() && resting()"),
        ("l", "all('#loop[aria-pressed=false]').length"),
        ("]]", "document.querySelector('#speed').value === '2'"),
        ("[", "document.querySelector('#speed').value === '1.5'"),
        ("b", "all('.wipe').every((it) => it.value === '100')"),
        ("b", "all('.wipe').every((it) => it.value === '0')"),
        ("++", "document.querySelector('#zoom').value === '156 %'"),
        ("0", "document.querySelector('#zoom').value === '100 %'"),
        ("n", "document.querySelector('#stage-heading').textContent === 'run.mp4'"),
        ("p", "document.querySelector('#stage-heading').textContent === 'walk.mp4'"),
        ("?", "document.querySelector('#shortcuts').open"),
        ("\u{e00c}", "!document.querySelector('#shortcuts').open"),
    ] {
        page.browser.keys(keys).await;
        page.browser.until(holds).await;
    }
    page.close().await;
}

#[tokio::test]
async fn the_tab_key_reaches_everything_and_leaves_again() {
    let Some(page) = shown(&pages::compared()).await else { return };
    page.loaded().await;
    page.browser.run("all('details').forEach((it, index) => { it.open = index % 2 === 0; })").await;
    // What can be used, in the order in which it stands there.
    let wanted = "all('a, button, input, select, summary, [tabindex=\"0\"]')
        .filter((it) => !it.disabled && it.checkVisibility() && !it.closest('dialog'))";
    page.browser.run(&format!("window.wanted = {wanted}; window.focused = [];")).await;
    let number = page.browser.value("wanted.length").await.as_u64().unwrap();
    for _ in 0..number {
        page.browser.keys(TAB).await;
        // Where the focus is has to be seen, on the element or on the frame about it.
        let script = "const it = document.activeElement; focused.push(it);
            const lit = [it, it.closest('.frame')].some((it) => it && getComputedStyle(it).outlineStyle !== 'none');
            return lit || it.outerHTML;";
        assert_eq!(page.browser.run(script).await, json!(true));
    }
    let missed = "wanted.filter((it, index) => focused[index] !== it).map((it) => it.outerHTML)";
    assert_eq!(page.browser.value(missed).await, json!([]));
    page.browser.keys(TAB).await;
    assert_eq!(
        page.browser.value("wanted.includes(document.activeElement)").await,
        false,
        "a trap"
    );
    page.close().await;
}
