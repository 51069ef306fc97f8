//! What answers may lack: everything but ids.

use serde_json::Value;

use crate::spec::{Spec, list, text};

/// Keeps of `required`, in the schemas of answers, only the texts: without an id there is no job. A
/// status, a list or a number that is missing or null must not cost the id beside it.
pub(super) fn relax(spec: &Spec, document: &mut Value) {
    let requests = spec.request_schemas();
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    for (name, schema) in schemas.into_iter().flatten() {
        if requests.contains(name.as_str()) {
            continue;
        }
        let Some(fields) = schema.as_object_mut() else {
            continue;
        };
        // Every field that may hold it is optional by now, and null reads as absent.
        fields.remove("nullable");
        let kept = fields.get("properties").cloned().unwrap_or_default();
        if let Some(Value::Array(required)) = fields.get_mut("required") {
            required.retain(|name| {
                let property = name.as_str().and_then(|name| kept.get(name));
                property.is_some_and(|property| is_text(spec.schema_of(property)))
            });
        }
    }
}

fn is_text(schema: &Value) -> bool {
    let is_string = text(schema, "type") == "string" && list(schema, "enum").next().is_none();
    is_string || text(schema, "x-rust") == "lenient-string"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SPEC: &str = r##"
paths: { /x: { post: { requestBody: { $ref: "#/components/schemas/Request" } } } }
components: { schemas: {
  Request: { required: [n], properties: { n: { type: integer } } },
  Job: { nullable: true, required: [id, n, list, status], properties: {
    id: { type: string }, n: { type: integer }, list: { type: array },
    status: { allOf: [{ $ref: "#/components/schemas/Status" }] },
  } },
  Status: { type: string, enum: [a] },
} }"##;

    #[test]
    fn an_answer_that_may_be_null_is_no_type_of_its_own() {
        let spec = Spec::parse("p", SPEC).unwrap();
        let mut document = spec.document.clone();
        relax(&spec, &mut document);
        assert_eq!(document["components"]["schemas"]["Job"].get("nullable"), None);
    }

    #[test]
    fn only_texts_of_answers_stay_required() {
        let spec = Spec::parse("p", SPEC).unwrap();
        let mut document = spec.document.clone();
        relax(&spec, &mut document);
        let required = |name: &str| document["components"]["schemas"][name]["required"].clone();
        assert_eq!(required("Job"), json!(["id"]));
        assert_eq!(required("Request"), json!(["n"]));
    }
}
