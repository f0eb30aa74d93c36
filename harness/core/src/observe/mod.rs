//! What the sensors saw: the events of a trace, and how they are written and read.
//!
//! In: the reports of stage, drive and tap. Out: JSON lines, one per event, flushed at once, so that however a run
//! ends, only the last line can be incomplete.

mod answered;
mod arrival;
mod calibration;
mod capture;
mod chain;
pub mod content;
mod cut;
mod event;
mod flood;
pub mod forms;
mod line;
mod meaning;
pub mod merkle;
pub(crate) mod readings;
mod redact;
mod start;
pub mod tls;
mod turn;
mod unfold;
mod v1;
mod variation;
mod wire;

pub use answered::{Answered, End, Extras, FAILURE, Interim, SUCCESS};
pub use arrival::{Arrival, By, Extent, STRANGER};
pub use calibration::{Calibration, Change, Join, Limited, Mark, Trial};
pub use capture::{Capture, Capturing};
pub use chain::{Chain, Head, State, Trail};
pub use cut::{is_cut, mark_cut};
pub use event::{Event, What};
pub use flood::{FloodReport, HoldReport, StreamReport};
pub use line::{Lines, TraceError, write_line};
pub use meaning::Meaning;
pub use redact::{MARK, Redactor};
pub use start::{Start, TRACE_VERSION};
pub use turn::Turn;
#[cfg(feature = "properties")]
pub(crate) use v1::read as read_v1;
pub use variation::Variation;
pub use wire::{Failure, Header};
