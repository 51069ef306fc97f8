//! The key on its way into a request.

use http::{HeaderName, HeaderValue};
use reqwest::Request;

use crate::{error::Error, secret::ApiKey};

/// The header that carries a provider's key. Its `Debug` does not show the key.
#[derive(Clone, Debug)]
pub struct KeyHeader {
    name: HeaderName,
    value: HeaderValue,
}

impl KeyHeader {
    /// `Authorization: Bearer <key>`.
    ///
    /// # Errors
    /// When the key cannot stand in a header.
    pub fn bearer(key: &ApiKey) -> Result<Self, Error> {
        Self::authorization("Bearer ", key)
    }

    /// `Authorization: <scheme><key>`; the scheme brings its own space.
    ///
    /// # Errors
    /// When the key cannot stand in a header.
    pub fn authorization(scheme: &str, key: &ApiKey) -> Result<Self, Error> {
        Ok(Self { name: http::header::AUTHORIZATION, value: key.header(scheme)? })
    }

    /// `<name>: <key>`.
    ///
    /// # Errors
    /// When the key cannot stand in a header.
    pub fn named(name: &'static str, key: &ApiKey) -> Result<Self, Error> {
        Ok(Self { name: HeaderName::from_static(name), value: key.header("")? })
    }

    /// Puts the key on a request, and takes off the `api-version` header that the generated clients
    /// add and no provider asked for.
    pub fn put_on(&self, request: &mut Request) {
        let headers = request.headers_mut();
        headers.remove("api-version");
        headers.insert(self.name.clone(), self.value.clone());
    }
}
