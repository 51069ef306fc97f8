//! Rules about the document as a whole.

use serde_json::Value;

use super::{Findings, component};
use crate::spec::{Spec, text};

pub(super) fn check(spec: &Spec, findings: &mut Findings) {
    let document = &spec.document;
    if text(document, "openapi") != "3.0.3" {
        findings.add("document", "openapi", "must be 3.0.3");
    }
    let info = document.get("info").unwrap_or(&Value::Null);
    let version = text(info, "version");
    if version.is_empty() || !version.is_ascii() {
        findings.add(
            "document",
            "info.version",
            "must be a quoted ASCII text: it becomes a header",
        );
    }
    if !is_date(text(info, "x-read")) {
        let problem = "must be the quoted date, as 2026-11-20, on which the sources were read";
        findings.add("document", "info.x-read", problem);
    }
    let server = document.pointer("/servers/0").map_or("", |server| text(server, "url"));
    if !server.starts_with("https://") || server.ends_with('/') || server.contains(['?', '{']) {
        let problem = "must be an https URL without a slash at its end, query or variables";
        findings.add("document", "servers[0].url", problem);
    }
    sources(spec, findings);
}

fn sources(spec: &Spec, findings: &mut Findings) {
    let problem = "must be the URL of the page that says so, or a list of them";
    for operation in spec.operations() {
        if !is_source(operation.value.get("x-source")) {
            findings.add(operation.name(), "x-source", problem);
        }
    }
    for (name, schema) in spec.schemas() {
        if !is_source(schema.get("x-source")) {
            findings.add(component(name), "x-source", problem);
        }
    }
}

fn is_source(value: Option<&Value>) -> bool {
    match value {
        Some(Value::String(url)) => url.starts_with("https://"),
        Some(Value::Array(urls)) => !urls.is_empty() && urls.iter().all(|url| is_source(Some(url))),
        _ => false,
    }
}

fn is_date(text: &str) -> bool {
    let digits =
        |part: &str, length| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = text.split('-');
    let shape =
        [4, 2, 2].iter().all(|length| parts.next().is_some_and(|part| digits(part, *length)));
    shape && parts.next().is_none()
}
