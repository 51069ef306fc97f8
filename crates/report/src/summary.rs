//! What the providers took and cost: a drawing, and a table that says the same.

use std::{collections::BTreeSet, time::Duration};

use maud::{Markup, html};

use crate::{Page, State, chart, page::Edit, text};

/// The providers of the page in alphabetical order, which is what gives each its mark.
pub(crate) fn providers(page: &Page) -> Vec<&str> {
    let all = page.clips.iter().flat_map(|clip| &clip.edits);
    all.map(|edit| edit.provider.as_str()).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The section, whatever is known; hidden as long as there is no edit.
pub(crate) fn section(page: &Page, providers: &[&str]) -> Markup {
    let by_provider: Vec<Vec<&Edit>> = providers
        .iter()
        .map(|provider| {
            let edits = page.clips.iter().flat_map(|clip| &clip.edits);
            edits.filter(|edit| edit.provider == *provider).collect()
        })
        .collect();
    let done: Vec<Vec<&Edit>> = by_provider
        .iter()
        .map(|edits| edits.iter().copied().filter(|edit| is_done(edit)).collect())
        .collect();
    html! {
        section #summary aria-labelledby="summary-heading" hidden[providers.is_empty()] {
            h2 #summary-heading { "Price and time" }
            div.split {
                @if let Some(chart) = chart::chart(&done) {
                    figure {
                        (chart)
                        figcaption.muted {
                            "One mark per finished edit: what it was settled at, or else quoted, against \
                             queue and run together."
                        }
                    }
                }
                div.scroll tabindex="0" role="region" aria-label="Figures of each provider" {
                    (table(providers, &by_provider, &done))
                }
            }
        }
    }
}

fn table(providers: &[&str], all: &[Vec<&Edit>], done: &[Vec<&Edit>]) -> Markup {
    html! {
        table {
            thead {
                tr {
                    th scope="col" { "Provider" }
                    @for heading in ["Done", "Failed", "Median price", "Median time", "Settled"] {
                        th.number scope="col" { (heading) }
                    }
                }
            }
            tbody {
                @for (number, ((provider, all), done)) in
                    providers.iter().zip(all).zip(done).enumerate()
                {
                    tr {
                        th scope="row" { (chart::mark(number)) " " bdi { (provider) } }
                        td.number { (done.len()) }
                        td.number { (all.iter().filter(|edit| is_failed(edit)).count()) }
                        td.number { (or_dash(median_price(done).map(text::usd))) }
                        td.number { (or_dash(median_time(done).map(text::time))) }
                        td.number { (settled(all)) }
                    }
                }
            }
        }
    }
}

const fn is_done(edit: &Edit) -> bool {
    matches!(edit.state, State::Done { .. })
}

const fn is_failed(edit: &Edit) -> bool {
    matches!(edit.state, State::Failed { .. })
}

fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".to_owned())
}

fn median_price(edits: &[&Edit]) -> Option<f64> {
    let mut prices: Vec<f64> = edits.iter().filter_map(|edit| edit.price()).collect();
    prices.sort_by(f64::total_cmp);
    prices.get(prices.len() / 2).copied()
}

fn median_time(edits: &[&Edit]) -> Option<Duration> {
    let mut times: Vec<Duration> = edits.iter().filter_map(|edit| edit.time()).collect();
    times.sort();
    times.get(times.len() / 2).copied()
}

/// What all came to, dollars and credits each for themselves: nobody knows a rate.
fn settled(edits: &[&Edit]) -> String {
    let usd = |edit: &Edit| edit.settled.or_else(|| edit.billed?.usd);
    let dollars: Vec<f64> = edits.iter().filter_map(|edit| usd(edit)).collect();
    let only_credits = edits.iter().filter(|edit| usd(edit).is_none());
    let credits: Vec<f64> = only_credits.filter_map(|edit| edit.billed?.credits).collect();
    let sums = [(dollars, text::usd as fn(f64) -> String), (credits, text::credits)];
    let sums = sums.into_iter().filter(|(amounts, _)| !amounts.is_empty());
    let sums: Vec<_> = sums.map(|(amounts, show)| show(amounts.iter().sum())).collect();
    or_dash((!sums.is_empty()).then(|| sums.join(" + ")))
}
