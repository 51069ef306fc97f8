//! Schemas for which a type of our own stands, because the generator's would refuse what providers
//! really answer.

use serde_json::Value;

use crate::spec::Spec;

/// The open enums of a spec: string enums that keep words they do not know.
pub fn open_enums(spec: &Spec) -> impl Iterator<Item = (&str, &Value)> {
    spec.schemas().filter(|(_, schema)| schema.get("x-open-enum").is_some())
}

/// The scalars of a spec for which a better Rust type stands: their names and Rust types.
pub fn scalar_types(spec: &Spec) -> impl Iterator<Item = (&str, &'static str)> {
    spec.schemas().filter_map(|(name, schema)| Some((name, scalar_type(schema.get("x-rust")?)?)))
}

/// The Rust type of an `x-rust` word.
#[must_use]
pub fn scalar_type(word: &Value) -> Option<&'static str> {
    match word.as_str()? {
        "lenient-number" => Some("::reshoot_core::wire::LenientNumber"),
        "lenient-string" => Some("::reshoot_core::wire::LenientString"),
        // In a request: 5 is sent as 5, not as 5.0.
        "exact-number" => Some("::serde_json::Number"),
        _ => None,
    }
}
