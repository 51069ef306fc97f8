//! reshoot's words into DashScope's.

use reshoot_core::{Audio, EditRequest, Url};

use crate::generated::{AudioSetting, MediaType, Model, types};

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
        watermark,
        // Refused by the check: DashScope has none of these.
        outputs: _,
        webhook: _,
        idempotency_key: _,
    } = request;
    // The clip first; the images in the order in which the prompt counts them.
    let images = reference_images.iter().map(|image| item(MediaType::ReferenceImage, image));
    types::CreateVideoEdit {
        model: Model::Wan27Videoedit,
        input: types::EditInput {
            media: std::iter::once(item(MediaType::Video, video)).chain(images).collect(),
            prompt: Some(prompt.clone()).filter(|prompt| !prompt.is_empty()),
            negative_prompt: negative_prompt.clone(),
        },
        parameters: Some(types::EditParameters {
            resolution: Some(resolution.as_str().to_ascii_uppercase().as_str().into()),
            ratio: aspect_ratio.map(|ratio| ratio.as_str().into()),
            duration: duration.map(|seconds| seconds.0.into()),
            audio_setting: Some(match audio {
                Audio::Auto => AudioSetting::Auto,
                Audio::Original => AudioSetting::Origin,
            }),
            prompt_extend: *prompt_expansion,
            watermark: Some(*watermark),
            seed: *seed,
        }),
    }
}

fn item(kind: MediaType, url: &Url) -> types::MediaItem {
    types::MediaItem { type_: kind, url: url.to_string() }
}

/// Whether a medium is in the provider's temporary store, which it reads only when told to.
pub(crate) fn is_stored(request: &EditRequest<Url>) -> bool {
    let media = std::iter::once(&request.video).chain(&request.reference_images);
    media.into_iter().any(|url| url.scheme() == "oss")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_is_named_when_any_medium_is_in_it() {
        for (video, image, stored) in [
            ("https://h.example/a.mp4", "https://h.example/i.png", false),
            ("oss://instant/a.mp4", "https://h.example/i.png", true),
            ("https://h.example/a.mp4", "oss://instant/i.png", true),
        ] {
            let mut request = EditRequest::<Url>::new(Url::parse(video).unwrap(), "p");
            request.reference_images = vec![Url::parse(image).unwrap()];
            assert_eq!(is_stored(&request), stored, "{video} {image}");
        }
    }
}
