//! The two headers of a submit that change its course: `Prefer` and `Cancel-After`.
use std::time::Duration;

use http::HeaderMap;

use super::error;
use crate::wire::{self, Refusal};

/// No request is kept open for longer, whatever it asks for.
const LONGEST_WAIT: u64 = 60;

/// A prediction lives at least this long.
const SHORTEST_LIFE: Duration = Duration::from_secs(5);

/// How long to keep a submit open, and the words to confirm it with.
#[derive(Debug, PartialEq)]
pub(super) struct Wait {
    pub(super) time: Duration,
    pub(super) words: String,
}

/// `Prefer: wait` or `wait=n`.
pub(super) fn prefer(headers: &HeaderMap) -> Result<Option<Wait>, Refusal> {
    let Some(words) = wire::header(headers, "prefer") else {
        return Ok(None);
    };
    let seconds = match words.strip_prefix("wait") {
        Some("") => Some(LONGEST_WAIT),
        Some(rest) => rest.strip_prefix('=').and_then(whole).filter(|n| (1..=99).contains(n)),
        None => None,
    };
    let seconds =
        seconds.ok_or_else(|| error(422, "Prefer must be wait, or wait=n with n from 1 to 60"))?;
    Ok(Some(Wait { time: Duration::from_secs(seconds.min(LONGEST_WAIT)), words }))
}

/// `Cancel-After`: seconds, or numbers with the units s, m and h, such as `1h30m45s`.
pub(super) fn cancel_after(headers: &HeaderMap) -> Result<Option<Duration>, Refusal> {
    let Some(text) = wire::header(headers, "cancel-after") else {
        return Ok(None);
    };
    let time = duration(&text).filter(|time| *time >= SHORTEST_LIFE);
    Ok(Some(time.ok_or_else(|| {
        error(422, "Cancel-After must be 5s or more, such as 90s, 5m or 1h30m45s")
    })?))
}

fn duration(text: &str) -> Option<Duration> {
    if let Some(seconds) = whole(text) {
        return Some(Duration::from_secs(seconds));
    }
    let parts: Vec<&str> = text.split_inclusive(['s', 'm', 'h']).collect();
    let seconds = parts.iter().try_fold(0_u64, |sum, part| sum.checked_add(seconds(part)?));
    seconds.map(Duration::from_secs)
}

fn seconds(part: &str) -> Option<u64> {
    let units = [('s', 1), ('m', 60), ('h', 3600)];
    units.into_iter().find_map(|(unit, size)| whole(part.strip_suffix(unit)?)?.checked_mul(size))
}

/// Digits only: no sign, no fraction, no space.
fn whole(text: &str) -> Option<u64> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &'static str, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        headers
    }

    #[test]
    fn a_submit_waits_a_minute_at_most() {
        let cases = [
            ("wait", Some(60)),
            ("wait=1", Some(1)),
            ("wait=60", Some(60)),
            ("wait=99", Some(60)),
            ("wait=0", None),
            ("wait=100", None),
            ("wait=1.5", None),
            ("wait=+5", None),
            ("waiting", None),
            ("respond-async", None),
        ];
        for (text, seconds) in cases {
            let wait = prefer(&with("prefer", text)).ok().flatten();
            assert_eq!(wait.map(|wait| wait.time.as_secs()), seconds, "{text}");
        }
        assert_eq!(prefer(&HeaderMap::new()).unwrap(), None);
    }

    #[test]
    fn a_deadline_is_written_in_seconds_or_with_units() {
        let cases = [
            ("90", Some(90)),
            ("90s", Some(90)),
            ("5m", Some(300)),
            ("1h30m45s", Some(5445)),
            ("4s", None),
            ("", None),
            ("5 m", None),
            ("1h30", None),
            ("1d", None),
        ];
        for (text, seconds) in cases {
            let life = cancel_after(&with("cancel-after", text)).ok().flatten();
            assert_eq!(life.map(|life| life.as_secs()), seconds, "{text}");
        }
        assert_eq!(cancel_after(&HeaderMap::new()).unwrap(), None);
    }
}
