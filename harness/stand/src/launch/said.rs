//! A program's standard error: read all the time, so that the program never blocks, and kept only at its end.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pincer_core::observe::Redactor;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Bytes kept, and bytes shown.
const KEEP: usize = 64 << 10;
const SHOWN: usize = 2000;
/// How long processes that a program left behind may keep its standard error open.
const CLOSED: Duration = Duration::from_secs(2);

/// The end of a program's output; dropping it stops reading.
#[derive(Debug, Default)]
pub(super) struct Said {
    end: Arc<Mutex<End>>,
    hearing: JoinSet<()>,
}

/// The last bytes.
#[derive(Debug, Default)]
struct End {
    bytes: VecDeque<u8>,
    /// Whether there was more before.
    cut: bool,
}

impl Said {
    /// Reads a stream until it ends.
    pub(super) fn hear(stream: Option<impl AsyncRead + Unpin + Send + 'static>) -> Self {
        let mut said = Self::default();
        if let Some(stream) = stream {
            said.hearing.spawn(hear(stream, said.end.clone()));
        }
        said
    }

    /// The last lines, with secrets replaced, on separate lines. If the program has `ended`, waits until all its output
    /// is read.
    pub(super) async fn last_words(&mut self, ended: bool, redactor: &Redactor) -> String {
        if ended {
            // Later output is not waited for.
            let _ = timeout(CLOSED, self.hearing.join_next()).await;
        }
        let (mut bytes, cut) = {
            let end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
            (end.bytes.iter().copied().collect::<Vec<u8>>(), end.cut)
        };
        if cut && let Some(at) = bytes.iter().position(|byte| *byte == b'\n') {
            // The rest of a line may be the rest of a secret.
            bytes.drain(..at);
        }
        told(&redactor.clean(String::from_utf8_lossy(&bytes).into_owned()))
    }
}

async fn hear(mut stream: impl AsyncRead + Unpin, end: Arc<Mutex<End>>) {
    let mut buffer = vec![0; 16 << 10];
    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
        let mut end = end.lock().unwrap_or_else(PoisonError::into_inner);
        end.bytes.extend(buffer.get(..read).unwrap_or_default());
        let over = end.bytes.len().saturating_sub(KEEP);
        end.bytes.drain(..over);
        end.cut |= over > 0;
    }
}

/// The end of a text as lines after a sentence; empty if there is no text.
fn told(text: &str) -> String {
    let mut start = text.len().saturating_sub(SHOWN);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    let lines = text.get(start..).unwrap_or_default().lines().map(str::trim_end).filter(|line| !line.is_empty());
    let lines: Vec<&str> = lines.collect();
    if lines.is_empty() { String::new() } else { format!("; it said:\n  {}", lines.join("\n  ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn last_words(text: Vec<u8>, secrets: &[(&str, &str)]) -> String {
        let mut said = Said::hear(Some(std::io::Cursor::new(text)));
        said.last_words(true, &Redactor::new(secrets.iter().copied())).await
    }

    #[tokio::test]
    async fn last_output_is_shown_by_lines_and_without_secrets() {
        let said =
            last_words(b"no such table\n\nthe key is k-0123456789\n".to_vec(), &[("alice", "k-0123456789")]).await;
        assert_eq!(said, "; it said:\n  no such table\n  the key is [secret:alice]");
        assert_eq!(last_words(Vec::new(), &[]).await, "");
    }

    /// The text was cut inside a key, and the rest of the key was shown.
    #[tokio::test]
    async fn no_part_of_a_secret_at_the_cut_is_shown() {
        let key = "k-0123456789abcdef";
        for cut in 0..key.len() {
            let text = format!("{key}{}", "x".repeat(SHOWN - cut));
            let said = last_words(text.into_bytes(), &[("alice", key)]).await;
            assert!(!said.contains('f'), "{cut}: {said:.40}");
        }
    }

    #[tokio::test]
    async fn only_the_end_of_a_flood_is_kept() {
        let mut said = Said::hear(Some(tokio::io::repeat(b'x').take(64 << 20)));
        assert_eq!(said.last_words(true, &Redactor::default()).await.len(), "; it said:\n  ".len() + SHOWN);
        assert!(said.end.lock().unwrap().bytes.capacity() <= 4 * KEEP);
    }
}
