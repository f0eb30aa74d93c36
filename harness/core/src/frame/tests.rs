use super::*;

/// All messages in bytes that come in pieces of this length, and whether closing the connection ended one.
fn read(kind: Kind, bytes: &[u8], piece: usize) -> Result<(Vec<Message>, Option<Message>), Malformed> {
    let mut scanner = Scanner::new(kind);
    let mut all = Vec::new();
    for mut rest in bytes.chunks(piece) {
        while !rest.is_empty() {
            let room = scanner.room();
            let count = room.len().min(rest.len());
            room[..count].copy_from_slice(&rest[..count]);
            scanner.filled(count);
            rest = &rest[count..];
            while let Some(message) = scanner.next(|_| {})? {
                all.push(message);
            }
        }
    }
    Ok((all, scanner.closed()))
}

const ANSWERS: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 204 No Content\r\n\r\n\
    HTTP/1.1 429 Too Many Requests\r\nretry-after: 17\r\ntransfer-encoding: chunked\r\n\r\n3;a=b\r\nabc\r\nA\r\n0123456789\r\n\
    0\r\nx: y\r\n\r\nHTTP/1.0 500 x\r\nconnection: Close\r\n\r\nuntil the end";

#[test]
fn messages_end_where_they_say_in_any_pieces() {
    let of = |status| Message { status, ..Message::default() };
    let limited = Message { retry_after: Some(17), ..of(429) };
    for piece in [1, 2, 3, 7, 64, ANSWERS.len()] {
        let (all, last) = read(Kind::Answers, ANSWERS, piece).unwrap();
        assert_eq!(all, [of(200), of(204), limited], "{piece}");
        assert_eq!(last, Some(Message { closes: true, ..of(500) }), "{piece}");
    }
}

#[test]
fn connection_closes_if_it_says_so_or_is_http_1_0() {
    let closes = |head: &str| {
        let bytes = format!("{head}\r\ncontent-length: 0\r\n\r\n");
        read(Kind::Answers, bytes.as_bytes(), 100).unwrap().0[0].closes
    };
    assert!(!closes("HTTP/1.1 200 OK") && closes("HTTP/1.1 200 OK\r\nconnection: TE, close"));
    assert!(closes("HTTP/1.0 200 OK") && !closes("HTTP/1.0 200 OK\r\nConnection: Keep-Alive"));
}

#[test]
fn chunks_may_contain_another_coding() {
    let bytes = b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n".repeat(2);
    assert_eq!(read(Kind::Answers, &bytes, 7).unwrap().0.len(), 2);
}

#[test]
fn answer_to_head_has_no_body() {
    let bytes = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n".repeat(3);
    assert_eq!(read(Kind::Bodiless, &bytes, 10).unwrap().0.len(), 3);
}

#[test]
fn requests_are_counted_with_and_without_a_body() {
    let bytes = b"POST /a HTTP/1.1\r\ncontent-length: 3\r\n\r\nabcGET /b HTTP/1.1\r\nhost: x\r\n\r\n";
    for piece in [1, 5, bytes.len()] {
        assert_eq!(read(Kind::Requests, bytes, piece).unwrap().0.len(), 2, "{piece}");
    }
}

#[test]
fn ambiguous_or_missing_framing_is_malformed() {
    for bytes in [
        &b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n"[..],
        b"HTTP/1.1 200 OK\r\ncontent-length: +5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: gzip, chunked\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"SSH-2.0-a\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n",
    ] {
        assert_eq!(read(Kind::Answers, bytes, 9), Err(Malformed), "{}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn memory_is_constant_whatever_the_peer_sends() {
    let mut scanner = Scanner::new(Kind::Answers);
    let mut bytes = b"HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n".to_vec();
    bytes.resize(ROOM, b'a');
    for _ in 0..2000 {
        let room = scanner.room();
        let count = room.len().min(bytes.len());
        room[..count].copy_from_slice(&bytes[..count]);
        scanner.filled(count);
        assert_eq!(scanner.next(|_| {}), Ok(None));
    }
    assert!(scanner.buffer.len() <= 2 * ROOM, "{}", scanner.buffer.len());
    let mut endless = Scanner::new(Kind::Answers);
    let refused = (0..100).any(|_| {
        let room = endless.room();
        room.fill(b'a');
        let count = room.len();
        endless.filled(count);
        endless.next(|_| {}).is_err()
    });
    assert!(refused, "a head that does not end is not waited for");
}

proptest::proptest! {
    #[test]
    fn result_does_not_depend_on_pieces(bytes: Vec<u8>, piece in 1_usize..40) {
        let whole = read(Kind::Answers, &bytes, bytes.len().max(1));
        proptest::prop_assert_eq!(read(Kind::Answers, &bytes, piece), whole);
    }

    #[test]
    fn result_of_mutated_answers_does_not_depend_on_pieces(at in 0..ANSWERS.len(), byte: u8, piece in 1_usize..40) {
        let mut bytes = ANSWERS.to_vec();
        bytes[at] = byte;
        let whole = read(Kind::Answers, &bytes, bytes.len());
        proptest::prop_assert_eq!(read(Kind::Answers, &bytes, piece), whole);
    }
}
