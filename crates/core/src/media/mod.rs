//! What is in a file, read from its headers alone: no decoding, no other program.

mod boxes;
mod error;
mod file;
mod image;
mod link;
mod movie;
mod scan;
mod track;

use std::{path::Path, time::Duration};

use serde::Serialize;

pub use error::{ProbeError, Problem};
pub use link::probe_link;

/// What was found in a video file.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct VideoFacts {
    /// The kind of file, by content and not by name.
    pub container: Container,
    /// Its length in bytes.
    pub bytes: u64,
    /// How long the picture is shown, edit list applied.
    pub duration: Duration,
    /// How long the longest track is: with more sound than picture the file counts as longer.
    pub container_duration: Duration,
    /// Pictures per second, on average. None where the table of contents does not count them, as in a
    /// file that is cut into fragments.
    pub frame_rate: Option<f64>,
    /// Width in pixels, as coded.
    pub width: u32,
    /// Height in pixels, as coded.
    pub height: u32,
    /// Width as shown, after rotation and pixel shape.
    pub display_width: u32,
    /// Height as shown, after rotation and pixel shape.
    pub display_height: u32,
    /// How far a player turns the picture, in degrees clockwise: 0, 90, 180 or 270.
    pub rotation: u16,
    /// The picture's codec as its four characters, such as `avc1`.
    pub codec: String,
    /// Whether there is a sound track.
    pub has_audio: bool,
    /// Whether the file is cut into fragments, as for streaming.
    pub fragmented: bool,
}

/// The kinds of video file that the model takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Container {
    /// MPEG-4.
    Mp4,
    /// QuickTime.
    Mov,
}

impl Container {
    /// Its media type.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Mp4 => "video/mp4",
            Self::Mov => "video/quicktime",
        }
    }
}

/// What was found in an image file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ImageFacts {
    /// The kind of file, by content and not by name.
    pub format: ImageFormat,
    /// Its length in bytes.
    pub bytes: u64,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Whether it can be transparent, even if no pixel is.
    pub has_alpha: bool,
}

/// The kinds of image file that the model takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ImageFormat {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP, not animated.
    Webp,
    /// Windows bitmap.
    Bmp,
}

impl ImageFormat {
    /// Its media type.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Bmp => "image/bmp",
        }
    }
}

/// Reads the headers of an mp4 or mov file, with the movie box at either end.
///
/// # Errors
/// Says what the file is instead, or what is missing of it.
pub fn probe_video(path: &Path) -> Result<VideoFacts, ProbeError> {
    let opened = file::open(path).map_err(|problem| ProbeError::new(path, problem))?;
    movie::probe(opened.file, opened.bytes).map_err(|problem| ProbeError::new(path, problem))
}

/// Reads the headers of a JPEG, PNG, WebP or BMP file.
///
/// # Errors
/// Says what the file is instead, or what is missing of it.
pub fn probe_image(path: &Path) -> Result<ImageFacts, ProbeError> {
    let opened = file::open(path).map_err(|problem| ProbeError::new(path, problem))?;
    image::probe(opened.file, opened.bytes).map_err(|problem| ProbeError::new(path, problem))
}

#[cfg(test)]
mod tests;
