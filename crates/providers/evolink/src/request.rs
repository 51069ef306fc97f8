//! reshoot's words into EvoLink's.

use reshoot_core::{AspectRatio, Audio, EditRequest, Resolution, Url};

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
        quality: Some(quality(*resolution)),
        aspect_ratio: aspect_ratio.map(shape),
        duration: duration.map(|seconds| seconds.0.into()),
        seed: *seed,
        // EvoLink rewrites only when told to: none is its own default.
        prompt_extend: *prompt_expansion,
        callback_url: webhook.as_ref().map(Url::to_string),
    }
}

const fn quality(resolution: Resolution) -> wire::Quality {
    match resolution {
        Resolution::P720 => wire::Quality::P720,
        Resolution::P1080 => wire::Quality::P1080,
    }
}

const fn shape(ratio: AspectRatio) -> wire::AspectRatio {
    match ratio {
        AspectRatio::Landscape16x9 => wire::AspectRatio::Landscape16x9,
        AspectRatio::Portrait9x16 => wire::AspectRatio::Portrait9x16,
        AspectRatio::Square => wire::AspectRatio::Square,
        AspectRatio::Landscape4x3 => wire::AspectRatio::Landscape4x3,
        AspectRatio::Portrait3x4 => wire::AspectRatio::Portrait3x4,
    }
}
