//! What DashScope can do, each fact with its source.

use std::time::Duration;

use reshoot_core::{
    AspectRatio, Capabilities, Resolution,
    capabilities::{
        Billing, Cancel, Fact, FailedJobs, Listing, Pace, Price, Range, Signature, Source,
        TextLimit, UploadLimits, Webhook,
    },
    model,
};

const EDIT: Source =
    read("https://help.aliyun.com/en/model-studio/wan-video-editing-api-reference");
const TASKS: Source =
    read("https://www.alibabacloud.com/help/en/model-studio/manage-asynchronous-tasks");
const EVENTS: Source = read("https://help.aliyun.com/en/model-studio/async-task-api");
const FILES: Source =
    read("https://www.alibabacloud.com/help/en/model-studio/get-temporary-file-url");
const PRICE: Source = read("https://runware.ai/docs/models/alibaba-wan2-7.md");

const fn read(url: &'static str) -> Source {
    Source::new(url, "2026-11-21")
}

/// What DashScope can do for a Wan 2.7 edit.
pub const CAPABILITIES: Capabilities = Capabilities {
    provider: "dashscope",
    title: "DashScope",
    // Longer texts are cut by the provider without a word: refused here, since the cut edit is paid.
    prompt: Fact::new(TextLimit::optional(model::PROMPT_CHARS), EDIT),
    negative_prompt: Some(Fact::new(TextLimit::optional(model::NEGATIVE_PROMPT_CHARS), EDIT)),
    reference_images: Fact::new(4, EDIT),
    resolutions: Fact::new(Resolution::ALL, EDIT),
    aspect_ratios: Fact::new(AspectRatio::ALL, EDIT),
    duration: Fact::new(model::DURATION, EDIT),
    seed: Some(Fact::new(Range::new(0, 2_147_483_647), EDIT)),
    prompt_expansion: Some(Fact::new(true, EDIT)),
    watermark: Fact::new(true, EDIT),
    outputs: Fact::new(Range::new(1, 1), EDIT),
    webhook: Fact::new(Webhook::Dashboard, EVENTS),
    // There is one, by a certificate of EventBridge's, which is not checked here.
    signature: Fact::new(Signature::None, EVENTS),
    video: Fact::new(model::VIDEO, EDIT),
    image: Fact::new(model::IMAGE, EDIT),
    upload: Some(Fact::new(
        UploadLimits {
            max_video_bytes: 100 << 20,
            max_image_bytes: 20 << 20,
            bmp: true,
            scheme: Some("oss"),
        },
        FILES,
    )),
    billing: Fact::new(Billing::InputAndOutput, EDIT),
    // Singapore's, by third parties that agree; Beijing's is 0.60 and 1.00 yuan.
    price: Some(Fact::new(Price { p720: 0.10, p1080: 0.15 }, PRICE)),
    failed_jobs: Fact::new(FailedJobs::Free, EDIT),
    link_lifetime: Some(Fact::new(Duration::from_secs(24 * 60 * 60), EDIT)),
    cancel: Fact::new(Cancel::Queued, TASKS),
    idempotency: None,
    listing: Fact::new(Listing::Recent, TASKS),
    at_once: None,
    starts: None,
    // 20 calls a second for the whole account.
    statuses: None,
    pace: Fact::new(Pace::seconds(15, 15), EDIT),
    run_time: Fact::new(Duration::from_secs(180), EDIT),
};
