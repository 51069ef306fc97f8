//! Reading the cells of a row by name, each with all that is wrong with it.

use std::{fmt::Display, str::FromStr};

use reshoot::Violation;
use serde_json::Value;

use super::source::Cells;

/// The names of cells. Those of requests are the command's own.
pub(super) const NAMES: [&str; 14] = [
    "clip",
    "prompt",
    "provider",
    "output",
    "references",
    "negative_prompt",
    "resolution",
    "aspect_ratio",
    "duration",
    "audio",
    "seed",
    "prompt_expansion",
    "watermark",
    "outputs",
];

/// Another name for `clip`.
const VIDEO: &str = "video";

/// What stands between several references in one cell.
const BETWEEN: char = ';';

/// Checks the names of columns.
pub(super) fn check_names<'a>(names: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let names: Vec<_> = names.collect();
    let has = |name| names.contains(&name);
    match (has("clip"), has(VIDEO)) {
        (false, false)
            if names.len() == 1 && names.iter().any(|name| name.contains([';', '\t'])) =>
        {
            return Err("its cells must have commas between them".to_owned());
        }
        (false, false) => return Err("there is no column \"clip\"".to_owned()),
        (true, true) => {
            return Err("\"clip\" and \"video\" are the same: one is enough".to_owned());
        }
        _ => {}
    }
    if let Some(name) = names.iter().find(|name| !is_known(name)) {
        return Err(unknown(name));
    }
    let is_repeated = |name: &&&str| names.iter().filter(|other| other == name).count() > 1;
    match names.iter().find(is_repeated) {
        Some(name) => Err(format!("{name:?} stands there more than once")),
        None => Ok(()),
    }
}

fn is_known(name: &str) -> bool {
    name == VIDEO || NAMES.contains(&name)
}

fn unknown(name: &str) -> String {
    format!("{name:?} is not known; known are {}", NAMES.join(", "))
}

/// Takes cells one by one, and keeps what is wrong.
#[derive(Debug)]
pub(super) struct Reader {
    cells: Cells,
    pub(super) wrong: Vec<Violation>,
}

impl Reader {
    pub(super) fn new(mut cells: Cells) -> Self {
        if let Some(clip) = cells.remove(VIDEO) {
            cells.entry("clip").or_insert(clip);
        }
        Self { cells, wrong: Vec::new() }
    }

    pub(super) fn refuse(&mut self, name: &'static str, message: impl Display) {
        self.wrong.push(Violation::new(name, message.to_string()));
    }

    /// A cell that is not empty, as text.
    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        let text = match self.cells.remove(name)? {
            Value::Null => return None,
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            Value::Array(_) | Value::Object(_) => {
                self.refuse(name, "it must be a text or a number");
                return None;
            }
        };
        (!text.trim().is_empty()).then_some(text)
    }

    pub(super) fn parsed<T: FromStr<Err: Display>>(&mut self, name: &'static str) -> Option<T> {
        let text = self.text(name)?;
        let parsed = text.trim().parse();
        parsed.map_err(|error| self.refuse(name, format_args!("{text:?}: {error}"))).ok()
    }

    /// An array, or one text with `;` between its parts.
    pub(super) fn list(&mut self, name: &'static str) -> Option<Vec<String>> {
        let Some(Value::Array(list)) = self.cells.get(name) else {
            let text = self.text(name)?;
            let parts = text.split(BETWEEN).map(str::trim).filter(|part| !part.is_empty());
            return Some(parts.map(str::to_owned).collect());
        };
        let texts: Option<Vec<_>> =
            list.iter().map(|value| value.as_str().map(str::to_owned)).collect();
        self.cells.remove(name);
        if texts.is_none() {
            self.refuse(name, "it must be a list of texts");
        }
        texts
    }

    /// What is left has a name that means nothing.
    pub(super) fn finish(mut self) -> Vec<Violation> {
        let names: Vec<_> = self.cells.keys().map(|name| unknown(name)).collect();
        names.into_iter().for_each(|message| self.refuse("row", message));
        self.wrong
    }
}
