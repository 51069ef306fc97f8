//! What a comparison would cost, in words: at each provider, in all, and on the button.

use maud::{Markup, html};

use super::{Quote, QuoteAt};
use crate::text;

/// The quote as HTML: a part for each provider, which the script puts beside that provider's name,
/// and the whole.
#[must_use]
pub fn quote(quote: &Quote) -> String {
    html! {
        @for at in &quote.at { div data-at=(at.provider) { (part(at)) } }
        div.whole { (whole(quote)) }
    }
    .into_string()
}

/// What the button says that runs the quote: how many edits, and their price.
#[must_use]
pub fn label(quote: &Quote) -> String {
    if quote.runs == 0 {
        return "Nothing to run".to_owned();
    }
    if quote.id.is_none() {
        return "Not to be run".to_owned();
    }
    let edits = text::count(quote.runs, "edit", "edits");
    match (quote.usd, quote.unknown) {
        (Some(usd), 0) => format!("Run {edits} for at most {}", text::usd(usd)),
        (Some(usd), unknown) if unknown < quote.runs => {
            let known = quote.runs - unknown;
            format!(
                "Run {edits}: {known} for at most {}, {unknown} at an unknown price",
                text::usd(usd)
            )
        }
        _ => format!("Run {edits} at an unknown price"),
    }
}

fn part(at: &QuoteAt) -> Markup {
    html! {
        @if at.runs > 0 || at.violations.is_empty() { p.amount { (amount(at)) } }
        @if !at.violations.is_empty() {
            p.violation dir="auto" { "Not possible: " (at.violations.join("; ")) }
        }
        @if !at.warnings.is_empty() { p.muted dir="auto" { "Note: " (at.warnings.join("; ")) } }
    }
}

fn amount(at: &QuoteAt) -> String {
    let price = at
        .usd
        .map_or_else(|| "unknown price".to_owned(), |usd| format!("at most {}", text::usd(usd)));
    match at.runs {
        0 => "nothing to run".to_owned(),
        1 => price,
        runs => format!("{runs} edits, {price}"),
    }
}

fn whole(quote: &Quote) -> Markup {
    let refusing = |all| {
        let refusing = quote.at.iter().filter(|at| !at.violations.is_empty());
        names(refusing.filter(|at| (at.runs == 0) == all))
    };
    html! {
        p.sum { (sum(quote)) }
        @if quote.unknown > 0 {
            p { (text::count(quote.unknown, "edit has", "edits have")) " a price that nobody knows beforehand." }
        }
        @if quote.done > 0 {
            p { (text::count(quote.done, "edit is", "edits are")) " here already and will not be paid for again." }
        }
        @if let Some(names) = refusing(true) { p { "Not possible at " bdi { (names) } "." } }
        @if let Some(names) = refusing(false) { p { "Only in part at " bdi { (names) } "." } }
        @if let Some(trouble) = &quote.trouble { p.violation dir="auto" { (trouble) } }
    }
}

fn names<'a>(at: impl Iterator<Item = &'a QuoteAt>) -> Option<String> {
    let names: Vec<_> = at.map(|at| at.provider.as_str()).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// The sum, or that there is none.
fn sum(quote: &Quote) -> String {
    let edits = text::count(quote.runs, "edit", "edits");
    match (quote.runs, quote.usd) {
        (0, _) => "Nothing to run.".to_owned(),
        (_, Some(usd)) if quote.unknown == 0 => {
            format!("{edits}, at most {} in all.", text::usd(usd))
        }
        (_, Some(usd)) => {
            format!("{edits}, at most {} for those at a known price.", text::usd(usd))
        }
        (_, None) => format!("{edits}."),
    }
}

#[cfg(test)]
mod tests;
