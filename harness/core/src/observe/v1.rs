//! Traces of version 1: each kind of event had its own time, lane and case. They are read as if they were of today.

use serde::Deserialize;

use super::tls::Survey;
use super::{Answered, Arrival, By, Calibration, Capture, Event, Failure, FloodReport, HoldReport, Start, Turn, What};
use crate::vocab::{CaseId, Lane, Octets, Part, ScenarioId, Upstream};

/// Whether the first line of a trace is one of version 1.
pub(super) fn begins(line: &[u8]) -> bool {
    line.starts_with(br#"{"start":"#)
}

/// The event that a line of version 1 is.
pub(crate) fn read(line: &[u8]) -> Result<Event, serde_json::Error> {
    serde_json::from_slice(line).map(Line::event)
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Start(Box<Start>),
    Staged {
        at_us: u64,
        lane: Lane,
        url: String,
        tls: Option<String>,
    },
    Calibrated {
        at_us: u64,
        calibration: Box<Calibration>,
    },
    Sent {
        at_us: u64,
        lane: Lane,
        case: CaseId,
    },
    Prepared {
        at_us: u64,
        case: CaseId,
        taken: bool,
    },
    Approved {
        at_us: u64,
        case: CaseId,
    },
    Answered {
        at_us: u64,
        case: CaseId,
        took_us: u64,
        outcome: Result<Answered, Failure>,
    },
    Trailed {
        at_us: u64,
        case: CaseId,
        bytes: Box<Capture>,
    },
    Connected {
        at_us: u64,
        lane: Lane,
        upstream: Upstream,
    },
    Arrived {
        at_us: u64,
        lane: Lane,
        case: Option<(CaseId, Part)>,
        #[serde(default)]
        by: By,
        arrival: Box<Arrival>,
    },
    Turned {
        at_us: u64,
        lane: Lane,
        case: Option<CaseId>,
        turn: Box<Turn>,
    },
    Shaken {
        at_us: u64,
        lane: Lane,
        case: CaseId,
        upstream: Upstream,
        agreed: bool,
    },
    Touched {
        at_us: u64,
        case: CaseId,
        path: String,
    },
    Recorded {
        at_us: u64,
        lane: Lane,
        case: Option<CaseId>,
        line: Octets,
    },
    Surveyed {
        at_us: u64,
        case: CaseId,
        survey: Box<Survey>,
    },
    Flooded {
        at_us: u64,
        case: CaseId,
        report: Box<FloodReport>,
    },
    Held {
        at_us: u64,
        case: CaseId,
        report: Box<HoldReport>,
    },
    Settled {
        at_us: u64,
        scenario: ScenarioId,
        tapped: bool,
    },
    Broke {
        at_us: u64,
        scenario: Option<ScenarioId>,
        what: String,
    },
    End {
        at_us: u64,
        finished: String,
        interrupted: bool,
    },
}

impl Line {
    fn event(self) -> Event {
        let of_case = |at_us, case: CaseId, what| Event::new(at_us, what).of_case(case);
        let in_lane = |at_us, lane, what| Event::new(at_us, what).in_lane(lane);
        match self {
            Self::Start(start) => Event::new(0, What::Start(start)),
            Self::Staged { at_us, lane, url, tls } => in_lane(at_us, lane, What::Staged { url, tls }),
            Self::Calibrated { at_us, calibration } => Event::new(at_us, What::Calibrated(calibration)),
            Self::Sent { at_us, lane, case } => in_lane(at_us, lane, What::Sent).of_case(case),
            Self::Prepared { at_us, case, taken } => of_case(at_us, case, What::Prepared { taken }),
            Self::Approved { at_us, case } => of_case(at_us, case, What::Approved),
            Self::Answered { at_us, case, took_us, outcome } => {
                of_case(at_us, case, What::Answered { took_us, outcome })
            }
            Self::Trailed { at_us, case, bytes } => of_case(at_us, case, What::BytesAfterAnswer(bytes)),
            Self::Connected { at_us, lane, upstream } => in_lane(at_us, lane, What::EmptyConnection { upstream }),
            Self::Arrived { at_us, lane, case, by, arrival } => {
                let (case, part) = case.map_or((None, Part::REQUEST), |(case, part)| (Some(case), part));
                in_lane(at_us, lane, What::Arrived { part, by, arrival }).of_case(case)
            }
            Self::Turned { at_us, lane, case, turn } => in_lane(at_us, lane, What::ModelTurn(turn)).of_case(case),
            Self::Shaken { at_us, lane, case, upstream, agreed } => {
                in_lane(at_us, lane, What::UntrustedHandshake { upstream, accepted: agreed }).of_case(case)
            }
            Self::Touched { at_us, case, path } => of_case(at_us, case, What::FileMade { path }),
            Self::Recorded { at_us, lane, case, line } => {
                in_lane(at_us, lane, What::AuditRecord { line }).of_case(case)
            }
            Self::Surveyed { at_us, case, survey } => of_case(at_us, case, What::TlsSurvey(survey)),
            Self::Flooded { at_us, case, report } => of_case(at_us, case, What::Flood(report)),
            Self::Held { at_us, case, report } => of_case(at_us, case, What::HeldConnections(report)),
            Self::Settled { at_us, scenario, tapped } => {
                Event::new(at_us, What::Settled { scenario, audit_read: tapped })
            }
            Self::Broke { at_us, scenario, what } => Event::new(at_us, What::Fault { scenario, message: what }),
            Self::End { at_us, finished, interrupted } => Event::new(at_us, What::End { finished, interrupted }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASE: CaseId = CaseId { scenario: 7, index: 3 };

    /// A line of each kind that needs more than to be taken over, as version 0.1.0 wrote it.
    #[test]
    fn a_line_of_version_1_is_the_event_of_today() {
        let upstream = Upstream::new("ledger").unwrap();
        let capture = Capture::of(b"x", 1);
        let bytes = serde_json::to_string(&capture).unwrap();
        for (line, event) in [
            (
                r#"{"sent":{"at_us":1,"lane":2,"case":{"scenario":7,"index":3}}}"#.to_owned(),
                Event::new(1, What::Sent).in_lane(Lane(2)).of_case(CASE),
            ),
            (
                format!(r#"{{"trailed":{{"at_us":1,"case":{{"scenario":7,"index":3}},"bytes":{bytes}}}}}"#),
                Event::new(1, What::BytesAfterAnswer(Box::new(capture))).of_case(CASE),
            ),
            (
                r#"{"connected":{"at_us":1,"lane":0,"upstream":"ledger"}}"#.to_owned(),
                Event::new(1, What::EmptyConnection { upstream: upstream.clone() }).in_lane(Lane(0)),
            ),
            (
                r#"{"shaken":{"at_us":1,"lane":0,"case":{"scenario":7,"index":3},"upstream":"ledger","agreed":true}}"#
                    .to_owned(),
                Event::new(1, What::UntrustedHandshake { upstream, accepted: true }).in_lane(Lane(0)).of_case(CASE),
            ),
            (
                r#"{"touched":{"at_us":1,"case":{"scenario":7,"index":3},"path":"/tmp/a"}}"#.to_owned(),
                Event::new(1, What::FileMade { path: "/tmp/a".to_owned() }).of_case(CASE),
            ),
            (
                r#"{"recorded":{"at_us":1,"lane":1,"case":null,"line":"{}"}}"#.to_owned(),
                Event::new(1, What::AuditRecord { line: Octets::from("{}") }).in_lane(Lane(1)),
            ),
            (
                r#"{"broke":{"at_us":1,"scenario":null,"what":"disk full"}}"#.to_owned(),
                Event::new(1, What::Fault { scenario: None, message: "disk full".to_owned() }),
            ),
        ] {
            assert_eq!(read(line.as_bytes()).unwrap(), event, "{line}");
        }
    }

    #[test]
    fn the_owner_of_an_arrival_and_the_part_of_it_are_kept() {
        let arrival = r#"{"upstream":"ledger","method":"GET","target":"/","headers":[],"body":{"bytes":"","length":0,"sha256":""}}"#;
        let read = |case: &str| {
            let line =
                format!(r#"{{"arrived":{{"at_us":1,"lane":0,"case":{case},"by":"order","arrival":{arrival}}}}}"#);
            let event = read(line.as_bytes()).unwrap();
            let What::Arrived { part, by, .. } = event.what else { panic!("another event") };
            (event.case, part, by)
        };
        assert_eq!(read(r#"[{"scenario":7,"index":3},1]"#), (Some(CASE), Part::PAYLOAD, By::Order));
        assert_eq!(read("null"), (None, Part::REQUEST, By::Order));
    }
}
