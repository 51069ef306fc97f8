//! reshoot's words into skills.video's, for the dedicated edit route.

use reshoot_core::{Audio, EditRequest, Url};

use crate::generated::{self as wire, types};

/// The body of a submit.
pub(crate) fn body(request: &EditRequest<Url>) -> types::EditVideo {
    let EditRequest {
        video,
        prompt,
        reference_images,
        resolution,
        aspect_ratio,
        duration,
        audio,
        seed,
        outputs,
        // Refused by the check: the edit route has none of them.
        negative_prompt: _,
        prompt_expansion: _,
        watermark: _,
        webhook: _,
        idempotency_key: _,
    } = request;
    types::EditVideo {
        video_url: video.to_string(),
        prompt: prompt.clone(),
        // One at most, kept so by the check.
        reference_image_url: reference_images.first().map(Url::to_string),
        resolution: Some(resolution.as_str().into()),
        aspect_ratio: aspect_ratio.map(|ratio| ratio.as_str().into()),
        duration: duration.map(|seconds| seconds.0.into()),
        audio_setting: Some(sound(*audio)),
        seed: *seed,
        n: Some((*outputs).into()),
    }
}

pub(crate) const fn sound(audio: Audio) -> wire::AudioSetting {
    match audio {
        Audio::Auto => wire::AudioSetting::Auto,
        Audio::Original => wire::AudioSetting::Origin,
    }
}
