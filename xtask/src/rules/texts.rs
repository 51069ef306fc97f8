//! Rules about descriptions: they become doc comments, in which code would be compiled and run.

use serde_json::Value;

use super::{Findings, component};
use crate::spec::{Spec, each_schema, text};

pub(super) fn check(spec: &Spec, findings: &mut Findings) {
    let mut check = |place: String, field: &str, value: &Value| {
        for key in ["description", "summary"] {
            if has_code(text(value, key)) {
                let problem = "fenced or indented code would be compiled; write it inline";
                findings.add(&place, format!("{field}{key}"), problem);
            }
        }
    };
    check("document".to_owned(), "info.", spec.document.get("info").unwrap_or(&Value::Null));
    for operation in spec.operations() {
        check(operation.name(), "", operation.value);
        for parameter in &operation.parameters {
            let field = format!("parameter {}.", text(parameter, "name"));
            check(operation.name(), &field, parameter);
        }
    }
    for (name, schema) in spec.schemas() {
        each_schema("", schema, &mut |path, schema| {
            let field = if path.is_empty() { String::new() } else { format!("{path}.") };
            check(component(name), &field, schema);
        });
    }
}

/// Whether Markdown would see a code block.
fn has_code(description: &str) -> bool {
    description.lines().any(|line| {
        let code = line.trim_start();
        code.starts_with("```")
            || code.starts_with("~~~")
            || line.starts_with('\t')
            || line.starts_with("    ")
    })
}
