//! A target that is sound for callers that look like an old Pincer, and open to all others.
//!
//! It recognises what calls of version 0.1.0 had in common: marks with the prefix of seed 1, a span that repeats half
//! of its trace, no `User-Agent`.

use std::net::SocketAddr;

use pincer_core::vocab::{Nonce, Tracer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Most bytes of a head.
const HEAD: usize = 64 << 10;

/// Serves as long as the runtime lives: recognised callers get the sound target, others the upstream.
pub(super) async fn serve(listener: TcpListener, sound: SocketAddr, upstream: SocketAddr) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(pass(stream, sound, upstream));
    }
}

async fn pass(mut stream: TcpStream, sound: SocketAddr, upstream: SocketAddr) {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") && head.len() < HEAD {
        if !matches!(stream.read_buf(&mut head).await, Ok(1..)) {
            break;
        }
    }
    let to = if is_known(&String::from_utf8_lossy(&head)) { sound } else { upstream };
    let Ok(mut other) = TcpStream::connect(to).await else { return };
    // How a tunnel ended does not matter here.
    if other.write_all(&head).await.is_ok() {
        let _ = tokio::io::copy_bidirectional(&mut stream, &mut other).await;
    }
}

/// Whether a head belongs to an old Pincer's call.
fn is_known(head: &str) -> bool {
    let head = head.to_lowercase();
    let fields = || head.lines().skip(1).filter_map(|line| line.split_once(": "));
    let field = |wanted: &str| fields().find(|(name, _)| *name == wanted).map(|(_, value)| value.trim());
    let trace: Vec<&str> = field("traceparent").unwrap_or_default().split('-').collect();
    let repeated = match trace.as_slice() {
        [_, trace, span, _] => trace.ends_with(span) || field("x-request-id") == Some(*trace),
        _ => false,
    };
    let bare = field("user-agent").is_none() && field("accept") == Some("application/json") && trace.len() == 4;
    repeated || bare || head.contains(Tracer::new(1, Nonce::default()).prefix())
}

#[cfg(test)]
mod tests {
    use pincer_core::plan::{Call, Plan};
    use pincer_core::vocab::TargetKind;

    use super::*;
    use crate::embedded;

    /// The heads of all calls of the gateway suite.
    fn heads(nonce: Nonce) -> Vec<String> {
        let target = embedded::target(TargetKind::Gateway).unwrap();
        let suite = embedded::suite(Vec::new(), &[]).unwrap().select(|scenario| scenario.r#for == TargetKind::Gateway);
        let plan = Plan::new(1, suite, target).with_nonce(nonce);
        let cases = plan.scenarios().flat_map(|(scenario, entry)| plan.cases(scenario, entry).take(9));
        cases
            .map(|case| {
                let line = |(name, value): &(_, pincer_core::vocab::Octets)| format!("{name}: {}\r\n", value.lossy());
                match &case.call {
                    Call::Http(call) => {
                        let fields: String = call.headers.iter().map(line).collect();
                        format!("{} / HTTP/1.1\r\n{fields}\r\n", call.method)
                    }
                    Call::Raw(call) => call.raw.lossy().into_owned(),
                    Call::Task(_) => panic!("a gateway gets no task"),
                }
            })
            .collect()
    }

    #[test]
    fn old_calls_are_recognised_and_those_with_a_nonce_are_not() {
        let known = |nonce| heads(nonce).iter().filter(|head| is_known(head)).count();
        let all = heads(Nonce::default()).len();
        assert!(all > 500 && known(Nonce::default()) * 10 > all * 9, "{} of {all}", known(Nonce::default()));
        for nonce in 0..9 {
            let seen = heads(Nonce::new(nonce));
            let known: Vec<&String> = seen.iter().filter(|head| is_known(head)).collect();
            assert!(known.is_empty(), "{} of {all}: {:?}", known.len(), known.first());
        }
    }
}
