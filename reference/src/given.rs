//! Structured inputs out of the bytes of a fuzzer.

use arbitrary::{Arbitrary, Unstructured};

/// The structured input that the bytes stand for; nothing where they are too few for it.
pub(crate) fn given<'a, T: Arbitrary<'a>>(data: &'a [u8]) -> Option<T> {
    T::arbitrary_take_rest(Unstructured::new(data)).ok()
}
