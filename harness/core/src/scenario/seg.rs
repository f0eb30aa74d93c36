//! Steps into a document: a path of them names a value, so that a fault can be told at its place.

/// One step of a path in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seg {
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
