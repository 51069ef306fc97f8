//! Open enums, as text: the formatter leaves macro bodies alone.

use std::fmt::Write as _;

use serde_json::Value;

use super::links::linked;
use crate::{
    ours,
    rules::variants,
    spec::{Spec, text},
};

pub(super) fn render(spec: &Spec) -> String {
    ours::open_enums(spec).map(|(name, schema)| render_one(name, schema)).collect()
}

fn render_one(name: &str, schema: &Value) -> String {
    let docs = docs(name, text(schema, "description"));
    let mut code = format!("::reshoot_core::open_enum! {{\n{docs}    pub enum {name} {{\n");
    for (word, variant) in variants(schema) {
        // Writing to a string cannot fail.
        _ = writeln!(code, "        /// `{word}`\n        {variant} = {word:?},");
    }
    code + "    }\n}\n\n"
}

fn docs(name: &str, description: &str) -> String {
    let description = if description.is_empty() { name } else { description.trim() };
    let lines = description
        .lines()
        .map(|line| format!("    /// {}", linked(line)).trim_end().to_owned() + "\n");
    lines.collect()
}
