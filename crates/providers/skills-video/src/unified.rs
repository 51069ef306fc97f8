//! The unified route: one URL for four workflows, each a type of its own here.
//!
//! Its documentation shows one of four forms and contradicts itself; what is sent follows its safe
//! reading. The workflow is always named, though only the word `text-image` is documented and the
//! other three are guesses. Whatever has a default that changes the result (shape, length, size,
//! rewriting of the prompt) is always sent. To edit a clip, prefer the dedicated route, which is what
//! [`Provider::submit`](reshoot_core::Provider::submit) uses.

use reshoot_core::{
    AspectRatio, Audio, Error, ErrorKind, Operation, Resolution, Seconds, Url, wire::invalid,
};

use crate::{
    NAME,
    generated::{Feature, types},
    request::sound,
};

/// The most reference images, and the most reference clips, of one job.
///
/// Source: <https://docs.skills.video/api-reference/wan-v27-video>, read 2026-11-20.
pub const MAX_REFERENCES: usize = 8;

/// What all workflows share. All of it is always sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Common {
    /// The size class of the result. 1080p by default.
    pub resolution: Resolution,
    /// The shape of the result. 16:9 by default; this route cannot keep an input's shape.
    pub aspect_ratio: AspectRatio,
    /// Its length; 5 s by default. For an edit, 0 keeps the clip's length, as on the edit route.
    pub duration: Seconds,
    /// What must not appear.
    pub negative_prompt: Option<String>,
    /// Whether a language model may rewrite the prompt. Yes by default.
    pub prompt_expansion: bool,
    /// Fixes the randomness: 0–2147483647.
    pub seed: Option<i64>,
}

impl Default for Common {
    fn default() -> Self {
        Self {
            resolution: Resolution::P1080,
            aspect_ratio: AspectRatio::Landscape16x9,
            duration: Seconds(5),
            negative_prompt: None,
            prompt_expansion: true,
            seed: None,
        }
    }
}

/// A video from a text, an image, or the end of a clip. At least one of the three is needed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextOrImage {
    /// What to show.
    pub prompt: Option<String>,
    /// The first picture.
    pub image: Option<Url>,
    /// A clip to go on from.
    pub video: Option<Url>,
    /// A sound that drives the picture.
    pub audio: Option<Url>,
    /// What all workflows share.
    pub common: Common,
}

/// A video of what reference images and clips show. At least one of them is needed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reference {
    /// What to show: needed.
    pub prompt: String,
    /// Images, [`MAX_REFERENCES`] at most.
    pub images: Vec<Url>,
    /// Clips, [`MAX_REFERENCES`] at most.
    pub videos: Vec<Url>,
    /// Whether the result may be cut into several shots.
    pub multi_shots: bool,
    /// What all workflows share.
    pub common: Common,
}

/// A video between two pictures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frames {
    /// The first picture.
    pub first: Url,
    /// The last picture.
    pub last: Option<Url>,
    /// What happens between them.
    pub prompt: Option<String>,
    /// A sound that drives the picture.
    pub audio: Option<Url>,
    /// What all workflows share.
    pub common: Common,
}

/// An edit of a clip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The clip.
    pub video: Url,
    /// What to do with it: needed.
    pub prompt: String,
    /// A picture to take elements from.
    pub image: Option<Url>,
    /// What becomes of the sound.
    pub audio: Audio,
    /// What all workflows share.
    pub common: Common,
}

impl TextOrImage {
    pub(crate) fn body(&self) -> types::CreateVideo {
        let Self { prompt, image, video, audio, common } = self;
        types::CreateVideo {
            prompt: prompt.clone(),
            image_url: text(image.as_ref()),
            video_url: text(video.as_ref()),
            audio_url: text(audio.as_ref()),
            ..common.body(Feature::TextImage)
        }
    }

    pub(crate) fn problems(&self) -> Vec<String> {
        let nothing = self.prompt.is_none() && self.image.is_none() && self.video.is_none();
        problems([(nothing, "prompt, image or video: at least one is needed")])
    }
}

impl Reference {
    pub(crate) fn body(&self) -> types::CreateVideo {
        let Self { prompt, images, videos, multi_shots, common } = self;
        types::CreateVideo {
            prompt: Some(prompt.clone()),
            reference_image_urls: images.iter().map(Url::to_string).collect(),
            video_refs: videos.iter().map(Url::to_string).collect(),
            multi_shots: Some(*multi_shots),
            ..common.body(Feature::Reference)
        }
    }

    pub(crate) fn problems(&self) -> Vec<String> {
        let nothing = self.images.is_empty() && self.videos.is_empty();
        problems([(nothing, "images or videos: at least one is needed")])
    }
}

impl Frames {
    pub(crate) fn body(&self) -> types::CreateVideo {
        let Self { first, last, prompt, audio, common } = self;
        types::CreateVideo {
            prompt: prompt.clone(),
            image_url: text(Some(first)),
            end_image_url: text(last.as_ref()),
            audio_url: text(audio.as_ref()),
            ..common.body(Feature::Frames)
        }
    }

    pub(crate) fn problems(&self) -> Vec<String> {
        Vec::new()
    }
}

impl Edit {
    pub(crate) fn body(&self) -> types::CreateVideo {
        let Self { video, prompt, image, audio, common } = self;
        types::CreateVideo {
            video_url: text(Some(video)),
            prompt: Some(prompt.clone()),
            reference_image_url: text(image.as_ref()),
            audio_setting: Some(sound(*audio)),
            ..common.body(Feature::EditVideo)
        }
    }

    pub(crate) fn problems(&self) -> Vec<String> {
        let Seconds(cut) = self.common.duration;
        let odd = cut != 0 && !(2..=10).contains(&cut);
        problems([(odd, "duration: must be 0 for the whole clip, or 2–10 s")])
    }
}

impl Common {
    /// A body with nothing in it but what all workflows share.
    fn body(&self, feature: Feature) -> types::CreateVideo {
        let Self { resolution, aspect_ratio, duration, negative_prompt, prompt_expansion, seed } =
            self;
        types::CreateVideo {
            feature: Some(feature),
            resolution: Some(resolution.as_str().into()),
            aspect_ratio: Some(aspect_ratio.as_str().into()),
            duration: Some(duration.0.into()),
            negative_prompt: negative_prompt.clone(),
            enable_prompt_expansion: *prompt_expansion,
            seed: *seed,
            audio_setting: None,
            audio_url: None,
            end_image_url: None,
            image_url: None,
            multi_shots: None,
            prompt: None,
            reference_image_url: None,
            reference_image_urls: Vec::new(),
            video_refs: Vec::new(),
            video_url: None,
            extra: serde_json::Map::new(),
        }
    }
}

fn text(url: Option<&Url>) -> Option<String> {
    url.map(Url::to_string)
}

fn problems<const N: usize>(found: [(bool, &str); N]) -> Vec<String> {
    found.into_iter().filter(|(is_one, _)| *is_one).map(|(_, text)| text.to_owned()).collect()
}

/// Refuses a job before anything is sent: every problem at once, the spec's limits included.
pub(crate) fn check(mut problems: Vec<String>, body: &types::CreateVideo) -> Result<(), Error> {
    if let Err(violations) = body.validate() {
        problems.push(invalid(NAME, &violations).message().to_owned());
    }
    if problems.is_empty() {
        return Ok(());
    }
    let message = problems.join("; ");
    Err(Error::new(ErrorKind::InvalidRequest, Operation::Submit, message).with_provider(NAME))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn url(name: &str) -> Url {
        Url::parse(&format!("https://h.example/{name}")).unwrap()
    }

    fn sent(body: &types::CreateVideo) -> Value {
        serde_json::to_value(body).unwrap()
    }

    fn edit() -> Edit {
        Edit {
            video: url("v.mp4"),
            prompt: "p".to_owned(),
            image: None,
            audio: Audio::Original,
            common: Common::default(),
        }
    }

    #[test]
    fn each_workflow_names_itself_and_sends_what_changes_the_result() {
        let common = json!({
            "resolution": "1080p", "aspect_ratio": "16:9", "duration": 5,
            "negative_prompt": null, "enable_prompt_expansion": true,
        });
        let reference = Reference {
            prompt: "p".to_owned(),
            images: vec![url("a")],
            videos: vec![url("b")],
            ..Reference::default()
        };
        let frames = Frames {
            first: url("a"),
            last: Some(url("b")),
            prompt: None,
            audio: None,
            common: Common::default(),
        };
        let words = TextOrImage { prompt: Some("p".to_owned()), ..TextOrImage::default() };
        for (body, own) in [
            (words.body(), json!({"feature": "text-image", "prompt": "p"})),
            (
                reference.body(),
                json!({
                    "feature": "reference", "prompt": "p", "multi_shots": false,
                    "reference_image_urls": ["https://h.example/a"],
                    "video_refs": ["https://h.example/b"],
                }),
            ),
            (
                frames.body(),
                json!({
                    "feature": "frames", "image_url": "https://h.example/a",
                    "end_image_url": "https://h.example/b",
                }),
            ),
            (
                edit().body(),
                json!({
                    "feature": "edit-video", "prompt": "p", "audio_setting": "origin",
                    "video_url": "https://h.example/v.mp4",
                }),
            ),
        ] {
            let mut expected = common.clone();
            expected.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
            assert_eq!(sent(&body), expected);
        }
    }

    #[test]
    fn limits_hold_at_and_around_them() {
        let references = |images, videos| Reference {
            prompt: "p".to_owned(),
            images: vec![url("a"); images],
            videos: vec![url("b"); videos],
            ..Reference::default()
        };
        for (images, videos, fine) in
            [(0, 0, false), (1, 0, true), (8, 8, true), (9, 0, false), (0, 9, false)]
        {
            let job = references(images, videos);
            assert_eq!(check(job.problems(), &job.body()).is_ok(), fine, "{images} {videos}");
        }
        for (seconds, fine) in [(0, true), (1, false), (2, true), (10, true), (11, false)] {
            let mut job = edit();
            job.common.duration = Seconds(seconds);
            assert_eq!(check(job.problems(), &job.body()).is_ok(), fine, "{seconds}");
        }
        for (seed, fine) in [(-1, false), (0, true), (2_147_483_647, true), (2_147_483_648, false)]
        {
            let mut job = edit();
            job.common.seed = Some(seed);
            assert_eq!(check(job.problems(), &job.body()).is_ok(), fine, "{seed}");
        }
        for (prompt, fine) in [("", false), ("p", true)] {
            let job = Edit { prompt: prompt.to_owned(), ..edit() };
            assert_eq!(check(job.problems(), &job.body()).is_ok(), fine, "{prompt:?}");
        }
    }

    #[test]
    fn something_to_begin_with_is_needed() {
        let nothing = TextOrImage::default();
        assert!(check(nothing.problems(), &nothing.body()).is_err());
        let image = TextOrImage { image: Some(url("a")), ..TextOrImage::default() };
        assert!(check(image.problems(), &image.body()).is_ok());
    }
}
