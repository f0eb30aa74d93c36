//! Stack traces, panics and debug pages.

mod beam;
mod managed;
mod message;
mod native;
mod page;
mod script;
mod web;

use super::class::Class;
use super::detector::Detector;

/// The detectors of this class, by the kind of runtime.
pub(super) const TABLES: [&[Detector]; 7] = [
    beam::DETECTORS,
    message::DETECTORS,
    managed::DETECTORS,
    native::DETECTORS,
    page::DETECTORS,
    script::DETECTORS,
    web::DETECTORS,
];

/// A stack trace detector; its windows are wide, because traces have long lines.
const fn trace(
    detail: &'static str,
    anchors: &'static [&'static str],
    pattern: &'static str,
    example: &'static str,
) -> Detector {
    Detector::new(Class::StackTrace, detail, anchors, pattern, example).back(240)
}
