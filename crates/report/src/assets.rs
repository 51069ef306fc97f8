//! The page's own style and script, and the policy that lets nothing else run.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

/// How it looks.
pub(crate) const STYLE: &str = concat!(
    include_str!("../assets/base.css"),
    include_str!("../assets/stage.css"),
    include_str!("../assets/list.css"),
);

/// What it does: one script, in files that each do one thing.
pub(crate) const SCRIPT: &str = concat!(
    include_str!("../assets/player.js"),
    include_str!("../assets/view.js"),
    include_str!("../assets/stage.js"),
    include_str!("../assets/list.js"),
    include_str!("../assets/keys.js"),
    include_str!("../assets/page.js"),
);

/// The content security policy: this style, this script, and media from where the page is.
///
/// `'self'` does not mean the same to all browsers in a page that was opened as a file, so that
/// scheme is named beside it.
pub(crate) fn policy() -> String {
    format!(
        "default-src 'none'; style-src {}; script-src {}; media-src 'self' file:; base-uri 'none'; \
         form-action 'none'",
        source(STYLE),
        source(SCRIPT)
    )
}

/// What lets an inlined text be used, as a policy names it.
pub(crate) fn source(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_inlined_cannot_end_its_element() {
        // Nor may the parser change it, or the hash would be another's.
        for text in [STYLE, SCRIPT] {
            assert!(!text.contains("</") && !text.contains("<!--") && !text.contains('\r'));
        }
    }
}
