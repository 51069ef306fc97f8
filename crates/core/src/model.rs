//! What the model itself takes, wherever it is sold. Providers that document no limits of their own
//! pass media on to it.

use crate::capabilities::{Fact, ImageLimits, Range, Source, TextLimit, VideoLimits};

/// The reference of the model's origin.
pub const DOC: Source = Source::new(
    "https://www.alibabacloud.com/help/en/model-studio/wan-video-editing-api-reference",
    "2026-11-20",
);

/// What a clip must be like: mp4 or mov, 2–10 s, sides 240–4096, shape within 1:8 and 8:1, 100 MB.
pub const VIDEO: VideoLimits = VideoLimits {
    seconds: Range::new(2, 10),
    side: Range::new(240, 4096),
    max_aspect: 8,
    max_bytes: 100 << 20,
};

/// What a reference image must be like: sides 240–8000, shape within 1:8 and 8:1, 20 MB.
pub const IMAGE: ImageLimits =
    ImageLimits { side: Range::new(240, 8000), max_aspect: 8, max_bytes: 20 << 20 };

/// To how many seconds the input can be cut.
pub const DURATION: Range<u32> = Range::new(2, 10);

/// The longest prompt; what is longer is cut without a word.
pub const PROMPT_CHARS: usize = 5000;

/// The longest negative prompt; what is longer is cut without a word.
pub const NEGATIVE_PROMPT_CHARS: usize = 500;

/// A required prompt where the provider documents no length of its own.
pub const REQUIRED_PROMPT: Fact<TextLimit> = Fact::new(TextLimit::required(PROMPT_CHARS), DOC);
