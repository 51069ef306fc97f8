//! What an answer to a request for a range means, from its status and headers alone. Pure.

use std::{ops::Range, time::SystemTime};

use http::{
    HeaderMap, HeaderName, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_RANGE, ETAG, LOCATION},
};
use url::Url;

use super::error;
use crate::{
    download::content_range,
    error::{Error, ErrorKind},
    media::Problem,
    wire::retry_after,
};

/// What tells one state of a file from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Version {
    /// Its bytes in all, where the server tells.
    pub(super) total: Option<u64>,
    /// Its entity tag, if that is a strong one.
    tag: Option<String>,
}

impl Version {
    /// Whether both are known to be different states.
    pub(super) fn differs_from(&self, other: &Self) -> bool {
        fn differ<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
            one.zip(other).is_some_and(|(one, other)| one != other)
        }
        differ(self.total.as_ref(), other.total.as_ref())
            || differ(self.tag.as_ref(), other.tag.as_ref())
    }
}

/// The error for answers that are about different states of the file.
pub(super) fn changed(link: &Url) -> Error {
    error(ErrorKind::Unreadable, link, "the file changed while it was read")
}

/// What to do with an answer.
#[derive(Debug)]
pub(super) enum Answer {
    /// Take the body.
    Take(Body),
    /// Go to this location, if it is allowed.
    Redirect(String),
}

/// What the body of an answer is.
#[derive(Debug)]
pub(super) enum Body {
    /// This part of a file of `total` bytes.
    Part { range: Range<u64>, total: u64, version: Version },
    /// The file from its first byte on: the server gives no ranges.
    Whole(Version),
}

/// Reads the answer of the server behind `link` to a request for the bytes of `asked`.
///
/// # Errors
/// What to tell the user when there is nothing to take.
pub(super) fn read(
    link: &Url,
    asked: &Range<u64>,
    status: StatusCode,
    headers: &HeaderMap,
    now: SystemTime,
) -> Result<Answer, Error> {
    match status.as_u16() {
        200 => Ok(Answer::Take(Body::Whole(Version {
            total: text(headers, CONTENT_LENGTH).and_then(|length| length.parse().ok()),
            tag: strong_tag(headers),
        }))),
        206 => part(asked, headers).map(Answer::Take).ok_or_else(|| {
            let what =
                "its server gave something else than the part of the file that was asked for";
            error(ErrorKind::Unreadable, link, what)
        }),
        // The first byte is missing only where there is none.
        416 if asked.start == 0 => Err(error(ErrorKind::InvalidRequest, link, Problem::Empty)),
        416 => Err(changed(link)),
        301 | 302 | 303 | 307 | 308 => match text(headers, LOCATION) {
            Some(location) => Ok(Answer::Redirect(location.to_owned())),
            None => Err(failure(link, status, headers, now)),
        },
        _ => Err(failure(link, status, headers, now)),
    }
}

/// A part that begins where it should. Some servers give more than asked, or less.
fn part(asked: &Range<u64>, headers: &HeaderMap) -> Option<Body> {
    let (first, last, total) = content_range(text(headers, CONTENT_RANGE)?)?;
    let end = last.checked_add(1)?;
    let fits = first == asked.start && first < end && end <= total;
    let version = Version { total: Some(total), tag: strong_tag(headers) };
    fits.then(|| Body::Part { range: first..end.min(asked.end), total, version })
}

/// A weak tag may stay when bytes change
/// (<https://www.rfc-editor.org/rfc/rfc9110#section-8.8.1>, 2026-11-20).
fn strong_tag(headers: &HeaderMap) -> Option<String> {
    text(headers, ETAG).filter(|tag| tag.starts_with('"')).map(str::to_owned)
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

fn failure(link: &Url, status: StatusCode, headers: &HeaderMap, now: SystemTime) -> Error {
    let (kind, what) = match status.as_u16() {
        // Stores answer a link past its time with 400, 401 or 403; missing files with 404 or 410.
        400 | 401 | 403 | 404 | 410 => {
            (ErrorKind::LinkExpired, "gives no file: the link is wrong, or its time is over")
        }
        429 => (ErrorKind::RateLimited, "its server asks to come back later"),
        408 | 425 | 500..=599 => (ErrorKind::Unavailable, "its server is not available"),
        _ => (ErrorKind::Other, "its server gave no file"),
    };
    error(kind, link, what)
        .with_retry_after(retry_after(headers, now))
        .with_context("status", status.as_u16().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(asked: Range<u64>, status: u16, pairs: &[(HeaderName, &str)]) -> String {
        let link = Url::parse("https://h.example/a.mp4?sig=secret").unwrap();
        let status = StatusCode::from_u16(status).unwrap();
        let headers =
            pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
        match read(&link, &asked, status, &headers, SystemTime::UNIX_EPOCH) {
            Ok(Answer::Take(Body::Part { range, total, version })) => {
                format!("{range:?} of {total} {}", version.tag.unwrap_or_default())
            }
            Ok(Answer::Take(Body::Whole(version))) => {
                format!("whole {:?} {}", version.total, version.tag.unwrap_or_default())
            }
            Ok(Answer::Redirect(location)) => format!("to {location}"),
            Err(error) => {
                assert!(!error.to_string().contains("secret"), "{error}");
                format!("{:?} {:?}", error.kind(), error.retry_after())
            }
        }
    }

    #[test]
    fn a_part_is_taken_only_from_where_it_was_asked_for() {
        for (range, tag, expected) in [
            ("bytes 4-7/20", "\"v1\"", "4..8 of 20 \"v1\""),
            ("bytes 4-7/20", "W/\"v1\"", "4..8 of 20 "),
            ("bytes 4-5/20", "", "4..6 of 20 "),
            ("bytes 4-19/20", "", "4..8 of 20 "),
            ("bytes 5-7/20", "", "Unreadable None"),
            ("bytes 4-7/7", "", "Unreadable None"),
            ("bytes 4-3/20", "", "Unreadable None"),
            ("bytes 4-7/*", "", "Unreadable None"),
            ("bytes 4-18446744073709551615/20", "", "Unreadable None"),
            ("items 4-7/20", "", "Unreadable None"),
        ] {
            let pairs = [(CONTENT_RANGE, range), (ETAG, tag)];
            assert_eq!(answered(4..8, 206, &pairs), expected, "{range}");
        }
        assert_eq!(answered(4..8, 206, &[]), "Unreadable None");
    }

    #[test]
    fn each_status_has_one_meaning() {
        let later = (http::header::RETRY_AFTER, "7");
        for (start, status, pairs, expected) in [
            (0, 200, vec![(CONTENT_LENGTH, "9"), (ETAG, "\"v1\"")], "whole Some(9) \"v1\""),
            (0, 200, vec![], "whole None "),
            (0, 302, vec![(LOCATION, "/b")], "to /b"),
            (0, 308, vec![(LOCATION, "/b")], "to /b"),
            (0, 302, vec![], "Other None"),
            (0, 304, vec![(LOCATION, "/b")], "Other None"),
            (0, 416, vec![], "InvalidRequest None"),
            (4, 416, vec![], "Unreadable None"),
            (0, 400, vec![], "LinkExpired None"),
            (0, 401, vec![], "LinkExpired None"),
            (0, 403, vec![], "LinkExpired None"),
            (0, 404, vec![], "LinkExpired None"),
            (0, 410, vec![], "LinkExpired None"),
            (0, 429, vec![later.clone()], "RateLimited Some(7s)"),
            (0, 500, vec![], "Unavailable None"),
            (0, 503, vec![later], "Unavailable Some(7s)"),
            (0, 204, vec![], "Other None"),
        ] {
            assert_eq!(answered(start..8, status, &pairs), expected, "{status} {pairs:?}");
        }
    }

    #[test]
    fn a_file_changed_only_if_both_answers_say_so() {
        let version = |total, tag: Option<&str>| Version { total, tag: tag.map(str::to_owned) };
        let first = version(Some(9), Some("\"v1\""));
        for (later, differs) in [
            (version(Some(9), Some("\"v1\"")), false),
            (version(None, None), false),
            (version(Some(9), None), false),
            (version(Some(8), Some("\"v1\"")), true),
            (version(Some(9), Some("\"v2\"")), true),
        ] {
            assert_eq!(first.differs_from(&later), differs, "{later:?}");
            assert_eq!(later.differs_from(&first), differs, "{later:?}");
        }
    }
}
