//! Ranges and lengths: the generator ignores some and makes a type of each other. They go into the
//! docs, and into `validate`.

use serde_json::{Map, Value};

use super::{note, shown};
use crate::spec::{each_schema_mut, text};

/// Moves every range and length into the description.
pub(super) fn strip(document: &mut Value) {
    each_schema_mut(document, &mut |schema| {
        let limits = Limits::take(schema);
        if let Some(sentence) = limits.sentence() {
            note(schema, &sentence);
        }
    });
}

/// The limits of one schema.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limits {
    /// What is limited: `value`, `characters` or `items`.
    pub unit: &'static str,
    /// The least that is allowed.
    pub min: Option<Value>,
    /// The most that is allowed.
    pub max: Option<Value>,
}

impl Limits {
    /// Takes the limits out of a schema.
    fn take(schema: &mut Map<String, Value>) -> Self {
        let (unit, min, max) = keys(text(&Value::Object(schema.clone()), "type"));
        Self { unit, min: schema.remove(min), max: schema.remove(max) }
    }

    /// The limits of a schema.
    #[must_use]
    pub fn of(schema: &Value) -> Self {
        let (unit, min, max) = keys(text(schema, "type"));
        Self { unit, min: schema.get(min).cloned(), max: schema.get(max).cloned() }
    }

    /// As a person reads it.
    #[must_use]
    pub fn sentence(&self) -> Option<String> {
        let unit = self.unit;
        match (self.min.as_ref().map(shown), self.max.as_ref().map(shown)) {
            (Some(min), Some(max)) => Some(format!("Allowed {unit}: {min} to {max}.")),
            (Some(min), None) => Some(format!("Allowed {unit}: {min} or more.")),
            (None, Some(max)) => Some(format!("Allowed {unit}: at most {max}.")),
            (None, None) => None,
        }
    }
}

/// Which keys limit a type.
fn keys(kind: &str) -> (&'static str, &'static str, &'static str) {
    match kind {
        "string" => ("characters", "minLength", "maxLength"),
        "array" => ("items", "minItems", "maxItems"),
        _ => ("values", "minimum", "maximum"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::normalise::after;

    #[test]
    fn limits_become_sentences() {
        for (schema, sentence) in [
            (json!({ "type": "integer", "minimum": 0, "maximum": 10 }), "Allowed values: 0 to 10."),
            (json!({ "type": "number", "minimum": 0.5 }), "Allowed values: 0.5 or more."),
            (json!({ "type": "string", "maxLength": 5000 }), "Allowed characters: at most 5000."),
            (json!({ "type": "array", "minItems": 1, "maxItems": 4 }), "Allowed items: 1 to 4."),
        ] {
            let kind = schema.get("type").cloned();
            let stripped = json!({ "type": kind, "description": sentence });
            assert_eq!(after(strip, schema), stripped);
        }
    }

    #[test]
    fn what_has_no_limit_stays_as_it_is() {
        let schema = json!({ "type": "string", "description": "Text." });
        assert_eq!(after(strip, schema.clone()), schema);
    }
}
