//! One edit in the list: a thumbnail, the gist, and all that is known behind a fold.
//!
//! The script reads what it needs from here, so that nothing stands in the page twice.

use maud::{Markup, html};

use crate::{
    Clip, Edit, MediaPath, State, chart,
    page::Charge,
    text::{self, without_secrets},
};

/// The edit as an item of the list. `clip_number` tells which edits belong together.
pub(crate) fn card(clip_number: usize, clip: &Clip, edit: &Edit, providers: &[&str]) -> Markup {
    let provider = providers.iter().position(|name| *name == edit.provider).unwrap_or_default();
    html! {
        li.edit data-clip=(clip_number) data-name=(clip.name) data-provider=(edit.provider)
            data-state=(state(edit)) data-original=[clip.original.as_ref().map(MediaPath::as_url)]
            data-rate=[clip.frame_rate] data-price=[edit.price()]
            data-time=[edit.time().map(|time| time.as_secs_f64())] data-bytes=[bytes(edit)]
        {
            (thumbnail(edit))
            h3 {
                button.show type="button" {
                    (chart::mark(provider)) " "
                    bdi.provider { (edit.provider) } " "
                    bdi.clip { (clip.name) }
                }
            }
            p.gist.muted { (gist(edit)) }
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

const fn bytes(edit: &Edit) -> Option<u64> {
    match edit.state {
        State::Done { bytes, .. } => Some(bytes),
        _ => None,
    }
}

/// Nothing is fetched for it until the script sees it come into view. Some browsers show a first
/// picture only of a video that is asked for a moment after its first.
fn thumbnail(edit: &Edit) -> Markup {
    html! {
        div.thumb {
            @match &edit.state {
                State::Done { file, .. } => {
                    video src={ (file.as_url()) "#t=0.001" } preload="none" muted playsinline tabindex="-1"
                        aria-hidden="true" {}
                }
                State::Failed { .. } => span { "Failed" },
                State::Open { word, .. } => span { (word) },
            }
        }
    }
}

/// What it cost and how long it took, in a line.
fn gist(edit: &Edit) -> String {
    let price = edit.price().map(text::usd).or_else(|| edit.billed.and_then(credits));
    let parts = [price, edit.time().map(text::time), bytes(edit).map(text::size)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

fn credits(charge: Charge) -> Option<String> {
    charge.credits.map(text::credits)
}

/// What was billed in words: dollars, credits, or both.
fn billed(charge: Charge) -> Option<String> {
    let parts = [charge.usd.map(text::usd), credits(charge)];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Everything else, behind a fold.
fn facts(clip: &Clip, edit: &Edit) -> Markup {
    let figures = [
        ("Quoted", edit.quoted.map(text::usd)),
        ("Billed", edit.billed.and_then(billed)),
        ("In queue", edit.queued.map(text::time)),
        ("Running", edit.running.map(text::time)),
        ("Size", bytes(edit).map(text::size)),
    ];
    html! {
        details.facts {
            summary { "Details" }
            dl {
                @for (name, value) in &edit.settings {
                    div { dt { bdi { (name) } } dd { bdi { (without_secrets(value)) } } }
                }
                @for (name, value) in figures {
                    @if let Some(value) = value { div { dt { (name) } dd { (value) } } }
                }
                @if let State::Done { file, sha256, .. } = &edit.state {
                    div.wide { dt { "SHA-256" } dd { code { (sha256) } } }
                    div { dt { "Files" } dd { (links(clip, file)) } }
                }
            }
        }
    }
}

fn links(clip: &Clip, edited: &MediaPath) -> Markup {
    html! {
        a href=(edited.as_url()) { "edit" }
        @if let Some(original) = &clip.original { ", " a href=(original.as_url()) { "original" } }
    }
}
