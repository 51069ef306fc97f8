//! What Apiframe can do, each fact with its source.

use std::time::Duration;

use reshoot_core::{
    AspectRatio, Capabilities, Resolution,
    capabilities::{
        Billing, Cancel, Fact, FailedJobs, IdempotencyRule, Listing, Pace, Range, Signature,
        Source, TextLimit, UploadLimits, Webhook,
    },
    model,
};

const EDIT: Source = read("https://docs-v2.apiframe.ai/docs/video-edits");
const JOBS: Source = read("https://docs-v2.apiframe.ai/docs/jobs");
const OPENAPI: Source =
    read("https://github.com/apiframe-ai/apiframe-nodejs-sdk/blob/main/openapi.json");

const fn read(url: &'static str) -> Source {
    Source::new(url, "2026-11-20")
}

/// What Apiframe can do for a Wan 2.7 edit.
pub const CAPABILITIES: Capabilities = Capabilities {
    provider: "apiframe",
    title: "Apiframe",
    prompt: Fact::new(TextLimit::required(5000), OPENAPI),
    // The model documents 500: more is accepted here, but may be cut there.
    negative_prompt: Some(Fact::new(
        TextLimit { required: false, max_chars: 2500, advised_chars: model::NEGATIVE_PROMPT_CHARS },
        OPENAPI,
    )),
    reference_images: Fact::new(1, OPENAPI),
    resolutions: Fact::new(Resolution::ALL, OPENAPI),
    aspect_ratios: Fact::new(AspectRatio::ALL, OPENAPI),
    duration: Fact::new(model::DURATION, OPENAPI),
    // The provider states no range: this is the model's.
    seed: Some(Fact::new(Range::new(0, 2_147_483_647), model::DOC)),
    prompt_expansion: None,
    watermark: Fact::new(false, OPENAPI),
    outputs: Fact::new(Range::new(1, 1), OPENAPI),
    webhook: Fact::new(Webhook::PerRequest { public_https_only: false, max_chars: None }, OPENAPI),
    signature: Fact::new(Signature::Body, OPENAPI),
    video: Fact::new(model::VIDEO, model::DOC),
    image: Fact::new(model::IMAGE, model::DOC),
    upload: Some(Fact::new(
        UploadLimits {
            max_video_bytes: 50 << 20,
            max_image_bytes: 25 << 20,
            bmp: false,
            scheme: None,
        },
        OPENAPI,
    )),
    billing: Fact::new(Billing::Input, OPENAPI),
    price: None,
    failed_jobs: Fact::new(FailedJobs::Free, EDIT),
    // One page says 90 days, another 24 hours: the shorter one counts.
    link_lifetime: Some(Fact::new(Duration::from_secs(24 * 60 * 60), OPENAPI)),
    cancel: Fact::new(Cancel::Never, OPENAPI),
    idempotency: Some(Fact::new(
        IdempotencyRule {
            chars: Range::new(1, 255),
            plain_only: false,
            remembered: Some(Duration::from_secs(24 * 60 * 60)),
        },
        EDIT,
    )),
    listing: Fact::new(Listing::Recent, OPENAPI),
    at_once: None,
    starts: None,
    statuses: None,
    pace: Fact::new(Pace::seconds(5, 5), JOBS),
    run_time: Fact::new(Duration::from_secs(150), JOBS),
};
