//! What is to be seen: the slider, the zoom, and the colours of the page.

use image::RgbImage;
use serde_json::{Value, json};

use crate::{Shown, pages, shown};

const LEFT: &str = "\u{e012}";

/// The colour that a pixel of the page has.
fn colour(picture: &RgbImage, x: f64, y: f64) -> &'static str {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels")]
    let [red, green, blue] = picture.get_pixel(x as u32, y as u32).0;
    match (red > 128, green > 100, blue > 128) {
        (true, false, false) => "red",
        (false, true, false) => "green",
        (false, false, true) => "blue",
        _ => "something else",
    }
}

/// The colours of a pane, at a tenth, at a quarter, and at three quarters of its width.
async fn colours(page: &Shown, name: &str) -> [&'static str; 3] {
    let place = page
        .browser
        .run(&format!(
            "await new Promise(requestAnimationFrame); await new Promise(requestAnimationFrame);
             const it = document.querySelector('.pane[data-name={name}] .frame').getBoundingClientRect();
             return [it.left, it.top, it.width, it.height];"
        ))
        .await;
    let [left, top, width, height] = [0, 1, 2, 3].map(|index| place[index].as_f64().unwrap());
    let picture = page.browser.picture().await;
    [0.1, 0.25, 0.75].map(|part| colour(&picture, left + width * part, top + height * 0.75))
}

#[tokio::test]
async fn the_slider_shows_the_original_on_its_left_in_all_edits() {
    let Some(page) = shown(&pages::compared()).await else { return };
    page.loaded().await;
    assert_eq!(colours(&page, "Original").await, ["red"; 3]);
    assert_eq!(colours(&page, "kie").await, ["blue"; 3]);
    let slider = ".pane[data-name=kie] .wipe";
    let width = page.browser.value("all('.frame')[1].clientWidth").await.as_i64().unwrap();
    page.browser.drag(slider, (-width / 2 + 5, 0), (width / 2, 0)).await;
    assert_eq!(colours(&page, "kie").await, ["red", "red", "blue"], "dragged");
    assert_eq!(colours(&page, "wavespeed").await, ["red", "red", "green"], "the others follow");
    assert_eq!(page.browser.value("playing()").await, false, "a drag is no click");
    page.browser.run(&format!("document.querySelector('{slider}').focus()")).await;
    page.browser.keys(&LEFT.repeat(60)).await;
    assert_eq!(colours(&page, "kie").await, ["red", "blue", "blue"], "by keys");
    assert_eq!(colours(&page, "wavespeed").await, ["red", "green", "green"]);
    page.close().await;
}

/// Where in the picture each frame looks, in hundredths of what does not fit: none if nothing is
/// cut away.
const LOOKS_AT: &str = "all('#panes .zoomed').map((it) => {
    const [inner, outer] = [it, it.closest('.frame')].map((it) => it.getBoundingClientRect());
    const part = (side, size) => Math.round((outer[side] - inner[side]) / (inner[size] - outer[size]) * 100);
    return inner.width - outer.width < 1 ? null : [part('left', 'width'), part('top', 'height')];
})";

#[tokio::test]
async fn the_zoom_follows_the_pointer_in_all_panes() {
    let Some(page) = shown(&pages::compared()).await else { return };
    page.loaded().await;
    assert_eq!(page.browser.value(LOOKS_AT).await, json!([null, null, null, null, null]));
    page.browser.keys("+++").await;
    let size =
        page.browser.value("[all('.frame')[0].clientWidth, all('.frame')[0].clientHeight]").await;
    let [width, height] = [0, 1].map(|index| size[index].as_i64().unwrap());
    for (pane, to, seen) in [
        ("kie", (-width / 4, height / 4), [25, 75]),
        ("wavespeed", (width / 10, 0), [60, 50]),
        ("Original", (width / 4, -height / 4), [75, 25]),
    ] {
        page.browser.hover(&format!(".pane[data-name={pane}] .frame"), to).await;
        let looks_at = page.browser.value(LOOKS_AT).await;
        let near = |at: &Value, wanted: i64| (at.as_i64().unwrap() - wanted).abs() <= 1;
        for at in looks_at.as_array().unwrap() {
            assert!(near(&at[0], seen[0]) && near(&at[1], seen[1]), "{pane}: {looks_at}");
        }
    }
    page.close().await;
}

#[tokio::test]
async fn the_page_is_dark_where_people_want_it_dark_and_fits_a_phone() {
    let Some(page) = shown(&pages::compared()).await else { return };
    for (scheme, is_light) in [("light", true), ("dark", false)] {
        let feature = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        page.browser.command("Emulation.setEmulatedMedia", json!({ "features": feature })).await;
        for width in [1440, 390] {
            let screen =
                json!({ "width": width, "height": 844, "deviceScaleFactor": 1, "mobile": false });
            page.browser.command("Emulation.setDeviceMetricsOverride", screen).await;
            let ground = page.browser.picture().await.get_pixel(4, 400).0;
            assert_eq!(ground.iter().all(|part| *part > 200), is_light, "{scheme}: {ground:?}");
            let fits = "document.documentElement.scrollWidth <= innerWidth";
            assert_eq!(page.browser.value(fits).await, true, "{width}");
        }
    }
    page.close().await;
}
