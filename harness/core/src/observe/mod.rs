//! What the sensors saw: the events of a trace, and how they are written and read.
//!
//! In: what the stage, the drive and the tap report. Out: lines of JSON, one event each, flushed as they happen,
//! so that whatever ends a run leaves complete lines before a torn tail.

mod answered;
mod arrival;
mod calibration;
mod capture;
mod chain;
pub mod content;
mod cut;
mod event;
pub mod forms;
mod line;
pub mod merkle;
mod redact;
pub mod tls;
mod turn;
mod unfold;
mod variation;
mod wire;

pub use answered::{Answered, End, Extras, Interim};
pub use arrival::{Arrival, By, Extent};
pub use calibration::{Calibration, Change, Join, Limited, Mark, Trial};
pub use capture::{Capture, Capturing};
pub use chain::{Chain, Head, State, Trail};
pub use cut::{is_cut, mark_cut};
pub use event::{Event, FAILURE, FloodReport, HoldReport, SUCCESS, Start, StreamReport, TRACE_VERSION};
pub use line::{Lines, TraceError, write_line};
pub use redact::{MARK, Redactor};
pub use turn::Turn;
pub use variation::Variation;
pub use wire::{Failure, Header};
