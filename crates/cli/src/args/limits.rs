//! Help texts that say what each provider takes, read from the capabilities.

use std::fmt::Display;

use reshoot::{Capabilities, PROVIDERS, capabilities::Webhook};

/// `text (apiframe 1, evolink 4, …)`; providers without a value are named last.
fn with<T: Display>(text: &str, value: impl Fn(&Capabilities) -> Option<T>) -> String {
    let (mut takers, mut others) = (Vec::new(), Vec::new());
    for provider in PROVIDERS {
        match value(provider.capabilities) {
            Some(value) => {
                takers.push(format!("{} {value}", provider.name()).trim_end().to_owned())
            }
            None => others.push(provider.name()),
        }
    }
    if !others.is_empty() {
        takers.push(format!("not {}", others.join(", not ")));
    }
    format!("{text} ({})", takers.join(", "))
}

pub(super) fn references() -> String {
    let text = "A picture to take elements from: a file or a URL; can be given several times";
    with(text, |can| Some(can.reference_images.value))
}

pub(super) fn negative_prompt() -> String {
    with("What must not appear", |can| can.negative_prompt.map(|_| ""))
}

pub(super) fn seed() -> String {
    with("Fix the randomness", |can| {
        can.seed.map(|seed| format!("{}..{}", seed.value.min, seed.value.max))
    })
}

pub(super) fn prompt_expansion() -> String {
    with("Let a language model rewrite the prompt, or not", |can| {
        can.prompt_expansion.map(|fact| if fact.value { "does" } else { "does not" })
    })
}

pub(super) fn watermark() -> String {
    with("Mark the result as made by AI", |can| can.watermark.value.then_some(""))
}

pub(super) fn outputs() -> String {
    with("How many results to make, each paid for", |can| Some(can.outputs.value.max))
}

pub(super) fn webhook() -> String {
    with("Where the provider shall call when the job ends", |can| {
        matches!(can.webhook.value, Webhook::PerRequest { .. }).then_some("")
    })
}

pub(super) fn idempotency_key() -> String {
    with("Makes a repeated submit harmless; made for you where it helps", |can| {
        can.idempotency
            .map(|rule| format!("{}..{} characters", rule.value.chars.min, rule.value.chars.max))
    })
}
