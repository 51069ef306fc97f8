//! The outline of a generated client, for review: types, fields and signatures, without docs,
//! attributes and bodies.

use syn::{
    Attribute, File, Item, ItemImpl,
    visit_mut::{self, VisitMut},
};

/// The outline of Rust source.
///
/// # Errors
/// When it is not Rust.
pub fn outline(source: &str) -> Result<String, syn::Error> {
    let mut file: File = syn::parse_file(source)?;
    file.attrs.clear();
    for item in &mut file.items {
        if let Item::Macro(call) = item {
            // An open enum reads as an enum whose variants are texts.
            *item = Item::Enum(syn::parse2(call.mac.tokens.clone())?);
        }
    }
    Strip.visit_file_mut(&mut file);
    Ok(prettyplease::unparse(&file))
}

struct Strip;

impl VisitMut for Strip {
    fn visit_file_mut(&mut self, file: &mut File) {
        file.items.retain(is_shown);
        visit_mut::visit_file_mut(self, file);
    }

    fn visit_item_mod_mut(&mut self, module: &mut syn::ItemMod) {
        if let Some((_, items)) = &mut module.content {
            items.retain(is_shown);
        }
        visit_mut::visit_item_mod_mut(self, module);
    }

    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        attributes.retain(|attribute| attribute.path().is_ident("non_exhaustive"));
    }

    fn visit_block_mut(&mut self, block: &mut syn::Block) {
        block.stmts.clear();
    }
}

/// Conversions and derived traits follow from the types; the rest a user can name.
fn is_shown(item: &Item) -> bool {
    match item {
        Item::Impl(ItemImpl { trait_, .. }) => trait_.is_none(),
        Item::Use(_) => false,
        Item::Const(item) => item.ident != "_",
        Item::Mod(module) => module.ident != "error" && module.ident != "prelude",
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_user_can_name_is_shown() {
        let source = r#"
            //! Docs.
            use a::B;
            /// Docs.
            pub const C: &str = "c";
            open_enum! {
                /// Docs.
                pub enum D { /** Docs. */ E = "e" }
            }
            #[derive(Clone)]
            #[non_exhaustive]
            pub struct F { #[serde(default)] pub g: i64 }
            impl F { /** Docs. */ pub fn h(&self) -> i64 { self.g } }
            impl Drop for F { fn drop(&mut self) {} }
        "#;
        let expected = "\
pub const C: &str = \"c\";
pub enum D {
    E = \"e\",
}
#[non_exhaustive]
pub struct F {
    pub g: i64,
}
impl F {
    pub fn h(&self) -> i64 {}
}
";
        assert_eq!(outline(source).unwrap(), expected);
    }
}
