//! One edit in the list: a thumbnail, the gist, and all that is known behind a fold.
//!
//! The script reads what it needs from here, so that nothing stands in the page twice.

use std::{collections::BTreeMap, time::Duration};

use maud::{Markup, html};

use crate::{
    Clip, Edit, MediaPath, State, chart,
    facts::facts,
    text::{self, without_secrets},
};

/// A value that is longer does not tell edits apart at a glance.
const SHORT: usize = 24;

/// What the cards of a clip have in common.
pub(crate) struct Deck<'a> {
    /// Tells which edits belong together.
    pub(crate) number: usize,
    pub(crate) clip: &'a Clip,
    /// The settings in which its edits differ.
    pub(crate) varied: Vec<&'a str>,
}

impl<'a> Deck<'a> {
    pub(crate) fn new(number: usize, clip: &'a Clip) -> Self {
        let mut values: BTreeMap<&str, (&str, usize, bool)> = BTreeMap::new();
        for (name, value) in clip.edits.iter().flat_map(|edit| &edit.settings) {
            let (first, count, is_varied) = values.entry(name).or_insert((value, 0, false));
            (*count, *is_varied) = (*count + 1, *is_varied || first != value);
        }
        let differs = |(count, is_varied)| is_varied || count < clip.edits.len();
        let varied =
            values.into_iter().filter(|(_, (_, count, varied))| differs((*count, *varied)));
        Self { number, clip, varied: varied.map(|(name, _)| name).collect() }
    }
}

/// The edit as an item of the list.
pub(crate) fn card(deck: &Deck<'_>, edit: &Edit, providers: &[&str]) -> Markup {
    let (clip, clip_number) = (deck.clip, deck.number);
    let provider = providers.iter().position(|name| *name == edit.provider).unwrap_or_default();
    html! {
        li.edit data-clip=(clip_number) data-name=(clip.name) data-provider=(edit.provider)
            data-state=(state(edit)) data-job=[edit.job.as_deref()] data-kept[edit.kept]
            data-file=[file(edit)] data-original=[clip.original.as_ref().map(MediaPath::as_url)]
            data-rate=[clip.frame_rate] data-price=[edit.price()]
            data-time=[edit.time().map(|time| time.as_secs_f64())] data-bytes=[edit.bytes()]
        {
            (thumbnail(edit))
            h3 {
                button.show type="button" {
                    (chart::mark(provider)) " "
                    bdi.provider { (edit.provider) } " "
                    bdi.clip { (clip.name) }
                }
            }
            p.gist.muted {
                @if edit.kept { span.kept { (star()) " Kept" } " " }
                (gist(edit, &deck.varied))
            }
            p.prompt dir="auto" { (edit.prompt) }
            @if let State::Failed { reason } = &edit.state {
                p.reason dir="auto" { (without_secrets(reason)) }
            }
            (facts(clip, edit))
        }
    }
}

const fn state(edit: &Edit) -> &'static str {
    match edit.state {
        State::Done { .. } => "done",
        State::Failed { .. } => "failed",
        State::Open { .. } => "open",
    }
}

fn file(edit: &Edit) -> Option<&str> {
    match &edit.state {
        State::Done { file, .. } => Some(file.as_url()),
        _ => None,
    }
}

fn star() -> Markup {
    html! {
        svg.mark viewBox="0 0 24 24" width="14" height="14" aria-hidden="true" focusable="false" {
            path d="M12 2l3 6.6 7.2.8-5.4 4.8 1.5 7.1-6.3-3.6-6.3 3.6 1.5-7.1L1.8 9.4 9 8.6z" {}
        }
    }
}

/// Empty for an edit that is there: the script puts a picture in while it is in view.
fn thumbnail(edit: &Edit) -> Markup {
    html! {
        div.thumb {
            @match &edit.state {
                State::Done { .. } => {}
                State::Failed { .. } => span { "Failed" },
                State::Open { word, progress } => (open(word, *progress)),
            }
        }
    }
}

/// Where an open edit stands, and a bar where somebody waits for it. One that takes longer than
/// such jobs do has no end that could be named, and its bar shows none.
fn open(word: &str, progress: Option<(Duration, Duration)>) -> Markup {
    let whole = |time: Duration| Duration::from_secs(time.as_secs());
    html! {
        span.word dir="auto" {
            (word)
            @if let Some((age, expected)) = progress {
                ", " span.age { (text::time(whole(age))) }
                @if age < expected { " of about " } @else { ", where about " }
                (text::time(whole(expected)))
                @if age >= expected { " is usual" }
            }
        }
        @if let Some((age, expected)) = progress {
            @let value = (age < expected).then_some(age.as_secs());
            progress aria-label=(word) value=[value] max=(expected.as_secs().max(1))
                data-age=(age.as_secs()) data-expected=(expected.as_secs()) {}
        }
    }
}

/// What tells it from the others of its clip, what it cost and how long it took, in a line.
fn gist(edit: &Edit, varied: &[&str]) -> String {
    let settings = edit
        .settings
        .iter()
        .filter(|(name, value)| varied.contains(&name.as_str()) && value.chars().count() <= SHORT);
    let settings = settings.map(|(name, value)| Some(format!("{name} {}", without_secrets(value))));

    let credits = || edit.billed.and_then(|charge| charge.credits).map(text::credits);
    let price = edit.price().map(text::usd).or_else(credits);
    let figures = [price, edit.time().map(text::time), edit.bytes().map(text::size)];
    let unbroken = |part: String| part.replace(' ', "\u{a0}");
    settings.chain(figures).flatten().map(unbroken).collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gist_says_in_what_the_edits_of_a_clip_differ() {
        let edit = |settings: &[(&str, &str)]| {
            let mut edit = Edit::new("kie", "", State::Failed { reason: String::new() });
            edit.quoted = Some(0.4);
            let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
            edit.settings = settings.iter().map(owned).collect();
            edit
        };
        let edits = vec![
            edit(&[("Audio", "auto"), ("Seed", "1"), ("Negative prompt", &"n".repeat(25))]),
            edit(&[("Audio", "auto"), ("Seed", "2"), ("Negative prompt", "blood")]),
            edit(&[("Audio", "auto"), ("Watermark", "on")]),
        ];
        let clip = Clip { edits, ..Clip::default() };
        let deck = Deck::new(1, &clip);
        let gists = clip.edits.iter().map(|edit| gist(edit, &deck.varied).replace('\u{a0}', " "));
        let expected =
            ["Seed 1 · $0.40", "Seed 2 · Negative prompt blood · $0.40", "Watermark on · $0.40"];
        assert_eq!(gists.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn an_open_edit_says_where_it_stands() {
        let seconds =
            |age, expected| Some((Duration::from_millis(age), Duration::from_millis(expected)));
        for (progress, said, bar) in [
            (None, "running<", None),
            (
                seconds(40_300, 120_000),
                "running, <span class=\"age\">40 s</span> of about 2 min<",
                Some(r#" value="40" max="120""#),
            ),
            (
                seconds(180_000, 120_000),
                "running, <span class=\"age\">3 min</span>, where about 2 min is usual<",
                Some(r#"running" max="120""#),
            ),
        ] {
            let html = open("running", progress).into_string();
            assert!(html.contains(said), "{html}");
            assert_eq!(html.contains("<progress"), bar.is_some(), "{html}");
            assert!(bar.is_none_or(|bar| html.contains(bar)), "{html}");
        }
    }
}
