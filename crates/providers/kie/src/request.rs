//! reshoot's words into kie.ai's.

use reshoot_core::{Audio, EditRequest, Url};

use crate::generated::{AudioSetting, Model, types};

/// The body of a submit.
pub(crate) fn body(request: &EditRequest<Url>) -> types::CreateTask {
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
        watermark,
        // Refused by the check: kie.ai has neither.
        outputs: _,
        webhook,
        idempotency_key: _,
    } = request;
    types::CreateTask {
        model: Model::Wan27VideoEdit,
        call_back_url: webhook.as_ref().map(Url::to_string),
        input: types::EditInput {
            video_url: video.to_string(),
            prompt: Some(prompt.clone()).filter(|prompt| !prompt.is_empty()),
            negative_prompt: negative_prompt.clone(),
            reference_image: reference_images.first().map(Url::to_string),
            resolution: Some(resolution.as_str().into()),
            aspect_ratio: aspect_ratio.map(|ratio| ratio.as_str().into()),
            duration: duration.map(|seconds| seconds.0.into()),
            audio_setting: Some(match audio {
                Audio::Auto => AudioSetting::Auto,
                Audio::Original => AudioSetting::Origin,
            }),
            prompt_extend: *prompt_expansion,
            watermark: Some(*watermark),
            seed: *seed,
            nsfw_checker: None,
        },
    }
}
