//! What an answer to a download means, from its status and headers alone. Pure.

use std::time::SystemTime;

use http::{
    HeaderMap, HeaderName, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_RANGE, ETAG, LAST_MODIFIED, LOCATION},
};

use super::error;
use crate::{
    error::{Error, ErrorKind},
    wire::retry_after,
};

/// Where an interrupted download goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Resume {
    /// The first byte that is missing.
    pub(super) offset: u64,
    /// The bytes in all, as first announced.
    pub(super) total: Option<u64>,
    /// What names these very bytes: a strong entity tag or a date.
    pub(super) validator: String,
}

/// What to do with an answer.
#[derive(Debug)]
pub(super) enum Decision {
    /// Take the body, from its first byte on.
    Whole { total: Option<u64>, validator: Option<String> },
    /// Take the body: it goes on where ours ends.
    Rest,
    /// What the server has is not what ours began with: ask for the whole.
    StartOver,
    /// Go to this location, if it is allowed.
    Redirect(String),
    /// Give up, or try again, as the error says.
    Fail(Error),
}

/// Decides what to do with an answer.
pub(super) fn decide(
    resume: Option<&Resume>,
    status: StatusCode,
    headers: &HeaderMap,
    now: SystemTime,
) -> Decision {
    match (status.as_u16(), resume) {
        (200, _) => Decision::Whole {
            total: text(headers, CONTENT_LENGTH).and_then(|length| length.parse().ok()),
            validator: validator(headers),
        },
        (206, Some(resume)) => partial(resume, headers),
        (416, Some(_)) => Decision::StartOver,
        (301 | 302 | 303 | 307 | 308, _) => match text(headers, LOCATION) {
            Some(location) => Decision::Redirect(location.to_owned()),
            None => Decision::Fail(failure(status, headers, now)),
        },
        _ => Decision::Fail(failure(status, headers, now)),
    }
}

/// A part fits only if it begins where ours ends, ends where the whole does, and is of the same
/// whole.
fn partial(resume: &Resume, headers: &HeaderMap) -> Decision {
    let range = text(headers, CONTENT_RANGE).and_then(content_range);
    let other = validator(headers).is_some_and(|validator| validator != resume.validator);
    match range {
        Some((start, end, total))
            if start == resume.offset
                && end.checked_add(1) == Some(total)
                && resume.total.is_none_or(|known| known == total)
                && !other =>
        {
            Decision::Rest
        }
        _ => Decision::StartOver,
    }
}

/// Reads `bytes 5-9/10` as first byte, last byte and bytes in all.
pub(crate) fn content_range(text: &str) -> Option<(u64, u64, u64)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (start, end) = range.split_once('-')?;
    let number = |text: &str| text.trim().parse::<u64>().ok();
    Some((number(start)?, number(end)?, number(total)?))
}

/// What names the bytes: `If-Range` takes a strong tag or a date, not a weak tag
/// (<https://www.rfc-editor.org/rfc/rfc9110#section-13.1.5>, 2026-11-20).
fn validator(headers: &HeaderMap) -> Option<String> {
    let tag = text(headers, ETAG).filter(|tag| tag.starts_with('"'));
    tag.or_else(|| text(headers, LAST_MODIFIED)).map(str::to_owned)
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

fn failure(status: StatusCode, headers: &HeaderMap, now: SystemTime) -> Error {
    let (kind, message) = match status.as_u16() {
        // Stores answer a link past its time with 400, 401 or 403; purged files with 404 or 410.
        400 | 401 | 403 | 404 | 410 => (ErrorKind::LinkExpired, "the link to the result is dead"),
        429 => (ErrorKind::RateLimited, "the file server asks to come back later"),
        408 | 425 | 500..=599 => (ErrorKind::Unavailable, "the file server is not available"),
        _ => (ErrorKind::Other, "the file server gave no file"),
    };
    error(kind, message)
        .with_retry_after(retry_after(headers, now))
        .with_context("status", status.as_u16().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    fn at_5_of_10() -> Resume {
        Resume { offset: 5, total: Some(10), validator: "\"v1\"".to_owned() }
    }

    fn decided(resume: Option<&Resume>, status: u16, pairs: &[(HeaderName, &str)]) -> String {
        let status = StatusCode::from_u16(status).unwrap();
        match decide(resume, status, &headers(pairs), SystemTime::UNIX_EPOCH) {
            Decision::Whole { total, validator } => format!("whole {total:?} {validator:?}"),
            Decision::Rest => "rest".to_owned(),
            Decision::StartOver => "start over".to_owned(),
            Decision::Redirect(location) => format!("to {location}"),
            Decision::Fail(error) => {
                format!("{:?} {} {:?}", error.kind(), error.is_retryable(), error.retry_after())
            }
        }
    }

    #[test]
    fn a_first_answer_gives_length_and_what_names_the_bytes() {
        for (pairs, expected) in [
            (vec![], "whole None None"),
            (vec![(CONTENT_LENGTH, "10"), (ETAG, "\"v1\"")], "whole Some(10) Some(\"\\\"v1\\\"\")"),
            (vec![(CONTENT_LENGTH, "-3"), (ETAG, "W/\"v1\"")], "whole None None"),
            (vec![(ETAG, "W/\"v1\""), (LAST_MODIFIED, "then")], "whole None Some(\"then\")"),
        ] {
            assert_eq!(decided(None, 200, &pairs), expected);
        }
    }

    #[test]
    fn a_part_is_taken_only_if_it_fits_what_is_here() {
        for (range, tag, expected) in [
            ("bytes 5-9/10", None, "rest"),
            ("bytes 5-9/10", Some("\"v1\""), "rest"),
            ("bytes 5-9/10", Some("\"v2\""), "start over"),
            ("bytes 4-9/10", None, "start over"),
            ("bytes 5-8/10", None, "start over"),
            ("bytes 5-9/11", None, "start over"),
            ("bytes 5-10/11", None, "start over"),
            ("bytes 5-9/*", None, "start over"),
            ("bytes 5-18446744073709551615/0", None, "start over"),
            ("items 5-9/10", None, "start over"),
            ("", None, "start over"),
        ] {
            let mut pairs = vec![(CONTENT_RANGE, range)];
            pairs.extend(tag.map(|tag| (ETAG, tag)));
            assert_eq!(decided(Some(&at_5_of_10()), 206, &pairs), expected, "{range:?} {tag:?}");
        }
    }

    #[test]
    fn each_status_has_one_meaning() {
        let resume = at_5_of_10();
        for (resume, status, pairs, expected) in [
            (Some(&resume), 200, vec![], "whole None None"),
            (Some(&resume), 416, vec![], "start over"),
            (None, 416, vec![], "Other false None"),
            (None, 206, vec![(CONTENT_RANGE, "bytes 0-9/10")], "Other false None"),
            (None, 204, vec![], "Other false None"),
            (None, 302, vec![(LOCATION, "/b")], "to /b"),
            (None, 308, vec![(LOCATION, "/b")], "to /b"),
            (None, 302, vec![], "Other false None"),
            (None, 304, vec![(LOCATION, "/b")], "Other false None"),
            (None, 400, vec![], "LinkExpired false None"),
            (None, 403, vec![], "LinkExpired false None"),
            (None, 404, vec![], "LinkExpired false None"),
            (Some(&resume), 410, vec![], "LinkExpired false None"),
            (None, 429, vec![(http::header::RETRY_AFTER, "7")], "RateLimited true Some(7s)"),
            (None, 500, vec![], "Unavailable true None"),
            (None, 503, vec![(http::header::RETRY_AFTER, "2")], "Unavailable true Some(2s)"),
            (None, 418, vec![], "Other false None"),
        ] {
            assert_eq!(decided(resume, status, &pairs), expected, "{status} {pairs:?}");
        }
    }
}
