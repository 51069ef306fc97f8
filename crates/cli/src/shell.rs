//! Commands as a person can type them again.

/// `words` as one line for a POSIX shell.
pub(crate) fn line<I: IntoIterator>(words: I) -> String
where
    I::Item: AsRef<str>,
{
    words.into_iter().map(|word| quoted(word.as_ref())).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_take_apart_is_quoted() {
        for (words, expected) in [
            (vec!["reshoot", "wait", "evolink:task-1"], "reshoot wait evolink:task-1"),
            (vec!["-o", "my clip.mp4"], "-o 'my clip.mp4'"),
            (vec!["it's", ""], r"'it'\''s' ''"),
            (vec!["$HOME", "a&b", "~x"], "'$HOME' 'a&b' '~x'"),
        ] {
            assert_eq!(line(words), expected);
        }
    }
}
