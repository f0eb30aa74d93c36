//! Values as texts that the readers read back.

use serde::Serialize;

/// A value that YAML can't write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a value can't be written as YAML: {0}")]
pub struct WriteError(String);

/// Writes a scenario or a payload set as YAML.
pub fn to_yaml<T: Serialize>(value: &T) -> Result<String, WriteError> {
    serde_saphyr::to_string(value).map_err(|error| WriteError(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::payload::{Payload, PayloadSet};
    use crate::scenario::read::Source;
    use crate::vocab::PayloadSetName;

    fn set(text: &str) -> PayloadSet {
        let payload = Payload { text: text.to_owned(), note: text.to_owned(), dialect: None };
        let name = PayloadSetName::new("any").unwrap();
        PayloadSet { pincer: "payloads/v1".to_owned(), name, about: text.to_owned(), payloads: vec![payload] }
    }

    fn again(set: &PayloadSet) -> PayloadSet {
        Source::new("any.yaml", to_yaml(set).unwrap()).read("payloads/v1").unwrap()
    }

    #[test]
    fn what_yaml_takes_for_something_else_stays_text() {
        for text in [
            "", "yes", "~", "1e3", "0x1f", " a ", "a: b", "# c", "- d", "'", "\"", "\\", "a\nb\n", "\u{85}", "\u{0}",
            "%41", "{{7*7}}",
        ] {
            assert_eq!(again(&set(text)), set(text), "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_reads_back(text in "(\\PC|\\PC|[ -~]|[\u{0}-\u{a0}]){0,30}") {
            proptest::prop_assert_eq!(again(&set(&text)), set(&text));
        }
    }
}
