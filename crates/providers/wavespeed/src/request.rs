//! reshoot's words into WaveSpeedAI's.

use reshoot_core::{Audio, EditRequest, Url};

use crate::generated::{AudioSetting, types};

/// The body of a submit. The webhook goes into the query.
pub(crate) fn body(request: &EditRequest<Url>) -> types::CreatePrediction {
    let EditRequest {
        video,
        prompt,
        negative_prompt,
        reference_images,
        resolution,
        // Refused by the check: not documented for this model.
        aspect_ratio: _,
        duration,
        audio,
        seed: _,
        prompt_expansion: _,
        watermark: _,
        outputs: _,
        webhook: _,
        idempotency_key: _,
    } = request;
    types::CreatePrediction {
        video: video.to_string(),
        prompt: prompt.clone(),
        images: reference_images.iter().map(Url::to_string).collect(),
        negative_prompt: negative_prompt.clone(),
        // Left out, it would be 720p.
        resolution: Some(resolution.as_str().into()),
        duration: duration.map(|seconds| seconds.0.into()),
        audio_setting: Some(match audio {
            Audio::Auto => AudioSetting::Auto,
            Audio::Original => AudioSetting::Origin,
        }),
        aspect_ratio: None,
        enable_prompt_expansion: None,
        enable_sync_mode: None,
        seed: None,
    }
}
