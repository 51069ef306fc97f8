//! Rules about schemas: nothing that stops the generator, and answers that are read leniently.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Findings, component};
use crate::{
    ours,
    spec::{Spec, each_schema, entries, flag, is_success, list, text},
};

/// Formats that the generator reads strictly.
const STRICT_FORMATS: [&str; 8] =
    ["date", "date-time", "time", "uuid", "ip", "ipv4", "ipv6", "duration"];

pub(super) fn check(spec: &Spec, findings: &mut Findings) {
    let requests = spec.request_schemas();
    let responses = response_schemas(spec);
    for (name, schema) in spec.schemas() {
        component_name(name, findings);
        let is_request = requests.contains(name);
        let shape = schema.get("properties").is_some();
        if is_request && responses.contains(name) && shape {
            let problem = "is used in requests and in answers; write one schema for each";
            findings.add(component(name), "schema", problem);
        }
        each_schema("", schema, &mut |path, schema| {
            let mut add = |problem: &str| findings.add(component(name), field(path), problem);
            generator(spec, schema, &mut add);
            if !is_request {
                lenience(spec, schema, &mut add);
            }
        });
    }
}

fn response_schemas(spec: &Spec) -> BTreeSet<&str> {
    let operations = spec.operations().into_iter();
    let responses = operations.flat_map(|operation| operation.responses());
    spec.reach(responses.filter(|(status, _)| is_success(status)).map(|(_, response)| response))
}

fn component_name(name: &str, findings: &mut Findings) {
    let mut last_upper = false;
    let mut runs = false;
    for letter in name.chars() {
        runs |= last_upper && letter.is_ascii_uppercase();
        last_upper = letter.is_ascii_uppercase();
    }
    let starts = name.starts_with(|first: char| first.is_ascii_uppercase());
    if !starts || runs || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        let problem = "must be in PascalCase, with one capital per word as in ApiError";
        findings.add(component(name), "name", problem);
    }
}

/// What the generator cannot do, or does wrongly.
fn generator(spec: &Spec, schema: &Value, add: &mut impl FnMut(&str)) {
    if schema.get("discriminator").is_some() {
        add("the generator ignores discriminators; remove it");
    }
    if schema.get("anyOf").is_some() {
        add("anyOf never decodes; use oneOf of scalars, or a lenient type");
    }
    if list(schema, "allOf").count() > 1 {
        add("allOf of several schemas; write the fields out");
    }
    if list(schema, "oneOf").any(|member| is_object(spec.schema_of(member))) {
        add("oneOf objects are told apart by guessing; write one object with optional fields");
    }
    let x_rust = schema.get("x-rust");
    if x_rust.is_some_and(|kind| ours::scalar_type(kind).is_none()) {
        add("x-rust must be exact-number, lenient-number or lenient-string");
    }
}

/// What makes one odd field cost the whole answer, and the job id in it.
fn lenience(spec: &Spec, schema: &Value, add: &mut impl FnMut(&str)) {
    if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
        add("additionalProperties: false refuses answers with a new field; remove it");
    }
    if STRICT_FORMATS.contains(&text(schema, "format")) {
        add("a strict format in an answer; say it in the description");
    }
    if schema.get("pattern").is_some() {
        add("a pattern in an answer; say it in the description");
    }
    for (name, property) in entries(schema.get("properties")) {
        let nullable = flag(property, "nullable") || flag(spec.schema_of(property), "nullable");
        if text(spec.schema_of(property), "type") == "array" && !nullable {
            add(&format!("{name} is an array in an answer and must be nullable: true"));
        }
    }
}

fn is_object(schema: &Value) -> bool {
    text(schema, "type") == "object" || schema.get("properties").is_some()
}

fn field(path: &str) -> &str {
    if path.is_empty() { "schema" } else { path }
}
