//! reshoot's words into Novita's.

use reshoot_core::{Audio, EditRequest, Resolution, Url};

use crate::generated::{self as wire, types};

/// The body of a submit.
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
        prompt_expansion,
        watermark,
        // Refused by the check: Novita makes one, and honours no keys.
        outputs: _,
        idempotency_key: _,
        webhook,
    } = request;
    // Three at most, kept so by the check.
    let mut images = reference_images.iter().map(Url::to_string);
    types::EditVideo {
        video_url: video.to_string(),
        prompt: Some(prompt.clone()).filter(|prompt| !prompt.is_empty()),
        negative_prompt: negative_prompt.clone(),
        reference_image_url: images.next(),
        reference_image_url_2: images.next(),
        reference_image_url_3: images.next(),
        resolution: Some(size(*resolution)),
        ratio: aspect_ratio.map(|ratio| ratio.as_str().into()),
        duration: duration.map(|seconds| seconds.0.into()),
        audio_setting: Some(sound(*audio)),
        prompt_extend: *prompt_expansion,
        watermark: Some(*watermark),
        seed: *seed,
        extra: webhook.as_ref().map(hook),
    }
}

/// Documented for the platform, but not on this model's page.
fn hook(url: &Url) -> types::RequestExtra {
    types::RequestExtra {
        webhook: Some(types::RequestWebhook { url: url.to_string(), test_mode: None }),
    }
}

const fn size(resolution: Resolution) -> wire::Resolution {
    match resolution {
        Resolution::P720 => wire::Resolution::P720,
        Resolution::P1080 => wire::Resolution::P1080,
    }
}

const fn sound(audio: Audio) -> wire::AudioSetting {
    match audio {
        Audio::Auto => wire::AudioSetting::Auto,
        Audio::Original => wire::AudioSetting::Origin,
    }
}
