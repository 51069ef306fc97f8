//! What WaveSpeedAI can do, each fact with its source.

use std::time::Duration;

use reshoot_core::{
    Capabilities, Resolution,
    capabilities::{
        Billing, Cancel, Fact, FailedJobs, Listing, Pace, Price, Range, Signature, Source, Starts,
        TextLimit, UploadLimits, Webhook,
    },
    model,
};

const EDIT: Source = read("https://wavespeed.ai/models/alibaba/wan-2.7/video-edit/llms.txt");
const SUBMIT: Source = read("https://wavespeed.ai/docs/submit-task");
const LIST: Source = read("https://wavespeed.ai/docs/docs-common-api/predictions");
const KEPT: Source = read("https://wavespeed.ai/docs/what-are-predictions");
const REFUND: Source = read("https://wavespeed.ai/docs/troubleshooting-guide");
const VERIFY: Source = read("https://wavespeed.ai/docs/verify-webhooks");
const CLIENT: Source = read("https://github.com/WaveSpeedAI/wavespeed-python");
const PRICE: Source = read("https://github.com/dacolora/iaplusyou");
const LEVELS: Source = read("https://wavespeed.ai/docs/account-levels");

const fn read(url: &'static str) -> Source {
    Source::new(url, "2026-11-21")
}

/// What WaveSpeedAI can do for a Wan 2.7 edit.
pub const CAPABILITIES: Capabilities = Capabilities {
    provider: "wavespeed",
    title: "WaveSpeedAI",
    prompt: model::REQUIRED_PROMPT,
    negative_prompt: Some(Fact::new(TextLimit::optional(model::NEGATIVE_PROMPT_CHARS), model::DOC)),
    reference_images: Fact::new(3, EDIT),
    resolutions: Fact::new(Resolution::ALL, EDIT),
    // Neither shape, seed nor prompt expansion is on the page of this model.
    aspect_ratios: Fact::new(&[], EDIT),
    duration: Fact::new(model::DURATION, EDIT),
    seed: None,
    prompt_expansion: None,
    watermark: Fact::new(false, EDIT),
    outputs: Fact::new(Range::new(1, 1), EDIT),
    webhook: Fact::new(Webhook::PerRequest { public_https_only: false, max_chars: None }, SUBMIT),
    signature: Fact::new(Signature::Body, VERIFY),
    video: Fact::new(model::VIDEO, model::DOC),
    image: Fact::new(model::IMAGE, model::DOC),
    upload: Some(Fact::new(
        UploadLimits {
            max_video_bytes: 200 << 20,
            max_image_bytes: 200 << 20,
            bmp: true,
            scheme: None,
        },
        CLIENT,
    )),
    // Input and output, by third-party code that cites the model's page; it was not seen there.
    billing: Fact::new(Billing::Unknown, PRICE),
    price: Some(Fact::new(Price { p720: 0.10, p1080: 0.15 }, PRICE)),
    failed_jobs: Fact::new(FailedJobs::Free, REFUND),
    link_lifetime: Some(Fact::new(Duration::from_secs(7 * 24 * 60 * 60), KEPT)),
    cancel: Fact::new(Cancel::Never, CLIENT),
    idempotency: None,
    listing: Fact::new(Listing::Recent, LIST),
    // Of the level where everybody begins.
    at_once: Some(Fact::new(3, LEVELS)),
    starts: Some(Fact::new(Starts { count: 5, per: Duration::from_secs(60) }, LEVELS)),
    statuses: None,
    pace: Fact::new(Pace::seconds(15, 5), CLIENT),
    run_time: Fact::new(Duration::from_secs(383), PRICE),
};
