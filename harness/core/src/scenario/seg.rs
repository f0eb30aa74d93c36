//! Steps into a document.

/// One step into a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Seg {
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
