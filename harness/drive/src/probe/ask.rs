//! Sends one hello on a new connection and returns the answer, whatever it is.

use std::net::SocketAddr;
use std::time::Duration;

use pincer_core::observe::tls::Answer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::hello::{Hello, Randoms};
use super::read::{End, Reader};

/// Sends one hello and reads until the answer is certain, at most until the deadline. The caller must have checked the
/// address with the [`crate::Fence`].
pub(super) async fn ask(address: SocketAddr, hello: &Hello, randoms: &Randoms, deadline: Duration) -> Answer {
    let Ok(record) = hello.record(randoms) else {
        return Answer::Unsendable;
    };
    let mut reader = None;
    let answer = timeout(deadline, exchange(address, &record, &mut reader)).await;
    answer.unwrap_or_else(|_| reader.map_or(Answer::Unreachable, |reader| reader.end(End::Silent)))
}

/// The reader exists once there is a connection; what it has read outlives the deadline.
async fn exchange(address: SocketAddr, record: &[u8], reader: &mut Option<Reader>) -> Answer {
    let Ok(mut stream) = TcpStream::connect(address).await else {
        return Answer::Unreachable;
    };
    let reader = reader.insert(Reader::default());
    // If the server reads no more, its answer or its silence says so.
    let _ = stream.write_all(record).await;
    let mut piece = Vec::with_capacity(PIECE);
    loop {
        piece.clear();
        match stream.read_buf(&mut piece).await {
            Ok(0) => return reader.end(End::Closed),
            Ok(_) => {
                if let Some(answer) = reader.feed(&piece) {
                    return answer;
                }
            }
            Err(_) => return reader.end(End::Reset),
        }
    }
}

/// Bytes read at once: a server's first messages are a few such pieces.
const PIECE: usize = 4096;
