//! What kie.ai can do, each fact with its source.

use std::time::Duration;

use reshoot_core::{
    AspectRatio, Capabilities, Resolution,
    capabilities::{
        Billing, Cancel, Fact, FailedJobs, Listing, Pace, Price, Range, Signature, Source, Starts,
        TextLimit, UploadLimits, Webhook,
    },
    model,
};

const EDIT: Source = read("https://docs.kie.ai/market/wan/2-7-videoedit");
const TASK: Source = read("https://docs.kie.ai/market/common/get-task-detail");
const HOOK: Source = read("https://docs.kie.ai/common-api/webhook-verification");
const FILES: Source = read("https://docs.kie.ai/file-upload-api/upload-file-url");
const PRICE: Source = read("https://kie.ai/pricing");
const HOME: Source = read("https://docs.kie.ai");

const fn read(url: &'static str) -> Source {
    Source::new(url, "2026-11-21")
}

/// What kie.ai can do for a Wan 2.7 edit.
pub const CAPABILITIES: Capabilities = Capabilities {
    provider: "kie",
    title: "kie.ai",
    prompt: Fact::new(TextLimit::optional(model::PROMPT_CHARS), EDIT),
    negative_prompt: Some(Fact::new(TextLimit::optional(model::NEGATIVE_PROMPT_CHARS), EDIT)),
    reference_images: Fact::new(1, EDIT),
    resolutions: Fact::new(Resolution::ALL, EDIT),
    aspect_ratios: Fact::new(AspectRatio::ALL, EDIT),
    duration: Fact::new(model::DURATION, EDIT),
    seed: Some(Fact::new(Range::new(0, 2_147_483_647), EDIT)),
    prompt_expansion: Some(Fact::new(true, EDIT)),
    watermark: Fact::new(true, EDIT),
    outputs: Fact::new(Range::new(1, 1), EDIT),
    webhook: Fact::new(Webhook::PerRequest { public_https_only: false, max_chars: None }, EDIT),
    signature: Fact::new(Signature::Job, HOOK),
    video: Fact::new(model::VIDEO, EDIT),
    image: Fact::new(model::IMAGE, EDIT),
    // The stream upload names no limit; the upload by URL recommends this one.
    upload: Some(Fact::new(
        UploadLimits {
            max_video_bytes: 100 << 20,
            max_image_bytes: 100 << 20,
            bmp: true,
            scheme: None,
        },
        FILES,
    )),
    // Third parties say output only; no page says it.
    billing: Fact::new(Billing::Unknown, PRICE),
    price: Some(Fact::new(Price { p720: 0.08, p1080: 0.12 }, PRICE)),
    failed_jobs: Fact::new(FailedJobs::Unknown, TASK),
    link_lifetime: Some(Fact::new(Duration::from_secs(24 * 60 * 60), TASK)),
    cancel: Fact::new(Cancel::Never, TASK),
    idempotency: None,
    listing: Fact::new(Listing::None, TASK),
    at_once: Some(Fact::new(100, HOME)),
    starts: Some(Fact::new(Starts { count: 20, per: Duration::from_secs(10) }, HOME)),
    statuses: None,
    pace: Fact::new(Pace::seconds(10, 5), TASK),
    run_time: Fact::new(Duration::from_secs(120), model::DOC),
};
