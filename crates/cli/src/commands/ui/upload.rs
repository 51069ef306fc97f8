//! Clips that come in: bounded, written whole or not at all, and kept under what is in them.

use std::{
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::{extract::Request, http::StatusCode, http::header};
use futures_util::StreamExt;
use reshoot::media::{VideoFacts, probe_video};
use serde::Serialize;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::refusal::Refusal;

/// Where clips are, in the folder.
pub(super) const CLIPS: &str = "clips";

/// The longest name of a clip, in characters; file systems take 255 bytes.
const LONGEST_NAME: usize = 60;

/// Where clips are put.
#[derive(Clone, Debug)]
pub(super) struct Shelf {
    clips: Arc<Path>,
    most_bytes: u64,
}

/// A clip that is here.
#[derive(Debug, Serialize)]
pub(super) struct Clip {
    /// What a question names it by.
    clip: String,
    name: String,
    /// What is in it, in words.
    about: String,
}

impl Shelf {
    pub(super) fn new(folder: &Path, most_bytes: u64) -> Self {
        Self { clips: folder.join(CLIPS).into(), most_bytes }
    }

    /// Takes a clip in. The same bytes under the same name are the same clip, so that what was made of it is
    /// known again.
    pub(super) async fn take(&self, name: &str, request: Request) -> Result<Clip, Refusal> {
        let announced = request.headers().get(header::CONTENT_LENGTH);
        let announced = announced.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if announced.is_some_and(|length| length > self.most_bytes) {
            return Err(self.too_large());
        }
        let mut file = NamedTempFile::new_in(&self.clips).map_err(|error| unwritable(&error))?;
        let digest = self.write(&mut file, request).await?;
        let (path, name) = (file.path().to_owned(), name_of(name));
        let facts = probe_video(&path).map_err(|error| {
            let message = format!("{name} is no clip that can be edited: {error}");
            Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message)
        })?;
        let clip = format!("{digest}/{name}");
        self.put(file, &clip).map_err(|error| unwritable(&error))?;
        Ok(Clip { clip, name, about: about(&facts) })
    }

    /// Writes what comes in, as long as it is not too much, and tells its digest.
    async fn write(&self, file: &mut NamedTempFile, request: Request) -> Result<String, Refusal> {
        let mut body = request.into_body().into_data_stream();
        let (mut digest, mut bytes) = (Sha256::new(), 0_u64);
        while let Some(part) = body.next().await {
            let part = part.map_err(|_| Refusal::bad("the clip did not come in whole"))?;
            bytes = bytes.saturating_add(u64::try_from(part.len()).unwrap_or(u64::MAX));
            if bytes > self.most_bytes {
                return Err(self.too_large());
            }
            digest.update(&part);
            file.write_all(&part).map_err(|error| unwritable(&error))?;
        }
        Ok(digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect())
    }

    fn put(&self, file: NamedTempFile, clip: &str) -> std::io::Result<()> {
        let target = self.clips.join(clip);
        if target.is_file() {
            return Ok(());
        }
        std::fs::create_dir_all(target.parent().unwrap_or(&self.clips))?;
        file.persist(&target).map(drop).map_err(|error| error.error)
    }

    fn too_large(&self) -> Refusal {
        let most = self.most_bytes >> 20;
        let message =
            format!("the clip is larger than {most} MB: start with a larger --max-upload");
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, message)
    }
}

/// Where the clip that a question names is; none if it names something else.
pub(super) fn path_of(folder: &Path, clip: &str) -> Option<PathBuf> {
    let (digest, name) = clip.split_once('/')?;
    let is_ours = !digest.is_empty()
        && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
        && name_of(name) == name;
    let path = folder.join(CLIPS).join(digest).join(name);
    (is_ours && path.is_file()).then_some(path)
}

/// A name that is good on every file system, and looks like the one that was given.
fn name_of(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let (stem, ending) = last.rsplit_once('.').unwrap_or((last, ""));
    let is_harmless = |c: char| c.is_alphanumeric() || " -_+,()'".contains(c);
    let stem = stem.chars().map(|c| if is_harmless(c) { c } else { '_' });
    let stem: String = stem.take(LONGEST_NAME).collect();
    let stem = stem.trim();
    let ending = if ending.eq_ignore_ascii_case("mov") { "mov" } else { "mp4" };
    if stem.is_empty() { format!("clip.{ending}") } else { format!("{stem}.{ending}") }
}

/// `1280×720, 5.0 s, 5.6 MB`
fn about(facts: &VideoFacts) -> String {
    format!(
        "{}×{}, {:.1} s, {}",
        facts.display_width,
        facts.display_height,
        facts.duration.as_secs_f64(),
        indicatif::DecimalBytes(facts.bytes)
    )
}

fn unwritable(error: &std::io::Error) -> Refusal {
    let message = format!("the clip cannot be written: {error}");
    Refusal::new(StatusCode::INSUFFICIENT_STORAGE, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_has_a_name_that_does_no_harm() {
        for (given, name) in [
            ("walk.mp4", "walk.mp4"),
            ("Am Fluß (2).MOV", "Am Fluß (2).mov"),
            ("../../etc/passwd", "passwd.mp4"),
            ("C:\\clips\\walk.mp4", "walk.mp4"),
            ("<img src=x onerror=alert(1)>.html", "_img src_x onerror_alert(1)_.mp4"),
            ("a\u{202e}b\n.mp4", "a_b_.mp4"),
            ("..", "_.mp4"),
            (".mp4", "clip.mp4"),
            ("", "clip.mp4"),
        ] {
            assert_eq!(name_of(given), name, "{given:?}");
            assert_eq!(name_of(name), name);
        }
        assert_eq!(name_of(&"n".repeat(300)).len(), LONGEST_NAME + 4);
    }

    #[test]
    fn only_clips_that_came_in_can_be_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("clips/00ff")).unwrap();
        for file in ["clips/00ff/a.mp4", "clips/b.mp4", "c.mp4"] {
            std::fs::write(folder.path().join(file), "").unwrap();
        }
        for (clip, is_there) in [
            ("00ff/a.mp4", true),
            ("00ff/b.mp4", false),
            ("b.mp4", false),
            ("/a.mp4", false),
            ("../c.mp4", false),
            ("00ff/../b.mp4", false),
            ("00ff/../../c.mp4", false),
        ] {
            assert_eq!(path_of(folder.path(), clip).is_some(), is_there, "{clip}");
        }
    }
}
