//! All that is known of an edit, behind a fold.

use std::time::Duration;

use maud::{Markup, html};

use crate::{
    Clip, Edit, MediaPath, State, Time,
    page::Charge,
    text::{self, without_secrets},
};

/// The fold and what is in it.
pub(crate) fn facts(clip: &Clip, edit: &Edit) -> Markup {
    let took = edit.took.filter(|_| edit.queued.is_none() || edit.running.is_none());
    let figures = [
        ("Quoted", edit.quoted.map(text::usd)),
        ("Settled", edit.settled.map(text::usd)),
        ("Billed", billed(edit)),
        ("In queue", edit.queued.map(time)),
        ("Running", edit.running.map(time)),
        ("In all", took.map(seen)),
        ("Size", edit.bytes().map(text::size)),
    ];
    html! {
        details.facts {
            summary { "Details" }
            dl {
                @for (name, value) in &edit.settings {
                    div { dt { (name) } dd { (without_secrets(value)) } }
                }
                @for (name, value) in figures {
                    @if let Some(value) = value { div { dt { (name) } dd { (value) } } }
                }
                @if let Some(job) = &edit.job { div { dt { "Job" } dd { (job) } } }
                @if let State::Done { file, sha256, .. } = &edit.state {
                    div { dt { "Files" } dd { (links(clip, file)) } }
                    div.wide { dt { "SHA-256" } dd { code { (sha256) } } }
                }
            }
        }
    }
}

fn time(time: Time) -> String {
    if time.is_seen { seen(time.span) } else { text::time(time.span) }
}

/// Whoever asks now and then does not see to the second.
fn seen(span: Duration) -> String {
    format!("{}, as seen", text::time(span))
}

/// What was billed where the settled price does not say it: other dollars, or credits.
fn billed(edit: &Edit) -> Option<String> {
    let Charge { usd, credits } = edit.billed?;
    let usd = usd.map(text::usd).filter(|usd| edit.settled.map(text::usd).as_ref() != Some(usd));
    let parts: Vec<_> = [usd, credits.map(text::credits)].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn links(clip: &Clip, edited: &MediaPath) -> Markup {
    html! {
        a href=(edited.as_url()) { "edit" }
        @if let Some(original) = &clip.original { ", " a href=(original.as_url()) { "original" } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_that_were_only_seen_are_said_to_be() {
        let time = |seconds, is_seen| Some(Time { span: Duration::from_secs(seconds), is_seen });
        for (queued, running, said) in [
            (time(20, false), time(30, false), "In queue 20 s, Running 30 s"),
            (time(20, true), time(30, false), "In queue 20 s, as seen, Running 30 s"),
            (None, time(30, false), "Running 30 s, In all 50 s, as seen"),
            (None, None, "In all 50 s, as seen"),
        ] {
            let mut edit = Edit::new("kie", "", State::Failed { reason: String::new() });
            (edit.queued, edit.running) = (queued, running);
            edit.took = Some(Duration::from_secs(50));
            let shown = facts(&Clip::default(), &edit).into_string();
            let shown = shown.replace("</dt><dd>", " ").replace("</dd></div><div><dt>", ", ");
            assert!(shown.contains(&format!("<dt>{said}</dd>")), "{said}: {shown}");
        }
    }

    #[test]
    fn what_was_billed_is_said_only_where_the_settled_price_does_not_say_it() {
        let charge = |usd, credits| Some(Charge { usd, credits });
        for (settled, charged, said) in [
            (None, None, None),
            (Some(0.4), None, None),
            (Some(0.4), charge(Some(0.4), None), None),
            (Some(0.4), charge(Some(0.4), Some(40.0)), Some("40 credits")),
            (Some(0.4), charge(Some(0.5), None), Some("$0.50")),
            (None, charge(Some(0.5), Some(2.5)), Some("$0.50, 2.5 credits")),
        ] {
            let mut edit = Edit::new("kie", "", State::Failed { reason: String::new() });
            (edit.settled, edit.billed) = (settled, charged);
            assert_eq!(billed(&edit).as_deref(), said);
        }
    }
}
