//! `reshoot quote`: what an edit would cost at each provider, cheapest first.

use std::cmp::Ordering;

use reshoot::{
    Checked, Descriptor, EditRequest, Estimate, Media, PROVIDERS, Violations,
    media::{VideoFacts, probe_link, probe_video},
};
use serde_json::{Value, json};

use super::{Context, begin, table};
use crate::{
    args::QuoteArgs,
    exit::{Exit, Failure},
    interrupts::Interrupted,
    output::{self, Event},
    request,
    session::emulated_staging,
};

/// What one provider would take for the edit.
struct Quoted {
    descriptor: &'static Descriptor,
    checked: Checked,
    estimate: Estimate,
}

pub(super) async fn run(args: &QuoteArgs, context: &mut Context<'_>) -> Result<(), Failure> {
    let request = request::request(&args.request)?;
    let facts = facts(&request, context).await?;
    let (mut quoted, mut unfit) = (Vec::new(), Vec::new());
    for descriptor in providers(args) {
        match check(&request, descriptor, args, facts.as_ref()) {
            Ok(checked) => {
                let estimate = checked.estimate();
                quoted.push(Quoted { descriptor, checked, estimate });
            }
            Err(violations) => unfit.push(violations),
        }
    }
    quoted.sort_by(cheapest);
    if context.json {
        quoted.iter().map(|it| object(it, &request)).for_each(output::result);
    } else if !quoted.is_empty() {
        output::result(table::fitted(rows(&quoted, &request)));
    }
    unfit.iter().for_each(|violations| context.out.show(Event::Unfit(violations)));
    if quoted.is_empty() {
        let message = "none of these providers can run this edit as it is";
        return Err(
            Failure::new(Exit::Refused, "violations", message).money("nothing was sent or spent")
        );
    }
    Ok(())
}

/// What is in the clip: read from its headers, at a URL by range requests.
async fn facts(
    request: &EditRequest,
    context: &mut Context<'_>,
) -> Result<Option<VideoFacts>, Failure> {
    let facts = match &request.video {
        Media::File(path) => probe_video(path).ok(),
        Media::Url(url) => {
            let probed = context.interrupts.or(probe_link(url, true)).await;
            match probed.map_err(|Interrupted| Failure::interrupted_unspent())? {
                Ok(facts) => Some(facts),
                Err(error) => {
                    context.out.show(Event::NotMeasured(&error));
                    None
                }
            }
        }
    };
    if let Some(facts) = &facts {
        context.out.show(Event::Clip(facts));
    }
    Ok(facts)
}

fn providers(args: &QuoteArgs) -> Vec<&'static Descriptor> {
    if args.provider.is_empty() { PROVIDERS.iter().collect() } else { args.provider.clone() }
}

fn check(
    request: &EditRequest,
    descriptor: &Descriptor,
    args: &QuoteArgs,
    facts: Option<&VideoFacts>,
) -> Result<Checked, Violations> {
    let staging = if args.staging.emulator {
        emulated_staging(descriptor)
    } else {
        begin::staging(args.staging.stage.is_some())
    };
    request.clone().check_knowing(descriptor.capabilities, staging, facts)
}

/// Known prices first, the lowest of them first.
fn cheapest(one: &Quoted, other: &Quoted) -> Ordering {
    match (one.estimate.usd, other.estimate.usd) {
        (Some(one), Some(other)) => one.total_cmp(&other),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

fn rows(quoted: &[Quoted], request: &EditRequest) -> comfy_table::Table {
    let mut table =
        table::plain(["provider", "billed seconds", "per second", "price", "source", "read"]);
    for Quoted { descriptor, estimate, .. } in quoted {
        let capabilities = descriptor.capabilities;
        let (per_second, source) = match capabilities.price {
            Some(price) => (format!("${}", price.value.at(request.resolution)), price.source),
            None => ("unknown".to_owned(), capabilities.billing.source),
        };
        let lead = if estimate.is_bound { "at most " } else { "" };
        table.add_row([
            descriptor.name().to_owned(),
            format!("{lead}{:.1} s", estimate.seconds),
            per_second,
            estimate.usd.map_or("unknown".to_owned(), |usd| format!("{lead}${usd:.2}")),
            source.url.to_owned(),
            source.read.to_owned(),
        ]);
    }
    table
}

fn object(quoted: &Quoted, request: &EditRequest) -> Value {
    let Quoted { descriptor, checked, estimate } = quoted;
    let capabilities = descriptor.capabilities;
    let billing = capabilities.billing.source;
    let price = capabilities.price.map(|price| {
        json!({
            "usd_per_second": price.value.at(request.resolution),
            "source": price.source.url,
            "read": price.source.read,
        })
    });
    let warnings: Vec<_> = checked.warnings().iter().map(ToString::to_string).collect();
    json!({
        "event": "quote",
        "provider": descriptor.name(),
        "seconds": estimate.seconds,
        "is_bound": estimate.is_bound,
        "usd": estimate.usd,
        "price": price,
        "billing": { "source": billing.url, "read": billing.read },
        "warnings": warnings,
    })
}
