//! Stack traces, panics and error pages for developers.

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

/// A stack trace detector; traces are long lines, so the windows are wide.
const fn trace(
    detail: &'static str,
    anchors: &'static [&'static str],
    pattern: &'static str,
    example: &'static str,
) -> Detector {
    Detector::new(Class::StackTrace, detail, anchors, pattern, example).back(240)
}
