//! A suite of any number of cases.

use std::fmt::Write as _;

use pincer::embedded;
use pincer_core::scenario::{ReadError, Source, Suite};

/// `scenarios` scenarios, each with one benign case and this attack step with `payloads` payloads.
pub(crate) fn suite(scenarios: u32, payloads: u32, attack: &str) -> Result<Suite, ReadError> {
    let mut set = "pincer: payloads/v1\nname: bench\nabout: B\npayloads:\n".to_owned();
    for n in 0..payloads {
        // Writing to a String cannot fail.
        let _ = writeln!(set, "  - {{ text: \"{n}' OR {n}={n} -- ${{canary}}\", note: n }}");
    }
    let scenario = |n: u32| {
        let text = format!(
            "pincer: scenario/v1\nid: INP-01.bench-{n}\ntitle: T\ncontrol: INP-01\nfor: gateway\nseverity: high\n\
             kills: [no-input-filter]\nbenign:\n  - send: {{ op: read, as: alice }}\n    expect: {{ status: 200 }}\n\
             attack:\n  - {attack}\n"
        );
        Source::new(format!("scenario-{n}.yaml"), text)
    };
    let sources: Vec<Source> = (0..scenarios).map(scenario).chain([Source::new("payloads.yaml", set)]).collect();
    Suite::read(embedded::catalogue()?, &sources, 0, &embedded::vocabulary(&[])?)
}
