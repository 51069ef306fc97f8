//! URLs in doc comments as links.

/// Puts bare URLs into angle brackets; those in code or already linked stay as they are.
pub(super) fn linked(line: &str) -> String {
    let mut in_code = false;
    let words = line.split_inclusive(' ').map(|word| {
        let shown = if in_code { word.to_owned() } else { link(word) };
        in_code ^= word.matches('`').count() % 2 == 1;
        shown
    });
    words.collect()
}

fn link(word: &str) -> String {
    let url = word.trim_end_matches([' ', '.', ',', ';', ':', ')']);
    match word.strip_prefix(url) {
        Some(rest) if url.starts_with("https://") || url.starts_with("http://") => {
            format!("<{url}>{rest}")
        }
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bare_urls_are_bracketed() {
        for (line, expected) in [
            ("See https://a.example/b, then", "See <https://a.example/b>, then"),
            ("https://a.example.", "<https://a.example>."),
            (
                "`GET https://a.example` and `x` http://b",
                "`GET https://a.example` and `x` <http://b>",
            ),
            ("<https://a.example> [x](https://b)", "<https://a.example> [x](https://b)"),
            ("no link", "no link"),
        ] {
            assert_eq!(linked(line), expected);
        }
    }
}
