//! All that is known of an edit, behind a fold.

use maud::{Markup, html};

use crate::{
    Clip, Edit, MediaPath, State,
    page::Charge,
    text::{self, without_secrets},
};

/// The fold and what is in it.
pub(crate) fn facts(clip: &Clip, edit: &Edit) -> Markup {
    let figures = [
        ("Quoted", edit.quoted.map(text::usd)),
        ("Settled", edit.settled.map(text::usd)),
        ("Billed", billed(edit)),
        ("In queue", edit.queued.map(text::time)),
        ("Running", edit.running.map(text::time)),
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
