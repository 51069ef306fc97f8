//! From the cells of a row to the edit that is meant.

use std::{
    fmt,
    path::{Component, Path, PathBuf, is_separator},
};

use reshoot::{Descriptor, EditRequest, Media, Seconds, Url};
use sha2::{Digest, Sha256};

use super::{Unfit, cells::Reader, signed::unsigned, source::Cells};
use crate::request;

/// Links can end in names longer than those of files, which end at 255 bytes, with all that is added.
const LONGEST_STEM: usize = 200;

/// What holds for rows that do not say otherwise.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    /// Everything but clip and prompt.
    pub(crate) request: EditRequest,
    pub(crate) prompt: Option<String>,
    /// Where clips are that are named without a directory.
    pub(crate) from: PathBuf,
    /// Where results go.
    pub(crate) to: PathBuf,
    /// Whether each file has its row's key in its name, so that no other row's can ever have it.
    pub(crate) is_keyed: bool,
}

/// What tells a row from all others of its batch: the edit, and the name of its file and its provider if
/// the row gives them. It stays the same wherever the row stands in the manifest, whatever the providers
/// of the batch, wherever the results go, and however often its links are signed anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RowKey(u128);

impl RowKey {
    fn new(request: &EditRequest, output: Option<&str>, provider: Option<&Descriptor>) -> Self {
        let mut request = request.clone();
        for media in std::iter::once(&mut request.video).chain(&mut request.reference_images) {
            if let Media::Url(url) = media {
                *url = unsigned(url);
            }
        }
        // An edit that cannot be written down cannot be begun either.
        let text = match provider {
            Some(provider) => serde_json::to_vec(&(request, output, provider.name())),
            None => serde_json::to_vec(&(request, output)),
        };
        let text = text.unwrap_or_default();
        Self::hash(&text)
    }

    /// As good as never the same for two files.
    pub(crate) fn of_file(path: &Path) -> Self {
        Self::hash(path.as_os_str().as_encoded_bytes())
    }

    fn hash(bytes: &[u8]) -> Self {
        let digest = Sha256::digest(bytes);
        Self(digest.iter().take(16).fold(0, |number, byte| (number << 8) | u128::from(*byte)))
    }

    /// A number below `end` that is as good as random.
    pub(crate) const fn below(self, end: u64) -> u64 {
        let end = if end == 0 { 1 } else { end as u128 };
        (self.0 % end) as u64
    }
}

impl fmt::Display for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// An edit of a batch.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) line: u64,
    /// The clip as it was written.
    pub(crate) clip: String,
    pub(crate) key: RowKey,
    pub(crate) request: EditRequest,
    /// The one provider that it may be run at; none: any of the batch's.
    pub(crate) provider: Option<&'static Descriptor>,
    pub(crate) target: PathBuf,
    /// Whether the row names its file itself.
    is_named: bool,
}

impl Row {
    /// Another name for its file, which no other row can have: `walk-1f3a9c2e.mp4` for `walk.mp4`. None
    /// where the row names its file itself.
    pub(crate) fn other_target(&self) -> Option<PathBuf> {
        let stem = self.target.file_stem()?.to_string_lossy();
        let key = self.key.to_string();
        let name = format!("{stem}-{}.mp4", key.get(..8)?);
        (!self.is_named).then(|| self.target.with_file_name(name))
    }
}

/// Reads a row, or tells all that is wrong with it.
pub(super) fn read(line: u64, cells: Cells, terms: &Terms) -> Result<Row, Unfit> {
    let mut cells = Reader::new(cells);
    let mut request = terms.request.clone();
    let clip = cells.text("clip").unwrap_or_default();
    match media(&clip, &terms.from) {
        Ok(video) => request.video = video,
        Err(message) => cells.refuse("clip", message),
    }
    match cells.text("prompt").or_else(|| terms.prompt.clone()) {
        Some(prompt) => request.prompt = prompt,
        None => cells.refuse("prompt", "say what to do with the clip, here or with --prompt"),
    }
    if let Some(references) = cells.list("references") {
        let images = references.iter().map(|text| media(text, &terms.from));
        match images.collect() {
            Ok(images) => request.reference_images = images,
            Err(message) => cells.refuse("references", message),
        }
    }
    overrule(&mut request, &mut cells);
    let provider = provider(&mut cells);
    let output = cells.text("output");
    if let Some(wrong) = output.as_deref().and_then(no_file) {
        cells.refuse("output", wrong);
    }
    let wrong = cells.finish();
    if !wrong.is_empty() {
        return Err(Unfit { line, clip: shown(&clip), wrong });
    }
    let key = RowKey::new(&request, output.as_deref(), provider);
    let is_named = output.is_some();
    let output = output.map_or_else(|| default_output(&request, provider), PathBuf::from);
    let target = straight(&terms.to.join(output));
    let mut row = Row { line, clip: shown(&clip), key, request, provider, target, is_named };
    if let Some(keyed) = row.other_target().filter(|_| terms.is_keyed) {
        row.target = keyed;
    }
    Ok(row)
}

/// The provider that a row names.
fn provider(cells: &mut Reader) -> Option<&'static Descriptor> {
    let name = cells.text("provider")?;
    let found = reshoot::provider(name.trim());
    found.map_err(|error| cells.refuse("provider", error.message())).ok()
}

/// What a row says goes before what holds for all.
fn overrule(request: &mut EditRequest, cells: &mut Reader) {
    fn set<T>(place: &mut T, value: Option<T>) {
        if let Some(value) = value {
            *place = value;
        }
    }
    set(&mut request.negative_prompt, cells.text("negative_prompt").map(Some));
    set(&mut request.resolution, cells.parsed("resolution"));
    set(&mut request.aspect_ratio, cells.parsed("aspect_ratio").map(Some));
    set(&mut request.duration, cells.parsed("duration").map(|seconds| Some(Seconds(seconds))));
    set(&mut request.audio, cells.parsed("audio"));
    set(&mut request.seed, cells.parsed("seed").map(Some));
    set(&mut request.prompt_expansion, cells.parsed("prompt_expansion").map(Some));
    set(&mut request.watermark, cells.parsed("watermark"));
    set(&mut request.outputs, cells.parsed("outputs"));
}

fn media(text: &str, from: &Path) -> Result<Media, String> {
    if text.is_empty() {
        return Err("name a clip: a file or a URL".to_owned());
    }
    match Media::parse(text) {
        Ok(Media::File(path)) => Ok(Media::File(from.join(path))),
        Ok(url) => Ok(url),
        Err(error) => Err(format!("{}: {error}", shown(text))),
    }
}

/// `walk.mp4` of `clips/walk.mov`; `walk-kie.mp4` or `walk-kie-seed-7.mp4` where the row names its provider.
fn default_output(request: &EditRequest, provider: Option<&Descriptor>) -> PathBuf {
    let mut name = request::stem(&request.video);
    while name.len() > LONGEST_STEM {
        name.pop();
    }
    if let Some(provider) = provider {
        name = format!("{name}-{}", provider.name());
        if let Some(seed) = request.seed {
            name = format!("{name}-seed-{seed}");
        }
    }
    PathBuf::from(format!("{name}.mp4"))
}

/// Why a text is not the name of a file, if it is none.
fn no_file(output: &str) -> Option<String> {
    let is_directory = output.ends_with(is_separator) || Path::new(output).file_name().is_none();
    is_directory.then(|| format!("{output:?} is a directory: name a file"))
}

/// Without `.` and `..`: the same file has the same name, however it is written.
fn straight(path: &Path) -> PathBuf {
    let mut straight = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                straight.pop();
            }
            other => straight.push(other),
        }
    }
    straight
}

/// Without what lets others read a link.
fn shown(text: &str) -> String {
    Url::parse(text).map_or_else(|_| text.to_owned(), |url| reshoot::redact::shown(&url))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn terms() -> Terms {
        Terms {
            request: EditRequest::new(Media::File(PathBuf::new()), ""),
            prompt: None,
            from: "/clips".into(),
            to: "/out".into(),
            is_keyed: false,
        }
    }

    fn row(cells: Value) -> Result<Row, Unfit> {
        read(7, serde_json::from_value(cells).unwrap(), &terms())
    }

    #[test]
    fn a_row_says_everything_that_the_command_can_say() {
        let texts = json!({
            "clip": "walk.mov", "prompt": "clay", "output": "a/b.mp4",
            "references": "hat.png; https://h.example/x.png", "negative_prompt": "blood",
            "resolution": "720P", "aspect_ratio": "9:16", "duration": "5", "audio": "original",
            "seed": "-7", "prompt_expansion": "false", "watermark": "true", "outputs": "2",
        });
        let typed = json!({
            "video": "walk.mov", "prompt": "clay", "output": "a/b.mp4",
            "references": ["hat.png", "https://h.example/x.png"], "negative_prompt": "blood",
            "resolution": "720p", "aspect_ratio": "9:16", "duration": 5, "audio": "original",
            "seed": -7, "prompt_expansion": false, "watermark": true, "outputs": 2,
        });
        let (texts, typed) = (row(texts).unwrap(), row(typed).unwrap());
        assert_eq!(texts.request, typed.request);
        assert_eq!(texts.key, typed.key);
        assert_eq!(texts.target, Path::new("/out/a/b.mp4"));
        assert_eq!(texts.other_target(), None);
        let request = texts.request;
        assert_eq!(request.video, Media::File("/clips/walk.mov".into()));
        assert_eq!(request.reference_images[0], Media::File("/clips/hat.png".into()));
        assert_eq!((request.seed, request.outputs), (Some(-7), 2));
        assert_eq!((request.prompt_expansion, request.watermark), (Some(false), true));
    }

    #[test]
    fn an_output_is_a_file_and_the_same_one_however_it_is_written() {
        let output =
            |output: &str| row(json!({ "clip": "a.mp4", "prompt": "x", "output": output }));
        for same in ["a/b.mp4", "./a//b.mp4", "a/c/../b.mp4", "../out/a/b.mp4", "/out/a/./b.mp4"] {
            assert_eq!(output(same).unwrap().target, Path::new("/out/a/b.mp4"), "{same}");
        }
        for none in ["..", ".", "a/", "a/..", "/"] {
            let wrong = output(none).unwrap_err().wrong;
            assert!(wrong[0].message.contains("is a directory: name a file"), "{none}: {wrong:?}");
        }
    }

    #[test]
    fn a_link_with_a_long_name_makes_a_file_with_a_shorter_one() {
        let clip = format!("https://h.example/{}.mp4", "n".repeat(300));
        let name = format!("{}.mp4", "n".repeat(LONGEST_STEM));
        let row = row(json!({ "clip": clip, "prompt": "clay" })).unwrap();
        assert_eq!(row.target, Path::new("/out").join(name));
    }

    #[test]
    fn what_a_row_leaves_out_holds_for_all() {
        let mut terms = terms();
        terms.prompt = Some("clay".to_owned());
        terms.request.seed = Some(3);
        let cells = |seed: Value| {
            let cells = json!({ "clip": "https://h.example/a/run.mp4?sig=1", "seed": seed });
            read(7, serde_json::from_value(cells).unwrap(), &terms).unwrap()
        };
        let row = cells(Value::Null);
        assert_eq!((row.request.prompt.as_str(), row.request.seed), ("clay", Some(3)));
        assert_eq!(row.target, Path::new("/out/run.mp4"));
        let other = format!("/out/run-{}.mp4", &row.key.to_string()[..8]);
        assert_eq!(row.other_target(), Some(other.into()));
        assert_eq!(row.clip, "https://h.example/a/run.mp4?…");
        assert_eq!(cells("".into()).request.seed, Some(3));
        assert_eq!(cells(5.into()).request.seed, Some(5));
    }

    #[test]
    fn a_row_that_names_its_provider_has_a_file_that_does_too() {
        let named = |cells: Value| {
            let row = row(cells).unwrap();
            (row.provider.map(Descriptor::name), row.target)
        };
        for (cells, provider, target) in [
            (json!({ "clip": "a.mov", "prompt": "x" }), None, "/out/a.mp4"),
            (
                json!({ "clip": "a.mov", "prompt": "x", "provider": "kie" }),
                Some("kie"),
                "/out/a-kie.mp4",
            ),
            (
                json!({ "clip": "a.mov", "prompt": "x", "provider": "kie", "seed": -7 }),
                Some("kie"),
                "/out/a-kie-seed--7.mp4",
            ),
        ] {
            assert_eq!(named(cells), (provider, PathBuf::from(target)));
        }
        let unfit = row(json!({ "clip": "a.mov", "prompt": "x", "provider": "acme" })).unwrap_err();
        assert!(unfit.wrong[0].to_string().starts_with("provider: "), "{:?}", unfit.wrong);
    }

    #[test]
    fn where_rows_come_one_by_one_each_file_has_a_name_that_no_other_can_have() {
        let terms = Terms { is_keyed: true, ..terms() };
        let cells = json!({ "clip": "a.mov", "prompt": "x", "provider": "kie" });
        let row = read(1, serde_json::from_value(cells).unwrap(), &terms).unwrap();
        let key = row.key.to_string();
        assert_eq!(row.target, Path::new(&format!("/out/a-kie-{}.mp4", &key[..8])));
    }

    #[test]
    fn all_that_is_wrong_with_a_row_is_told_at_once() {
        let unfit = row(json!({
            "resolution": "8k", "duration": "five", "outputs": [1], "references": [1], "colour": "red",
        }));
        let unfit = unfit.unwrap_err();
        let told: Vec<_> = unfit.wrong.iter().map(ToString::to_string).collect();
        let fields: Vec<_> = unfit.wrong.iter().map(|wrong| wrong.field).collect();
        let expected = ["clip", "prompt", "references", "resolution", "duration", "outputs", "row"];
        assert_eq!(fields, expected, "{told:?}");
        assert!(told[3].starts_with("resolution: \"8k\": "), "{told:?}");
        assert!(told[6].contains("\"colour\" is not known"), "{told:?}");
    }

    #[test]
    fn the_key_of_a_row_never_changes_or_it_would_be_paid_for_again() {
        let plain = row(json!({ "clip": "a.mp4", "prompt": "clay" })).unwrap();
        assert_eq!(plain.key.to_string(), "c61e127816508a35ac70124c0e133ea4");
        let full = row(json!({
            "clip": "https://h.example/a.mp4", "prompt": "clay", "output": "b.mp4", "seed": 1,
            "references": ["https://h.example/x.png"], "negative_prompt": "blood",
            "resolution": "720p", "aspect_ratio": "9:16", "duration": 5, "audio": "original",
            "prompt_expansion": false, "watermark": true, "outputs": 2,
        }));
        assert_eq!(full.unwrap().key.to_string(), "72ef4c75633504b188f8a02e1b75e8ff");
        let pinned = row(json!({ "clip": "a.mp4", "prompt": "clay", "provider": "kie" })).unwrap();
        assert_eq!(pinned.key.to_string(), "0477893a52908b5b961d62cb5388bc00");
    }

    #[test]
    fn a_link_that_is_signed_anew_is_the_same_clip() {
        let key = |sign: &str| {
            let clip =
                format!("https://h.example/a.mp4?id=7&X-Amz-Date={sign}&X-Amz-Signature={sign}");
            row(json!({ "clip": clip, "prompt": "clay" })).unwrap().key
        };
        assert_eq!(key("1"), key("2"));
    }

    #[test]
    fn a_changed_row_has_another_key() {
        let key = |cells: Value| row(cells).unwrap().key;
        let plain = key(json!({ "clip": "a.mp4", "prompt": "clay" }));
        for changed in [
            json!({ "clip": "b.mp4", "prompt": "clay", "output": "a.mp4" }),
            json!({ "clip": "a.mp4", "prompt": "wool" }),
            json!({ "clip": "a.mp4", "prompt": "clay", "output": "b.mp4" }),
            json!({ "clip": "a.mp4", "prompt": "clay", "seed": 1 }),
            json!({ "clip": "a.mp4", "prompt": "clay", "provider": "kie" }),
        ] {
            assert_ne!(key(changed.clone()), plain, "{changed}");
        }
    }
}
