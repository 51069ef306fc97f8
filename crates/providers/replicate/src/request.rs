//! reshoot's words into Replicate's.

use reshoot_core::{Audio, EditRequest, Url};

use crate::generated::{AspectRatio, AudioSetting, WebhookEventType, types};

/// The body of a submit.
pub(crate) fn body(request: &EditRequest<Url>) -> types::CreateModelPrediction {
    let EditRequest {
        video,
        prompt,
        // Refused by the check: Replicate has none of these.
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
        webhook,
        idempotency_key: _,
    } = request;
    types::CreateModelPrediction {
        input: types::EditInput {
            video: video.to_string(),
            prompt: prompt.clone(),
            reference_image: reference_images.first().map(Url::to_string),
            resolution: Some(resolution.as_str().into()),
            aspect_ratio: Some(aspect_ratio.map_or(AspectRatio::Auto, |it| it.as_str().into())),
            // 0 is refused here: what is left out means the whole clip.
            duration: duration.map(|seconds| seconds.0.into()),
            audio_setting: Some(match audio {
                Audio::Auto => AudioSetting::Auto,
                Audio::Original => AudioSetting::Origin,
            }),
            seed: *seed,
        },
        stream: None,
        webhook: webhook.as_ref().map(Url::to_string),
        webhook_completed: None,
        webhook_events_filter: webhook.iter().map(|_| WebhookEventType::Completed).collect(),
    }
}
