//! Facts of the spec as constants.

use crate::spec::{Spec, text};

pub(super) fn render(spec: &Spec) -> String {
    let server = spec.document.pointer("/servers/0").map_or("", |server| text(server, "url"));
    let version = spec.document.get("info").map_or("", |info| text(info, "version"));
    format!(
        "/// The documented server, without a slash at the end.\n\
         pub const BASE_URL: &str = {server:?};\n\
         /// The version of the spec that this client was generated from.\n\
         pub const SPEC_VERSION: &str = {version:?};\n"
    )
}
