//! Doc comments as people write them: one `///` per line.

use syn::{Attribute, Expr, ExprLit, File, Lit, Meta, parse_quote, visit_mut::VisitMut};

use super::links::linked;

/// Splits doc comments of several lines, so that the formatter indents each.
pub(super) fn split_lines(file: &mut File) {
    Split.visit_file_mut(file);
}

struct Split;

impl VisitMut for Split {
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        *attributes = attributes.drain(..).flat_map(lines).collect();
    }
}

fn lines(attribute: Attribute) -> Vec<Attribute> {
    let Some(text) = doc(&attribute).filter(|text| !text.trim().is_empty()) else {
        return vec![attribute];
    };
    let lines = text.trim().lines().map(|line| format!(" {}", linked(line.trim())));
    lines.map(|line| line.trim_end().to_owned()).map(|line| parse_quote!(#[doc = #line])).collect()
}

fn doc(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}
