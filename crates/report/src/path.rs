//! Where a file lies, seen from the page, as a link that is right whatever the file is called.

use std::{
    fmt::Write,
    path::{Component, Path},
};

/// A file in the page's folder, or in one below it.
///
/// It can hold neither a link to elsewhere nor a path that tells how this machine's folders are
/// called, so that a page which is sent to somebody still works there and gives nothing away.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediaPath(String);

/// A path that leads out of the page's folder, or nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the file is not in the page's folder: write the page above it, or copy it there")]
pub struct OutsideFolder;

impl MediaPath {
    /// A path relative to the folder of the page.
    ///
    /// # Errors
    /// When it is absolute, goes up by `..`, or is empty.
    pub fn new(path: impl AsRef<Path>) -> Result<Self, OutsideFolder> {
        let mut link = String::new();
        for part in path.as_ref().components() {
            match part {
                Component::CurDir => {}
                Component::Normal(name) => {
                    if !link.is_empty() {
                        link.push('/');
                    }
                    percent_encode(name.as_encoded_bytes(), &mut link);
                }
                _ => return Err(OutsideFolder),
            }
        }
        if link.is_empty() { Err(OutsideFolder) } else { Ok(Self(link)) }
    }

    /// The path as a relative URL.
    #[must_use]
    pub fn as_url(&self) -> &str {
        &self.0
    }
}

/// All but the characters that mean themselves everywhere in a URL. A colon is not among them: in
/// the first segment it would end a scheme.
fn percent_encode(name: &[u8], link: &mut String) {
    for byte in name {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            link.push(char::from(*byte));
        } else if write!(link, "%{byte:02X}").is_err() {
            // Writing to a string does not fail.
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_becomes_a_link_that_means_it() {
        for (path, url) in [
            ("out.mp4", "out.mp4"),
            ("./a/b.mp4", "a/b.mp4"),
            ("a b#1?x=50%.mp4", "a%20b%231%3Fx%3D50%25.mp4"),
            ("a\"b<c>&'.mp4", "a%22b%3Cc%3E%26%27.mp4"),
            ("two\nlines.mp4", "two%0Alines.mp4"),
            ("javascript:alert(1)", "javascript%3Aalert%281%29"),
            ("übung.mp4", "%C3%BCbung.mp4"),
        ] {
            assert_eq!(MediaPath::new(path).unwrap().as_url(), url, "{path}");
        }
    }

    #[test]
    fn no_path_leads_out_of_the_folder() {
        for path in ["", ".", "..", "/etc/passwd", "../a.mp4", "a/../../b.mp4"] {
            assert_eq!(MediaPath::new(path), Err(OutsideFolder), "{path}");
        }
    }
}
