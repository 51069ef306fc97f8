//! What a person wants done to a clip, in words that mean the same on every provider.

use std::{ffi::OsStr, fmt, path::PathBuf, str::FromStr};

use serde::{Deserialize, Serialize};
use url::Url;

/// An edit: one clip, one instruction, and the options.
///
/// The same request means the same on every provider, whatever the provider calls a field and
/// whatever its defaults are. Options that a provider lacks are refused by
/// [`check`](EditRequest::check), never dropped.
///
/// `M` says where media may be: [`Media`] (a URL or a local file) when a person asks, [`Url`] once
/// everything is where the provider can read it.
///
/// Deliberately not `#[non_exhaustive]`: each provider takes a request apart field by field, so
/// that a new field does not compile until every provider has decided about it.
///
/// As JSON it holds only what is not at its default, so that it can be kept by the thousands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditRequest<M = Media> {
    /// The clip to edit.
    pub video: M,
    /// What to do with it. May be empty where the provider can do without.
    pub prompt: String,
    /// What must not appear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub negative_prompt: Option<String>,
    /// Pictures to take elements from, in order.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub reference_images: Vec<M>,
    /// The size class of the result. Always sent, because defaults differ and change the price.
    #[serde(default, skip_serializing_if = "is_default")]
    pub resolution: Resolution,
    /// The shape of the result; none keeps the input's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aspect_ratio: Option<AspectRatio>,
    /// Cut the input from its start to this length; none edits all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<Seconds>,
    /// What becomes of the sound.
    #[serde(default, skip_serializing_if = "is_default")]
    pub audio: Audio,
    /// Fixes the randomness, as far as the provider does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<i64>,
    /// Whether a language model may rewrite the prompt; none leaves the provider's own default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_expansion: Option<bool>,
    /// Whether the result is marked as made by AI.
    #[serde(default, skip_serializing_if = "is_default")]
    pub watermark: bool,
    /// How many results to make, each paid for: 1–4.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub outputs: u8,
    /// Where the provider shall call when the job ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<Url>,
    /// Makes a repeated submit harmless where the provider honours such keys; none lets reshoot
    /// make one there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

const fn one() -> u8 {
    1
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_one(outputs: &u8) -> bool {
    *outputs == 1
}

impl<M> EditRequest<M> {
    /// An edit with every option at its default.
    #[must_use]
    pub fn new(video: impl Into<M>, prompt: impl Into<String>) -> Self {
        Self {
            video: video.into(),
            prompt: prompt.into(),
            negative_prompt: None,
            reference_images: Vec::new(),
            resolution: Resolution::default(),
            aspect_ratio: None,
            duration: None,
            audio: Audio::default(),
            seed: None,
            prompt_expansion: None,
            watermark: false,
            outputs: 1,
            webhook: None,
            idempotency_key: None,
        }
    }

    /// The same request over other media.
    #[must_use]
    pub fn with_media<N>(self, video: N, reference_images: Vec<N>) -> EditRequest<N> {
        let Self {
            video: _,
            prompt,
            negative_prompt,
            reference_images: _,
            resolution,
            aspect_ratio,
            duration,
            audio,
            seed,
            prompt_expansion,
            watermark,
            outputs,
            webhook,
            idempotency_key,
        } = self;
        EditRequest {
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
            outputs,
            webhook,
            idempotency_key,
        }
    }
}

/// A clip or a picture: at a URL, or in a local file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Media {
    /// Where the provider can fetch it.
    Url(Url),
    /// A file on this machine.
    File(#[serde(with = "crate::path_text")] PathBuf),
}

impl Media {
    /// Reads what a person typed: a URL if it looks like one (`scheme://…`), else a path.
    ///
    /// # Errors
    /// When it looks like a URL and is none.
    pub fn parse(text: impl AsRef<OsStr>) -> Result<Self, url::ParseError> {
        let text = text.as_ref();
        match text.to_str().filter(|text| text.contains("://")) {
            Some(url) => Url::parse(url).map(Self::Url),
            None => Ok(Self::File(PathBuf::from(text))),
        }
    }
}

impl From<Url> for Media {
    fn from(url: Url) -> Self {
        Self::Url(url)
    }
}

impl From<PathBuf> for Media {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

impl From<&std::path::Path> for Media {
    fn from(path: &std::path::Path) -> Self {
        Self::File(path.to_owned())
    }
}

/// A word that is none of the words it could be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is not one of {}", known.join(", "))]
pub struct UnknownWord {
    given: String,
    known: &'static [&'static str],
}

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_meta])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            const WORDS: &'static [&'static str] = &[$($word,)+];

            /// The word for it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                Self::ALL
                    .iter()
                    .find(|value| value.as_str().eq_ignore_ascii_case(text))
                    .copied()
                    .ok_or_else(|| UnknownWord { given: text.to_owned(), known: Self::WORDS })
            }
        }
    };
}

words! {
    /// The size class of the result.
    #[derive(Default)]
    Resolution {
        /// About 1280×720 pixels.
        P720 = "720p",
        /// About 1920×1080 pixels: the default, as at the model's origin.
        #[default]
        P1080 = "1080p",
    }
}

words! {
    /// The shape of the result, width to height.
    AspectRatio {
        /// 16:9.
        Landscape16x9 = "16:9",
        /// 9:16.
        Portrait9x16 = "9:16",
        /// 1:1.
        Square = "1:1",
        /// 4:3.
        Landscape4x3 = "4:3",
        /// 3:4.
        Portrait3x4 = "3:4",
    }
}

words! {
    /// What becomes of the sound.
    #[derive(Default)]
    Audio {
        /// The model decides by the prompt; it may make new sound.
        #[default]
        Auto = "auto",
        /// The input's sound is kept.
        Original = "original",
    }
}

/// A whole number of seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seconds(pub u32);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_a_url_only_with_a_scheme() {
        for (text, is_url) in [
            ("https://h.example/a.mp4", true),
            ("s3://bucket/a.mp4", true),
            ("clip.mp4", false),
            ("C:\\clips\\a.mp4", false),
            ("odd:name.mp4", false),
        ] {
            assert_eq!(matches!(Media::parse(text).unwrap(), Media::Url(_)), is_url, "{text}");
        }
    }

    #[test]
    fn words_are_read_in_any_case_and_named_when_wrong() {
        assert_eq!("720P".parse::<Resolution>().unwrap(), Resolution::P720);
        let error = "4k".parse::<Resolution>().unwrap_err();
        assert_eq!(error.to_string(), "\"4k\" is not one of 720p, 1080p");
    }

    #[test]
    fn a_request_survives_its_stored_form() {
        let mut request = EditRequest::<Url>::new(Url::parse("https://h.example/a").unwrap(), "p");
        request.aspect_ratio = Some(AspectRatio::Portrait3x4);
        request.duration = Some(Seconds(5));
        let stored = serde_json::to_string(&request).unwrap();
        assert_eq!(serde_json::from_str::<EditRequest<Url>>(&stored).unwrap(), request);
    }
}
