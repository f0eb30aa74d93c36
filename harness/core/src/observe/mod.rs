//! What the sensors saw: the events of a trace, and how they are written and read.
//!
//! In: what the stage, the drive and the tap report. Out: lines of JSON, one event each, flushed as they happen,
//! so that whatever ends a run leaves complete lines before a torn tail.

pub mod content;
mod event;
mod line;
mod redact;
pub mod tls;
mod turn;

pub use event::{
    Answered, Arrival, Capture, End, Event, FAILURE, Failure, FloodReport, Header, HoldReport, SUCCESS, Start,
    StreamReport, TRACE_VERSION,
};
pub use line::{Lines, TraceError, write_line};
pub use redact::{MARK, Redactor};
pub use turn::Turn;
