//! Structured inputs from the bytes of a fuzzer.

use arbitrary::{Arbitrary, Unstructured};

/// The structured input in the bytes; none if there are too few.
pub(crate) fn given<'a, T: Arbitrary<'a>>(data: &'a [u8]) -> Option<T> {
    T::arbitrary_take_rest(Unstructured::new(data)).ok()
}
