//! What skills.video can do, each fact with its source.

use std::time::Duration;

use reshoot_core::{
    AspectRatio, Capabilities, Resolution,
    capabilities::{
        Billing, Cancel, Fact, FailedJobs, Listing, Pace, Range, Signature, Source, Webhook,
    },
    model,
};

const EDIT: Source = read("https://docs.skills.video/api-reference/wan-v27-edit-video");
const RUNNING: Source = read("https://docs.skills.video/api-reference/list-running-generations");
const HOOK: Source = read("https://docs.skills.video/webhook");
const SCRIPTS: Source = read("https://github.com/chuyun/video-skills");

const fn read(url: &'static str) -> Source {
    Source::new(url, "2026-11-20")
}

/// What skills.video can do for a Wan 2.7 edit, by its dedicated edit route.
pub const CAPABILITIES: Capabilities = Capabilities {
    provider: "skills-video",
    title: "skills.video",
    // The provider publishes no longest prompt: this is the model's.
    prompt: model::REQUIRED_PROMPT,
    negative_prompt: None,
    reference_images: Fact::new(1, EDIT),
    resolutions: Fact::new(Resolution::ALL, EDIT),
    aspect_ratios: Fact::new(AspectRatio::ALL, EDIT),
    duration: Fact::new(model::DURATION, EDIT),
    seed: Some(Fact::new(Range::new(0, 2_147_483_647), EDIT)),
    prompt_expansion: None,
    watermark: Fact::new(false, EDIT),
    outputs: Fact::new(Range::new(1, 4), EDIT),
    webhook: Fact::new(Webhook::Dashboard, HOOK),
    signature: Fact::new(Signature::Body, HOOK),
    video: Fact::new(model::VIDEO, EDIT),
    image: Fact::new(model::IMAGE, model::DOC),
    upload: None,
    billing: Fact::new(Billing::Unknown, EDIT),
    price: None,
    failed_jobs: Fact::new(FailedJobs::Unknown, EDIT),
    link_lifetime: None,
    cancel: Fact::new(Cancel::Never, EDIT),
    idempotency: None,
    listing: Fact::new(Listing::Running, RUNNING),
    at_once: None,
    starts: None,
    statuses: None,
    pace: Fact::new(Pace::seconds(3, 3), SCRIPTS),
    run_time: Fact::new(Duration::from_secs(120), model::DOC),
};
