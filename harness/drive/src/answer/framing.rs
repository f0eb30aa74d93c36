//! Where an answer ends.

/// What is still to come of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// So many bytes.
    Length(u64),
    /// All up to the end of the connection.
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
