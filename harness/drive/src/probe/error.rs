//! What cannot be sent.

/// A list too long for its length field, or a hello too long for a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the hello's {0} don't fit the wire")]
pub(crate) struct TooLong(pub(crate) &'static str);
