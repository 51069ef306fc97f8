//! reshoot's words into fal's.

use reshoot_core::{Audio, EditRequest, Url};

use crate::generated::{AudioSetting, types};

/// The body of a submit. The webhook goes into the query.
pub(crate) fn body(request: &EditRequest<Url>) -> types::EditVideo {
    let EditRequest {
        video,
        prompt,
        // Refused by the check: fal has none of these.
        negative_prompt: _,
        reference_images,
        resolution,
        aspect_ratio,
        duration,
        audio,
        seed,
        prompt_expansion: _,
        watermark: _,
        outputs: _,
        webhook: _,
        idempotency_key: _,
    } = request;
    types::EditVideo {
        video_url: video.to_string(),
        prompt: prompt.clone(),
        reference_image_url: reference_images.first().map(Url::to_string),
        resolution: Some(resolution.as_str().into()),
        aspect_ratio: aspect_ratio.map(|ratio| ratio.as_str().into()),
        duration: duration.map(|seconds| seconds.0.into()),
        audio_setting: Some(match audio {
            Audio::Auto => AudioSetting::Auto,
            Audio::Original => AudioSetting::Origin,
        }),
        seed: *seed,
        enable_safety_checker: None,
    }
}
