//! Origins (RFC 6454): where a credential may go, and where a redirect leads.

use http::uri::{Authority, Scheme};
use http::{HeaderMap, Uri, header};

/// Scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    tls: bool,
    host: String,
    port: u16,
}

impl Origin {
    /// The origin of an address. None if the address is not HTTP or contains user information.
    pub(super) fn of(address: &Uri) -> Option<Self> {
        let tls = match address.scheme_str()? {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let authority = address.authority().filter(|authority| !authority.as_str().contains('@'))?;
        let port = port(authority, if tls { 443 } else { 80 })?;
        Some(Self { tls, host: authority.host().to_ascii_lowercase(), port })
    }
}

/// The port of an authority; none if it is invalid.
fn port(authority: &Authority, default: u16) -> Option<u16> {
    match authority.as_str().strip_prefix(authority.host()) {
        Some("" | ":") => Some(default),
        _ => authority.port_u16(),
    }
}

/// Where an answer's `Location` leads, relative to `from`. None unless there is exactly one readable `Location`.
pub(super) fn location(from: &Uri, headers: &HeaderMap) -> Option<Uri> {
    let mut values = headers.get_all(header::LOCATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let text = value.to_str().ok()?;
    let (scheme, authority) = (from.scheme()?, from.authority()?);
    let whole = if text.starts_with("//") {
        format!("{}:{text}", Scheme::as_str(scheme))
    } else if text.starts_with('/') {
        format!("{scheme}://{authority}{text}")
    } else {
        text.to_owned()
    };
    whole.split('#').next()?.parse().ok().filter(|address| Origin::of(address).is_some())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn leads(to: &str) -> Option<bool> {
        let from: Uri = "http://api.test:8080/a/b".parse().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(header::LOCATION, HeaderValue::from_str(to).unwrap());
        Some(Origin::of(&location(&from, &headers)?) == Origin::of(&from))
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for same in ["/c", "http://api.test:8080/c", "HTTP://API.test:8080/", "//api.test:8080/c", "/c#d"] {
            assert_eq!(leads(same), Some(true), "{same}");
        }
        for other in [
            "http://api.test/c",
            "https://api.test:8080/c",
            "http://api.test.evil.test:8080/c",
            "//evil.test/c",
            "http://api.test:80800/c",
        ] {
            assert_ne!(leads(other), Some(true), "{other}");
        }
        for none in ["http://api.test:8080@evil.test/", "http://a@api.test:8080/", "ftp://api.test:8080/", "c", ""] {
            assert_eq!(leads(none), None, "{none}");
        }
    }
}
