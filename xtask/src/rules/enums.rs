//! Rules about enums, and the names of their variants.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Findings, component};
use crate::spec::{Spec, each_schema, list, text};

pub(super) fn check(spec: &Spec, findings: &mut Findings) {
    let inline = "an enum must be a component schema of its own, with x-open-enum";
    for operation in spec.operations() {
        for parameter in &operation.parameters {
            if parameter.pointer("/schema/enum").is_some() {
                findings.add(
                    operation.name(),
                    format!("parameter {}", text(parameter, "name")),
                    inline,
                );
            }
        }
    }
    for (name, schema) in spec.schemas() {
        each_schema("", schema, &mut |path, schema| {
            if schema.get("enum").is_none() {
                return;
            }
            if !path.is_empty() {
                findings.add(component(name), path, inline);
                return;
            }
            for problem in problems(schema) {
                findings.add(component(name), "enum", problem);
            }
        });
    }
}

fn problems(schema: &Value) -> Vec<String> {
    if !matches!(schema.get("x-open-enum"), Some(Value::Bool(true) | Value::Object(_))) {
        return vec!["must have x-open-enum: true, or a map from words to names".to_owned()];
    }
    if text(schema, "type") != "string" || list(schema, "enum").any(|word| !is_word(word)) {
        return vec!["must be of type string, each word quoted".to_owned()];
    }
    let mut problems = Vec::new();
    let mut seen = BTreeMap::new();
    for (word, variant) in variants(schema) {
        if !is_variant(&variant) {
            problems.push(format!("`{word}` needs a name of its own in x-open-enum"));
        } else if let Some(other) = seen.insert(variant.clone(), word) {
            let both = format!("`{other}` and `{word}` would both be called {variant}");
            problems.push(format!("{both}; name them in x-open-enum"));
        }
    }
    problems
}

/// A word, or the null that a nullable enum lists.
fn is_word(word: &Value) -> bool {
    word.is_string() || word.is_null()
}

/// The words of an enum with the names of their variants.
#[must_use]
pub fn variants(schema: &Value) -> Vec<(&str, String)> {
    let words = list(schema, "enum").filter_map(Value::as_str);
    words.map(|word| (word, variant(schema, word))).collect()
}

fn variant(schema: &Value, word: &str) -> String {
    let given = schema.get("x-open-enum").and_then(|names| names.get(word)?.as_str());
    given.map_or_else(|| pascal(word), str::to_owned)
}

/// `IN_QUEUE` → `InQueue`, `wan-2.7` → `Wan27`, `inQueue` → `InQueue`.
fn pascal(word: &str) -> String {
    let shouts = !word.bytes().any(|byte| byte.is_ascii_lowercase());
    let parts = word.split(|letter: char| !letter.is_ascii_alphanumeric());
    parts.map(|part| capitalised(part, shouts)).collect()
}

fn capitalised(part: &str, shouts: bool) -> String {
    let mut letters = part.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    let rest = letters.map(|letter| if shouts { letter.to_ascii_lowercase() } else { letter });
    first.into_iter().chain(rest).collect()
}

fn is_variant(name: &str) -> bool {
    name != "Unknown"
        && name != "Self"
        && name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
