//! The page as a whole.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::{Page, State, assets, controls, edit, page::Edit, summary, text};

/// The page as one HTML file.
///
/// It asks nobody for anything but the media that lie beside it, and shows whatever texts it is
/// given as texts. Write it into the folder that its [`MediaPath`](crate::MediaPath)s start from.
#[must_use]
pub fn render(page: &Page) -> String {
    let providers = summary::providers(page);
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(page))
            body {
                a.skip href="#edits" { "Skip to all edits" }
                header.top {
                    h1 { bdi { (page.title) } }
                    p.muted { (counts(page)) }
                }
                main {
                    (controls::stage())
                    (summary::section(page, &providers))
                    section #edits tabindex="-1" aria-labelledby="edits-heading" {
                        h2 #edits-heading { "All edits" }
                        (controls::filter(&providers))
                        ol #list role="list" {
                            @for (number, clip) in page.clips.iter().enumerate() {
                                @for edit in &clip.edits {
                                    (edit::card(number, clip, edit, &providers))
                                }
                            }
                        }
                    }
                }
                (controls::shortcuts())
                script type="module" { (PreEscaped(assets::SCRIPT)) }
            }
        }
    }
    .into_string()
}

fn head(page: &Page) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="generator" content="reshoot";
            meta http-equiv="Content-Security-Policy" content=(assets::policy());
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="referrer" content="no-referrer";
            title { (page.title) }
            style { (PreEscaped(assets::STYLE)) }
        }
    }
}

/// How many there are, and what became of them, in a line.
fn counts(page: &Page) -> String {
    let clips = page.clips.iter().filter(|clip| !clip.edits.is_empty()).count();
    let edits = || page.clips.iter().flat_map(|clip| &clip.edits);
    let of = |is: fn(&Edit) -> bool| edits().filter(|edit| is(edit)).count();
    let mut parts = vec![format!(
        "{} of {}",
        text::count(edits().count(), "edit", "edits"),
        text::count(clips, "clip", "clips")
    )];
    for (word, number) in [
        ("done", of(|edit| matches!(edit.state, State::Done { .. }))),
        ("failed", of(|edit| matches!(edit.state, State::Failed { .. }))),
        ("open", of(|edit| matches!(edit.state, State::Open { .. }))),
    ] {
        if number > 0 {
            parts.push(format!("{number} {word}"));
        }
    }
    parts.join(" · ")
}
