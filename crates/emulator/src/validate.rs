//! Checks bodies against the provider's own contract, carried inside the package.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

use crate::app::lock;

/// One provider's contract; nothing is parsed or compiled before it is needed.
#[derive(Debug)]
pub(crate) struct Contract {
    text: &'static str,
    parsed: OnceLock<Value>,
    compiled: Mutex<Option<HashMap<String, Option<Arc<Validator>>>>>,
}

/// One thing that is wrong with a body.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Violation {
    /// Field names and indexes from the root of the body.
    pub(crate) path: Vec<String>,
    pub(crate) message: String,
}

impl Violation {
    pub(crate) fn dotted(&self) -> String {
        self.path.join(".")
    }
}

impl Contract {
    pub(crate) const fn new(text: &'static str) -> Self {
        Self { text, parsed: OnceLock::new(), compiled: Mutex::new(None) }
    }

    /// The document, made ready for a JSON Schema validator.
    pub(crate) fn document(&self) -> &Value {
        self.parsed.get_or_init(|| {
            let mut document = serde_json::from_str(self.text).unwrap_or_default();
            nullable_to_type(&mut document);
            document
        })
    }

    /// Everything that is wrong with a request body, at once. An operation that the contract does not have allows all.
    pub(crate) fn request(&self, path: &str, body: &Value) -> Vec<Violation> {
        let pointer =
            ["paths", path, "post", "requestBody", "content", "application/json", "schema"];
        self.check(&pointer, body)
    }

    /// Everything that is wrong with a body under the schema at this place of the document.
    pub(crate) fn check(&self, place: &[&str], body: &Value) -> Vec<Violation> {
        let Some(validator) = self.validator(place) else {
            return Vec::new();
        };
        validator.iter_errors(body).map(|error| violation(&error)).collect()
    }

    fn validator(&self, place: &[&str]) -> Option<Arc<Validator>> {
        let mut compiled = lock(&self.compiled);
        let known = compiled.get_or_insert_default();
        known.entry(place.join(" ")).or_insert_with(|| self.compile(place).map(Arc::new)).clone()
    }

    fn compile(&self, place: &[&str]) -> Option<Validator> {
        let document = self.document();
        let schema = place.iter().try_fold(document, |at, step| self.step(at, step))?;
        let mut root = json!({ "allOf": [schema] });
        if let (Some(root), Some(components)) = (root.as_object_mut(), document.get("components")) {
            root.insert("components".to_owned(), components.clone());
        }
        jsonschema::options()
            .with_draft(Draft::Draft4)
            .should_validate_formats(true)
            .build(&root)
            .ok()
    }

    /// One step down, through a reference if one is in the way.
    fn step<'a>(&'a self, at: &'a Value, step: &str) -> Option<&'a Value> {
        let at = match at.get("$ref").and_then(Value::as_str) {
            Some(reference) => self.document().pointer(reference.trim_start_matches('#'))?,
            None => at,
        };
        at.get(step)
    }
}

fn violation(error: &jsonschema::ValidationError<'_>) -> Violation {
    let pointer = error.instance_path().to_string();
    let mut path: Vec<String> =
        pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
    let message = error.to_string();
    if let jsonschema::error::ValidationErrorKind::Required { property } = error.kind() {
        path.extend(property.as_str().map(str::to_owned));
    }
    Violation { path, message }
}

/// OpenAPI 3.0 says `nullable: true` where JSON Schema lists `null` among the types.
fn nullable_to_type(node: &mut Value) {
    match node {
        Value::Array(items) => items.iter_mut().for_each(nullable_to_type),
        Value::Object(object) => {
            object.values_mut().for_each(nullable_to_type);
            if object.get("nullable") == Some(&Value::Bool(true)) {
                allow_null(object);
            }
        }
        _ => {}
    }
}

fn allow_null(schema: &mut Map<String, Value>) {
    schema.remove("nullable");
    if schema.contains_key("$ref") || schema.contains_key("allOf") {
        let inner = Value::Object(std::mem::take(schema));
        schema.insert("anyOf".to_owned(), json!([inner, { "type": "null" }]));
        return;
    }
    if let Some(kind @ Value::String(_)) = schema.get("type").cloned() {
        schema.insert("type".to_owned(), json!([kind, "null"]));
    }
    if let Some(Value::Array(words)) = schema
        .get_mut("enum")
        .filter(|words| words.as_array().is_some_and(|words| !words.contains(&Value::Null)))
    {
        words.push(Value::Null);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r##"{"openapi":"3.0.3","paths":{"/edit":{"post":{"requestBody":{"content":{"application/json":{
        "schema":{"$ref":"#/components/schemas/Edit"}}}}}}},
        "components":{"schemas":{"Ratio":{"type":"string","enum":["16:9"]},"Edit":{"type":"object","required":["url"],
        "properties":{"url":{"type":"string","format":"uri"},"seed":{"type":"integer","minimum":0,"nullable":true},
        "ratio":{"nullable":true,"allOf":[{"$ref":"#/components/schemas/Ratio"}]}}}}}}"##;

    #[test]
    fn violations_name_the_field() {
        let contract = Contract::new(TEXT);
        let cases = [
            (json!({"url": "https://a.example/b"}), vec![]),
            (json!({"url": "https://a.example/b", "seed": null, "ratio": null}), vec![]),
            (json!({}), vec!["url"]),
            (json!({"url": "not a url", "seed": -1}), vec!["seed", "url"]),
            (json!({"url": "https://a.example/b", "ratio": "2:1"}), vec!["ratio"]),
        ];
        for (body, expected) in cases {
            let mut fields: Vec<_> =
                contract.request("/edit", &body).iter().map(Violation::dotted).collect();
            fields.sort();
            assert_eq!(fields, expected, "{body}");
        }
    }

    #[test]
    fn an_operation_without_a_contract_allows_all() {
        assert_eq!(Contract::new(TEXT).request("/other", &json!({"x": 1})), []);
    }
}
