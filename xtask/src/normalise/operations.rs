//! Operations that the generator cannot do, and answers that it does wrongly.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::spec::{Spec, is_success};

/// Takes out the operations that are written by hand (uploads, event streams).
pub(super) fn drop_hand_written(document: &mut Value) {
    for item in items(document) {
        item.retain(|_, operation| operation.get("x-hand-written").is_none());
    }
}

/// Takes out the schemas of requests that only hand-written operations send: a form has no JSON type.
pub(super) fn drop_unsent(spec: &Spec, document: &mut Value) {
    let sent = spec.generated_request_schemas();
    let unsent: BTreeSet<_> = spec.request_schemas().difference(&sent).copied().collect();
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    if let Some(schemas) = schemas {
        schemas.retain(|name, schema| {
            !unsent.contains(name.as_str()) || schema.get("properties").is_none()
        });
    }
}

/// Takes out callbacks: a webhook is read beside the client.
pub(super) fn strip_callbacks(document: &mut Value) {
    for operation in operations(document) {
        operation.remove("callbacks");
    }
}

/// Takes out every documented failure. Two error types would stop the generator; and a documented
/// status with an HTML body would lose status and headers. All failures are read in one place.
///
/// The success stands for every 2xx: a 202 in place of the documented 200 must not lose a job's id.
pub(super) fn keep_success(document: &mut Value) {
    for operation in operations(document) {
        let Some(Value::Object(responses)) = operation.get_mut("responses") else {
            continue;
        };
        let success = std::mem::take(responses).into_iter().find(|(status, _)| is_success(status));
        responses.extend(success.map(|(_, answer)| ("2XX".to_owned(), answer)));
    }
}

fn operations(document: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    items(document).flat_map(Map::values_mut).filter_map(Value::as_object_mut)
}

fn items(document: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    paths.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn after(step: fn(&mut Value), operation: Value) -> Value {
        let mut document = json!({ "paths": { "/x": { "post": operation } } });
        step(&mut document);
        document.pointer("/paths/~1x").cloned().unwrap()
    }

    #[test]
    fn hand_written_operations_are_dropped() {
        let marked = json!({ "x-hand-written": "multipart" });
        assert_eq!(after(drop_hand_written, marked), json!({}));
        assert_eq!(after(drop_hand_written, json!({})), json!({ "post": {} }));
    }

    #[test]
    fn what_only_hand_written_operations_send_is_dropped() {
        let body = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
        let form = json!({ "properties": {} });
        let spec = Spec {
            provider: "p".to_owned(),
            document: json!({
                "paths": {
                    "/a": { "post": { "requestBody": body("Sent") } },
                    "/b": { "post": { "requestBody": body("Form"), "x-hand-written": "form" } },
                },
                "components": { "schemas": { "Form": form, "Sent": form, "Answer": form } },
            }),
        };
        let mut document = spec.document.clone();
        drop_unsent(&spec, &mut document);
        let kept = json!({ "Sent": form, "Answer": form });
        assert_eq!(document.pointer("/components/schemas"), Some(&kept));
    }

    #[test]
    fn callbacks_are_dropped() {
        assert_eq!(after(strip_callbacks, json!({ "callbacks": {} })), json!({ "post": {} }));
    }

    #[test]
    fn only_the_success_stays_and_stands_for_all_of_them() {
        let operation = json!({ "responses": { "200": 1, "402": 2, "5XX": 3, "default": 4 } });
        let kept = json!({ "post": { "responses": { "2XX": 1 } } });
        assert_eq!(after(keep_success, operation), kept);
    }
}
