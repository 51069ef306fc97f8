//! From what was typed to the request that is meant.

use std::{
    ffi::OsStr,
    io::Read,
    path::{Path, PathBuf},
};

use reshoot::{Downloaded, EditRequest, Media, Seconds};

use crate::{
    args::{HowArgs, RequestArgs},
    exit::Failure,
};

/// The request that the arguments mean.
pub(crate) fn request(args: &RequestArgs) -> Result<EditRequest, Failure> {
    let prompt = if args.prompt == "-" { prompt_from_stdin()? } else { args.prompt.clone() };
    let mut request = edit(media(&args.clip)?, prompt, &args.how)?;
    request.webhook.clone_from(&args.webhook);
    request.idempotency_key.clone_from(&args.idempotency_key);
    Ok(request)
}

/// What is to be done to a clip.
pub(crate) fn edit(video: Media, prompt: String, how: &HowArgs) -> Result<EditRequest, Failure> {
    let HowArgs {
        references,
        negative_prompt,
        resolution,
        aspect_ratio,
        duration,
        audio,
        seed,
        prompt_expansion,
        watermark,
        outputs,
    } = how.clone();
    Ok(EditRequest {
        video,
        prompt,
        negative_prompt,
        reference_images: references.iter().map(|image| media(image)).collect::<Result<_, _>>()?,
        resolution,
        aspect_ratio,
        duration: duration.map(Seconds),
        audio,
        seed,
        prompt_expansion,
        watermark,
        outputs,
        webhook: None,
        idempotency_key: None,
    })
}

/// The clip or picture that a text names.
pub(crate) fn media(text: &OsStr) -> Result<Media, Failure> {
    let shown = reshoot::redact::shown_text(&text.to_string_lossy());
    Media::parse(text).map_err(|error| Failure::usage(format!("{shown}: {error}")))
}

pub(crate) fn prompt_from_stdin() -> Result<String, Failure> {
    let mut prompt = String::new();
    std::io::stdin()
        .read_to_string(&mut prompt)
        .map_err(|error| Failure::usage(format!("the prompt on stdin cannot be read: {error}")))?;
    Ok(prompt.trim_end().to_owned())
}

/// Files as a person would name them here: without the working directory.
pub(crate) fn as_seen_here(mut files: Vec<Downloaded>) -> Vec<Downloaded> {
    for file in &mut files {
        file.path = seen_here(&file.path);
    }
    files
}

/// A path without the working directory.
pub(crate) fn seen_here(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&here).unwrap_or(path).to_owned()
}

/// `CLIP-PROVIDER.mp4` in the working directory.
pub(crate) fn default_target(clip: &Media, provider: &str) -> PathBuf {
    PathBuf::from(format!("{}-{provider}.mp4", stem(clip)))
}

/// The clip's name without directory and ending.
pub(crate) fn stem(clip: &Media) -> String {
    let name = match clip {
        Media::File(path) => path.clone(),
        Media::Url(url) => PathBuf::from(url.path()),
    };
    name.file_stem().unwrap_or("edited".as_ref()).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_named_after_clip_and_provider() {
        for (clip, expected) in [
            ("clips/walk.mov", "walk-evolink.mp4"),
            ("https://h.example/a/run.mp4?sig=1", "run-evolink.mp4"),
            ("https://h.example/", "edited-evolink.mp4"),
        ] {
            let clip = Media::parse(clip).unwrap();
            assert_eq!(default_target(&clip, "evolink"), PathBuf::from(expected));
        }
    }
}
