//! An upstream that is never the bottleneck: it answers every request with the same bytes, counts arrivals, and keeps
//! the heads of a few.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use pincer_core::frame::{Kind, Scanner};
use pincer_core::vocab::Octets;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

/// Bytes kept of an arrival's head.
const KEEP: usize = 16 * 1024;

/// Counts arrivals on its own threads; dropping it ends them and all its connections.
#[derive(Debug)]
pub struct Sink {
    address: SocketAddr,
    seen: Arc<Seen>,
    stop: watch::Sender<bool>,
    threads: Vec<std::thread::JoinHandle<()>>,
}

/// What arrived.
#[derive(Debug, Default)]
struct Seen {
    arrivals: AtomicU64,
    samples: Mutex<Vec<Octets>>,
}

impl Sink {
    /// Answers on `listener` with a success and this JSON, on `workers` threads.
    pub fn open(listener: TcpListener, body: &str, workers: usize) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ";
        let answer: Arc<[u8]> = Arc::from(format!("{head}{}\r\n\r\n{body}", body.len()).into_bytes());
        let seen = Arc::new(Seen::default());
        let (stop, stopped) = watch::channel(false);
        let mut sink = Self { address, seen: seen.clone(), stop, threads: Vec::new() };
        let mut to_workers = Vec::new();
        for _ in 0..workers.max(1) {
            let (to_worker, connections) = mpsc::unbounded_channel();
            let (seen, answer, stopped) = (seen.clone(), answer.clone(), stopped.clone());
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            sink.threads
                .push(std::thread::spawn(move || runtime.block_on(until(stopped, work(connections, seen, answer)))));
            to_workers.push(to_worker);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        sink.threads.push(std::thread::spawn(move || runtime.block_on(until(stopped, accept(listener, to_workers)))));
        Ok(sink)
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The number of complete requests.
    pub fn arrivals(&self) -> u64 {
        self.seen.arrivals.load(Ordering::Acquire)
    }

    /// The heads of the first, second, fourth, eighth… arrival.
    pub fn samples(&self) -> Vec<Octets> {
        self.seen.samples.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        for thread in self.threads.drain(..) {
            // A thread that panicked has ended too.
            let _ = thread.join();
        }
    }
}

async fn until(mut stopped: watch::Receiver<bool>, work: impl Future<Output = ()>) {
    tokio::select! {
        _ = stopped.wait_for(|stopped| *stopped) => {}
        () = work => {}
    }
}

/// Distributes connections to the workers in turn.
async fn accept(listener: TcpListener, workers: Vec<mpsc::UnboundedSender<std::net::TcpStream>>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    for worker in workers.iter().cycle() {
        // What cannot be accepted now may be later.
        let Ok((stream, _)) = listener.accept().await else { continue };
        let sent = stream.into_std().map(|stream| worker.send(stream));
        if !matches!(sent, Ok(Ok(()))) {
            return;
        }
    }
}

async fn work(mut incoming: mpsc::UnboundedReceiver<std::net::TcpStream>, seen: Arc<Seen>, answer: Arc<[u8]>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            stream = incoming.recv() => match stream.map(TcpStream::from_std) {
                Some(Ok(stream)) => drop(connections.spawn(serve(stream, seen.clone(), answer.clone()))),
                Some(Err(_)) => {}
                None => return,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(mut stream: TcpStream, seen: Arc<Seen>, answer: Arc<[u8]>) {
    let _ = stream.set_nodelay(true);
    let mut scanner = Scanner::new(Kind::Requests);
    while let Ok(count @ 1..) = stream.read(scanner.room()).await {
        scanner.filled(count);
        let mut head = None;
        loop {
            let next = seen.arrivals.load(Ordering::Relaxed) + 1;
            let look = |bytes: &[u8]| {
                head = next.is_power_of_two().then(|| Octets(bytes.iter().take(KEEP).copied().collect()));
            };
            match scanner.next(look) {
                Ok(Some(request)) => {
                    seen.count(head.take());
                    if stream.write_all(&answer).await.is_err() || request.closes {
                        return;
                    }
                }
                Ok(None) => break,
                Err(_) => return,
            }
        }
    }
}

impl Seen {
    fn count(&self, head: Option<Octets>) {
        let number = self.arrivals.fetch_add(1, Ordering::AcqRel) + 1;
        if let Some(head) = head.filter(|_| number.is_power_of_two()) {
            self.samples.lock().unwrap_or_else(PoisonError::into_inner).push(head);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use super::*;

    #[test]
    fn arrivals_are_counted_and_sampled() {
        let sink = Sink::open(crate::bind("ledger", ([127, 0, 0, 1], 0).into()).unwrap(), "{}", 2).unwrap();
        for round in 1..=3_u64 {
            let mut stream = std::net::TcpStream::connect(sink.address()).unwrap();
            for _ in 0..3 {
                stream.write_all(b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nhi").unwrap();
                let mut answer = [0; 72];
                stream.read_exact(&mut answer).unwrap();
                assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n") && answer.ends_with(b"\r\n\r\n{}"));
            }
            assert_eq!(sink.arrivals(), 3 * round);
        }
        let samples = sink.samples();
        assert_eq!(samples.len(), 4, "the 1st, 2nd, 4th and 8th");
        assert!(samples.iter().all(|head| head.lossy() == "POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n"));
    }

    #[test]
    fn sink_ends_with_its_connections() {
        let sink = Sink::open(crate::bind("ledger", ([127, 0, 0, 1], 0).into()).unwrap(), "{}", 1).unwrap();
        let mut stream = std::net::TcpStream::connect(sink.address()).unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        let mut answer = [0; 72];
        stream.read_exact(&mut answer).unwrap();
        drop(sink);
        assert!(matches!(stream.read(&mut answer), Ok(0) | Err(_)));
    }
}
