//! Parameters in headers and cookies: what a request contains, and what is passed on.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use percent_encoding::percent_decode_str;

use super::{Operation, Place};
use crate::problem::Refusal;

/// Headers that cannot be parameters, because they have a meaning of their own.
pub(super) const RESERVED: [&str; 12] = [
    "accept",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "traceparent",
    "transfer-encoding",
    "x-api-key",
    "x-subject",
    "x-tenant",
];

const REFUSAL: Refusal = Refusal::new(StatusCode::BAD_REQUEST, "header");

impl Operation {
    /// The declared parameters in a request's headers: place, name and text. Refused if one is not text.
    pub(super) fn said(&self, headers: &HeaderMap) -> Result<Vec<(Place, String, String)>, Refusal> {
        let mut said = Vec::new();
        for name in self.names(Place::Header) {
            for value in headers.get_all(name) {
                let text = str::from_utf8(value.as_bytes()).map_err(|_| REFUSAL)?;
                said.push((Place::Header, name.to_owned(), text.to_owned()));
            }
        }
        for (name, value) in self.cookies(headers)? {
            let text = percent_decode_str(&value).decode_utf8().map_err(|_| REFUSAL)?.into_owned();
            said.push((Place::Cookie, name, text));
        }
        Ok(said)
    }

    /// The headers that carry declared parameters to the upstream. Other headers and cookies are not passed on.
    pub(crate) fn carried(&self, headers: &HeaderMap) -> Vec<(HeaderName, HeaderValue)> {
        let mut carried = Vec::new();
        for name in self.names(Place::Header).filter_map(|name| HeaderName::from_bytes(name.as_bytes()).ok()) {
            carried.extend(headers.get_all(&name).iter().map(|value| (name.clone(), value.clone())));
        }
        let cookies: Vec<String> =
            self.cookies(headers).into_iter().flatten().map(|(name, value)| format!("{name}={value}")).collect();
        if let (false, Ok(value)) = (cookies.is_empty(), HeaderValue::from_str(&cookies.join("; "))) {
            carried.push((header::COOKIE, value));
        }
        carried
    }

    fn names(&self, place: Place) -> impl Iterator<Item = &str> {
        self.parameters.iter().filter(move |parameter| parameter.place == place).map(|parameter| &*parameter.name)
    }

    /// The declared cookies of a request, unchanged.
    fn cookies(&self, headers: &HeaderMap) -> Result<Vec<(String, String)>, Refusal> {
        let mut cookies = Vec::new();
        for line in headers.get_all(header::COOKIE) {
            let line = str::from_utf8(line.as_bytes()).map_err(|_| REFUSAL)?;
            let pairs = line.split(';').filter_map(|pair| pair.trim().split_once('='));
            let known = pairs.filter(|(name, _)| self.names(Place::Cookie).any(|known| known == *name));
            cookies.extend(known.map(|(name, value)| (name.to_owned(), value.to_owned())));
        }
        Ok(cookies)
    }
}
