//! The list: narrowed and ordered, of two thousand, of texts that mean harm, and while it changes.

use reshoot_report::{State, render};
use serde_json::json;

use crate::{
    pages::{self, HOSTILE},
    shown,
};

#[tokio::test]
async fn a_list_is_narrowed_and_ordered() {
    let Some(page) = shown(&pages::compared()).await else { return };
    let shows = "visible().map((it) => it.dataset.provider + ' ' + it.dataset.name)";
    for (control, value, wanted) in [
        (
            "#find",
            "WALK",
            json!(["kie walk.mp4", "wavespeed walk.mp4", "evolink walk.mp4", "fal walk.mp4"]),
        ),
        ("#find", "refused", json!(["evolink walk.mp4"])),
        ("#by-provider", "kie", json!([])),
        ("#find", "", json!(["kie walk.mp4", "kie run.mp4"])),
        ("#order", "name", json!(["kie run.mp4", "kie walk.mp4"])),
        (
            "#by-provider",
            "",
            json!([
                "kie run.mp4",
                "kie walk.mp4",
                "wavespeed walk.mp4",
                "evolink walk.mp4",
                "fal walk.mp4"
            ]),
        ),
        (
            "#order",
            "-price",
            json!([
                "wavespeed walk.mp4",
                "kie walk.mp4",
                "kie run.mp4",
                "evolink walk.mp4",
                "fal walk.mp4"
            ]),
        ),
        ("#by-state", "open", json!(["fal walk.mp4"])),
        ("#by-state", "kept", json!(["wavespeed walk.mp4"])),
    ] {
        page.set(control, value).await;
        assert_eq!(page.browser.value(shows).await, wanted, "{control}: {value}");
    }
    let said = page.browser.value("document.querySelector('#found').textContent").await;
    assert_eq!(said, "1 of 5 shown, dearest first");
    page.close().await;
}

#[tokio::test]
async fn two_thousand_clips_open_at_once_and_are_fetched_only_where_they_are_seen() {
    let Some(page) = shown(&pages::many(2000)).await else { return };
    page.loaded().await;
    let ready = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd";
    let painted = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime";
    page.browser.until(painted).await;
    for at in [ready, painted] {
        let milliseconds = page.browser.value(at).await.as_f64().unwrap();
        assert!(milliseconds < 5000.0, "{at}: {milliseconds}");
    }
    page.browser
        .run("document.querySelector('#edits').scrollIntoView({ behavior: 'instant' })")
        .await;
    page.browser
        .until("visible().slice(0, 10).every((it) => it.querySelector('video')?.readyState)")
        .await;
    let asked = page.requests().await;
    let fetched = asked.iter().filter(|url| url.contains("/many/")).count();
    assert!((10..100).contains(&fetched), "{fetched} of 2000 were fetched");
    page.set("#order", "-price").await;
    let order = "visible().every((it, index, all) => !index || +all[index - 1].dataset.price >= +it.dataset.price)";
    assert_eq!(page.browser.value(order).await, true);
    page.set("#find", "clip-199").await;
    assert_eq!(page.browser.value("visible().length").await, 11);
    page.close().await;
}

#[tokio::test]
async fn texts_and_names_that_mean_harm_are_shown_as_they_are() {
    let Some(page) = shown(&pages::hostile()).await else { return };
    page.loaded().await;
    assert_eq!(page.browser.value("typeof harmed").await, "undefined");
    assert_eq!(page.browser.value("all('img, script:not([type=module])').length").await, 0);
    for selector in [
        "title",
        "h1",
        ".edit .provider",
        ".edit .clip",
        ".edit .prompt",
        ".edit .reason",
        ".edit dt",
        ".edit dd",
        ".edit .word",
        "#stage-heading",
        "#stage-prompt",
        ".pane .provider",
        ".pane dt",
        ".pane[data-state=failed] .notice",
        ".pane[data-state=open] .notice",
        "tbody th bdi",
        "#by-provider option",
        "#sound option",
    ] {
        let text =
            format!("all('{selector}').some((it) => it.textContent.includes({}))", json!(HOSTILE));
        page.browser.until(&text).await;
    }
    page.click("#play").await;
    page.browser.until("playing() && moment() > 0.2 && videos().length === 2").await;
    page.close().await;
}

#[tokio::test]
async fn without_scripts_the_list_its_facts_and_its_links_are_there() {
    let Some(page) = shown(&pages::compared()).await else { return };
    let scripts = "Emulation.setScriptExecutionDisabled";
    page.browser.command(scripts, json!({ "value": true })).await;
    page.browser.visit(&pages::address(&page.folder)).await;
    page.browser.command(scripts, json!({ "value": false })).await;
    page.click(".edit summary").await;
    let seen = "[...document.querySelectorAll('.edit, .edit a, #stage, #filter')]
        .filter((it) => it.checkVisibility()).map((it) => it.getAttribute('href') ?? it.tagName)";
    let wanted = json!(["LI", "blue.mp4", "red.mp4", "LI", "LI", "LI", "LI"]);
    assert_eq!(page.browser.value(seen).await, wanted);
    page.close().await;
}

#[tokio::test]
async fn a_list_that_changes_leaves_what_plays_as_it_is() {
    let mut data = pages::compared();
    let Some(page) = shown(&data).await else { return };
    page.loaded().await;
    page.set("#scrub", "10").await;
    page.set(".wipe", "30").await;
    page.browser.keys("+ ").await;
    page.browser.until("playing()").await;
    page.browser.run("window.before = videos();").await;
    // The one that ran has come to an end, another was begun, and there is a newer clip.
    let shown_clip = &mut data.clips[0];
    shown_clip.edits[3].state = shown_clip.edits[0].state.clone();
    let mut added = shown_clip.edits[2].clone();
    (added.job, added.provider) = (Some("9".to_owned()), "novita".to_owned());
    added.state = State::Open { word: "queued".to_owned(), progress: None };
    shown_clip.edits.push(added);
    let mut newer = data.clips[1].clone();
    newer.edits[0].job = Some("10".to_owned());
    data.clips.insert(0, newer);
    let html = json!(render(&data));
    page.browser
        .run(&format!(
            "const page = new DOMParser().parseFromString({html}, 'text/html');
             document.querySelector('#list').replaceChildren(...page.querySelectorAll('.edit'));
             document.dispatchEvent(new Event('edits'));"
        ))
        .await;
    page.browser.until("videos().length === 4 && videos()[3].readyState >= 3").await;
    assert_eq!(page.browser.value("before.every((it) => videos().includes(it))").await, true);
    assert_eq!(page.browser.value("await together()").await, true);
    for holds in [
        "moment() > 10",
        "all('.wipe').every((it) => it.value === '30')",
        "document.querySelector('#zoom').value === '125 %'",
        "document.querySelector('#stage-heading').textContent === 'walk.mp4'",
        "document.querySelector('#place').textContent === '2 of 3'",
        "all('.pane').at(-1).querySelector('.notice').textContent === 'queued'",
        "all('#by-provider option').some((it) => it.value === 'novita')",
        "all('.show[aria-current]').length === 5",
    ] {
        page.browser.until(holds).await;
    }
    page.close().await;
}
