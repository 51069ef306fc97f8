//! Pages to be tried, written with their clips into a folder of their own.

use std::{fs, time::Duration};

use reshoot_report::{Clip, Edit, MediaPath, Page, State, Time, render};
use tempfile::TempDir;

/// Red, and twenty seconds long, as is the blue one; the green one ends half a second before them.
const RED: &[u8] = include_bytes!("before.mp4");
const BLUE: &[u8] = include_bytes!("after.mp4");
const GREEN: &[u8] = include_bytes!("short.mp4");

/// Texts and names that mean harm, or trouble.
pub(crate) const HOSTILE: &str = "</script></title><script>window.harmed=1</script><img src=x onerror=harmed=1> \"'`&amp; \u{202e}evil";
pub(crate) const HOSTILE_FILE: &str = "a\"b<c> #1?x=50%\n&'.mp4";

fn done(provider: &str, file: &str) -> Edit {
    let sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned();
    let file = MediaPath::new(file).unwrap();
    let mut edit =
        Edit::new(provider, "turn it into claymation", State::Done { file, bytes: 11_000, sha256 });
    edit.settings = vec![("Resolution".to_owned(), "1080p".to_owned())];
    edit.quoted = Some(0.3);
    edit.queued = Some(Time { span: Duration::from_secs(20), is_seen: true });
    edit.running = Some(Time { span: Duration::from_secs(100), is_seen: false });
    edit
}

fn clip(name: &str, edits: Vec<Edit>) -> Clip {
    let original = Some(MediaPath::new("red.mp4").unwrap());
    Clip { name: name.to_owned(), original, frame_rate: Some(24.0), edits }
}

/// A clip with an edit in blue, one in green, one that failed and one that runs; and a second clip.
pub(crate) fn compared() -> Page {
    let mut green = done("wavespeed", "green.mp4");
    (green.settled, green.kept) = (Some(0.75), true);
    let failed = State::Failed { reason: "The content was refused.".to_owned() };
    let progress = Some((Duration::from_secs(40), Duration::from_secs(120)));
    let mut edits = vec![
        done("kie", "blue.mp4"),
        green,
        Edit::new("evolink", "another prompt", failed),
        Edit::new("fal", "", State::Open { word: "running".to_owned(), progress }),
    ];
    for (number, edit) in edits.iter_mut().enumerate() {
        edit.job = Some((number + 1).to_string());
    }
    let clips = vec![clip("walk.mp4", edits), clip("run.mp4", vec![done("kie", "blue.mp4")])];
    Page { title: "Claymation".to_owned(), notice: None, as_of: None, clips }
}

/// Harm wherever a text or a name can be.
pub(crate) fn hostile() -> Page {
    let mut edit = done(HOSTILE, HOSTILE_FILE);
    edit.prompt = HOSTILE.to_owned();
    edit.job = Some(HOSTILE.to_owned());
    edit.settings.push((HOSTILE.to_owned(), HOSTILE.to_owned()));
    let failed = Edit::new("kie", HOSTILE, State::Failed { reason: HOSTILE.to_owned() });
    let open = Edit::new("kie", HOSTILE, State::Open { word: HOSTILE.to_owned(), progress: None });
    let mut clip = clip(HOSTILE, vec![edit, failed, open]);
    clip.original = Some(MediaPath::new(HOSTILE_FILE).unwrap());
    Page { title: HOSTILE.to_owned(), notice: None, as_of: None, clips: vec![clip] }
}

/// So many clips with an edit each, every one in a file of its own.
pub(crate) fn many(number: usize) -> Page {
    let edit = |number: usize| {
        let mut edit = done(["kie", "evolink"][number % 2], &format!("many/{number}.mp4"));
        edit.settled = Some(f64::from(u32::try_from(number * 37 % 100).unwrap()) / 100.0);
        edit
    };
    let clips = (0..number).map(|number| clip(&format!("clip-{number}.mp4"), vec![edit(number)]));
    Page { title: "Many".to_owned(), notice: None, as_of: None, clips: clips.collect() }
}

/// Writes a page and the clips that it shows.
pub(crate) fn written(page: &Page) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for (name, video) in
        [("red.mp4", RED), ("blue.mp4", BLUE), ("green.mp4", GREEN), (HOSTILE_FILE, BLUE)]
    {
        fs::write(path(name), video).unwrap();
    }
    fs::create_dir(path("many")).unwrap();
    for number in 0..page.clips.len() {
        fs::hard_link(path("blue.mp4"), path(&format!("many/{number}.mp4"))).unwrap();
    }
    fs::write(folder.path().join("index.html"), render(page)).unwrap();
    folder
}

/// Where the page is.
pub(crate) fn address(folder: &TempDir) -> String {
    format!("file://{}", folder.path().join("index.html").display())
}
