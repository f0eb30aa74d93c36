use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};

use super::*;

mod streams;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// A threaded server that answers each piece of bytes as `serve` says; it ends with the test's process.
fn serve(serve: impl Fn(u64, &mut TcpStream) -> bool + Clone + Send + 'static) -> (Shot, Arc<AtomicU64>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::new(AtomicU64::new(0));
    let count = seen.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, serve, count) = (stream.unwrap(), serve.clone(), count.clone());
            std::thread::spawn(move || {
                let mut bytes = [0; 4096];
                while let Ok(1..) = stream.read(&mut bytes) {
                    if !serve(count.fetch_add(1, Ordering::SeqCst), &mut stream) {
                        return;
                    }
                }
            });
        }
    });
    let base = Url::parse(&format!("http://{address}")).unwrap();
    (Shot { base, address, bytes: b"GET / HTTP/1.1\r\nhost: x\r\n\r\n".to_vec(), head: false }, seen)
}

fn fire(shot: &Shot, load: &Load) -> LoadReport {
    shot.fire(load, &AtomicBool::new(false)).unwrap()
}

#[test]
fn closed_loop_counts_what_the_server_counts() {
    let (shot, seen) = serve(|_, stream| stream.write_all(ANSWER).is_ok());
    let report = fire(&shot, &Load::closed(3, Duration::from_millis(200)));
    assert_eq!((report.sent, report.statuses.get(&200).copied()), (seen.load(Ordering::SeqCst), Some(report.sent)));
    assert_eq!((report.latency.len(), report.connections, report.unsent), (report.sent, 3, 0));
    assert!(report.sent > 10, "{}", report.sent);
}

#[test]
fn open_loop_makes_exactly_the_calls_of_its_schedule() {
    let (shot, seen) = serve(|_, stream| stream.write_all(ANSWER).is_ok());
    let report = fire(&shot, &Load::open(4, Schedule::constant(280.0, Duration::from_millis(500))));
    assert_eq!((report.sent + report.unsent, report.answered()), (140, report.sent));
    assert_eq!(seen.load(Ordering::SeqCst), report.sent);
}

/// Of 600 calls in 1.2 s, the 50th is answered 1 s late by a server that does nothing else meanwhile. All calls due in
/// that second wait, those of its first tenth more than 0.9 s. A driver that counts from the actual sending sees few of
/// them.
fn sees_a_stall(serve: impl FnOnce(fn(u64)) -> Shot, load: impl FnOnce(Schedule) -> Load) {
    let stall = |number| {
        if number == 50 {
            std::thread::sleep(Duration::from_secs(1));
        }
    };
    let report = fire(&serve(stall), &load(Schedule::constant(500.0, Duration::from_millis(1200))));
    assert_eq!(report.answered() + report.unsent, 600);
    assert!(report.latency_at(0.99) > Duration::from_millis(900), "{:?}", report.latency_at(0.99));
    assert!(report.latency_at(0.5) > Duration::from_millis(100), "{:?}", report.latency_at(0.5));
}

#[test]
fn stalled_server_cannot_hide_its_stall() {
    let answers = |stall: fn(u64)| {
        serve(move |number, stream| {
            stall(number);
            stream.write_all(ANSWER).is_ok()
        })
    };
    sees_a_stall(|stall| answers(stall).0, |schedule| Load::open(1, schedule));
}

#[test]
fn server_that_never_answers_is_counted_and_left() {
    let (shot, seen) = serve(|_, _| true);
    let report = fire(&shot, &Load::closed(2, Duration::from_millis(500)));
    assert_eq!((report.sent, seen.load(Ordering::SeqCst)), (2, 2));
    assert_eq!(report.statuses.get(&0), Some(&2));
    assert!(report.latency_at(1.0) >= GRACE, "{:?}", report.latency_at(1.0));
}

#[test]
fn late_answers_are_no_throughput() {
    let (shot, _) = serve(|_, stream| {
        std::thread::sleep(Duration::from_secs(1));
        stream.write_all(ANSWER).is_ok()
    });
    let report = fire(&shot, &Load::closed(2, Duration::from_millis(500)));
    assert_eq!((report.answered(), report.in_time), (2, 0));
    assert!(report.per_second() < 1.0, "{report:?}");
    let (shot, _) = serve(|_, stream| stream.write_all(ANSWER).is_ok());
    let report = fire(&shot, &Load::closed(2, Duration::from_millis(500)));
    assert!(report.in_time > 0 && report.answered() - report.in_time <= 2, "{report:?}");
}

#[test]
fn connection_closed_after_each_answer_is_reopened() {
    let (shot, _) = serve(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 429 x\r\nretry-after: 3\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
        false
    });
    let report = fire(&shot, &Load::closed(2, Duration::from_millis(500)));
    assert!(report.connections >= 3 && report.statuses[&429] >= 3, "{report:?}");
    assert_eq!(report.retry_after, Some(3));
}

#[test]
fn absent_target_is_not_called_endlessly() {
    // Port 9 (discard) accepts no connections unless somebody set it up.
    let base = Url::parse("http://127.0.0.1:9").unwrap();
    let shot = Shot { base, address: ([127, 0, 0, 1], 9).into(), bytes: Vec::new(), head: false };
    let report = fire(&shot, &Load::closed(1, Duration::from_millis(200)));
    assert!((1..=11).contains(&report.statuses[&0]) && report.answered() == 0, "{report:?}");
}

#[test]
fn driver_without_cpu_time_reports_it() {
    let report = |lags: &[u64]| {
        let mut tally = Tally::new(0, Instant::now());
        for lag in lags {
            tally.beats(Duration::from_millis(*lag));
        }
        LoadReport::of(vec![tally], None, Duration::from_secs(1)).lacked_time(Duration::from_millis(10))
    };
    // One pause does not count; being late every second time does.
    assert!(!report(&[]) && !report(&[1; 20]) && !report(&[&[1; 19][..], &[90]].concat()));
    assert!(report(&[1, 90, 1, 90, 1, 90]));
    let (shot, _) = serve(|_, stream| stream.write_all(ANSWER).is_ok());
    assert!(!fire(&shot, &Load::closed(1, Duration::from_millis(100))).lag.is_empty());
}

#[test]
fn stop_ends_a_load() {
    // It never answers, so waiting calls are abandoned too.
    let (shot, _) = serve(|_, _| true);
    let stop = Arc::new(AtomicBool::new(false));
    let told = stop.clone();
    let begun = Instant::now();
    let load = std::thread::spawn(move || shot.fire(&Load::closed(1, LONGEST), &told));
    stop.store(true, Ordering::Relaxed);
    load.join().unwrap().unwrap();
    assert!(begun.elapsed() < LONGEST / 10);
}
