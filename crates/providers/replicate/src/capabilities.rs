//! What Replicate can do, each fact with its source.

use std::time::Duration;

use reshoot_core::{
    AspectRatio, Capabilities, Resolution,
    capabilities::{
        Billing, Cancel, Fact, FailedJobs, Listing, Pace, Range, Signature, Source, Starts,
        UploadLimits, Webhook,
    },
    model,
};

const MODEL: Source = read(
    "https://replicate.com/wan-video/wan-2.7-videoedit/versions/0ad0f1fc407db22e7aa41062543caa2e9d58c6f3734c165ab0b27a9f685817ea/api",
);
const API: Source = read("https://replicate.com/docs/reference/http");
const LIFECYCLE: Source = read("https://replicate.com/docs/topics/predictions/lifecycle");
const RETENTION: Source = read("https://replicate.com/docs/topics/predictions/data-retention");
const RECEIVE: Source = read("https://replicate.com/docs/topics/webhooks/receive-webhook");
const VERIFY: Source = read("https://replicate.com/docs/topics/webhooks/verify-webhook");
const LIMITS: Source = read("https://replicate.com/docs/topics/predictions/rate-limits");

const fn read(url: &'static str) -> Source {
    Source::new(url, "2026-11-21")
}

/// What Replicate can do for a Wan 2.7 edit.
pub const CAPABILITIES: Capabilities = Capabilities {
    provider: "replicate",
    title: "Replicate",
    prompt: model::REQUIRED_PROMPT,
    negative_prompt: None,
    reference_images: Fact::new(1, MODEL),
    resolutions: Fact::new(Resolution::ALL, MODEL),
    aspect_ratios: Fact::new(AspectRatio::ALL, MODEL),
    duration: Fact::new(Range::new(2, 10), MODEL),
    seed: Some(Fact::new(Range::new(0, 2_147_483_647), MODEL)),
    prompt_expansion: None,
    watermark: Fact::new(false, MODEL),
    outputs: Fact::new(Range::new(1, 1), MODEL),
    webhook: Fact::new(Webhook::PerRequest { public_https_only: true, max_chars: None }, RECEIVE),
    signature: Fact::new(Signature::Body, VERIFY),
    video: Fact::new(model::VIDEO, model::DOC),
    image: Fact::new(model::IMAGE, model::DOC),
    // A file of 100 MB is refused already.
    upload: Some(Fact::new(
        UploadLimits {
            max_video_bytes: (100 << 20) - 1,
            max_image_bytes: (100 << 20) - 1,
            bmp: true,
            scheme: None,
        },
        API,
    )),
    billing: Fact::new(Billing::Unknown, MODEL),
    // Third parties contradict each other.
    price: None,
    // One that is canceled after it has begun is charged; of failed ones nothing is said.
    failed_jobs: Fact::new(FailedJobs::Unknown, LIFECYCLE),
    link_lifetime: Some(Fact::new(Duration::from_secs(60 * 60), RETENTION)),
    cancel: Fact::new(Cancel::Running, API),
    idempotency: None,
    listing: Fact::new(Listing::Recent, API),
    at_once: None,
    starts: Some(Fact::new(Starts { count: 600, per: Duration::from_secs(60) }, LIMITS)),
    // 3000 calls a minute are allowed; both official clients ask twice a second.
    statuses: None,
    pace: Fact::new(Pace::seconds(10, 5), LIMITS),
    run_time: Fact::new(Duration::from_secs(120), model::DOC),
};
