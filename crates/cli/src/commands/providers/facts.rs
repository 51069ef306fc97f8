//! The rows of the capability table, each read from the providers' constants.

use std::{fmt::Display, time::Duration};

use reshoot::{
    Descriptor,
    capabilities::{Billing, Cancel, FailedJobs, Listing, Range, Signature, TextLimit, Webhook},
};

const NO: &str = "–";

type Fact = fn(&Descriptor) -> String;

/// Label and value of each row.
pub(super) const FACTS: &[(&str, Fact)] = &[
    ("Name", |provider| provider.name().to_owned()),
    ("Local files", local_files),
    ("Clip", clip),
    ("Prompt", |provider| text(provider.capabilities.prompt.value)),
    ("Negative prompt", |provider| {
        optional(provider.capabilities.negative_prompt, |fact| text(fact.value))
    }),
    ("Reference images", |provider| up_to(provider.capabilities.reference_images.value)),
    ("Resolutions", |provider| words(provider.capabilities.resolutions.value)),
    ("Aspect ratios", |provider| words(provider.capabilities.aspect_ratios.value)),
    ("Cut to", |provider| format!("{} s", range(provider.capabilities.duration.value))),
    ("Seed", |provider| optional(provider.capabilities.seed, |fact| range(fact.value))),
    ("Prompt expansion", |provider| {
        optional(provider.capabilities.prompt_expansion, |fact| {
            if fact.value { "on by default" } else { "off by default" }.to_owned()
        })
    }),
    ("Watermark", |provider| yes(provider.capabilities.watermark.value)),
    ("Results per job", |provider| up_to(provider.capabilities.outputs.value.max)),
    ("Billed seconds", |provider| billing(provider.capabilities.billing.value).to_owned()),
    ("Price per second", price),
    ("A failed job", |provider| match provider.capabilities.failed_jobs.value {
        FailedJobs::Free => "costs nothing".to_owned(),
        FailedJobs::Unknown => "not documented".to_owned(),
    }),
    ("Typical run", |provider| spoken(provider.capabilities.run_time.value)),
    ("Result link lives", |provider| {
        let lifetime = provider.capabilities.link_lifetime;
        lifetime.map_or("not documented".to_owned(), |fact| spoken(fact.value))
    }),
    ("Cancel", |provider| cancel(provider.capabilities.cancel.value).to_owned()),
    ("Idempotency key", |provider| {
        optional(provider.capabilities.idempotency, |fact| {
            fact.value.remembered.map_or("yes".to_owned(), |time| format!("for {}", spoken(time)))
        })
    }),
    ("Lost job can be found", |provider| listing(provider.capabilities.listing.value).to_owned()),
    ("Webhook", |provider| webhook(provider.capabilities.webhook.value).to_owned()),
    ("Its signature", |provider| signature(provider.capabilities.signature.value).to_owned()),
    ("Key", |provider| provider.key_env.to_owned()),
    ("Other hosts", |provider| {
        let names: Vec<_> = provider.presets.iter().map(|(name, _)| *name).collect();
        if names.is_empty() { NO.to_owned() } else { names.join(", ") }
    }),
];

fn optional<T>(fact: Option<T>, shown: impl Fn(T) -> String) -> String {
    fact.map_or(NO.to_owned(), shown)
}

fn yes(can: bool) -> String {
    if can { "yes" } else { NO }.to_owned()
}

fn range<T: Display>(range: Range<T>) -> String {
    format!("{}–{}", range.min, range.max)
}

fn up_to(max: impl Into<usize>) -> String {
    let max = max.into();
    if max == 1 { "1".to_owned() } else { format!("up to {max}") }
}

fn words<T: Display>(words: &[T]) -> String {
    if words.is_empty() {
        return NO.to_owned();
    }
    words.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}

fn text(limit: TextLimit) -> String {
    let need = if limit.required { "required, " } else { "" };
    format!("{need}up to {} characters", limit.max_chars)
}

fn clip(provider: &Descriptor) -> String {
    let limits = provider.capabilities.video.value;
    let megabytes = limits.max_bytes >> 20;
    format!("{} s, sides {}, {megabytes} MB", range(limits.seconds), range(limits.side))
}

fn local_files(provider: &Descriptor) -> String {
    match provider.capabilities.upload {
        Some(fact) => format!("uploaded, up to {} MB", fact.value.max_video_bytes >> 20),
        None => "by a bucket of yours".to_owned(),
    }
}

const fn billing(billing: Billing) -> &'static str {
    match billing {
        Billing::Input => "input",
        Billing::Output => "output",
        Billing::InputAndOutput => "input + output",
        Billing::Unknown => "not documented",
    }
}

fn price(provider: &Descriptor) -> String {
    match provider.capabilities.price {
        Some(fact) => format!("${} at 720p, ${} at 1080p", fact.value.p720, fact.value.p1080),
        None => "not documented".to_owned(),
    }
}

const fn listing(listing: Listing) -> &'static str {
    match listing {
        Listing::None => NO,
        Listing::Running => "while it runs",
        Listing::Begun => "once it has begun",
        Listing::Recent => "yes",
    }
}

const fn webhook(webhook: Webhook) -> &'static str {
    match webhook {
        Webhook::PerRequest { .. } => "with each request",
        Webhook::Dashboard => "set up in the dashboard",
    }
}

const fn signature(signature: Signature) -> &'static str {
    match signature {
        Signature::None => NO,
        Signature::Job => "proves the job only",
        Signature::Body => "proves the body",
    }
}

const fn cancel(cancel: Cancel) -> &'static str {
    match cancel {
        Cancel::Never => NO,
        Cancel::Queued => "while queued",
        Cancel::Running => "yes",
    }
}

fn spoken(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        86_400.. if seconds > 86_400 && seconds.is_multiple_of(86_400) => {
            format!("{} days", seconds / 86_400)
        }
        3_600.. if seconds.is_multiple_of(3_600) => format!("{} h", seconds / 3_600),
        _ => format!("{:.1} min", time.as_secs_f64() / 60.0).replace(".0 ", " "),
    }
}
