//! What is chosen in the page, and what can be.

use std::path::Path;

use reshoot::{AspectRatio, Audio, Descriptor, PROVIDERS, Resolution};
use reshoot_report::live::{Choice, Form};
use serde::Deserialize;
use serde_json::Value;

use super::{refusal::Refusal, upload};
use crate::{
    args::{UiArgs, each_once},
    config,
    exit::Failure,
    manifest::{Cells, Grid},
    page::Folder,
};

/// The most edits of one comparison: by a slip of the hand nobody shall order thousands.
const MOST_EDITS: usize = 200;

/// What is chosen.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    clip: String,
    prompts: Vec<String>,
    #[serde(default)]
    seeds: Vec<Value>,
    providers: Vec<String>,
    /// The settings by their names in a manifest, each for all edits.
    #[serde(default)]
    resolution: Value,
    #[serde(default)]
    aspect_ratio: Value,
    #[serde(default)]
    duration: Value,
    #[serde(default)]
    audio: Value,
    #[serde(default)]
    negative_prompt: Value,
}

impl Wanted {
    /// The providers that are chosen, of those that can be.
    pub(super) fn providers(&self, args: &UiArgs) -> Result<Vec<&'static Descriptor>, Refusal> {
        let offered = offered(args);
        let find = |name: &String| {
            let found = offered.iter().find(|offered| offered.name() == name);
            found.copied().ok_or_else(|| Refusal::bad(format!("{name:?} is not offered here")))
        };
        let chosen: Vec<_> = self.providers.iter().map(find).collect::<Result<_, _>>()?;
        Ok(each_once(chosen))
    }

    /// One row for each edit.
    pub(super) fn rows(&self, folder: &Path, args: &UiArgs) -> Result<Vec<Cells>, Refusal> {
        let gone = || Refusal::bad("the clip is not here: choose it again");
        let clip = upload::path_of(folder, &self.clip).ok_or_else(gone)?;
        let grid = Grid {
            clip: clip.to_str().ok_or_else(gone)?,
            prompts: self.prompts.clone(),
            seeds: self.seeds.iter().map(text).collect(),
            providers: self.providers(args)?,
        };
        if grid.rows_at_most() > MOST_EDITS {
            return Err(Refusal::bad(format!(
                "that is more than {MOST_EDITS} edits: use reshoot batch for so many"
            )));
        }
        let mut rows = grid.rows();
        rows.iter_mut().for_each(|row| self.set(row));
        Ok(rows)
    }

    fn set(&self, row: &mut Cells) {
        for (name, value) in [
            ("resolution", &self.resolution),
            ("aspect_ratio", &self.aspect_ratio),
            ("duration", &self.duration),
            ("audio", &self.audio),
            ("negative_prompt", &self.negative_prompt),
        ] {
            row.insert(name.to_owned(), value.clone());
        }
    }
}

/// A seed as it was typed.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn offered(args: &UiArgs) -> Vec<&'static Descriptor> {
    if args.provider.is_empty() {
        PROVIDERS.iter().collect()
    } else {
        each_once(args.provider.clone())
    }
}

/// What can be chosen.
pub(super) fn form(args: &UiArgs, folder: &Folder) -> Result<Form, Failure> {
    let choice = |descriptor: &&'static Descriptor| {
        Ok(Choice {
            name: descriptor.name().to_owned(),
            title: descriptor.capabilities.title.to_owned(),
            trouble: trouble(descriptor, args)?,
        })
    };
    Ok(Form {
        providers: offered(args).iter().map(choice).collect::<Result<_, Failure>>()?,
        resolutions: words(Resolution::ALL, Resolution::default()),
        aspect_ratios: AspectRatio::ALL.iter().map(ToString::to_string).collect(),
        audio: words(Audio::ALL, Audio::default()),
        most_bytes: args.most_bytes(),
        folder: folder.path().file_name().unwrap_or_default().to_string_lossy().into_owned(),
        cap: args.caps.max_cost.map(|cap| format!("at most {cap} in all")),
    })
}

/// Why a provider cannot be used here, and what to do about it.
fn trouble(descriptor: &Descriptor, args: &UiArgs) -> Result<Option<String>, Failure> {
    if args.staging.emulator {
        return Ok(None);
    }
    if !config::has_key(descriptor)? {
        return Ok(Some(format!("no key: set {} and start again", descriptor.key_env)));
    }
    let takes_files = descriptor.capabilities.upload.is_some() || args.staging.stage.is_some();
    Ok((!takes_files).then(|| "takes no files: start with --stage s3://BUCKET/PREFIX".to_owned()))
}

/// All words, what holds by itself first.
fn words<T: ToString + PartialEq + Copy>(all: &[T], default: T) -> Vec<String> {
    let others = all.iter().copied().filter(|word| *word != default);
    std::iter::once(default).chain(others).map(|word| word.to_string()).collect()
}
