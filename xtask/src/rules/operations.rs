//! Rules about operations: what they are called, what they take, what they answer.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Findings;
use crate::spec::{Operation, Spec, entries, flag, is_success, schema_name, text};

/// The generated client's own methods.
const RESERVED: [&str; 5] = ["new", "new_with_client", "client", "inner", "baseurl"];

/// Headers that the client or its hook sets.
const OUR_HEADERS: [&str; 3] = ["authorization", "accept", "content-type"];

pub(super) fn check(spec: &Spec, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for operation in spec.operations() {
        name(&operation, &mut seen, findings);
        for parameter in &operation.parameters {
            self::parameter(&operation, parameter, findings);
        }
        if operation.is_hand_written() {
            reason(&operation, findings);
        } else {
            body(spec, &operation, findings);
            answer(spec, &operation, findings);
        }
    }
}

fn name<'a>(operation: &Operation<'a>, seen: &mut BTreeSet<&'a str>, findings: &mut Findings) {
    let id = text(operation.value, "operationId");
    let snake = id.starts_with(|first: char| first.is_ascii_lowercase())
        && id.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    let problem = if !snake {
        "must be there, in snake_case"
    } else if RESERVED.contains(&id) {
        "is the name of a method that every client has; choose another"
    } else if !seen.insert(id) {
        "is used twice; choose another"
    } else {
        return;
    };
    findings.add(operation.name(), "operationId", problem);
}

fn parameter(operation: &Operation, parameter: &Value, findings: &mut Findings) {
    let name = text(parameter, "name");
    let mut add = |problem| {
        findings.add(operation.name(), format!("parameter {name}"), problem);
    };
    match text(parameter, "in") {
        "cookie" => add("the generator cannot send cookies; leave it out"),
        "header" if OUR_HEADERS.contains(&name.to_lowercase().as_str()) => {
            add("the client sets this header itself; leave it out");
        }
        _ => {}
    }
    match parameter.get("schema") {
        None => add("must have a schema"),
        Some(schema) if flag(schema, "nullable") => add("cannot be null; make it optional"),
        Some(_) => {}
    }
}

fn reason(operation: &Operation, findings: &mut Findings) {
    if text(operation.value, "x-hand-written").is_empty() {
        findings.add(operation.name(), "x-hand-written", "must say why no code can be generated");
    }
}

fn body(spec: &Spec, operation: &Operation, findings: &mut Findings) {
    let Some(body) = operation.value.get("requestBody") else {
        return;
    };
    let body = spec.resolve(body);
    if !flag(body, "required") {
        findings.add(operation.name(), "requestBody.required", "must be true");
    }
    content(operation, "requestBody", body, findings);
}

fn answer(spec: &Spec, operation: &Operation, findings: &mut Findings) {
    let mut successes = operation.responses().filter(|(status, _)| is_success(status));
    match (successes.next(), successes.next()) {
        (Some((status, response)), None) => {
            let field = format!("responses.{status}");
            content(operation, &field, spec.resolve(response), findings);
        }
        _ => findings.add(operation.name(), "responses", "must have exactly one 2xx answer"),
    }
}

fn content(operation: &Operation, field: &str, holder: &Value, findings: &mut Findings) {
    let mut types = entries(holder.get("content"));
    let problem = match (types.next(), types.next()) {
        (Some(("application/json", content)), None) => {
            if content.get("schema").and_then(schema_name).is_some() {
                return;
            }
            "must be a $ref to a component schema".to_owned()
        }
        (Some((media, _)), None) => {
            format!("the generator cannot do {media}; say why in x-hand-written")
        }
        _ => "must have application/json and no other media type".to_owned(),
    };
    findings.add(operation.name(), format!("{field}.content"), problem);
}
