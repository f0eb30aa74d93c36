//! Translates a request's bytes to HTTP/2.

use bytes::Bytes;
use http::Request;
use reqwest::Url;

/// Fields of a single HTTP/1.1 connection (RFC 9113 section 8.2.2), and the host, which becomes `:authority`.
const LEFT_OUT: [&str; 5] = ["host", "connection", "keep-alive", "proxy-connection", "upgrade"];

/// The request in these HTTP/1.1 bytes; none if it is incomplete or HTTP/2 cannot express it.
pub(crate) fn request(base: &Url, bytes: &[u8]) -> Option<Request<Bytes>> {
    let mut slots = [httparse::EMPTY_HEADER; 256];
    let mut parsed = httparse::Request::new(&mut slots);
    let httparse::Status::Complete(head) = parsed.parse(bytes).ok()? else { return None };
    let headers = || parsed.headers.iter();
    if headers().any(|header| header.name.eq_ignore_ascii_case("transfer-encoding")) {
        return None;
    }
    let host = headers().find(|header| header.name.eq_ignore_ascii_case("host"))?.value;
    let uri = http::Uri::builder().scheme(base.scheme()).authority(host).path_and_query(parsed.path?).build().ok()?;
    let mut request = Request::builder().version(http::Version::HTTP_2).method(parsed.method?).uri(uri);
    for header in headers().filter(|header| !LEFT_OUT.iter().any(|name| header.name.eq_ignore_ascii_case(name))) {
        request = request.header(header.name, header.value);
    }
    request.body(Bytes::copy_from_slice(bytes.get(head..)?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(bytes: &[u8]) -> Option<Request<Bytes>> {
        request(&Url::parse("https://127.0.0.1:1/").unwrap(), bytes)
    }

    #[test]
    fn connection_fields_are_left_out() {
        let request =
            parsed(b"POST /a?b=c HTTP/1.1\r\nHost: x:1\r\nconnection: close\r\nX-A: b\r\nx-a: c\r\ncontent-length: 2\r\n\r\n{}");
        let request = request.unwrap();
        assert_eq!((request.method().as_str(), request.uri().to_string()), ("POST", "https://x:1/a?b=c".to_owned()));
        let headers: Vec<_> = request.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        assert_eq!(headers, [("x-a", &b"b"[..]), ("x-a", b"c"), ("content-length", b"2")]);
        assert_eq!(&request.body()[..], b"{}");
    }

    #[test]
    fn request_that_http_2_cannot_express_is_none() {
        assert!(parsed(b"GET / HTTP/1.1\r\n\r\n").is_none());
        assert!(parsed(b"GET / HTTP/1.1\r\nhost: x").is_none());
        assert!(parsed(b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n").is_none());
    }
}
