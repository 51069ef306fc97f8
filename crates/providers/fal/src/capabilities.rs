//! What fal can do, each fact with its source.

use std::time::Duration;

use reshoot_core::{
    AspectRatio, Capabilities, Resolution,
    capabilities::{
        Billing, Cancel, Fact, FailedJobs, Listing, Pace, Price, Range, Signature, Source,
        UploadLimits, Webhook,
    },
    model,
};

const EDIT: Source = read("https://fal.ai/models/fal-ai/wan/v2.7/edit-video/llms.txt");
const CLIENT: Source = read("https://github.com/fal-ai/fal-js");
const QUEUE: Source = read("https://docs.fal.ai/documentation/model-apis/inference/queue");
const CANCEL: Source = read("https://fal.ai/docs/inference-api/queue/cancel");
const HOOK: Source = read("https://docs.fal.ai/documentation/model-apis/inference/webhooks");
const LIST: Source = read("https://fal.ai/docs/platform-apis/v1/models/requests/by-endpoint");
const FAQ: Source = read("https://docs.fal.ai/faq");
const CONCURRENCY: Source = read("https://docs.fal.ai/documentation/model-apis/concurrency-limits");

const fn read(url: &'static str) -> Source {
    Source::new(url, "2026-11-21")
}

/// What fal can do for a Wan 2.7 edit.
pub const CAPABILITIES: Capabilities = Capabilities {
    provider: "fal",
    title: "fal",
    prompt: model::REQUIRED_PROMPT,
    negative_prompt: None,
    reference_images: Fact::new(1, CLIENT),
    resolutions: Fact::new(Resolution::ALL, CLIENT),
    aspect_ratios: Fact::new(AspectRatio::ALL, CLIENT),
    duration: Fact::new(model::DURATION, CLIENT),
    seed: Some(Fact::new(Range::new(0, 2_147_483_647), CLIENT)),
    prompt_expansion: None,
    watermark: Fact::new(false, CLIENT),
    outputs: Fact::new(Range::new(1, 1), CLIENT),
    webhook: Fact::new(Webhook::PerRequest { public_https_only: false, max_chars: None }, HOOK),
    signature: Fact::new(Signature::Body, HOOK),
    video: Fact::new(model::VIDEO, EDIT),
    image: Fact::new(model::IMAGE, model::DOC),
    // Larger files than 90 MiB go in parts in fal's own client; one piece is taken as well.
    upload: Some(Fact::new(
        UploadLimits {
            max_video_bytes: 100 << 20,
            max_image_bytes: 100 << 20,
            bmp: true,
            scheme: None,
        },
        CLIENT,
    )),
    // A sibling at the same price counts input and output; this model's page does not say.
    billing: Fact::new(Billing::Unknown, EDIT),
    price: Some(Fact::new(Price { p720: 0.10, p1080: 0.10 }, EDIT)),
    // Server errors cost nothing; what was refused may cost something once a runner had it.
    failed_jobs: Fact::new(FailedJobs::Unknown, FAQ),
    link_lifetime: Some(Fact::new(Duration::from_secs(7 * 24 * 60 * 60), FAQ)),
    cancel: Fact::new(Cancel::Running, CANCEL),
    idempotency: None,
    listing: Fact::new(Listing::Begun, LIST),
    // At first; more is allowed as credits are bought, and what is above waits in the queue.
    at_once: Some(Fact::new(2, CONCURRENCY)),
    starts: None,
    statuses: None,
    pace: Fact::new(Pace::seconds(10, 5), QUEUE),
    run_time: Fact::new(Duration::from_secs(120), model::DOC),
};
