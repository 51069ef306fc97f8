//! Why a store did not take a file. Pure.

use std::time::SystemTime;

use http::HeaderMap;

use super::STORE;
use crate::{
    error::{Error, ErrorKind, Operation},
    wire::retry_after,
};

const KEY_HINT: &str = "the store does not accept the key: check AWS_ACCESS_KEY_ID, \
                        AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN";

/// Reads a store's failure answer. Codes by
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html> (2026-11-20).
pub(super) fn read(status: u16, headers: &HeaderMap, body: &[u8], bucket: &str) -> Error {
    let code = code(body);
    let (kind, message) = match (code.as_deref().unwrap_or_default(), status) {
        ("SignatureDoesNotMatch" | "InvalidAccessKeyId" | "ExpiredToken" | "InvalidToken", _)
        | (_, 401) => (ErrorKind::Authentication, KEY_HINT.to_owned()),
        ("RequestTimeTooSkewed", _) => {
            (ErrorKind::Config, "this machine's clock is wrong".to_owned())
        }
        ("NoSuchBucket", _) | (_, 404) => {
            (ErrorKind::Config, format!("the store has no bucket {bucket}"))
        }
        ("AuthorizationHeaderMalformed" | "PermanentRedirect" | "TemporaryRedirect", _)
        | (_, 301 | 307) => (ErrorKind::Config, elsewhere(headers, bucket)),
        (_, 403) => (
            ErrorKind::PermissionDenied,
            format!("the key of AWS_ACCESS_KEY_ID may not write into the bucket {bucket}"),
        ),
        ("SlowDown", _) | (_, 429) => {
            (ErrorKind::RateLimited, "the store asks to come back later".to_owned())
        }
        (_, 500..=599) => (ErrorKind::Unavailable, "the store is not available".to_owned()),
        _ => (ErrorKind::Other, "the store did not take the file".to_owned()),
    };
    let error = Error::new(kind, Operation::Upload, message)
        .with_provider(STORE)
        .with_retry_after(retry_after(headers, SystemTime::now()))
        .with_context("status", status.to_string());
    match code {
        Some(code) => error.with_context("code", code),
        None => error,
    }
}

fn elsewhere(headers: &HeaderMap, bucket: &str) -> String {
    let region = headers.get("x-amz-bucket-region").and_then(|region| region.to_str().ok());
    match region {
        Some(region) => format!("the bucket {bucket} is in {region}: set AWS_REGION={region}"),
        None => format!("the bucket {bucket} is in another region: set AWS_REGION"),
    }
}

/// The code in a body like `<Error><Code>AccessDenied</Code>…`.
fn code(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let (_, rest) = text.split_once("<Code>")?;
    let (code, _) = rest.split_once("</Code>")?;
    let plain = code.len() <= 64 && code.chars().all(|c| c.is_ascii_alphanumeric());
    plain.then(|| code.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_says_what_to_mend() {
        use ErrorKind as K;
        for (status, code, kind, says) in [
            (403, "SignatureDoesNotMatch", K::Authentication, "AWS_SECRET_ACCESS_KEY"),
            (403, "InvalidAccessKeyId", K::Authentication, "AWS_ACCESS_KEY_ID"),
            (400, "ExpiredToken", K::Authentication, "AWS_SESSION_TOKEN"),
            (403, "AccessDenied", K::PermissionDenied, "may not write into the bucket clips"),
            (403, "", K::PermissionDenied, "may not write into the bucket clips"),
            (403, "RequestTimeTooSkewed", K::Config, "clock"),
            (404, "NoSuchBucket", K::Config, "no bucket clips"),
            (301, "PermanentRedirect", K::Config, "AWS_REGION"),
            (503, "SlowDown", K::RateLimited, "later"),
            (500, "InternalError", K::Unavailable, "not available"),
            (418, "", K::Other, "did not take"),
        ] {
            let body = format!("<?xml?><Error><Code>{code}</Code><Message>m</Message></Error>");
            let error = read(status, &HeaderMap::new(), body.as_bytes(), "clips");
            assert_eq!(error.kind(), kind, "{status} {code}");
            assert!(error.message().contains(says), "{error}");
        }
    }

    #[test]
    fn the_right_region_is_named_where_the_store_tells() {
        let headers = HeaderMap::from_iter([(
            http::HeaderName::from_static("x-amz-bucket-region"),
            http::HeaderValue::from_static("eu-west-3"),
        )]);
        assert!(read(301, &headers, b"", "clips").message().contains("AWS_REGION=eu-west-3"));
    }

    #[test]
    fn bodies_that_are_no_xml_give_no_code() {
        for body in [&b""[..], b"<html>", b"<Code>", b"<Code>a b</Code>", b"\xff<Code>A</Code>"] {
            assert_eq!(code(body), None, "{body:?}");
        }
    }
}
