//! A spec as it was written, and ways to walk it.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::{Map, Value};

use crate::{regen::Error, repo};

/// The methods of a path item that are operations.
const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

/// Where component schemas are referred to.
pub const SCHEMAS: &str = "#/components/schemas/";

/// One provider's spec.
#[derive(Clone, Debug)]
pub struct Spec {
    /// The provider's word.
    pub provider: String,
    /// The document, its keys sorted.
    pub document: Value,
}

/// One operation of a spec.
#[derive(Clone, Debug)]
pub struct Operation<'a> {
    /// The path template.
    pub path: &'a str,
    /// The method, in lower case.
    pub method: &'a str,
    /// The operation object.
    pub value: &'a Value,
    /// Its parameters and those of its path, references resolved.
    pub parameters: Vec<&'a Value>,
}

impl Spec {
    /// Reads `specs/<provider>.yaml`.
    ///
    /// # Errors
    /// When the file cannot be read or is not YAML.
    pub fn read(root: &Path, provider: &str) -> Result<Self, Error> {
        let file = repo::spec(provider);
        let text = fs::read_to_string(root.join(&file)).map_err(|error| Error::io(&file, error))?;
        Self::parse(provider, &text)
    }

    /// Reads YAML; a key that stands twice is an error.
    ///
    /// # Errors
    /// When the text is not YAML.
    pub fn parse(provider: &str, yaml: &str) -> Result<Self, Error> {
        let unreadable =
            |reason: String| Error::Spec(format!("{}: {reason}", repo::spec(provider)));
        let yaml: serde_norway::Value =
            serde_norway::from_str(yaml).map_err(|error| unreadable(error.to_string()))?;
        let mut document =
            serde_json::to_value(yaml).map_err(|error| unreadable(error.to_string()))?;
        document.sort_all_objects();
        Ok(Self { provider: provider.to_owned(), document })
    }

    /// The component schemas by name.
    pub fn schemas(&self) -> impl Iterator<Item = (&str, &Value)> {
        entries(self.document.pointer("/components/schemas"))
    }

    /// A component schema.
    #[must_use]
    pub fn schema(&self, name: &str) -> Option<&Value> {
        self.document.pointer("/components/schemas")?.get(name)
    }

    /// The operations, in the order of their paths.
    #[must_use]
    pub fn operations(&self) -> Vec<Operation<'_>> {
        let mut operations = Vec::new();
        for (path, item) in entries(self.document.get("paths")) {
            for method in METHODS {
                let Some(value) = item.get(method) else {
                    continue;
                };
                let parameters = list(item, "parameters").chain(list(value, "parameters"));
                let parameters = parameters.map(|parameter| self.resolve(parameter)).collect();
                operations.push(Operation { path, method, value, parameters });
            }
        }
        operations
    }

    /// What a value stands for: itself, or what its `$ref` points at.
    #[must_use]
    pub fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        let target = reference(value).and_then(|reference| self.target(reference));
        target.unwrap_or(value)
    }

    /// What a schema is about: itself, or what its `$ref` or its only `allOf` points at.
    #[must_use]
    pub fn schema_of<'a>(&'a self, schema: &'a Value) -> &'a Value {
        self.resolve(inner(schema))
    }

    /// The names of all schemas that these values reach.
    #[must_use]
    pub fn reach<'a>(&'a self, values: impl IntoIterator<Item = &'a Value>) -> BTreeSet<&'a str> {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&Value> = values.into_iter().collect();
        while let Some(value) = open.pop() {
            if let Some(reference) = reference(value)
                && seen.insert(reference)
            {
                open.extend(self.target(reference));
            }
            match value {
                Value::Array(items) => open.extend(items),
                Value::Object(fields) => open.extend(fields.values()),
                _ => {}
            }
        }
        seen.into_iter().filter_map(|reference| reference.strip_prefix(SCHEMAS)).collect()
    }

    /// The names of the schemas that requests are made of.
    #[must_use]
    pub fn request_schemas(&self) -> BTreeSet<&str> {
        self.sent_by(|_| true)
    }

    /// The names of the schemas that the generated client's requests are made of.
    #[must_use]
    pub fn generated_request_schemas(&self) -> BTreeSet<&str> {
        self.sent_by(|operation| !operation.is_hand_written())
    }

    fn sent_by(&self, chosen: impl Fn(&Operation) -> bool) -> BTreeSet<&str> {
        let mut roots = Vec::new();
        for operation in self.operations().into_iter().filter(chosen) {
            roots.extend(operation.value.get("requestBody"));
            roots.extend(operation.parameters);
        }
        self.reach(roots)
    }

    fn target(&self, reference: &str) -> Option<&Value> {
        self.document.pointer(reference.strip_prefix('#')?)
    }
}

impl<'a> Operation<'a> {
    /// The operationId, or method and path where it is missing.
    #[must_use]
    pub fn name(&self) -> String {
        match text(self.value, "operationId") {
            "" => format!("{} {}", self.method.to_uppercase(), self.path),
            id => id.to_owned(),
        }
    }

    /// Whether no code is generated for it.
    #[must_use]
    pub fn is_hand_written(&self) -> bool {
        self.value.get("x-hand-written").is_some()
    }

    /// The responses by status.
    pub fn responses(&self) -> impl Iterator<Item = (&'a str, &'a Value)> + use<'a> {
        entries(self.value.get("responses"))
    }
}

/// The entries of an object; none of anything else.
pub fn entries(value: Option<&Value>) -> impl Iterator<Item = (&str, &Value)> {
    let fields = value.and_then(Value::as_object).into_iter().flatten();
    fields.map(|(key, value)| (key.as_str(), value))
}

/// The items of the list in a field; none of anything else.
pub fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// The text in a field, or none.
#[must_use]
pub fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Whether a field is `true`.
#[must_use]
pub fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or_default()
}

/// The `$ref` of a value.
#[must_use]
pub fn reference(value: &Value) -> Option<&str> {
    value.get("$ref")?.as_str()
}

/// The name of the component schema that a schema refers to, also through an `allOf` of one.
#[must_use]
pub fn schema_name(schema: &Value) -> Option<&str> {
    reference(inner(schema))?.strip_prefix(SCHEMAS)
}

/// The only member of an `allOf`, or the schema itself.
fn inner(schema: &Value) -> &Value {
    match schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
        Some([only]) => only,
        _ => schema,
    }
}

/// Whether the object schema lists a property as required.
#[must_use]
pub fn is_required(schema: &Value, property: &str) -> bool {
    list(schema, "required").any(|name| name == property)
}

/// Whether a status is a success: `200`, `2XX`.
#[must_use]
pub fn is_success(status: &str) -> bool {
    status.starts_with('2')
}

/// Visits a schema and all schemas written inside it, with their paths such as `media[].url`.
pub fn each_schema<'a>(path: &str, schema: &'a Value, visit: &mut impl FnMut(&str, &'a Value)) {
    visit(path, schema);
    for (name, property) in entries(schema.get("properties")) {
        each_schema(&join(path, name), property, visit);
    }
    if let Some(items) = schema.get("items") {
        each_schema(&format!("{path}[]"), items, visit);
    }
    if let Some(values) = schema.get("additionalProperties").filter(|value| value.is_object()) {
        each_schema(&join(path, "*"), values, visit);
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        for member in list(schema, key) {
            each_schema(path, member, visit);
        }
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// Changes every schema of a document: components, parameters, bodies, and what is inside them.
pub fn each_schema_mut(document: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    for schema in schemas.into_iter().flat_map(Map::values_mut) {
        inside_mut(schema, change);
    }
    outside_mut(document, change);
}

/// Looks for `schema` fields outside of schemas.
fn outside_mut(value: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| outside_mut(item, change)),
        Value::Object(fields) => {
            for (key, value) in fields {
                match key.as_str() {
                    "schema" => inside_mut(value, change),
                    "schemas" | "example" | "examples" => {}
                    _ => outside_mut(value, change),
                }
            }
        }
        _ => {}
    }
}

fn inside_mut(schema: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    let Value::Object(fields) = schema else {
        return;
    };
    for (key, value) in fields.iter_mut() {
        match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                properties.values_mut().for_each(|property| inside_mut(property, change));
            }
            ("allOf" | "anyOf" | "oneOf", Value::Array(members)) => {
                members.iter_mut().for_each(|member| inside_mut(member, change));
            }
            ("items" | "additionalProperties", value) => inside_mut(value, change),
            _ => {}
        }
    }
    change(fields);
}
