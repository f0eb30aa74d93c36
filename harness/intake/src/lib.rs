//! Texts of other tools, read as Pincer's own values.
//!
//! In: an `OpenAPI` document, an authentication file of Web Fuzzing Commons, a list of payloads, a file of rule tests.
//! Out: a [`Target`](pincer_core::scenario::Target) with its operations and identities, a
//! [`PayloadSet`](pincer_core::scenario::PayloadSet), a [`Scenario`](pincer_core::scenario::Scenario), or diagnostics
//! with their places. What can't be expressed is named, never dropped. No file, clock, socket or environment is touched
//! here.

mod auth;
mod beside;
mod crs;
mod node;
mod openapi;
mod payloads;
#[cfg(feature = "properties")]
#[expect(clippy::missing_panics_doc, reason = "a property says by a panic that it is broken")]
pub mod property;

pub use beside::{Beside, Described, api_of, describe};
pub use crs::{RuleTests, read_rule_tests};
pub use openapi::{Named, Route};
pub use payloads::read_payloads;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::auth::read_auth;
    use crate::openapi::{Onto, read_api};
    use pincer_core::scenario::{Diagnostic, ReadError, Source};

    /// Texts near to what the readers expect, and texts far from it.
    const TEXTS: &str = r#"(openapi|swagger|paths|auth|name|fixedHeaders|tests|stages|input|output|/a|get|post|parameters|in|\$ref|'#/a'|3.1.0|"2.0"|: |:\n  |\n|\n- |- |\{ ?|\}|\[|\]|, |é|\PC|"|'){0,40}"#;

    fn inside(text: &str, error: &ReadError) -> bool {
        let sound = |fault: &Diagnostic| {
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
