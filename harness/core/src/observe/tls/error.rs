//! What cannot be read from a trace.

/// A text that is neither a registered name nor a number such as `0x0301`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {kind}: its registered name or a number such as 0x0301 is")]
pub struct CodeError {
    /// The text.
    pub text: String,
    /// What it should be.
    pub kind: &'static str,
}
