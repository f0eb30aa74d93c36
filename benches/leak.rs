//! The leak scanner, in bytes a second. Goal: 300 MB/s on one core for ordinary JSON, in which it finds nothing.

#[path = "made/tried.rs"]
mod tried;

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use pincer_core::judge::leak::{Needle, Scanner};

/// Size of each corpus: larger than a core's caches.
const SIZE: usize = 4 << 20;
/// The size when a bench only has to run.
const SMALL: usize = 64 << 10;

fn main() {
    let small = tried::is_tried();
    let size = if small { SMALL } else { SIZE };
    let mut criterion =
        Criterion::default().sample_size(20).measurement_time(Duration::from_secs(5)).configure_from_args();
    let scanner = Scanner::new(&[Needle { name: "canary".to_owned(), value: b"5f3a9c1e".to_vec(), tail: 24 }]);
    let mut group = criterion.benchmark_group("leak");
    for (name, bytes) in [("json", json(size)), ("html", html(size)), ("random", random(size))] {
        group.throughput(Throughput::BytesDecimal(u64::try_from(bytes.len()).unwrap_or(u64::MAX)));
        group.bench_function(name, |bencher| bencher.iter(|| black_box(scanner.scan(black_box(&bytes)))));
    }
    group.finish();
    criterion.final_summary();
}

/// A fixed sequence of numbers (xorshift, Marsaglia 2003).
fn numbers() -> impl Iterator<Item = u64> {
    std::iter::successors(Some(0x9e37_79b9_7f4a_7c15_u64), |last| {
        let mut next = *last;
        next ^= next << 13;
        next ^= next >> 7;
        next ^= next << 17;
        Some(next)
    })
}

/// Answers of an API: ids, names, amounts, dates, links, texts, lists.
fn json(size: usize) -> Vec<u8> {
    let words =
        ["invoice", "paid", "June", "the", "of", "account", "transfer", "to", "Berlin", "balance", "rent", "and"];
    let mut text = String::with_capacity(size + 1024);
    let mut numbers = numbers();
    let mut next = move || numbers.next().unwrap_or_default();
    text.push('[');
    while text.len() < size {
        let id = next();
        let note: Vec<&str> =
            (0..12).filter_map(|_| words.get(usize::try_from(next() % 12).unwrap_or(0)).copied()).collect();
        let record = serde_json::json!({
            "id": format!("acct-{id:x}"), "owner": { "name": "Ada Berg", "mail": "ada@example.com" },
            "amount": id % 1_000_000, "currency": "EUR", "rate": 1.25, "booked": "2026-11-25T03:44:00Z",
            "note": note.join(" "), "tags": ["a", "b", "c"], "next": format!("https://api.example.com/v1/items?page={}", id % 999),
            "active": true, "parent": null,
        });
        text.push_str(&record.to_string());
        text.push_str(",\n");
    }
    text.push_str("null]");
    text.into_bytes()
}

/// Pages of a shop.
fn html(size: usize) -> Vec<u8> {
    let mut text = String::with_capacity(size + 1024);
    let mut numbers = numbers();
    while text.len() < size {
        let id = numbers.next().unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "<li class=\"item item--wide\" data-id=\"{id}\"><a href=\"/items/{}?ref=list\"><img src=\"/static/{}.jpg\" \
             alt=\"Stapler\"></a><h3>Stapler &amp; staples</h3><p>For paper, card and cloth; ships in {} days.</p></li>",
            id % 9999,
            id % 777,
            id % 9
        );
    }
    text.into_bytes()
}

/// Random bytes.
fn random(size: usize) -> Vec<u8> {
    numbers().flat_map(u64::to_le_bytes).take(size).collect()
}
