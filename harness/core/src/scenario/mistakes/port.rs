//! Ports with two listeners.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::scenario::Target;
use crate::scenario::error::Diagnostic;
use crate::scenario::read::Source;
use crate::scenario::seg::Seg;
use crate::vocab::Template;

/// An address that something listens on, and its keys in the descriptor.
struct Listener {
    path: Vec<Seg>,
    address: SocketAddr,
    /// Whether it is the target's own: those do not conflict with each other.
    target: bool,
}

/// A fault for each address that another listener already has.
pub(super) fn shared(source: &Source, target: &Target) -> Vec<Diagnostic> {
    let mut all = Vec::new();
    let mut own = |url: &Template, keys: &[&str]| {
        if let Some(address) = local(&url.to_string()) {
            let path = keys.iter().map(|key| Seg::from(*key)).collect();
            all.push(Listener { path, address, target: true });
        }
    };
    own(&target.url, &["url"]);
    if let Some(tls) = &target.tls {
        own(&tls.url, &["tls", "url"]);
    }
    let mut ours = |address: Option<SocketAddr>, path: Vec<Seg>| {
        if let Some(address) = address.filter(|address| address.port() != 0) {
            all.push(Listener { path, address, target: false });
        }
    };
    for (name, spec) in &target.upstreams {
        ours(spec.listen, vec!["upstreams".into(), name.as_str().into(), "listen".into()]);
    }
    ours(target.idp.as_ref().and_then(|idp| idp.listen), vec!["idp".into(), "listen".into()]);
    ours(target.audit.as_ref().and_then(|audit| audit.post), vec!["audit".into(), "post".into()]);
    let mut faults = Vec::new();
    for (at, listener) in all.iter().enumerate() {
        let earlier = all
            .iter()
            .take(at)
            .find(|other| !(other.target && listener.target) && meet(other.address, listener.address));
        if let Some(other) = earlier {
            let (port, key) = (listener.address.port(), dotted(&other.path));
            let help = if other.target {
                "the target itself listens there: choose another port".to_owned()
            } else {
                "give each its own port".to_owned()
            };
            faults.push(source.fault(&listener.path, format!("`{key}` already uses port {port}"), Some(help)));
        }
    }
    faults
}

/// Whether two listeners would use the same port of the same interface.
fn meet(a: SocketAddr, b: SocketAddr) -> bool {
    let (one, other) = (a.ip().to_canonical(), b.ip().to_canonical());
    a.port() == b.port() && (one == other || one.is_unspecified() || other.is_unspecified())
}

/// The address of a URL of this machine, if it has no placeholder.
fn local(url: &str) -> Option<SocketAddr> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
        _ => (authority, if scheme == "https" { 443 } else { 80 }),
    };
    let address = match host.trim_start_matches('[').trim_end_matches(']') {
        "localhost" => IpAddr::V4(Ipv4Addr::LOCALHOST),
        "::1" => IpAddr::V6(Ipv6Addr::LOCALHOST),
        other => other.parse::<IpAddr>().ok().filter(|address| address.is_loopback() || address.is_unspecified())?,
    };
    Some(SocketAddr::new(address, port))
}

fn dotted(path: &[Seg]) -> String {
    let words = path.iter().map(|seg| match seg {
        Seg::Key(key) => key.clone(),
        Seg::Item(item) => item.to_string(),
    });
    words.collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_of_this_machine_has_an_address() {
        for (url, address) in [
            ("http://127.0.0.1:8080/a", Some("127.0.0.1:8080")),
            ("https://localhost", Some("127.0.0.1:443")),
            ("http://[::1]:81", Some("[::1]:81")),
            ("http://api.example:8080", None),
            ("http://127.0.0.1:${port:http}", None),
        ] {
            assert_eq!(local(url), address.map(|address| address.parse().unwrap()), "{url}");
        }
    }
}
