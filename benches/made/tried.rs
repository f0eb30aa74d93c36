//! Whether a bench is tried or measures.

/// Whether it only shows that it works: `cargo bench` says `--bench`, `cargo test` does not.
pub(crate) fn is_tried() -> bool {
    !std::env::args().any(|argument| argument == "--bench")
}
