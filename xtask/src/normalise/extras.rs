//! Fields that no spec names: kept where the spec says that there may be some.

use serde_json::{Value, json};

use crate::spec::each_schema_mut;

/// Writes `additionalProperties: true` as `{}`, the form in which the generator keeps the fields.
pub(super) fn keep(document: &mut Value) {
    each_schema_mut(document, &mut |schema| {
        if schema.get("additionalProperties") == Some(&Value::Bool(true)) {
            schema.insert("additionalProperties".to_owned(), json!({}));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalise::after;

    #[test]
    fn true_becomes_an_empty_schema() {
        for (value, kept) in [(json!(true), json!({})), (json!(false), json!(false))] {
            let schema = json!({ "additionalProperties": value });
            assert_eq!(after(keep, schema), json!({ "additionalProperties": kept }));
        }
    }
}
