//! Where an answer ends.

/// The part of an answer that is still to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// This many bytes.
    Length(u64),
    /// Everything up to the end of the connection.
    Close,
    /// A chunk's size.
    Size,
    /// This many bytes of a chunk of this size.
    Chunk(u64, u64),
    /// The line end after a chunk of this size.
    Line(u64),
    /// Trailers, up to an empty line.
    Trailers,
}
