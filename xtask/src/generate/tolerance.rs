//! Answers that survive one odd field: what does not fit its documented type reads as absent, so that
//! it never costs the job id beside it.

use syn::{Field, File, Item, ItemStruct, Type, parse_quote};

use crate::spec::Spec;

/// Softens the types of answers. Those of requests stay as they are, so that callers can write them as
/// struct literals and the compiler names a field that was forgotten.
pub(super) fn soften(spec: &Spec, file: &mut File) {
    let requests = spec.request_schemas();
    for item in types_mut(file) {
        let Item::Struct(item) = item else { continue };
        if !requests.contains(item.ident.to_string().as_str()) {
            soften_one(item);
        }
    }
}

fn soften_one(item: &mut ItemStruct) {
    if matches!(item.fields, syn::Fields::Named(_)) {
        item.attrs.push(parse_quote!(#[non_exhaustive]));
    }
    for field in &mut item.fields {
        let (has_default, is_flattened) = (has(field, "default"), has(field, "flatten"));
        if is_flattened {
            continue;
        }
        field.attrs.push(match (is_option(field), has_default) {
            (true, false) => {
                parse_quote!(#[serde(default, deserialize_with = "::reshoot_core::wire::or_absent")])
            }
            (_, true) => parse_quote!(#[serde(deserialize_with = "::reshoot_core::wire::or_absent")]),
            (false, false) => {
                parse_quote!(#[serde(deserialize_with = "::reshoot_core::wire::in_any_form")])
            }
        });
    }
}

fn is_option(field: &Field) -> bool {
    match &field.ty {
        Type::Path(path) => path.path.segments.last().is_some_and(|last| last.ident == "Option"),
        _ => false,
    }
}

/// Whether a `#[serde]` attribute of the field holds a word.
fn has(field: &Field, word: &str) -> bool {
    field.attrs.iter().filter(|attribute| attribute.path().is_ident("serde")).any(|attribute| {
        let mut found = false;
        let read = attribute.parse_nested_meta(|meta| {
            found |= meta.path.is_ident(word);
            super::skip_value(&meta)
        });
        read.is_ok() && found
    })
}

fn types_mut(file: &mut File) -> impl Iterator<Item = &mut Item> {
    let modules = file.items.iter_mut().filter_map(|item| match item {
        Item::Mod(module) if module.ident == "types" => module.content.as_mut(),
        _ => None,
    });
    modules.flat_map(|(_, items)| items)
}
