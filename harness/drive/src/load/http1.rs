//! One call after another on an HTTP/1.1 connection.

use std::time::Instant;

use pincer_core::frame::{Kind, Message, Scanner};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::shared::{Lost, Shared};
use crate::http::IDLE;
use crate::raw::Wire;

/// A connection, while there is one.
#[derive(Default)]
pub(super) struct Line(Option<Open>);

/// A connection, and how its answers ended.
struct Open {
    stream: Box<dyn Wire>,
    scanner: Scanner,
    /// When its last answer was read.
    last: Instant,
}

impl Line {
    /// Makes the call, on the previous connection if it is still open.
    pub(super) async fn call(&mut self, shared: &Shared) -> Result<Message, Lost> {
        let mut open = match self.0.take().filter(|open| open.last.elapsed() < IDLE) {
            Some(open) => open,
            None => Open::new(shared).await?,
        };
        let answer = open.exchange(&shared.shot.bytes).await.ok_or(Lost::Unanswered)?;
        self.0 = (!answer.closes).then_some(open);
        Ok(answer)
    }
}

impl Open {
    async fn new(shared: &Shared) -> Result<Self, Lost> {
        let kind = if shared.shot.head { Kind::Bodiless } else { Kind::Answers };
        Ok(Self { stream: shared.connect(None).await?, scanner: Scanner::new(kind), last: Instant::now() })
    }

    /// Writes a request and reads its answer to the end; none if there is none, or if more came than was asked for.
    async fn exchange(&mut self, request: &[u8]) -> Option<Message> {
        if !self.scanner.is_idle() {
            return None;
        }
        self.stream.write_all(request).await.ok()?;
        self.stream.flush().await.ok()?;
        loop {
            match self.stream.read(self.scanner.room()).await {
                Ok(count @ 1..) => self.scanner.filled(count),
                _ => return self.scanner.closed(),
            }
            if let Some(answer) = self.scanner.next(|_| {}).ok()? {
                self.last = Instant::now();
                return Some(answer);
            }
        }
    }
}
