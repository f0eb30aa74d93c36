//! Compares the load generator with wrk, oha and h2load, if they are installed: requests per second in a closed loop
//! against the same plain hyper server, in alternation, and the medians. Goals: 0.9 times wrk, 1.1 times oha; in an
//! open loop at half that rate a send error of at most 1 ms at p99; 150,000 requests a second for the counting
//! upstream. The same number of concurrent requests is also measured over HTTP/2 streams, compared with h2load.

#[path = "made/tried.rs"]
mod tried;

use std::convert::Infallible;
use std::error::Error;
use std::io::Write as _;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use pincer_core::plan::Client;
use pincer_core::vocab::{Lane, Nonce, Tracer};
use pincer_drive::{Fence, Load, LoadReport, Protocol, Schedule, Shot, cores};
use pincer_stage::hostile::Hostile;
use pincer_stage::sink::Sink;
use pincer_stage::{Clock, Sensor};
use tokio::net::TcpListener;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

/// Connections of each load.
const CONNECTIONS: usize = 64;
/// Streams per HTTP/2 connection; there are that many times fewer connections.
const STREAMS: usize = 16;

fn main() -> Result<(), Box<dyn Error>> {
    let small = tried::is_tried();
    let (rounds, seconds) = if small { (1, 1) } else { (5, 3) };
    let lasts = Duration::from_secs(seconds);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(cores()).enable_all().build()?;
    let server = runtime.block_on(serve(false))?;
    let sink = Sink::open(pincer_stage::bind("sink", ([127, 0, 0, 1], 0).into())?, "{}", cores())?;
    let mut out = std::io::stdout();
    let mut capacity = 0.0;
    let mock = runtime.block_on(async {
        let mock = MockServer::builder().disable_request_recording().start().await;
        Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_string("{}")).mount(&mock).await;
        mock
    });
    let sensor = Sensor::new(Clock::start(), Lane::default(), Tracer::new(1, Nonce::default()), Arc::new(|_| {}));
    let listener = pincer_stage::bind("stranger", ([127, 0, 0, 1], 0).into())?;
    let entered = runtime.enter();
    let upstream = Hostile::stranger(listener, sensor)?;
    drop(entered);
    let servers = [
        ("a bare hyper server", server),
        ("the counting upstream", sink.address()),
        ("an upstream of Pincer's", upstream.address()),
        ("a server of wiremock", *mock.address()),
    ];
    for (what, address) in servers {
        let url = format!("http://{address}/");
        let shot = runtime.block_on(Shot::get(&url, &[], Client::plain(), &Fence::default()))?;
        let mut rates: [Vec<f64>; 4] = Default::default();
        for _ in 0..rounds {
            let own = ours(&shot, &Load::closed(CONNECTIONS, lasts))?;
            let h2load = h2load(&url, seconds, &["--h1".to_owned(), format!("-c{CONNECTIONS}")]);
            let peers = [own, wrk(&url, seconds), oha(&url, seconds), h2load];
            rates.iter_mut().zip(peers).for_each(|(all, rate)| all.extend(rate));
        }
        let medians: Vec<Option<f64>> = rates.into_iter().map(median).collect();
        let own = medians.first().copied().flatten().unwrap_or_default();
        writeln!(out, "against {what}, {CONNECTIONS} connections, {} cores, {rounds} x {seconds} s:", cores())?;
        for (name, rate) in ["pincer", "wrk", "oha", "h2load"].iter().zip(medians) {
            match rate {
                Some(rate) => {
                    let times = own / rate;
                    writeln!(out, "  {name:<8}{rate:>10.0} requests/s, pincer makes {times:.2} times that")?;
                }
                None => writeln!(out, "  {name:<8} is not there, or failed")?,
            }
        }
        if capacity == 0.0 {
            capacity = own;
        }
    }
    let shot = runtime.block_on(Shot::get(&format!("http://{server}/"), &[], Client::plain(), &Fence::default()))?;
    let load = Load::open(CONNECTIONS, Schedule::constant(capacity / 2.0, lasts));
    let report = shot.fire(&load, &AtomicBool::new(false))?;
    checked(&report)?;
    writeln!(
        out,
        "open loop at {:.0} requests/s: {:.0} made, send error p50 {:?} p99 {:?}, latency p50 {:?} p99 {:?}",
        capacity / 2.0,
        report.per_second(),
        report.late_at(0.5),
        report.late_at(0.99),
        report.latency_at(0.5),
        report.latency_at(0.99)
    )?;
    let url = format!("http://{}/", runtime.block_on(serve(true))?);
    let shot = runtime.block_on(Shot::get(&url, &[], Client::plain(), &Fence::default()))?;
    let protocol = Protocol::Http2 { streams: STREAMS };
    let connections = CONNECTIONS / STREAMS;
    let how = [format!("-c{connections}"), format!("-m{STREAMS}")];
    let (mut own, mut other) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        own.extend(ours(&shot, &Load { protocol, ..Load::closed(connections, lasts) })?);
        other.extend(h2load(&url, seconds, &how));
    }
    let own = median(own).unwrap_or_default();
    write!(out, "HTTP/2, {connections} connections of {STREAMS} streams: pincer {own:.0} requests/s, ")?;
    match median(other) {
        Some(other) => writeln!(out, "h2load {other:.0}, pincer makes {:.2} times that", own / other)?,
        None => writeln!(out, "h2load is not there, or failed")?,
    }
    Ok(())
}

/// Serves `ok` on any free port, in HTTP/2 by prior knowledge or in HTTP/1.1.
async fn serve(streams: bool) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                // A peer that leaves is not an error.
                let _ = stream.set_nodelay(true);
                let answer = service_fn(|_: Request<_>| async {
                    Ok::<_, Infallible>(Response::new(Full::new(Bytes::from("ok"))))
                });
                let stream = TokioIo::new(stream);
                if streams {
                    let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                    return server.serve_connection(stream, answer).await;
                }
                hyper::server::conn::http1::Builder::new().serve_connection(stream, answer).await
            });
        }
    });
    Ok(address)
}

/// Checks that every answer was a success, because an error would be fast. Calls in flight at the end have no answer.
fn checked(report: &LoadReport) -> Result<(), String> {
    let all = report.served() > 0 && report.served() == report.answered();
    if all { Ok(()) } else { Err(format!("{} sent, {:?}", report.sent, report.statuses)) }
}

fn ours(shot: &Shot, load: &Load) -> Result<Option<f64>, Box<dyn Error>> {
    let report = shot.fire(load, &AtomicBool::new(false))?;
    checked(&report)?;
    Ok(Some(report.per_second()))
}

fn wrk(url: &str, seconds: u64) -> Option<f64> {
    let (threads, connections) = (format!("-t{}", cores()), format!("-c{CONNECTIONS}"));
    let text = said(Command::new("wrk").args([&threads, &connections, &format!("-d{seconds}s"), url]))?;
    text.split("Requests/sec:").nth(1)?.split_whitespace().next()?.parse().ok()
}

fn oha(url: &str, seconds: u64) -> Option<f64> {
    let time = format!("{seconds}s");
    let arguments = ["-z", &time, "-c", &CONNECTIONS.to_string(), "--no-tui", "--output-format", "json", url];
    let value: serde_json::Value = serde_json::from_str(&said(Command::new("oha").args(arguments))?).ok()?;
    value.pointer("/summary/requestsPerSec")?.as_f64()
}

fn h2load(url: &str, seconds: u64, how: &[String]) -> Option<f64> {
    let (threads, time) = (format!("-t{}", cores()), format!("-D{seconds}"));
    let text = said(Command::new("h2load").args([&threads, &time]).args(how).arg(url))?;
    text.split(" req/s").next()?.rsplit(' ').next()?.parse().ok()
}

/// A program's output; none if it is not installed or fails.
fn said(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok()
}

fn median(mut rates: Vec<f64>) -> Option<f64> {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied()
}
