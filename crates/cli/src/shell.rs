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
    let typed = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    let words = with_option(typed.collect(), option, with);
    line(std::iter::once("reshoot".to_owned()).chain(words.iter().map(|word| shown(word))))
}

/// Options end where `--` stands: what follows is taken as it is.
fn with_option(mut words: Vec<String>, option: &str, with: bool) -> Vec<String> {
    let end = words.iter().position(|word| word == "--").unwrap_or(words.len());
    let values = words.split_off(end);
    words.retain(|word| word != option);
    words.extend(with.then(|| option.to_owned()));
    words.extend(values);
    words
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
    fn an_option_stands_before_what_is_taken_as_it_is() {
        for (typed, with, expected) in [
            ("compare a.mp4 clay", true, "compare a.mp4 clay --yes"),
            ("compare --yes a.mp4 clay", true, "compare a.mp4 clay --yes"),
            ("compare --yes a.mp4 clay", false, "compare a.mp4 clay"),
            ("compare -p kie -- a.mp4 --yes", true, "compare -p kie --yes -- a.mp4 --yes"),
        ] {
            let words = typed.split(' ').map(str::to_owned).collect();
            assert_eq!(with_option(words, "--yes", with).join(" "), expected);
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
