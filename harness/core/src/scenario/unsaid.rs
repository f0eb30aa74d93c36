//! Values that are left out where they say nothing.

/// Whether a switch is off.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
pub(super) fn is_false(value: &bool) -> bool {
    !value
}
