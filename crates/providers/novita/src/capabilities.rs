//! What Novita can do, each fact with its source.

use std::time::Duration;

use reshoot_core::{
    AspectRatio, Capabilities, Resolution,
    capabilities::{
        Billing, Cancel, Fact, FailedJobs, Listing, Pace, Range, Signature, Source, TextLimit,
        Webhook,
    },
    model,
};

const EDIT: Source = read("https://novita.ai/docs/api-reference/model-apis-wan2.7-videoedit");
const RESULT: Source = read("https://novita.ai/docs/api-reference/model-apis-task-result");
const HOOK: Source = read("https://novita.ai/docs/api-reference/model-apis-webhook");
const GUIDE: Source = read("https://novita.ai/docs/skill.md");

const fn read(url: &'static str) -> Source {
    Source::new(url, "2026-11-20")
}

/// What Novita can do for a Wan 2.7 edit.
pub const CAPABILITIES: Capabilities = Capabilities {
    provider: "novita",
    title: "Novita",
    prompt: Fact::new(TextLimit::optional(model::PROMPT_CHARS), EDIT),
    negative_prompt: Some(Fact::new(TextLimit::optional(model::NEGATIVE_PROMPT_CHARS), EDIT)),
    reference_images: Fact::new(3, EDIT),
    resolutions: Fact::new(Resolution::ALL, EDIT),
    aspect_ratios: Fact::new(AspectRatio::ALL, EDIT),
    duration: Fact::new(model::DURATION, EDIT),
    seed: Some(Fact::new(Range::new(0, 2_147_483_647), EDIT)),
    prompt_expansion: Some(Fact::new(true, EDIT)),
    watermark: Fact::new(true, EDIT),
    outputs: Fact::new(Range::new(1, 1), EDIT),
    // Documented for the platform, but not on this model's page: unproven here, so keep polling.
    webhook: Fact::new(Webhook::PerRequest { public_https_only: false, max_chars: None }, HOOK),
    signature: Fact::new(Signature::None, HOOK),
    video: Fact::new(model::VIDEO, EDIT),
    image: Fact::new(model::IMAGE, EDIT),
    upload: None,
    billing: Fact::new(Billing::Unknown, EDIT),
    price: None,
    failed_jobs: Fact::new(FailedJobs::Unknown, EDIT),
    // Each answer tells its own; this is what the documentation's examples show.
    link_lifetime: Some(Fact::new(Duration::from_secs(60 * 60), RESULT)),
    cancel: Fact::new(Cancel::Never, RESULT),
    idempotency: None,
    listing: Fact::new(Listing::None, RESULT),
    at_once: None,
    starts: None,
    statuses: None,
    pace: Fact::new(Pace::seconds(10, 5), GUIDE),
    run_time: Fact::new(Duration::from_secs(120), GUIDE),
};
