//! Pages to be tried, written with their clips into a folder of their own.

use std::{fs, path::Path, time::Duration};

use reshoot_report::{Charge, Clip, Edit, MediaPath, Page, State, render};
use tempfile::TempDir;

const CLIP: &[u8] = include_bytes!("../../../../tests/fixtures/clip.mp4");

/// Texts and names that mean harm, or trouble.
pub(crate) const HOSTILE: &str = "</script><script>window.harmed=1</script> \"'`&amp; \u{202e}evil";
pub(crate) const HOSTILE_FILE: &str = "a\"b<c> #1?x=50%\n&'.mp4";

pub(crate) fn done(provider: &str, file: &str) -> Edit {
    let sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned();
    let file = MediaPath::new(file).unwrap();
    let mut edit = Edit::new(
        provider,
        "turn it into claymation",
        State::Done { file, bytes: CLIP.len() as u64, sha256 },
    );
    edit.settings = vec![("Resolution".to_owned(), "1080p".to_owned())];
    edit.quoted = Some(0.3);
    edit.queued = Some(Duration::from_secs(20));
    edit.running = Some(Duration::from_secs(100));
    edit
}

/// A clip, two edits of it that are there, one that failed; and a second clip with one edit.
pub(crate) fn compared() -> Page {
    let mut dear = done("wavespeed", HOSTILE_FILE);
    dear.billed = Some(Charge { usd: Some(0.75), credits: None });
    dear.prompt = HOSTILE.to_owned();
    dear.settings.push((HOSTILE.to_owned(), "https://host/x?signature=secret".to_owned()));
    let failed = State::Failed { reason: "The content was refused.".to_owned() };
    let clip = Clip {
        name: HOSTILE.to_owned(),
        original: Some(MediaPath::new("clip.mp4").unwrap()),
        frame_rate: Some(24.0),
        edits: vec![
            dear,
            done("evolink", "evolink/out.mp4"),
            Edit::new("kie", "another prompt", failed),
        ],
    };
    let other = Clip {
        name: "other.mp4".to_owned(),
        edits: vec![done("fal", "clip.mp4")],
        ..Clip::default()
    };
    Page { title: HOSTILE.to_owned(), clips: vec![clip, other] }
}

/// So many clips with an edit each.
pub(crate) fn many(number: usize) -> Page {
    let clips = (0..number).map(|number| Clip {
        name: format!("clip-{number}.mp4"),
        original: Some(MediaPath::new("clip.mp4").unwrap()),
        frame_rate: Some(24.0),
        edits: vec![done(["kie", "evolink"][number % 2], "evolink/out.mp4")],
    });
    Page { title: "Many".to_owned(), clips: clips.collect() }
}

/// Writes a page and the clips that it shows.
pub(crate) fn written(page: &Page) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("evolink")).unwrap();
    for name in ["clip.mp4", "evolink/out.mp4", HOSTILE_FILE] {
        fs::write(folder.path().join(name), CLIP).unwrap();
    }
    fs::write(index(&folder), render(page)).unwrap();
    folder
}

/// The page in its folder.
pub(crate) fn index(folder: &TempDir) -> std::path::PathBuf {
    Path::new(folder.path()).join("index.html")
}
