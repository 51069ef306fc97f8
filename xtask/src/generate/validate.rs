//! `validate`: the ranges and lengths that the spec states for a request.

use serde_json::Value;
use syn::{Fields, File, Item, LitStr};

use crate::{
    normalise::limits::Limits,
    spec::{Spec, entries, flag, is_required, schema_name, text},
};

/// One `impl` for each request type that has limits, or that holds one which has.
pub(super) fn checks(spec: &Spec, file: &File) -> Result<String, String> {
    let mut code = String::new();
    for name in spec.generated_request_schemas() {
        let Some(schema) = spec.schema(name).filter(|_| has_checks(spec, name, &mut vec![])) else {
            continue;
        };
        let mut lines = String::new();
        for (property, value) in entries(schema.get("properties")) {
            let field = Property::new(spec, file, name, schema, property, value)?;
            lines.extend(field.lines());
        }
        code.push_str(&render(name, &lines));
    }
    Ok(code)
}

fn render(name: &str, lines: &str) -> String {
    format!(
        "impl types::{name} {{
            /// Checks the limits that the provider documents.
            ///
            /// # Errors
            /// Every violation, not just the first.
            pub fn validate(&self) -> Result<(), Vec<::reshoot_core::wire::FieldViolation>> {{
                let mut limits = ::reshoot_core::wire::Limits::default();
                {lines}
                limits.finish()
            }}
        }}"
    )
}

/// Whether a schema has limits, its own or inside; a schema inside itself is asked once.
fn has_checks<'a>(spec: &'a Spec, name: &'a str, seen: &mut Vec<&'a str>) -> bool {
    if seen.contains(&name) {
        return false;
    }
    seen.push(name);
    let Some(schema) = spec.schema(name) else {
        return false;
    };
    entries(schema.get("properties")).any(|(_, property)| {
        let limited = |schema| Limits::of(spec.schema_of(schema)).sentence().is_some();
        let items = spec.schema_of(property).get("items");
        limited(property)
            || items.is_some_and(limited)
            || [Some(property), items]
                .into_iter()
                .flatten()
                .filter_map(schema_name)
                .any(|inner| has_checks(spec, inner, seen))
    })
}

/// A property of a request type.
struct Property<'a> {
    spec: &'a Spec,
    /// Its name on the wire.
    wire: &'a str,
    /// Its name in Rust.
    rust: String,
    /// Its schema.
    schema: &'a Value,
    /// Whether the Rust field is an `Option`.
    is_option: bool,
    is_required: bool,
}

impl<'a> Property<'a> {
    fn new(
        spec: &'a Spec,
        file: &File,
        owner: &str,
        schema: &Value,
        wire: &'a str,
        property: &'a Value,
    ) -> Result<Self, String> {
        let rust = rust_name(file, owner, wire).ok_or_else(|| {
            format!("components/schemas/{owner}: {wire}: not found in the client")
        })?;
        let resolved = spec.schema_of(property);
        let nullable = flag(property, "nullable") || flag(resolved, "nullable");
        let is_required = is_required(schema, wire);
        // An optional list is an empty one.
        let is_option = nullable || (!is_required && text(resolved, "type") != "array");
        Ok(Self { spec, wire, rust, schema: property, is_option, is_required })
    }

    fn lines(&self) -> Vec<String> {
        let resolved = self.spec.schema_of(self.schema);
        let mut limits = Limits::of(resolved);
        if !self.is_required && limits.unit == "items" {
            // An empty list is not sent, so it cannot be too short.
            limits.min = limits.min.filter(|min| min.as_u64() > Some(1));
        }
        let Self { wire, rust, .. } = self;
        let mut lines = Vec::new();
        lines.extend(call(&format!("{wire:?}"), &format!("&self.{rust}"), &limits));
        match resolved.get("items") {
            Some(items) => lines.extend(self.item_lines(items)),
            None => lines.extend(self.inside(self.schema, &format!("{wire:?}"), "value").map(
                |inside| {
                    let values = if self.is_option {
                        format!("&self.{rust}")
                    } else {
                        format!("Some(&self.{rust})")
                    };
                    format!("if let Some(value) = {values} {{ {inside} }}")
                },
            )),
        }
        lines
    }

    fn item_lines(&self, items: &Value) -> Option<String> {
        let Self { wire, rust, .. } = self;
        let path = format!("&format!(\"{wire}[{{index}}]\")");
        let mut body =
            call(&path, "item", &Limits::of(self.spec.schema_of(items))).unwrap_or_default();
        body.extend(self.inside(items, &path, "item"));
        let list = if self.is_option {
            format!("self.{rust}.iter().flatten()")
        } else {
            format!("self.{rust}.iter()")
        };
        (!body.is_empty()).then(|| format!("for (index, item) in {list}.enumerate() {{ {body} }}"))
    }

    /// The check of a field that has fields of its own.
    fn inside(&self, schema: &Value, path: &str, value: &str) -> Option<String> {
        let name = schema_name(schema)?;
        let checked = has_checks(self.spec, name, &mut vec![]);
        checked.then(|| format!("limits.inside({path}, {value}.validate());"))
    }
}

fn call(path: &str, value: &str, limits: &Limits) -> Option<String> {
    limits.sentence()?;
    let is_number = limits.unit == "values";
    let function = if is_number { "number" } else { "length" };
    let bound = |limit: &Option<Value>| match limit {
        Some(limit) if is_number => format!("Some({:?})", limit.as_f64().unwrap_or_default()),
        Some(limit) => format!("Some({limit})"),
        None => "None".to_owned(),
    };
    let (min, max) = (bound(&limits.min), bound(&limits.max));
    Some(format!("limits.{function}({path}, {value}, {min}, {max});"))
}

/// The Rust name of a property, read off the generated struct.
fn rust_name(file: &File, owner: &str, wire: &str) -> Option<String> {
    let item = super::types(file).iter().find_map(|item| match item {
        Item::Struct(item) if item.ident == owner => Some(item),
        _ => None,
    })?;
    let Fields::Named(fields) = &item.fields else {
        return None;
    };
    let field = fields.named.iter().find(|field| {
        field.ident.as_ref().is_some_and(|ident| ident == wire)
            || renamed(field).as_deref() == Some(wire)
    })?;
    Some(field.ident.as_ref()?.to_string())
}

fn renamed(field: &syn::Field) -> Option<String> {
    let mut name = None;
    for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        let read = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("rename") {
                name = Some(meta.value()?.parse::<LitStr>()?.value());
                return Ok(());
            }
            super::skip_value(&meta)
        });
        read.ok()?;
    }
    name
}
