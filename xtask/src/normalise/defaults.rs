//! Defaults: the generator would send them with every request and invent them in answers.

use serde_json::Value;

use super::{note, shown};
use crate::spec::each_schema_mut;

/// Moves every `default` into the description.
pub(super) fn strip(document: &mut Value) {
    each_schema_mut(document, &mut |schema| {
        if let Some(default) = schema.remove("default") {
            note(schema, &format!("Provider's default when omitted: `{}`.", shown(&default)));
        }
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::normalise::after;

    #[test]
    fn a_default_becomes_a_sentence() {
        let schema = json!({ "properties": {
            "a": { "default": 0, "description": "A." },
            "b": { "default": "720p" },
            "c": { "allOf": [{ "$ref": "#/x" }], "default": true },
        } });
        let stripped = json!({ "properties": {
            "a": { "description": "A.\n\nProvider's default when omitted: `0`." },
            "b": { "description": "Provider's default when omitted: `720p`." },
            "c": {
                "allOf": [{ "$ref": "#/x" }],
                "description": "Provider's default when omitted: `true`.",
            },
        } });
        assert_eq!(after(strip, schema), stripped);
    }

    #[test]
    fn a_property_that_is_called_default_stays() {
        let schema = json!({ "properties": { "default": { "type": "string" } } });
        assert_eq!(after(strip, schema.clone()), schema);
    }
}
