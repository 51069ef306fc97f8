//! `reshoot providers`: what each provider can do, as a table.

mod facts;

use comfy_table::{Table, TableStyle, presets};
use reshoot::{Descriptor, PROVIDERS};
use serde_json::{Map, Value, json};

use super::table::fitted;
use crate::{args::ProvidersArgs, exit::Failure, output};
use facts::FACTS;

pub(super) fn run(args: &ProvidersArgs, json: bool) -> Result<(), Failure> {
    if json {
        PROVIDERS.iter().map(object).for_each(output::result);
    } else if args.markdown {
        output::result(table(presets::ASCII_MARKDOWN));
    } else {
        output::result(fitted(table(presets::UTF8_FULL_CONDENSED)));
    }
    Ok(())
}

/// One row per fact, one column per provider.
fn table(style: TableStyle) -> Table {
    let mut table = Table::new();
    let titles = PROVIDERS.iter().map(|provider| provider.capabilities.title.to_owned());
    table.load_style(style).set_header(std::iter::once(String::new()).chain(titles));
    for (label, fact) in FACTS {
        let cells = PROVIDERS.iter().map(fact);
        table.add_row(std::iter::once((*label).to_owned()).chain(cells));
    }
    table
}

fn object(provider: &Descriptor) -> Value {
    let facts: Map<_, _> = FACTS
        .iter()
        .map(|(label, fact)| (label.to_lowercase().replace(' ', "_"), json!(fact(provider))))
        .collect();
    json!({
        "event": "provider",
        "provider": provider.name(),
        "title": provider.capabilities.title,
        "facts": facts,
    })
}
