//! Where a download may go. Pure.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use crate::settings::is_loopback;

/// Why a link is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("is not https")]
    NotHttps,
    #[error("carries a user name or a password")]
    UserInfo,
    #[error("leads to this machine")]
    Loopback,
    #[error("leads into a private network")]
    Private,
    #[error("names no host")]
    NoHost,
}

/// Checks one link before it is followed. Names are checked again when they are resolved.
pub(crate) fn check(url: &Url, allow_loopback: bool) -> Result<(), Refusal> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refusal::UserInfo);
    }
    let local = is_loopback(url);
    match url.scheme() {
        "https" => {}
        "http" if local => {}
        _ => return Err(Refusal::NotHttps),
    }
    if local {
        return if allow_loopback { Ok(()) } else { Err(Refusal::Loopback) };
    }
    match url.host() {
        None => Err(Refusal::NoHost),
        Some(Host::Domain(_)) => Ok(()),
        Some(Host::Ipv4(address)) => public(address.into()),
        Some(Host::Ipv6(address)) => public(address.into()),
    }
}

/// Checks a redirect: what holds for a link, and that no link from outside leads to this machine.
pub(crate) fn check_hop(from: &Url, to: &Url, allow_loopback: bool) -> Result<(), Refusal> {
    if from.scheme() == "https" && to.scheme() != "https" {
        return Err(Refusal::NotHttps);
    }
    check(to, allow_loopback && is_loopback(from))
}

/// Checks an address that a name resolved to.
pub(super) fn check_resolved(name: &str, ip: IpAddr, allow_loopback: bool) -> Result<(), Refusal> {
    let ip = ip.to_canonical();
    if !ip.is_loopback() {
        return public(ip);
    }
    if allow_loopback && name.eq_ignore_ascii_case("localhost") {
        Ok(())
    } else {
        Err(Refusal::Loopback)
    }
}

/// Whether an address is one of the public internet.
fn public(ip: IpAddr) -> Result<(), Refusal> {
    let reachable = match ip.to_canonical() {
        IpAddr::V4(ip) => public_v4(ip),
        IpAddr::V6(ip) => public_v6(ip),
    };
    if reachable { Ok(()) } else { Err(Refusal::Private) }
}

/// Ranges by <https://www.iana.org/assignments/iana-ipv4-special-registry> (2026-11-20), and the
/// one public address under which a cloud serves its metadata.
fn public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = match (a, b, c) {
        (0 | 10 | 127 | 224.., _, _) => true,
        (100, 64..=127, _) | (198, 18 | 19, _) => true,
        (192, 0, 0) => true,
        _ => ip.is_private() || ip.is_link_local() || ip.is_documentation(),
    };
    !special && ip != Ipv4Addr::new(168, 63, 129, 16)
}

/// Global unicast only; where an IPv4 address is wrapped, that one counts.
fn public_v6(ip: Ipv6Addr) -> bool {
    let v4 = |high: u16, low: u16| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
    match ip.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => public_v4(v4(high, low)),
        [0x2002, high, low, ..] => public_v4(v4(high, low)),
        [0x2001, 0..=0x1ff | 0xdb8, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn links_lead_to_the_public_internet_by_https() {
        use Refusal as R;
        for (link, expected) in [
            ("https://cdn.example/a.mp4?sig=1", Ok(())),
            ("https://8.8.8.8/a", Ok(())),
            ("https://[2606:4700::1111]/a", Ok(())),
            ("http://cdn.example/a.mp4", Err(R::NotHttps)),
            ("ftp://cdn.example/a.mp4", Err(R::NotHttps)),
            ("file:///etc/passwd", Err(R::NotHttps)),
            ("data:video/mp4;base64,AA", Err(R::NotHttps)),
            ("https://u:p@cdn.example/a", Err(R::UserInfo)),
            ("https://127.0.0.1/a", Err(R::Loopback)),
            ("http://127.0.0.1/a", Err(R::Loopback)),
            ("https://localhost/a", Err(R::Loopback)),
            ("https://2130706433/a", Err(R::Loopback)),
            ("https://0x7f.1/a", Err(R::Loopback)),
            ("https://[::1]/a", Err(R::Loopback)),
            ("https://[::ffff:127.0.0.1]/a", Err(R::Loopback)),
            ("https://169.254.169.254/latest", Err(R::Private)),
            ("https://[::ffff:169.254.169.254]/a", Err(R::Private)),
            ("https://[64:ff9b::a9fe:a9fe]/a", Err(R::Private)),
            ("https://[2002:a00:1::]/a", Err(R::Private)),
            ("https://100.100.100.200/a", Err(R::Private)),
            ("https://168.63.129.16/a", Err(R::Private)),
            ("https://10.0.0.1/a", Err(R::Private)),
            ("https://172.16.0.1/a", Err(R::Private)),
            ("https://192.168.1.1/a", Err(R::Private)),
            ("https://0.0.0.0/a", Err(R::Private)),
            ("https://255.255.255.255/a", Err(R::Private)),
            ("https://[::]/a", Err(R::Private)),
            ("https://[fe80::1]/a", Err(R::Private)),
            ("https://[fd00:ec2::254]/a", Err(R::Private)),
            ("https://[ff02::1]/a", Err(R::Private)),
        ] {
            assert_eq!(check(&url(link), false), expected, "{link}");
        }
    }

    #[test]
    fn allowing_this_machine_allows_nothing_else() {
        for (link, expected) in [
            ("http://127.0.0.1:9/a", Ok(())),
            ("http://localhost:9/a", Ok(())),
            ("https://cdn.example/a", Ok(())),
            ("http://cdn.example/a", Err(Refusal::NotHttps)),
            ("https://10.0.0.1/a", Err(Refusal::Private)),
        ] {
            assert_eq!(check(&url(link), true), expected, "{link}");
        }
    }

    #[test]
    fn redirects_never_lead_from_outside_to_this_machine_nor_away_from_https() {
        for (from, to, expected) in [
            ("https://a.example/", "https://b.example/", Ok(())),
            ("https://a.example/", "http://a.example/", Err(Refusal::NotHttps)),
            ("https://a.example/", "https://127.0.0.1/", Err(Refusal::Loopback)),
            ("https://a.example/", "http://127.0.0.1/", Err(Refusal::NotHttps)),
            ("http://127.0.0.1:1/", "http://127.0.0.1:2/", Ok(())),
            ("http://127.0.0.1:1/", "https://169.254.169.254/", Err(Refusal::Private)),
        ] {
            assert_eq!(check_hop(&url(from), &url(to), true), expected, "{from} {to}");
        }
    }

    #[test]
    fn names_must_resolve_to_public_addresses() {
        for (name, ip, allow, expected) in [
            ("cdn.example", "93.184.215.14", false, Ok(())),
            ("cdn.example", "10.1.2.3", false, Err(Refusal::Private)),
            ("cdn.example", "127.0.0.1", true, Err(Refusal::Loopback)),
            ("cdn.example", "::ffff:127.0.0.1", true, Err(Refusal::Loopback)),
            ("localhost", "127.0.0.1", true, Ok(())),
            ("localhost", "127.0.0.1", false, Err(Refusal::Loopback)),
        ] {
            assert_eq!(check_resolved(name, ip.parse().unwrap(), allow), expected, "{name} {ip}");
        }
    }
}
