//! Amounts and texts as people read them.

use std::time::Duration;

/// Dollars and cents, with more digits where cents would hide something.
pub(crate) fn usd(amount: f64) -> String {
    let digits = (2..=4).find(|digits| rounds_well(amount, *digits)).unwrap_or(4);
    format!("${amount:.digits$}")
}

fn rounds_well(amount: f64, digits: usize) -> bool {
    let rounded: f64 = format!("{amount:.digits$}").parse().unwrap_or(amount);
    (rounded - amount).abs() < 5e-6
}

/// Credits without digits that say nothing.
pub(crate) fn credits(amount: f64) -> String {
    let text = format!("{amount:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text} credits")
}

/// Seconds, minutes and hours; the two largest that matter.
pub(crate) fn time(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 10.0 {
        return format!("{seconds:.1} s");
    }
    let whole = time.as_secs() + u64::from(time.subsec_millis() >= 500);
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, 0) => format!("{minutes} min"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

/// The size of a file in decimal units, as file managers count.
#[allow(clippy::cast_precision_loss, reason = "one digit after the point is shown")]
pub(crate) fn size(bytes: u64) -> String {
    let bytes = bytes as f64;
    match bytes {
        ..1e3 => format!("{bytes} bytes"),
        ..1e6 => format!("{:.0} kB", bytes / 1e3),
        ..1e9 => format!("{:.1} MB", bytes / 1e6),
        _ => format!("{:.1} GB", bytes / 1e9),
    }
}

/// A number and its word.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// The text with each link cut before its query, and without user and password: what is signed,
/// and what signs in, is for nobody who is shown a page.
pub(crate) fn without_secrets(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, link) = rest.split_at(at + 3);
        let end = link.find(ends_link).unwrap_or(link.len());
        let (link, after) = link.split_at(end);
        shown.push_str(before);
        shown.push_str(&public_part(link));
        rest = after;
    }
    shown + rest
}

fn ends_link(character: char) -> bool {
    character.is_whitespace() || "\"'<>`".contains(character)
}

fn public_part(link: &str) -> String {
    let cut = link.find(['?', '#']).map(|at| (link.split_at(at).0, "?…"));
    let (link, mark) = cut.unwrap_or((link, ""));
    let host = link.split_once('/').map_or(link, |(host, _)| host);
    let link = host.rfind('@').map_or(link, |at| link.split_at(at + 1).1);
    format!("{link}{mark}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_well() {
        for (amount, text) in
            [(0.0, "$0.00"), (0.4, "$0.40"), (0.0125, "$0.0125"), (0.086 * 3.0, "$0.258")]
        {
            assert_eq!(usd(amount), text);
        }
        for (amount, text) in [(40.0, "40 credits"), (2.5, "2.5 credits")] {
            assert_eq!(credits(amount), text);
        }
        for (millis, text) in [
            (300, "0.3 s"),
            (59_400, "59 s"),
            (59_600, "1 min"),
            (125_000, "2 min 5 s"),
            (3_780_000, "1 h 3 min"),
        ] {
            assert_eq!(time(Duration::from_millis(millis)), text);
        }
        for (bytes, text) in [(999, "999 bytes"), (95_913, "96 kB"), (5_586_723, "5.6 MB")] {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn links_lose_what_is_secret() {
        for (text, shown) in [
            ("nothing here", "nothing here"),
            ("see https://a.b/c?sig=1 and more", "see https://a.b/c?… and more"),
            ("(\"https://u:p@a.b/c#t\")", "(\"https://a.b/c?…\")"),
            ("https://a.b/@c https://x?y", "https://a.b/@c https://x?…"),
            ("s3://key@bucket", "s3://bucket"),
        ] {
            assert_eq!(without_secrets(text), shown);
        }
    }
}
