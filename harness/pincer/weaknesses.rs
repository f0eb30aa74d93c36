//! The names of the reference's weaknesses; a build without the reference has none.

use pincer_core::vocab::TargetKind;
#[cfg(feature = "reference")]
use pincer_reference::weakness::Weakness;

/// All names.
pub fn names() -> Vec<&'static str> {
    #[cfg(feature = "reference")]
    return Weakness::ALL.iter().map(|weakness| weakness.name()).collect();
    #[cfg(not(feature = "reference"))]
    Vec::new()
}

/// The kind of reference that has a weakness.
#[cfg(feature = "reference")]
pub(crate) fn kind(weakness: Weakness) -> TargetKind {
    if weakness.is_agents() { TargetKind::Agent } else { TargetKind::Gateway }
}

/// The kind of reference that has a weakness of this name.
#[cfg(feature = "reference")]
pub(crate) fn owner(name: &str) -> Option<TargetKind> {
    name.parse().ok().map(kind)
}

/// The same in a build without a reference.
#[cfg(not(feature = "reference"))]
pub(crate) fn owner(_: &str) -> Option<TargetKind> {
    None
}
