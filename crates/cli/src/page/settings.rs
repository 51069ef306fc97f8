//! The settings of an edit in words, as they stand beside its result.

use reshoot::{EditRequest, Media, redact};

/// Name and value of each setting, beside clip and prompt, that was not left at nothing.
pub(super) fn settings(request: &EditRequest) -> Vec<(String, String)> {
    let EditRequest {
        video: _,
        prompt: _,
        negative_prompt,
        reference_images,
        resolution,
        aspect_ratio,
        duration,
        audio,
        seed,
        prompt_expansion,
        watermark,
        outputs,
        webhook: _,
        idempotency_key: _,
    } = request;
    let references: Vec<_> = reference_images.iter().map(shown).collect();
    let all = [
        ("Resolution", Some(resolution.to_string())),
        ("Aspect ratio", aspect_ratio.map(|ratio| ratio.to_string())),
        ("Duration", duration.map(|duration| duration.to_string())),
        ("Audio", Some(audio.to_string())),
        ("Seed", seed.map(|seed| seed.to_string())),
        ("Negative prompt", negative_prompt.clone()),
        ("References", (!references.is_empty()).then(|| references.join(", "))),
        ("Prompt expansion", prompt_expansion.map(|on| if on { "on" } else { "off" }.to_owned())),
        ("Watermark", watermark.then(|| "on".to_owned())),
        ("Results", (*outputs > 1).then(|| outputs.to_string())),
    ];
    let said = all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    said.collect()
}

/// The name of a file, without the folders of this machine; a link without what lets others read it.
fn shown(media: &Media) -> String {
    match media {
        Media::File(path) => {
            path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
        }
        Media::Url(url) => redact::shown(url),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_shown_and_nothing_secret() {
        let mut request = EditRequest::new(Media::File("/home/me/walk.mp4".into()), "clay");
        let words = |request: &EditRequest| {
            let settings = settings(request);
            settings.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>()
        };
        assert_eq!(words(&request), ["Resolution: 1080p", "Audio: auto"]);
        request.seed = Some(7);
        request.watermark = true;
        request.prompt_expansion = Some(false);
        request.reference_images = ["/home/me/hat.png", "https://h.example/x.png?sig=1"]
            .map(|text| Media::parse(text).unwrap())
            .into();
        assert_eq!(
            words(&request)[2..],
            [
                "Seed: 7",
                "References: hat.png, https://h.example/x.png?…",
                "Prompt expansion: off",
                "Watermark: on"
            ]
        );
    }
}
