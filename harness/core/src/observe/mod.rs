//! What the sensors saw: the events of a trace, and how they are written and read.
//!
//! In: the reports of stage, drive and tap. Out: JSON lines, one per event, flushed at once, so that however a run
//! ends, only the last line can be incomplete.

mod answered;
mod arrival;
mod calibration;
mod capture;
pub mod content;
mod cut;
mod event;
pub mod forms;
mod line;
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
pub use cut::{is_cut, mark_cut};
pub use event::{Event, FAILURE, FloodReport, HoldReport, SUCCESS, Start, StreamReport, TRACE_VERSION};
pub use line::{Lines, TraceError, write_line};
pub use redact::{MARK, Redactor};
pub use turn::Turn;
pub use variation::Variation;
pub use wire::{Failure, Header};
