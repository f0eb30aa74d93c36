//! Checks whether a target is reachable, before a run and within the fence.

use std::net::SocketAddr;

use pincer_core::plan::Client as Look;
use reqwest::{Client, Url};

use crate::{DriveError, Fence, fence, http};

/// The connection to a target that may not be there yet.
#[derive(Debug)]
pub struct Reach {
    base: Url,
    host: String,
    addresses: Vec<SocketAddr>,
    /// The client for the address that accepted a connection.
    client: Option<(SocketAddr, Client)>,
}

impl Reach {
    /// Prepares connections to `url`; fails before sending anything if the fence forbids it.
    pub async fn new(url: &str, fence: &Fence) -> Result<Self, DriveError> {
        let wrong = || DriveError::Url(url.to_owned());
        let base = Url::parse(url).map_err(|_| wrong())?;
        let host = base.host_str().ok_or_else(wrong)?.to_owned();
        let port = base.port_or_known_default().ok_or_else(wrong)?;
        let addresses = fence.addresses(&host, port).await?;
        Ok(Self { base, host, addresses, client: None })
    }

    /// The first of its addresses that accepts a connection, if any.
    pub async fn connects(&self) -> Option<SocketAddr> {
        fence::reached(&self.addresses).await
    }

    /// The status of a GET of `path` with these headers; none without an answer.
    pub async fn status(&mut self, path: &str, headers: &[(String, String)]) -> Option<u16> {
        let address = self.connects().await?;
        let client = match &self.client {
            Some((known, client)) if *known == address => client.clone(),
            _ => http::client(&self.host, address, Look::plain()).ok()?,
        };
        self.client = Some((address, client.clone()));
        let url = self.base.join(path).ok().filter(|url| url.origin() == self.base.origin())?;
        let request = headers.iter().fold(client.get(url), |request, (name, value)| request.header(name, value));
        Some(request.send().await.ok()?.status().as_u16())
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn status_of_a_call_with_a_key_is_returned() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/api", listener.local_addr().unwrap());
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") && stream.read_buf(&mut head).await.is_ok_and(|read| read > 0) {}
                let head = String::from_utf8(head).unwrap();
                let known = head.starts_with("GET /health HTTP/1.1\r\n") && head.contains("x-api-key: k-1\r\n");
                let status = if known { "204 No Content" } else { "401 Unauthorized" };
                let _ = stream.write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").as_bytes()).await;
            }
        });
        let mut reach = Reach::new(&url, &Fence::default()).await.unwrap();
        assert_eq!(reach.status("/health", &[("x-api-key".to_owned(), "k-1".to_owned())]).await, Some(204));
        assert_eq!(reach.status("/health", &[]).await, Some(401));
        assert_eq!(reach.status("http://127.0.0.2:9/", &[]).await, None, "another origin is not asked");
    }

    #[tokio::test]
    async fn absent_target_gives_no_status() {
        let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut reach = Reach::new(&format!("http://{gone}"), &Fence::default()).await.unwrap();
        assert_eq!(reach.connects().await, None);
        assert_eq!(reach.status("/", &[]).await, None);
    }

    #[tokio::test]
    async fn forbidden_address_is_not_called() {
        assert!(matches!(Reach::new("http://192.0.2.7/", &Fence::default()).await, Err(DriveError::Forbidden(_))));
    }
}
