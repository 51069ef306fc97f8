//! Lists whose entries are read one by one: an odd entry must not cost the others.

use serde_json::{Value, json};

use crate::spec::each_schema_mut;

/// Leaves the entries of lists with `x-one-by-one` as they come, for the crate to read.
pub(super) fn loosen(document: &mut Value) {
    each_schema_mut(document, &mut |schema| {
        if schema.remove("x-one-by-one") == Some(Value::Bool(true)) {
            schema.insert("items".to_owned(), json!({}));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalise::after;

    #[test]
    fn entries_of_lists_that_say_so_may_be_anything() {
        let items = json!({ "type": "string" });
        for (list, loose) in [
            (json!({ "items": items, "x-one-by-one": true }), json!({ "items": {} })),
            (json!({ "items": items }), json!({ "items": items })),
        ] {
            assert_eq!(after(loosen, list), loose);
        }
    }
}
