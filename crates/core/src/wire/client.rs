//! The HTTP client under every generated client, and the one way in which it sends.

use std::time::{Duration, Instant};

use bytes::BytesMut;
use reqwest::{Client, Request, RequestBuilder, Response, redirect};
use serde::de::DeserializeOwned;

use crate::{
    error::{Error, ErrorKind, Operation},
    settings::{BaseUrl, Settings},
    wire::{auth::KeyHeader, fault::Fault},
};

/// The most bytes of an answer that are read: far above any real one, and small enough to keep.
pub const MAX_ANSWER: usize = 4 << 20;

/// What a generated client needs to call `base`: the address, and the caller's HTTP client or one of
/// ours.
///
/// # Errors
/// [`ErrorKind::Config`] when the URL is unusable or TLS cannot be set up.
pub fn connect(base: &str, settings: &Settings) -> Result<(BaseUrl, Client), Error> {
    let base = BaseUrl::parse(base)?;
    let client = match &settings.http {
        Some(client) => client.clone(),
        None => http_client(&base, settings.timeout)?,
    };
    Ok((base, client))
}

/// A client for calls with a key: it follows no redirect (custom key headers would go along to
/// another host) and never sends anything twice.
///
/// # Errors
/// [`ErrorKind::Config`] when TLS cannot be set up, as on a machine without root certificates.
pub fn http_client(base: &BaseUrl, timeout: Duration) -> Result<Client, Error> {
    let builder = Client::builder()
        .user_agent(concat!("reshoot/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        // A connection that the server closed while it was idle would leave a submit in doubt.
        .pool_idle_timeout(Duration::from_secs(15))
        .connect_timeout(Duration::from_secs(15))
        .timeout(timeout);
    // On this machine no certificates are needed, and there may be none.
    #[cfg(feature = "rustls")]
    let builder = if base.is_loopback() { builder.tls_certs_only([]) } else { builder };
    // A proxy from the environment must not see what stays on this machine.
    let builder = if base.is_loopback() { builder.no_proxy() } else { builder };
    builder.build().map_err(|error| {
        let message = "TLS could not be set up: are the system's root certificates installed \
                       (package ca-certificates)?";
        Error::new(ErrorKind::Config, Operation::Configure, message)
            .with_source(error.without_url())
    })
}

/// Sends one request, once, and reads at most [`MAX_ANSWER`] bytes of the answer.
///
/// A longer answer is cut, which makes it unreadable and not a success. `operation` is for the log.
///
/// # Errors
/// Those of the connection, body included.
pub async fn execute(
    client: &Client,
    request: Request,
    operation: &str,
) -> reqwest::Result<Response> {
    let started = Instant::now();
    let answer = bounded(client, request).await;
    let status = answer.as_ref().map(|response| response.status().as_u16()).ok();
    tracing::debug!(operation, status, elapsed = ?started.elapsed(), "called");
    answer
}

/// Sends a request that was written by hand, with the key.
///
/// # Errors
/// Those of the connection, body included.
pub(super) async fn send(
    client: &Client,
    key: &KeyHeader,
    request: RequestBuilder,
) -> reqwest::Result<Response> {
    let mut request = request.build()?;
    key.put_on(&mut request);
    execute(client, request, "upload").await
}

/// The answer, with at most [`MAX_ANSWER`] bytes of body.
async fn bounded(client: &Client, request: Request) -> reqwest::Result<Response> {
    let response = client.execute(request).await?;
    // A length that is announced is kept to by the HTTP library: nothing to count.
    if response.content_length().is_some_and(|length| length <= MAX_ANSWER as u64) {
        return Ok(response);
    }
    cut(response).await
}

async fn cut(mut response: Response) -> reqwest::Result<Response> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await? {
        let room = MAX_ANSWER.saturating_sub(body.len());
        body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
        if body.len() >= MAX_ANSWER {
            break;
        }
    }
    let mut whole = http::Response::new(body.freeze());
    *whole.status_mut() = response.status();
    *whole.version_mut() = response.version();
    std::mem::swap(whole.headers_mut(), response.headers_mut());
    Ok(Response::from(whole))
}

/// Reads the answer to a call that was written by hand, such as an upload.
///
/// # Errors
/// The [`Fault`] of the call.
pub(super) async fn read_json<T: DeserializeOwned>(
    answer: reqwest::Result<Response>,
) -> Result<T, Fault> {
    let response = answer.map_err(Fault::broken)?;
    if !response.status().is_success() {
        return Err(Fault::response(response).await);
    }
    let body = response.bytes().await.map_err(Fault::broken)?;
    serde_json::from_slice(&body)
        .map_err(|error| Fault::Unreadable { reason: error.to_string(), body })
}
