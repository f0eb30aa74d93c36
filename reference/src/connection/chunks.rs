//! Chunked bodies (RFC 9112 section 7.1): bytes come in; how many of them belong to the body goes out.
//!
//! Only the plain form is accepted. Parsers disagree about extensions and trailers, and no caller of an API needs them.

/// The reader's position in a chunked body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chunks {
    /// In the digits of a size: their number and value so far.
    Size(u8, u64),
    /// After the CR of a size line.
    SizeEnd(u64),
    /// In data, with this many bytes left.
    Data(u64),
    /// After data.
    DataEnd,
    /// After the CR that follows data.
    DataLine,
    /// After the last chunk.
    Last,
    /// After the CR that follows the last chunk.
    LastLine,
    /// After the body.
    Done,
}

/// The body is not in the plain form.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// Most digits of a size: 15 of them fit in 60 bits.
const DIGITS: u8 = 15;

impl Chunks {
    /// The beginning of a body.
    pub(super) const START: Self = Self::Size(0, 0);

    /// Reads these bytes, at most up to the body's end; returns how many it took.
    pub(super) fn advance(&mut self, bytes: &[u8]) -> Result<usize, Malformed> {
        let mut taken = 0;
        while let Some(rest) = bytes.get(taken..).filter(|rest| !rest.is_empty()) {
            match self {
                Self::Done => break,
                Self::Data(left) => {
                    let step = usize::try_from(*left).unwrap_or(usize::MAX).min(rest.len());
                    *left -= u64::try_from(step).unwrap_or(*left);
                    taken += step;
                    if *left == 0 {
                        *self = Self::DataEnd;
                    }
                }
                _ => {
                    *self = self.step(rest.first().copied().unwrap_or_default())?;
                    taken += 1;
                }
            }
        }
        Ok(taken)
    }

    /// Reads one byte outside of data.
    fn step(self, byte: u8) -> Result<Self, Malformed> {
        Ok(match (self, byte) {
            (Self::Size(1.., size), b'\r') => Self::SizeEnd(size),
            (Self::Size(digits @ ..DIGITS, size), _) => {
                let digit = char::from(byte).to_digit(16).ok_or(Malformed)?;
                Self::Size(digits + 1, size * 16 + u64::from(digit))
            }
            (Self::SizeEnd(0), b'\n') => Self::Last,
            (Self::SizeEnd(size), b'\n') => Self::Data(size),
            (Self::DataEnd, b'\r') => Self::DataLine,
            (Self::DataLine, b'\n') => Self::START,
            (Self::Last, b'\r') => Self::LastLine,
            (Self::LastLine, b'\n') => Self::Done,
            _ => return Err(Malformed),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(usize, bool), Malformed> {
        let mut chunks = Chunks::START;
        chunks.advance(text.as_bytes()).map(|taken| (taken, chunks == Chunks::Done))
    }

    #[test]
    fn body_ends_after_its_last_chunk() {
        assert_eq!(read("3\r\nabc\r\n0\r\n\r\nGET"), Ok((13, true)));
        assert_eq!(read("A\r\n01234"), Ok((8, false)));
        assert_eq!(read("0\r\n\r\n"), Ok((5, true)));
    }

    #[test]
    fn other_forms_are_refused() {
        for text in [
            "\r\n",
            " 3\r\nabc\r\n",
            "3 \r\nabc\r\n",
            "3;a=b\r\nabc\r\n",
            "3\nabc\r\n",
            "3\r\nabcd",
            "+3\r\nabc",
            "0x3\r\nabc",
            "-1\r\n",
            "0\r\nTrailer: a\r\n\r\n",
            "0\r\n\n",
            "0000000000000003\r\nabc",
            "3\r\nabc\n",
        ] {
            assert_eq!(read(text), Err(Malformed), "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn result_does_not_depend_on_where_a_body_is_cut(pieces in proptest::collection::vec("[a-z\r\n0-9]{1,40}", 0..4), cut: usize) {
            let mut text: String = pieces.iter().map(|piece| format!("{:x}\r\n{piece}\r\n", piece.len())).collect();
            text.push_str("0\r\n\r\nGET / HTTP/1.1\r\n");
            let (first, second) = text.as_bytes().split_at(cut % text.len());
            let mut chunks = Chunks::START;
            let mut taken = chunks.advance(first).unwrap();
            if taken == first.len() {
                taken += chunks.advance(second).unwrap();
            }
            proptest::prop_assert_eq!(chunks, Chunks::Done);
            proptest::prop_assert_eq!(&text[taken..], "GET / HTTP/1.1\r\n");
        }
    }
}
