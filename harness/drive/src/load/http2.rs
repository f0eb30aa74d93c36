//! Calls as streams of an HTTP/2 connection, by the h2 library.

use std::sync::Arc;

use bytes::Bytes;
use h2::client::{Builder, SendRequest};
use http::Request;
use http::header::RETRY_AFTER;
use pincer_core::frame::Message;
use tokio::sync::Mutex;

use super::shared::{Lost, Shared};
use crate::tls::H2;

/// How often to make a call that the target did not process: connections end, but not every time.
const TRIES: usize = 2;

/// One stream after another on a shared connection.
#[derive(Clone)]
pub(super) struct Line {
    request: Arc<Request<Bytes>>,
    /// The connection, while there is one.
    trunk: Arc<Mutex<Option<SendRequest<Bytes>>>>,
}

impl Line {
    pub(super) fn new(request: Arc<Request<Bytes>>) -> Self {
        Self { request, trunk: Arc::default() }
    }

    /// Makes the call; repeats it on another connection if the target ended this one without processing it (RFC 9113
    /// section 6.8).
    pub(super) async fn call(&self, shared: &Shared) -> Result<Message, Lost> {
        for _ in 0..TRIES {
            match exchange(self.sender(shared).await?, &self.request).await {
                Err(error) if error.is_go_away() && error.is_remote() => {}
                answer => return answer.map_err(|_| Lost::Unanswered),
            }
        }
        Err(Lost::Unanswered)
    }

    /// The connection, opened if none accepts calls; other streams wait meanwhile.
    async fn sender(&self, shared: &Shared) -> Result<SendRequest<Bytes>, Lost> {
        let mut trunk = self.trunk.lock().await;
        if let Some(open) = trunk.take()
            && let Ok(open) = open.ready().await
        {
            return Ok(trunk.insert(open).clone());
        }
        let stream = shared.connect(Some(H2)).await?;
        let (open, connection) =
            Builder::new().enable_push(false).handshake(stream).await.map_err(|_| Lost::Untaken)?;
        // It ends with the connection; each call reports its own result.
        tokio::spawn(connection);
        Ok(trunk.insert(open).clone())
    }
}

/// Sends a request and reads its answer to the end.
async fn exchange(mut sender: SendRequest<Bytes>, request: &Request<Bytes>) -> Result<Message, h2::Error> {
    let (head, body) = request.clone().into_parts();
    let (answer, mut to) = sender.send_request(Request::from_parts(head, ()), body.is_empty())?;
    if !body.is_empty() {
        to.send_data(body, true)?;
    }
    let mut answer = answer.await?;
    while let Some(chunk) = answer.body_mut().data().await {
        let length = chunk?.len();
        answer.body_mut().flow_control().release_capacity(length)?;
    }
    let retry_after = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    Ok(Message { status: answer.status().as_u16(), closes: false, retry_after })
}
