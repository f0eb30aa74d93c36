//! Paths in a document.

/// One step of a path in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seg {
    /// A value of a mapping.
    Key(String),
    /// An item of a list.
    Item(usize),
}

impl From<&str> for Seg {
    fn from(key: &str) -> Self {
        Self::Key(key.to_owned())
    }
}

impl From<usize> for Seg {
    fn from(item: usize) -> Self {
        Self::Item(item)
    }
}
