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
            (head(page, &assets::policy(), &[assets::STYLE]))
            body {
                a.skip href="#edits" { "Skip to all edits" }
                (header(page))
                main {
                    (controls::stage())
                    (summary::section(page, &providers))
                    (edits(page, &providers))
                }
                (controls::shortcuts())
                script type="module" { (PreEscaped(assets::SCRIPT)) }
            }
        }
    }
    .into_string()
}

/// Everything before the body. A style is let in only if the policy has its hash.
pub(crate) fn head(page: &Page, policy: &str, styles: &[&str]) -> Markup {
    let generator = match &page.notice {
        Some(notice) => format!("reshoot: {notice}"),
        None => "reshoot".to_owned(),
    };
    html! {
        head {
            meta charset="utf-8";
            meta name="generator" content=(generator);
            meta http-equiv="Content-Security-Policy" content=(policy);
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="referrer" content="no-referrer";
            title { (page.title) }
            @for style in styles { style { (PreEscaped(style)) } }
        }
    }
}

/// The heading, and what must be known before all else.
pub(crate) fn header(page: &Page) -> Markup {
    html! {
        header.top {
            h1 { bdi { (page.title) } }
            p #counts.muted { (counts(page)) }
            @if let Some(as_of) = &page.as_of { p.muted { "as of " bdi { (as_of) } } }
        }
        @if let Some(notice) = &page.notice { p.banner dir="auto" { (notice) } }
    }
}

/// The section of all edits.
pub(crate) fn edits(page: &Page, providers: &[&str]) -> Markup {
    html! {
        section #edits tabindex="-1" aria-labelledby="edits-heading" {
            h2 #edits-heading { "All edits" }
            (controls::filter())
            ol #list role="list" { (items(page, providers)) }
        }
    }
}

/// The items of the list. Clips are numbered from the last, so that one which is put before the
/// others changes none of them.
pub(crate) fn items(page: &Page, providers: &[&str]) -> Markup {
    html! {
        @for (number, clip) in (1..=page.clips.len()).rev().zip(&page.clips) {
            @let deck = edit::Deck::new(number, clip);
            @for edit in &clip.edits { (edit::card(&deck, edit, providers)) }
        }
    }
}

/// How many there are, and what became of them, in a line.
pub(crate) fn counts(page: &Page) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Clip, MediaPath};

    fn page() -> Page {
        let mut edits = vec![
            Edit::new(
                "kie",
                "<b>bold</b>",
                State::Failed { reason: "see https://a.b/c?sig=1".into() },
            ),
            Edit::new("fal", "", State::Open { word: "queued".into(), progress: None }),
        ];
        edits.iter_mut().for_each(|edit| edit.kept = edit.provider == "fal");
        let original = MediaPath::new("a \"b\".mp4").ok();
        let clip = Clip { name: "a&b".into(), original, frame_rate: Some(24.0), edits };
        Page {
            title: "1 < 2".into(),
            notice: None,
            as_of: None,
            clips: vec![clip, Clip::default()],
        }
    }

    #[test]
    fn texts_are_escaped_and_links_lose_their_query() {
        let html = render(&page());
        for shown in [
            "<title>1 &lt; 2</title>",
            "&lt;b&gt;bold&lt;/b&gt;",
            "see https://a.b/c?…",
            r#"data-name="a&amp;b""#,
            r#"data-original="a%20%22b%22.mp4""#,
        ] {
            assert!(html.contains(shown), "{shown}");
        }
        assert!(!html.contains("sig=1") && !html.contains("<b>"));
    }

    #[test]
    fn the_heading_counts_what_became_of_the_edits() {
        assert_eq!(counts(&page()), "2 edits of 1 clip · 1 failed · 1 open");
        assert_eq!(counts(&Page::default()), "0 edits of 0 clips");
    }

    #[test]
    fn what_is_there_stays_as_it_is_when_a_clip_is_put_before_it() {
        let (mut page, providers) = (page(), ["fal", "kie"]);
        let before = items(&page, &providers).into_string();
        page.clips.insert(0, page.clips[0].clone());
        let after = items(&page, &providers).into_string();
        assert!(after.ends_with(&before) && after.len() > before.len());
    }
}
