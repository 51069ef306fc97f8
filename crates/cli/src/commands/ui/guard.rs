//! Who may ask: this machine's user, from the page itself, and nobody else.
//!
//! Other pages in the same browser can send requests here too, and other programs on this machine. The token
//! keeps both out; the rest is for the day on which a token leaks, or a name is made to lead here.

use std::net::SocketAddr;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use reshoot_webhook::Token;

/// Whatever changes something must carry this header, which no form of another page can.
const OURS: HeaderName = HeaderName::from_static("x-reshoot");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What the page may do, and who may have it.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    token: Token,
    address: SocketAddr,
    policy: HeaderValue,
}

impl Guard {
    pub(super) fn new(token: Token, address: SocketAddr) -> Self {
        let policy = HeaderValue::from_str(&reshoot_report::live::policy());
        // Were it no header, nothing at all would be allowed.
        let policy = policy.unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"));
        Self { token, address, policy }
    }

    /// Why a request is not answered, if it is not.
    fn refuses(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Option<(StatusCode, &'static str)> {
        if !self.is_host(headers.get(header::HOST)) {
            return Some((StatusCode::MISDIRECTED_REQUEST, "this name does not lead here\n"));
        }
        let token = uri.path().split('/').nth(1).unwrap_or_default();
        if !self.token.is(token) {
            return Some((
                StatusCode::NOT_FOUND,
                "open the whole address that reshoot ui printed\n",
            ));
        }
        let site = headers.get(FETCH_SITE).map(HeaderValue::as_bytes);
        if !matches!(site, None | Some(b"same-origin" | b"none")) {
            return Some((StatusCode::FORBIDDEN, "another page may not ask here\n"));
        }
        let is_own = |origin: &HeaderValue| self.is_origin(origin);
        if method != Method::GET
            && (!headers.get(header::ORIGIN).is_none_or(is_own) || !headers.contains_key(OURS))
        {
            return Some((
                StatusCode::FORBIDDEN,
                "only the page itself may change something here\n",
            ));
        }
        None
    }

    fn is_host(&self, host: Option<&HeaderValue>) -> bool {
        let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
        self.hosts().iter().any(|known| known.eq_ignore_ascii_case(host))
    }

    fn is_origin(&self, origin: &HeaderValue) -> bool {
        let origins = self.hosts().map(|host| format!("http://{host}"));
        origin.to_str().is_ok_and(|origin| origins.iter().any(|known| known == origin))
    }

    fn hosts(&self) -> [String; 2] {
        [self.address.to_string(), format!("localhost:{}", self.address.port())]
    }

    fn mark(&self, headers: &mut HeaderMap) {
        headers.insert(header::CONTENT_SECURITY_POLICY, self.policy.clone());
        for (name, value) in [
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::X_FRAME_OPTIONS, "DENY"),
            (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
            (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
}

/// Answers those who may ask, and says in each answer what the page may do.
pub(super) async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    // Browsers ask for it by themselves, without a token.
    if request.uri().path() == "/favicon.ico" {
        return StatusCode::NO_CONTENT.into_response();
    }
    let mut answer = match guard.refuses(request.method(), request.uri(), request.headers()) {
        Some(refusal) => refusal.into_response(),
        None => next.run(request).await,
    };
    guard.mark(answer.headers_mut());
    answer
}

#[cfg(test)]
mod tests {
    use reshoot_webhook::TokenSecret;

    use super::*;

    #[test]
    fn only_the_page_itself_gets_through() {
        let token = "00".repeat(32).parse::<TokenSecret>().unwrap().token("ui");
        let path = format!("/{}/run", token.expose());
        let guard = Guard::new(token, "127.0.0.1:7777".parse().unwrap());
        let good = [("host", "127.0.0.1:7777"), ("x-reshoot", "1")];
        let status = |method: Method, path: &str, headers: &[(&'static str, &'static str)]| {
            let headers = headers.iter().map(|(name, value)| {
                (HeaderName::from_static(name), HeaderValue::from_static(value))
            });
            let refused = guard.refuses(&method, &path.parse().unwrap(), &headers.collect());
            refused.map(|(status, _)| status.as_u16())
        };
        for (headers, expected) in [
            (&good[..], None),
            (&[("host", "localhost:7777"), ("x-reshoot", "1")], None),
            (&[good[0], good[1], ("origin", "http://127.0.0.1:7777")], None),
            (&[good[0], good[1], ("sec-fetch-site", "same-origin")], None),
            (&[good[0]], Some(403)),
            (&[good[0], good[1], ("origin", "http://evil.example")], Some(403)),
            (&[good[0], good[1], ("origin", "null")], Some(403)),
            (&[good[0], good[1], ("sec-fetch-site", "cross-site")], Some(403)),
            (&[good[0], good[1], ("sec-fetch-site", "same-site")], Some(403)),
            (&[good[1]], Some(421)),
            (&[good[1], ("host", "evil.example:7777")], Some(421)),
            (&[good[1], ("host", "127.0.0.1:8888")], Some(421)),
        ] {
            assert_eq!(status(Method::POST, &path, headers), expected, "{headers:?}");
        }
        for (path, expected) in [
            (path.as_str(), None),
            ("/", Some(404)),
            ("/run", Some(404)),
            ("/00000000000000000000000000000000/", Some(404)),
            (&path[..20], Some(404)),
        ] {
            assert_eq!(status(Method::GET, path, &[good[0]]), expected, "{path}");
        }
    }
}
