//! What can't be written to the wire.

/// A list that is longer than its length field can say, or a hello that is longer than a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the hello's {0} don't fit the wire")]
pub(crate) struct TooLong(pub(crate) &'static str);
