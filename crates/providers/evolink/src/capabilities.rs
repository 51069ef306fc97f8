//! What EvoLink can do, each fact with its source.

use std::time::Duration;

use reshoot_core::{
    AspectRatio, Capabilities, Resolution,
    capabilities::{
        Billing, Cancel, Fact, FailedJobs, IdempotencyRule, Listing, Pace, Price, Range, Signature,
        Source, TextLimit, UploadLimits, Webhook,
    },
    model,
};

const EDIT: Source =
    read("https://docs.evolink.ai/en/api-manual/video-series/wan2.7/wan2.7-video-edit");
const FILES: Source = read("https://docs.evolink.ai/en/api-manual/file-series/upload-stream");
const CLIENT: Source = read("https://github.com/EvoLinkAI/evolink-media-mcp");
const PRICE: Source = read("https://evolink.ai/blog/wan-2-7-api-guide");

const fn read(url: &'static str) -> Source {
    Source::new(url, "2026-11-20")
}

/// What EvoLink can do for a Wan 2.7 edit.
pub const CAPABILITIES: Capabilities = Capabilities {
    provider: "evolink",
    title: "EvoLink",
    // Longer texts are cut by the provider without a word: refused here, since the cut edit is paid.
    prompt: Fact::new(TextLimit::optional(model::PROMPT_CHARS), EDIT),
    negative_prompt: Some(Fact::new(TextLimit::optional(model::NEGATIVE_PROMPT_CHARS), EDIT)),
    reference_images: Fact::new(4, EDIT),
    resolutions: Fact::new(Resolution::ALL, EDIT),
    aspect_ratios: Fact::new(AspectRatio::ALL, EDIT),
    duration: Fact::new(model::DURATION, EDIT),
    seed: Some(Fact::new(Range::new(1, 2_147_483_647), EDIT)),
    prompt_expansion: Some(Fact::new(false, EDIT)),
    watermark: Fact::new(false, EDIT),
    outputs: Fact::new(Range::new(1, 1), EDIT),
    webhook: Fact::new(
        Webhook::PerRequest { public_https_only: true, max_chars: Some(2048) },
        EDIT,
    ),
    signature: Fact::new(Signature::None, EDIT),
    video: Fact::new(model::VIDEO, EDIT),
    image: Fact::new(model::IMAGE, EDIT),
    // The page names images only; the vendor's own client uploads mp4 and mov.
    upload: Some(Fact::new(
        UploadLimits {
            max_video_bytes: 100 << 20,
            max_image_bytes: 100 << 20,
            bmp: false,
            scheme: None,
        },
        FILES,
    )),
    billing: Fact::new(Billing::InputAndOutput, EDIT),
    price: Some(Fact::new(Price { p720: 0.086, p1080: 0.144 }, PRICE)),
    failed_jobs: Fact::new(FailedJobs::Free, EDIT),
    link_lifetime: Some(Fact::new(Duration::from_secs(24 * 60 * 60), EDIT)),
    cancel: Fact::new(Cancel::Never, CLIENT),
    // Not documented, but the vendor's own client relies on it.
    idempotency: Some(Fact::new(
        IdempotencyRule { chars: Range::new(16, 96), plain_only: true, remembered: None },
        CLIENT,
    )),
    listing: Fact::new(Listing::Recent, CLIENT),
    at_once: None,
    starts: None,
    statuses: Some(Fact::new(50, CLIENT)),
    pace: Fact::new(Pace::seconds(15, 8), CLIENT),
    run_time: Fact::new(Duration::from_secs(120), model::DOC),
};
