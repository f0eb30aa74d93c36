//! Texts of other tools, read as Pincer's own values.
//!
//! In: an `OpenAPI` document, an authentication file of Web Fuzzing Commons, a list of payloads, a file of rule tests.
//! Out: operations, identities, a [`PayloadSet`](super::PayloadSet), a [`Scenario`](super::Scenario), or diagnostics
//! with their places. What can't be expressed is named, never dropped.

mod auth;
mod crs;
mod emit;
mod node;
mod openapi;
mod operation;
mod part;
mod payloads;
mod role;
mod sample;

pub(super) use auth::read_auth;
pub use crs::{RuleTests, read_rule_tests};
pub use emit::{EmitError, to_yaml};
pub(super) use openapi::{Onto, read_api};
pub use payloads::read_payloads;
pub use role::{Named, Route};

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::scenario::error::ReadError;
    use crate::scenario::read::Source;

    /// Texts near to what the readers expect, and texts far from it.
    const TEXTS: &str = r#"(openapi|swagger|paths|auth|name|fixedHeaders|tests|stages|input|output|/a|get|post|parameters|in|\$ref|'#/a'|3.1.0|"2.0"|: |:\n  |\n|\n- |- |\{ ?|\}|\[|\]|, |é|\PC|"|'){0,40}"#;

    fn inside(text: &str, error: &ReadError) -> bool {
        let sound = |fault: &crate::scenario::Diagnostic| {
            fault.line > 0 && fault.column > 0 && text.get(fault.offset..fault.offset + fault.length).is_some()
        };
        !error.0.is_empty() && error.0.iter().all(sound)
    }

    proptest::proptest! {
        #[test]
        fn any_text_gives_a_value_or_faults_inside_it(text in TEXTS, head in "(openapi: 3.1.0\\npaths: ?|auth: ?|rule_id: 942100\\ntests: ?)?") {
            let text = format!("{head}{text}");
            let source = Source::new("any.yaml", text.as_str());
            let onto = Onto { declared: &BTreeMap::new(), upstreams: &BTreeMap::new(), has_path: false };
            let rules = read_rule_tests(&source);
            let left_out = rules.as_ref().ok().map(|tests| tests.left_out.clone()).filter(|faults| !faults.is_empty());
            let faults =
                [read_api(&source, &onto).err(), read_auth(&source).err(), rules.err(), left_out.map(ReadError)];
            for fault in faults.iter().flatten() {
                proptest::prop_assert!(inside(&text, fault), "{fault:?}");
            }
        }
    }
}
