//! Formats, patterns and the like: the generator would pick narrow types, or pull in crates for them.

use serde_json::Value;

use super::{note, shown};
use crate::spec::each_schema_mut;

/// What narrows a type, with the words for it in the docs.
const NARROWING: [(&str, &str); 6] = [
    ("format", "Format"),
    ("pattern", "Pattern"),
    ("uniqueItems", "Unique items"),
    ("multipleOf", "Multiple of"),
    ("exclusiveMinimum", "Minimum excluded"),
    ("exclusiveMaximum", "Maximum excluded"),
];

/// Moves what narrows a type into the description: all integers are `i64`, all texts `String`.
pub(super) fn strip(document: &mut Value) {
    each_schema_mut(document, &mut |schema| {
        schema.remove("title");
        for (key, words) in NARROWING {
            if let Some(value) = schema.remove(key) {
                note(schema, &format!("{words}: `{}`.", shown(&value)));
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::normalise::after;

    #[test]
    fn narrow_types_become_wide_ones_with_a_note() {
        let schema = json!({ "type": "string", "format": "uri", "title": "Video" });
        let stripped = json!({ "type": "string", "description": "Format: `uri`." });
        assert_eq!(after(strip, schema), stripped);
    }
}
