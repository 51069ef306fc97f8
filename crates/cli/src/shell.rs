//! Commands as a person can type them again.

/// `words` as one line for a POSIX shell.
pub(crate) fn line<I: IntoIterator>(words: I) -> String
where
    I::Item: AsRef<str>,
{
    words.into_iter().map(|word| quoted(word.as_ref())).collect::<Vec<_>>().join(" ")
}

/// The command as it was typed, without what lets others read a link; with `option`, or without it.
pub(crate) fn again(option: &str, with: bool) -> String {
    let typed = std::env::args_os().map(|word| word.to_string_lossy().into_owned());
    let mut words: Vec<_> = typed.filter(|word| word != option).collect();
    if let Some(command) = words.first_mut() {
        "reshoot".clone_into(command);
    }
    words.extend(with.then(|| option.to_owned()));
    line(words.iter().map(|word| shown(word)))
}

/// Without what lets others read a link, also in `--reference=LINK`. A link that was cut is refused when
/// it is typed, so that the command begins nothing else by mistake.
fn shown(word: &str) -> String {
    let option = word.split_once('=').filter(|(name, _)| name.starts_with('-'));
    let (name, value) = option.map_or((None, word), |(name, value)| (Some(name), value));
    // `style: clay?` is a prompt, though it reads as a URL.
    let Some(url) = reshoot::Url::parse(value).ok().filter(|_| value.contains("://")) else {
        return word.to_owned();
    };
    let shown = reshoot::redact::shown(&url);
    if url.as_str() == shown {
        return word.to_owned();
    }
    name.map_or_else(|| shown.clone(), |name| format!("{name}={shown}"))
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

    #[test]
    fn a_command_to_be_typed_again_shows_no_secret() {
        for (word, expected) in [
            ("https://h.example/x.png?sig=SECRET", "https://h.example/x.png?…"),
            (
                "--reference=https://h.example/x.png?sig=SECRET",
                "--reference=https://h.example/x.png?…",
            ),
            ("https://u:SECRET@h.example/x.png", "https://h.example/x.png"),
            ("--base-url=http://127.0.0.1:8787", "--base-url=http://127.0.0.1:8787"),
            ("style: clay, or what?", "style: clay, or what?"),
            ("--spread=kie=3", "--spread=kie=3"),
            ("clips.csv", "clips.csv"),
        ] {
            assert_eq!(shown(word), expected);
        }
    }
}
