//! What can't be written to the wire or read from a trace.

/// Why a probe's values can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProbeError {
    /// A list is longer than its length field can say, or the hello is longer than a record.
    #[error("the hello's {0} don't fit the wire")]
    TooLong(&'static str),
    /// A text is neither a registered name nor a number such as `0x0301`.
    #[error("`{text}` is not {kind}: its registered name or a number such as 0x0301 is")]
    Code {
        /// The text.
        text: String,
        /// What it should be.
        kind: &'static str,
    },
}
