//! Whether a bench is only tried or measures.

/// Whether it only shows that it works: `cargo bench` passes `--bench`, `cargo test` does not.
pub(crate) fn is_tried() -> bool {
    !std::env::args().any(|argument| argument == "--bench")
}
