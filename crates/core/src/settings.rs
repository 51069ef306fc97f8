//! How to reach a provider.

use std::{fmt, time::Duration};

use url::{Host, Url};

use crate::{
    error::{Error, ErrorKind, Operation},
    secret::ApiKey,
};

/// Key, addresses and time limit for one provider.
#[derive(Clone)]
#[non_exhaustive]
pub struct Settings {
    /// The provider's key.
    pub key: ApiKey,
    /// Another base URL than the documented one: a sister host, a proxy, the emulator.
    pub base_url: Option<String>,
    /// Another base URL for the provider's file service, where that has a host of its own.
    pub files_url: Option<String>,
    /// The secret of webhooks that were set up in the provider's dashboard.
    pub webhook_secret: Option<ApiKey>,
    /// How long one call may take, upload of files excepted. 60 s by default.
    pub timeout: Duration,
    /// A client of your own, instead of the one that reshoot builds. It must not follow redirects
    /// and must not retry: a paid request may be sent only once.
    pub http: Option<reqwest::Client>,
}

impl Settings {
    /// The documented addresses, with this key.
    #[must_use]
    pub const fn new(key: ApiKey) -> Self {
        Self {
            key,
            base_url: None,
            files_url: None,
            webhook_secret: None,
            timeout: Duration::from_secs(60),
            http: None,
        }
    }

    /// The base URL of a file service whose documented one is `documented`; none if only the base URL
    /// was changed: the key must not go to a host that was not meant.
    #[must_use]
    pub fn files_base<'a>(&'a self, documented: &'a str) -> Option<&'a str> {
        match (&self.files_url, &self.base_url) {
            (Some(files), _) => Some(files),
            (None, None) => Some(documented),
            (None, Some(_)) => None,
        }
    }

    /// Uses another base URL.
    #[must_use]
    pub fn with_base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Uses another base URL for the provider's file service.
    #[must_use]
    pub fn with_files_url(mut self, url: impl Into<String>) -> Self {
        self.files_url = Some(url.into());
        self
    }

    /// Checks webhooks with the secret that the provider's dashboard showed.
    #[must_use]
    pub fn with_webhook_secret(mut self, secret: ApiKey) -> Self {
        self.webhook_secret = Some(secret);
        self
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("base_url", &self.base_url)
            .field("files_url", &self.files_url)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// An address that a key may be sent to, without a slash at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// Reads a base URL.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] when it is no URL, has a query, or would send the key in the clear:
    /// `http` is allowed to loopback only.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let refuse = |why: &str| {
            let message = format!("the base URL {} {why}", crate::redact::shown_text(text));
            Err(Error::new(ErrorKind::Config, Operation::Configure, message))
        };
        let Ok(url) = Url::parse(text) else {
            return refuse("cannot be read");
        };
        if url.query().is_some() || url.fragment().is_some() || url.password().is_some() {
            return refuse("must be scheme, host and path only");
        }
        match url.scheme() {
            "https" => Ok(Self(url)),
            "http" if is_loopback(&url) => Ok(Self(url)),
            "http" => refuse("would send the key in the clear: use https"),
            _ => refuse("must begin with https://"),
        }
    }

    /// The text, without a slash at its end: paths are appended to it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// Whether it is on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }
}

/// Whether a URL's host is this machine, by its literal name or address.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_travels_by_https_or_stays_on_this_machine() {
        for (text, base) in [
            ("https://api.example/", Some("https://api.example")),
            ("https://api.example/v1/", Some("https://api.example/v1")),
            ("http://127.0.0.1:80/evolink", Some("http://127.0.0.1/evolink")),
            ("http://[::1]:9/x", Some("http://[::1]:9/x")),
            ("http://localhost:9", Some("http://localhost:9")),
            ("http://api.example", None),
            ("ftp://api.example", None),
            ("https://api.example?x=1", None),
            ("api.example", None),
        ] {
            let read = BaseUrl::parse(text);
            assert_eq!(read.as_ref().ok().map(BaseUrl::as_str), base, "{text}");
        }
    }

    #[test]
    fn a_changed_base_url_takes_the_file_service_along_or_leaves_none() {
        let settings = || Settings::new(ApiKey::new("sk-1").unwrap());
        let (own, documented) = ("https://files.example", "https://documented.example");
        for (settings, files) in [
            (settings(), Some(documented)),
            (settings().with_base_url("https://proxy.example"), None),
            (settings().with_files_url(own), Some(own)),
            (settings().with_base_url("https://proxy.example").with_files_url(own), Some(own)),
        ] {
            assert_eq!(settings.files_base(documented), files);
        }
    }

    #[test]
    fn settings_never_show_the_key() {
        let settings = Settings::new(ApiKey::new("sk-secret").unwrap());
        assert!(!format!("{settings:?}").contains("sk-secret"));
    }
}
