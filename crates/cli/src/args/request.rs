//! The arguments that say what to do to which clip.

use std::ffi::OsString;

use clap::{ArgAction, Args};
use reshoot::{AspectRatio, Audio, Resolution, Url};

use super::{limits, values};

/// What to do to which clip.
#[derive(Clone, Debug, Args)]
pub(crate) struct RequestArgs {
    /// The clip: a file (mp4 or mov, 2-10 s, at most 100 MB) or a URL that the provider can read
    pub(crate) clip: OsString,
    /// What to do with it; - reads it from stdin
    #[arg(default_value = "", hide_default_value = true)]
    pub(crate) prompt: String,
    #[command(flatten)]
    pub(crate) how: HowArgs,
    #[arg(long, value_name = "URL", help = limits::webhook())]
    pub(crate) webhook: Option<Url>,
    #[arg(long, value_name = "KEY", help = limits::idempotency_key())]
    pub(crate) idempotency_key: Option<String>,
}

/// How it shall be done.
#[derive(Clone, Debug, Args)]
pub(crate) struct HowArgs {
    #[arg(long = "reference", value_name = "IMAGE", help = limits::references())]
    pub(crate) references: Vec<OsString>,
    #[arg(long, value_name = "TEXT", help = limits::negative_prompt())]
    pub(crate) negative_prompt: Option<String>,
    /// The size class of the result
    #[arg(long, ignore_case = true, default_value = "1080p", value_parser = values::resolution())]
    pub(crate) resolution: Resolution,
    /// The shape of the result [default: that of the clip]
    #[arg(long, value_name = "W:H", value_parser = values::aspect_ratio())]
    pub(crate) aspect_ratio: Option<AspectRatio>,
    /// Cut the clip from its start to this length [default: all of it]
    #[arg(long, value_name = "SECONDS")]
    pub(crate) duration: Option<u32>,
    /// Let the model make the sound, or keep the clip's
    #[arg(long, ignore_case = true, default_value = "auto", value_parser = values::audio())]
    pub(crate) audio: Audio,
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true, help = limits::seed())]
    pub(crate) seed: Option<i64>,
    #[arg(
        long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true",
        help = limits::prompt_expansion()
    )]
    pub(crate) prompt_expansion: Option<bool>,
    #[arg(long, action = ArgAction::SetTrue, help = limits::watermark())]
    pub(crate) watermark: bool,
    #[arg(long, value_name = "COUNT", default_value_t = 1, help = limits::outputs())]
    pub(crate) outputs: u8,
}

impl Default for HowArgs {
    /// Nothing was said.
    fn default() -> Self {
        Self {
            references: Vec::new(),
            negative_prompt: None,
            resolution: Resolution::default(),
            aspect_ratio: None,
            duration: None,
            audio: Audio::default(),
            seed: None,
            prompt_expansion: None,
            watermark: false,
            outputs: 1,
        }
    }
}

/// Where local files go.
#[derive(Clone, Debug, Args)]
pub(crate) struct StagingArgs {
    /// Stage local files in a bucket: s3://BUCKET/PREFIX, credentials from the usual AWS variables
    #[arg(long, value_name = "BUCKET")]
    pub(crate) stage: Option<String>,
    /// Use an emulator inside this command: no key is needed, no model runs, nothing is billed
    #[arg(long, conflicts_with = "stage")]
    pub(crate) emulator: bool,
}
