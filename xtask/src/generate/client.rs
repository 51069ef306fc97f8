//! The generator's call, with our settings.

use std::{
    any::Any,
    collections::BTreeSet,
    panic::{self, AssertUnwindSafe},
};

use progenitor::{GenerationSettings, Generator, HooksMode, InterfaceStyle, TagStyle, TypeImpl};
use syn::{File, Ident, ImplItem, Item};

use crate::{normalise::normalise, ours, spec::Spec};

/// The generated client; or why there is none.
pub(super) fn generate(spec: &Spec) -> Result<File, String> {
    let document = serde_json::from_value(normalise(spec)).map_err(|error| error.to_string())?;
    let mut generator = Generator::new(&settings(spec)?);
    // The generator stops at what it does not know, without saying where.
    let tokens = caught(|| generator.generate_tokens(&document))
        .map_err(|reason| format!("the generator panicked: {reason}"))?
        .map_err(|error| format!("the generator refused it: {error}"))?;
    let mut file = syn::parse2(tokens).map_err(|error| format!("the generated code: {error}"))?;
    all_replaced(spec, &file)?;
    all_distinct(&file)?;
    drop_new(&mut file);
    Ok(file)
}

fn settings(spec: &Spec) -> Result<GenerationSettings, String> {
    let inner = "crate::Inner".parse().map_err(|error| format!("{error}"))?;
    let mut settings = GenerationSettings::default();
    settings
        .with_interface(InterfaceStyle::Positional)
        .with_tag(TagStyle::Merged)
        .with_derive("PartialEq")
        .with_map_type("::std::collections::BTreeMap")
        .with_inner_type(inner)
        .with_hooks(HooksMode::Expected);
    for (name, _) in ours::open_enums(spec) {
        let impls = [TypeImpl::Display, TypeImpl::FromStringIrrefutable];
        settings.with_replacement(name, format!("crate::generated::{name}"), impls.into_iter());
    }
    for (name, rust_type) in ours::scalar_types(spec) {
        settings.with_replacement(name, rust_type, std::iter::once(TypeImpl::Display));
    }
    Ok(settings)
}

/// The generator may change the capitals of a name.
fn is_named(ident: &Ident, name: &str) -> bool {
    ident.to_string().eq_ignore_ascii_case(name)
}

/// The generator gives `fileName` and `file_name` the same Rust name.
fn all_distinct(file: &File) -> Result<(), String> {
    for item in super::types(file) {
        let Item::Struct(item) = item else { continue };
        let mut seen = BTreeSet::new();
        for field in item.fields.iter().filter_map(|field| field.ident.as_ref()) {
            if !seen.insert(field.to_string()) {
                let problem = format!("{field}: two properties get this name in Rust; keep one");
                return Err(format!("components/schemas/{}: {problem}", item.ident));
            }
        }
    }
    Ok(())
}

/// Takes out `Client::new`, which sets a time limit of its own and panics without TLS.
fn drop_new(file: &mut File) {
    for item in &mut file.items {
        if let Item::Impl(block) = item {
            block.items.retain(
                |item| !matches!(item, ImplItem::Fn(function) if function.sig.ident == "new"),
            );
        }
    }
}

/// Runs what may panic; the message of the panic becomes an error.
fn caught<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    panic::catch_unwind(AssertUnwindSafe(run)).map_err(|cause| message(cause.as_ref()))
}

fn message(cause: &(dyn Any + Send)) -> String {
    let text = cause.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| cause.downcast_ref::<&str>().copied()).unwrap_or("no reason").to_owned()
}

/// The generator ignores replacements whose name it does not meet; a closed enum would come back.
fn all_replaced(spec: &Spec, file: &File) -> Result<(), String> {
    let ours = ours::open_enums(spec)
        .map(|(name, _)| name)
        .chain(ours::scalar_types(spec).map(|(name, _)| name));
    for name in ours {
        let generated = super::types(file).iter().any(|item| match item {
            Item::Struct(item) => is_named(&item.ident, name),
            Item::Enum(item) => is_named(&item.ident, name),
            _ => false,
        });
        if generated {
            return Err(format!("components/schemas/{name}: the generator did not take our type"));
        }
    }
    Ok(())
}
