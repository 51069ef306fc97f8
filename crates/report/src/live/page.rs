//! The live page as a whole, its policy, and what changes in it.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Form, Update, form};
use crate::{Page, assets, controls, render, summary};

/// How it looks besides.
const STYLE: &str =
    concat!(include_str!("../../assets/live/live.css"), include_str!("../../assets/live/form.css"));

/// What it does besides: one script, in files that each do one thing.
const SCRIPT: &str = concat!(
    include_str!("../../assets/live/ask.js"),
    include_str!("../../assets/live/clip.js"),
    include_str!("../../assets/live/form.js"),
    include_str!("../../assets/live/quote.js"),
    include_str!("../../assets/live/list.js"),
    include_str!("../../assets/live/live.js"),
);

/// The whole page: a new comparison, and below it all that a written page has.
#[must_use]
pub fn page(page: &Page, form: &Form) -> String {
    let providers = summary::providers(page);
    let is_empty = page.clips.iter().all(|clip| clip.edits.is_empty());
    html! {
        (DOCTYPE)
        html lang="en" {
            (render::head(page, &rules(), &[assets::STYLE, STYLE]))
            body {
                a.skip href="#edits" { "Skip to all edits" }
                (render::header(page))
                p #lost.banner role="alert" {}
                main {
                    (form::section(form, is_empty))
                    (controls::stage())
                    (summary::section(page, &providers))
                    (render::edits(page, &providers))
                }
                (controls::shortcuts())
                (besides())
                // First, so that it sees the list as it was sent.
                script type="module" { (PreEscaped(SCRIPT)) }
                script type="module" { (PreEscaped(assets::SCRIPT)) }
            }
        }
    }
    .into_string()
}

/// The content security policy, to be sent as a header: own style and script, media and answers from
/// where the page is and a preview of the chosen clip, and no frame around it.
#[must_use]
pub fn policy() -> String {
    format!("{}; frame-ancestors 'none'", rules())
}

/// What changes in the page, to be shown in it without loading it anew.
#[must_use]
pub fn update(page: &Page) -> Update {
    let providers = summary::providers(page);
    Update {
        counts: render::counts(page),
        summary: summary::section(page, &providers).into_string(),
        list: render::items(page, &providers).into_string(),
    }
}

/// The policy as far as a page may state it itself.
fn rules() -> String {
    let sources = |texts: [&str; 2]| texts.map(assets::source).join(" ");
    format!(
        "default-src 'none'; style-src {}; script-src {}; media-src 'self' blob:; connect-src 'self'; \
         base-uri 'none'; form-action 'none'",
        sources([assets::STYLE, STYLE]),
        sources([SCRIPT, assets::SCRIPT])
    )
}

/// What lies over the page for a while, and what the script makes buttons of.
fn besides() -> Markup {
    html! {
        template #keep { button.keep type="button" aria-pressed="false" { span {} span.unseen {} } }
        div #dropping aria-hidden="true" { p { "Drop the clip for a new comparison" } }
        p #said role="status" dir="auto" {}
    }
}

#[cfg(test)]
mod tests;
