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
    /// So many bytes of a chunk.
    Chunk(u64),
    /// The line end behind a chunk.
    Line,
    /// Trailers, up to an empty line.
    Trailers,
}
