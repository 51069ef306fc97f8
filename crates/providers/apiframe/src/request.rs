//! reshoot's words into Apiframe's.

use reshoot_core::{Audio, EditRequest, Url};

use crate::generated::{self as wire, types};

/// The body of a submit. Unknown and null fields are refused there, so what is not asked for is left
/// out.
pub(crate) fn body(request: &EditRequest<Url>) -> types::EditVideo {
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
        // Refused by the check: Apiframe has none of them.
        prompt_expansion: _,
        watermark: _,
        outputs: _,
        webhook,
        // Goes into a header.
        idempotency_key: _,
    } = request;
    types::EditVideo {
        model: wire::Model::Wan27Videoedit,
        prompt: prompt.clone(),
        wan27_videoedit_params: types::Wan27VideoeditParams {
            video: video.to_string(),
            // One at most, kept so by the check.
            reference_image: reference_images.first().map(Url::to_string),
            resolution: Some(resolution.as_str().into()),
            // No default is documented: keeping the input's shape is said plainly.
            aspect_ratio: Some(
                aspect_ratio.map_or(wire::AspectRatio::Auto, |ratio| ratio.as_str().into()),
            ),
            duration: duration.map(|seconds| seconds.0.into()),
            audio_setting: Some(sound(*audio)),
            negative_prompt: negative_prompt.clone(),
            seed: *seed,
        },
        webhook_events: match webhook {
            Some(_) => vec![wire::WebhookEvent::Completed, wire::WebhookEvent::Failed],
            None => Vec::new(),
        },
        webhook_url: webhook.as_ref().map(Url::to_string),
    }
}

const fn sound(audio: Audio) -> wire::AudioSetting {
    match audio {
        Audio::Auto => wire::AudioSetting::Auto,
        Audio::Original => wire::AudioSetting::Origin,
    }
}
