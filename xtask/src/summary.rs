//! A spec in 40 to 90 lines, for review: operations, fields, limits, statuses.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::Value;

use crate::{
    normalise::limits::Limits,
    spec::{Operation, Spec, entries, flag, is_required, list, reference, schema_name, text},
};

/// The summary of a spec.
#[must_use]
pub fn summary(spec: &Spec) -> String {
    let info = spec.document.get("info").unwrap_or(&Value::Null);
    let servers: Vec<_> =
        list(&spec.document, "servers").map(|server| text(server, "url")).collect();
    let mut lines =
        vec![format!("{} {} {}", spec.provider, text(info, "version"), servers.join(" "))];
    for operation in spec.operations() {
        lines.extend(self::operation(spec, &operation));
    }
    let requests = spec.request_schemas();
    let (sent, answered): (Vec<_>, Vec<_>) =
        spec.schemas().partition(|(name, _)| requests.contains(name));
    lines.push("\nrequests".to_owned());
    lines.extend(sent.into_iter().flat_map(|(name, value)| schema(name, value, true)));
    lines.push("\nanswers".to_owned());
    lines.extend(answered.into_iter().flat_map(|(name, value)| schema(name, value, false)));
    lines.join("\n") + "\n"
}

fn operation(spec: &Spec, operation: &Operation) -> Vec<String> {
    let method = operation.method.to_uppercase();
    let mut head = format!("\n[{}] {method} {}", operation.name(), operation.path);
    for server in list(operation.value, "servers") {
        // Writing to a string cannot fail.
        _ = write!(head, " at {}", text(server, "url"));
    }
    let mut lines = vec![head];
    if operation.is_hand_written() {
        lines.push(format!("  by hand: {}", text(operation.value, "x-hand-written")));
    }
    for parameter in &operation.parameters {
        let schema = parameter.get("schema").unwrap_or(&Value::Null);
        let optional = if flag(parameter, "required") { "" } else { "?" };
        let (place, name) = (text(parameter, "in"), text(parameter, "name"));
        lines.push(format!("  {place} {name}{optional}: {}", kind(schema)));
    }
    if let Some(body) = operation.value.get("requestBody") {
        lines.push(format!("  body {}", content(spec.resolve(body))));
    }
    lines.extend(answers(spec, operation));
    lines.extend(webhooks(spec, operation));
    lines
}

/// One line per body that the provider sends to the caller.
fn webhooks(spec: &Spec, operation: &Operation) -> Vec<String> {
    let events = entries(operation.value.get("callbacks"));
    let items =
        events.flat_map(|(event, urls)| entries(Some(urls)).map(move |(_, item)| (event, item)));
    let bodies =
        items.filter_map(|(event, item)| Some((event, item.pointer("/post/requestBody")?)));
    bodies
        .map(|(event, body)| format!("  webhook {event} {}", content(spec.resolve(body))))
        .collect()
}

/// One line per kind of answer: `400 401 402 -> ErrorBody`.
fn answers(spec: &Spec, operation: &Operation) -> Vec<String> {
    let mut by_content = BTreeMap::<String, Vec<&str>>::new();
    for (status, response) in operation.responses() {
        by_content.entry(content(spec.resolve(response))).or_default().push(status);
    }
    let mut answers: Vec<_> = by_content.into_iter().collect();
    answers.sort_by(|one, other| one.1.cmp(&other.1));
    let line =
        |(content, statuses): (String, Vec<&str>)| format!("  {} -> {content}", statuses.join(" "));
    answers.into_iter().map(line).collect()
}

fn content(holder: &Value) -> String {
    let types = entries(holder.get("content")).map(|(media, content)| {
        let schema = content.get("schema").map_or_else(|| "anything".to_owned(), kind);
        if media == "application/json" { schema } else { format!("{media} {schema}") }
    });
    let types: Vec<_> = types.collect();
    if types.is_empty() { "nothing".to_owned() } else { types.join(" | ") }
}

/// A request field by field, an answer by kind: `progress? cost?: LenientNumber`.
fn schema(name: &str, schema: &Value, in_request: bool) -> Vec<String> {
    let words: Vec<_> = list(schema, "enum").map(ToString::to_string).collect();
    if !words.is_empty() {
        return vec![format!("{name} = {}", words.join(" | "))];
    }
    let fields = entries(schema.get("properties")).map(|(property, value)| {
        let optional = if is_required(schema, property) { "" } else { "?" };
        (format!("{property}{optional}"), kind(value))
    });
    let mut lines = vec![format!("{name}: {}", kind(schema))];
    if in_request {
        lines.extend(fields.map(|(field, kind)| format!("  {field}: {kind}")));
    } else {
        let mut by_kind = BTreeMap::<String, Vec<String>>::new();
        fields.for_each(|(field, kind)| by_kind.entry(kind).or_default().push(field));
        lines
            .extend(by_kind.iter().map(|(kind, fields)| format!("  {}: {kind}", fields.join(" "))));
    }
    lines
}

/// A schema in one line: `integer 0..=10 = 0`, `[Media] 1..=4 items`, `string|null`.
fn kind(schema: &Value) -> String {
    let mut kind = base(schema);
    if flag(schema, "nullable") {
        kind.push_str("|null");
    }
    let limits = Limits::of(schema);
    if limits.sentence().is_some() {
        let end = |limit: &Option<Value>| limit.as_ref().map(Value::to_string).unwrap_or_default();
        let unit = if limits.unit == "values" { "" } else { limits.unit };
        let range = format!(" {}..={} {unit}", end(&limits.min), end(&limits.max));
        kind.push_str(range.trim_end());
    }
    if let Some(default) = schema.get("default") {
        kind.push_str(&format!(" = {default}"));
    }
    kind
}

fn base(schema: &Value) -> String {
    if let Some(name) = schema_name(schema) {
        return name.to_owned();
    }
    if let Some(other) = reference(schema) {
        return other.to_owned();
    }
    if let Some(kind) = schema.get("x-rust").and_then(Value::as_str) {
        return kind.to_owned();
    }
    match (text(schema, "type"), schema.get("items")) {
        ("array", Some(items)) => format!("[{}]", kind(items)),
        ("", _) => one_of(schema),
        (kind, _) => kind.to_owned(),
    }
}

fn one_of(schema: &Value) -> String {
    let members: Vec<_> = list(schema, "oneOf").map(kind).collect();
    if members.is_empty() { "anything".to_owned() } else { members.join(" or ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reviewer_sees_operations_fields_limits_and_statuses() {
        let spec = Spec::parse("p", include_str!("fixture.yaml")).unwrap();
        let summary = summary(&spec);
        for line in [
            "p 1.2.0 https://api.example.com/v1",
            "[create_edit] POST /edits",
            "  header Idempotency-Key?: string 1..=255 characters",
            "  body EditRequest",
            "  402 -> ErrorBody",
            "  502 -> nothing",
            "  webhook done Edit",
            "[upload] POST /uploads at https://files.example.com",
            "  body multipart/form-data Upload",
            "  duration?: integer 0..=10 = 0",
            "  media?: [Media] 1..=4 items",
            "  ratio?: Ratio = \"16:9\"",
            "Ratio = \"16:9\" | \"9:16\"",
            "  outputs?: [Output]|null",
        ] {
            assert!(summary.lines().any(|shown| shown == line), "{line}\n{summary}");
        }
    }
}
