//! reshoot's words into EvoLink's.

use reshoot_core::{Audio, EditRequest, Url};

use crate::generated::{self as wire, types};

/// The body of a submit.
pub(crate) fn body(request: &EditRequest<Url>) -> types::CreateVideoEdit {
    let EditRequest {
        video,
        prompt,
        negative_prompt,
        reference_images,
        resolution,
        aspect_ratio,
        duration,
        audio,
        seed,
        prompt_expansion,
        // Refused by the check: EvoLink has neither.
        watermark: _,
        outputs: _,
        webhook,
        // Goes into a header.
        idempotency_key: _,
    } = request;
    types::CreateVideoEdit {
        model: wire::Model::Wan27VideoEdit,
        video_urls: vec![video.to_string()],
        prompt: Some(prompt.clone()).filter(|prompt| !prompt.is_empty()),
        negative_prompt: negative_prompt.clone(),
        image_urls: reference_images.iter().map(Url::to_string).collect(),
        keep_original_sound: Some(*audio == Audio::Original),
        quality: Some(resolution.as_str().into()),
        aspect_ratio: aspect_ratio.map(|ratio| ratio.as_str().into()),
        duration: duration.map(|seconds| seconds.0.into()),
        seed: *seed,
        // EvoLink rewrites only when told to: none is its own default.
        prompt_extend: *prompt_expansion,
        callback_url: webhook.as_ref().map(Url::to_string),
    }
}
