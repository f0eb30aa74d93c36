use pincer_core::observe::Header;

use super::*;

const GET: Manner<'_> = Manner { method: "GET", strict: true };

async fn told(bytes: &[u8]) -> (Result<Answered, Failure>, bool) {
    let mut stream = bytes;
    read(&mut stream, GET, None).await
}

async fn whole(bytes: &[u8]) -> (Answered, bool) {
    let (answer, kept) = told(bytes).await;
    (answer.unwrap(), kept)
}

fn text(headers: &[Header]) -> Vec<(String, String)> {
    headers.iter().map(|(name, value)| (name.clone(), value.lossy().into_owned())).collect()
}

fn pair(name: &str, value: &str) -> Vec<(String, String)> {
    vec![(name.to_owned(), value.to_owned())]
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>, chunks: Vec<u8>) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let _ = told(&bytes).await;
            let _ = told(&[b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", &chunks[..]].concat()).await;
        });
    }
}

#[tokio::test]
async fn chunks_are_joined_and_their_trailers_are_read() {
    let bytes =
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 7\r\n\r\n";
    let (answer, kept) = whole(bytes).await;
    assert_eq!((answer.body.bytes.0.as_slice(), answer.end, kept), (&b"abcde"[..], End::Complete, true));
    assert_eq!(text(answer.trailers()), pair("X-Sum", "7"));
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    for cut in head..bytes.len() {
        let (answer, kept) = whole(&bytes[..cut]).await;
        assert_eq!((answer.end, kept), (End::Cut, false), "whole after {cut} bytes");
        assert!(b"abcde".starts_with(&answer.body.bytes.0));
    }
}

#[tokio::test]
async fn interim_responses_and_bytes_after_the_end_are_read() {
    let early = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Soon\r\nlink: </a>\r\n\r\n";
    let (answer, kept) =
        whole(format!("{early}HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{{}}and more").as_bytes()).await;
    let [first, second] = answer.interim() else { panic!("{answer:?}") };
    assert_eq!((first.status, first.reason.as_ref(), second.status), (100, None, 103));
    assert_eq!(text(&second.headers), pair("link", "</a>"));
    assert_eq!((answer.status, answer.body.bytes.0.as_slice()), (200, &b"{}"[..]));
    assert_eq!(answer.behind().map(|behind| behind.bytes.0.as_slice()), Some(&b"and more"[..]));
    assert!(!kept);
}

#[tokio::test]
async fn invalid_chunk_counts_as_bytes_after_the_end() {
    let (answer, _) =
        whole(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\nTraceback\r\n").await;
    assert_eq!((answer.body.bytes.0.as_slice(), answer.end), (&b"ok"[..], End::Cut));
    assert_eq!(answer.behind().map(|behind| behind.bytes.0.as_slice()), Some(&b"zz\r\nTraceback\r\n"[..]));
}

#[tokio::test]
async fn connection_is_reused_only_if_nothing_is_left() {
    for (bytes, again) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", true),
        ("HTTP/1.1 204 No Content\r\n\r\n", true),
        ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nConnection: Close\r\n\r\n", false),
        ("HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n", false),
        ("HTTP/1.1 200 OK\r\n\r\nall", false),
        ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nx", false),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", false),
    ] {
        assert_eq!(whole(bytes.as_bytes()).await.1, again, "{bytes}");
    }
}

#[tokio::test]
async fn contradictory_lengths_are_refused_like_a_library_does() {
    let bytes = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nabc";
    assert_eq!(told(bytes).await.0, Err(Failure::Malformed));
    let mut stream = &bytes[..];
    let (answer, _) = read(&mut stream, Manner { strict: false, ..GET }, None).await;
    assert_eq!(answer.unwrap().body.bytes.0, b"ab");
}

#[tokio::test]
async fn large_body_is_neither_kept_nor_read_completely() {
    for head in ["content-length: 300000000\r\n", "", "transfer-encoding: chunked\r\n"] {
        let size = if head.starts_with('t') { "11E1A300\r\n" } else { "" };
        let head = format!("HTTP/1.1 200 OK\r\n{head}\r\n{size}");
        let mut stream = head.as_bytes().chain(tokio::io::repeat(b'a').take(300_000_000));
        let mut reader = Reader::new(GET);
        reader.fill(&mut stream).await.unwrap();
        assert!(reader.buffer.capacity() < 1 << 16, "{}", reader.buffer.capacity());
        let (answer, kept) = reader.finish();
        let answer = answer.unwrap();
        assert_eq!((answer.body.length, answer.body.bytes.0.len()), (MOST, KEEP));
        assert_eq!((answer.end, kept, answer.is_read()), (End::Capped, false, false));
    }
}
