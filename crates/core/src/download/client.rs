//! The HTTP clients of downloads: without keys, cookies, redirects and private addresses.

use std::{env, error, net::SocketAddr, sync::Arc, sync::OnceLock, time::Duration};

use http::{HeaderMap, HeaderValue, header::ACCEPT_ENCODING};
use reqwest::{
    Client, ClientBuilder,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect,
};
use url::Url;

use super::{
    error,
    guard::{Refusal, check_resolved},
};
use crate::{
    error::{Error, ErrorKind},
    settings::is_loopback,
};

/// How long no byte may come before the connection counts as broken.
const IDLE: Duration = Duration::from_secs(60);

/// One client for this machine and one for everywhere else, each made when it is first needed: the
/// one for outside cannot be made on a machine without root certificates.
#[derive(Debug, Default)]
pub(crate) struct Clients {
    outside: OnceLock<Option<Client>>,
    local: OnceLock<Option<Client>>,
}

/// Those of all downloads in this process: whoever makes a client reads every root certificate of the
/// machine, which takes longer than the rest of a short download, and begins without connections.
static SHARED: Clients = Clients { outside: OnceLock::new(), local: OnceLock::new() };

impl Clients {
    /// The clients of this process.
    pub(crate) fn shared() -> &'static Self {
        &SHARED
    }

    pub(crate) fn for_url(&self, url: &Url) -> Result<&Client, Error> {
        let client = if is_loopback(url) {
            self.local.get_or_init(|| build(local()))
        } else {
            self.outside.get_or_init(|| build(outside()))
        };
        client.as_ref().ok_or_else(|| {
            let message = "TLS could not be set up: are the system's root certificates installed \
                           (package ca-certificates)?";
            error(ErrorKind::Config, message)
        })
    }
}

fn build(builder: ClientBuilder) -> Option<Client> {
    let logged = |error: &reqwest::Error| tracing::warn!(%error, "no client for downloads");
    builder.build().inspect_err(logged).ok()
}

fn common() -> ClientBuilder {
    // A result that is packed on the way has neither the announced length nor usable ranges.
    let plain = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static("identity"))]);
    Client::builder()
        .user_agent(concat!("reshoot/", env!("CARGO_PKG_VERSION")))
        .default_headers(plain)
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        // Servers close what is idle: the sooner it is given up, the fewer downloads begin on a dead one.
        .pool_idle_timeout(Duration::from_secs(15))
        .connect_timeout(Duration::from_secs(15))
        .read_timeout(IDLE)
}

fn outside() -> ClientBuilder {
    common().dns_resolver(Arc::new(Guarded { proxies: proxies() }))
}

fn local() -> ClientBuilder {
    // What stays on this machine needs no certificates, and no proxy must see it.
    #[cfg(feature = "rustls")]
    let builder = common().tls_certs_only([]);
    #[cfg(not(feature = "rustls"))]
    let builder = common();
    builder.no_proxy().dns_resolver(Arc::new(OnlyLocal))
}

type BoxError = Box<dyn error::Error + Send + Sync>;

/// Resolves names to public addresses only.
struct Guarded {
    /// The proxies that the user set: they may well be in a private network.
    proxies: Vec<String>,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let is_proxy = self.proxies.iter().any(|proxy| proxy == name.as_str());
        Box::pin(async move {
            let found = look_up(name.as_str()).await?;
            if is_proxy {
                return Ok(Box::new(found.into_iter()) as Addrs);
            }
            only_allowed(name.as_str(), found, false)
        })
    }
}

/// Resolves `localhost` to this machine only.
struct OnlyLocal;

impl Resolve for OnlyLocal {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let mut found = look_up(name.as_str()).await?;
            found.retain(|address| address.ip().to_canonical().is_loopback());
            only_allowed(name.as_str(), found, true)
        })
    }
}

async fn look_up(name: &str) -> Result<Vec<SocketAddr>, BoxError> {
    Ok(tokio::net::lookup_host((name, 0)).await?.collect())
}

/// The addresses that may be connected to; a refusal if there are only others.
fn only_allowed(name: &str, found: Vec<SocketAddr>, local: bool) -> Result<Addrs, BoxError> {
    let (mut allowed, mut refused) = (Vec::new(), None::<Refusal>);
    for address in found {
        match check_resolved(name, address.ip(), local) {
            Ok(()) => allowed.push(address),
            Err(refusal) => refused = Some(refusal),
        }
    }
    match refused {
        Some(refusal) if allowed.is_empty() => Err(refusal.into()),
        _ => Ok(Box::new(allowed.into_iter())),
    }
}

/// The hosts of the proxies that the environment names.
fn proxies() -> Vec<String> {
    ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
        .iter()
        .filter_map(|name| proxy_host(&env::var(name).ok()?))
        .collect()
}

fn proxy_host(setting: &str) -> Option<String> {
    let with_scheme =
        if setting.contains("://") { setting.to_owned() } else { format!("http://{setting}") };
    Some(Url::parse(&with_scheme).ok()?.host_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|text| SocketAddr::new(text.parse().unwrap(), 0)).collect()
    }

    #[test]
    fn private_addresses_of_a_name_are_left_out() {
        let found = addresses(&["10.0.0.1", "93.184.215.14"]);
        let allowed: Vec<_> = only_allowed("cdn.example", found, false).unwrap().collect();
        assert_eq!(allowed, addresses(&["93.184.215.14"]));
    }

    #[test]
    fn a_name_with_only_private_addresses_is_refused() {
        for address in ["10.0.0.1", "127.0.0.1", "169.254.169.254"] {
            assert!(
                only_allowed("cdn.example", addresses(&[address]), false).is_err(),
                "{address}"
            );
        }
    }

    #[test]
    fn proxies_are_named_with_or_without_scheme() {
        for (setting, host) in [
            ("http://proxy.corp:3128", Some("proxy.corp")),
            ("proxy.corp:3128", Some("proxy.corp")),
            ("http://u:p@proxy.corp", Some("proxy.corp")),
            ("", None),
        ] {
            assert_eq!(proxy_host(setting).as_deref(), host, "{setting}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_is_refused_when_it_is_resolved() {
        let url = Url::parse("http://localhost:1/").unwrap();
        let client = local().dns_resolver(Arc::new(Guarded { proxies: Vec::new() }));
        let error = client.build().unwrap().get(url).send().await.unwrap_err();
        let refusal = super::super::transfer::refusal(&error);
        assert_eq!(refusal, Some(Refusal::Loopback), "{error:?}");
    }
}
