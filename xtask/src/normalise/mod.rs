//! From the truthful spec to what the generator can bear: small pure steps, each taking out one thing
//! and keeping it elsewhere (in docs, in `validate`, in types of our own).

mod answers;
mod defaults;
mod extras;
pub mod limits;
mod one_by_one;
mod operations;
mod strictness;

use serde_json::Value;

use crate::spec::Spec;

/// The document as the generator gets it.
#[must_use]
pub fn normalise(spec: &Spec) -> Value {
    let mut document = spec.document.clone();
    answers::relax(spec, &mut document);
    operations::drop_unsent(spec, &mut document);
    operations::drop_hand_written(&mut document);
    operations::strip_callbacks(&mut document);
    operations::keep_success(&mut document);
    defaults::strip(&mut document);
    limits::strip(&mut document);
    strictness::strip(&mut document);
    one_by_one::loosen(&mut document);
    extras::keep(&mut document);
    document.sort_all_objects();
    document
}

/// Adds a sentence to a description.
fn note(schema: &mut serde_json::Map<String, Value>, sentence: &str) {
    let description = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    let joined = format!("{}\n\n{sentence}", description.trim_end());
    schema.insert("description".to_owned(), Value::from(joined.trim_start()));
}

/// A value as it stands in a sentence: `1080p`, `true`, `0`.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A component schema of a test, after one step.
#[cfg(test)]
fn after(step: fn(&mut Value), schema: Value) -> Value {
    let mut document = serde_json::json!({ "components": { "schemas": { "X": schema } } });
    step(&mut document);
    document.pointer("/components/schemas/X").cloned().unwrap()
}
