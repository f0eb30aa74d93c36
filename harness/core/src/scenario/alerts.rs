//! How to recognise the target's alerts among its audit records.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::leaf::leaf;
use crate::vocab::Period;

/// Alerts among the audit records: a record is an alert if `field` has one of these values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Alerts {
    /// The field, by its name or its dotted path.
    pub field: String,
    /// Its value in an alert about many failed authentications.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unauthenticated: Option<String>,
    /// Its value in an alert about many calls that the caller's rights don't cover.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forbidden: Option<String>,
    /// Its value in an alert about many different objects that do not exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enumeration: Option<String>,
    /// This many events in a window raise an alert.
    pub after: u32,
    /// The window, in which one alert of a kind may stand for all.
    pub window: Period,
    /// How long after the last call an alert may come.
    pub within: Period,
}

/// What a target should be alarmed about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Alarm {
    /// Nothing.
    None,
    /// Many failed authentications.
    Unauthenticated,
    /// Many calls that the caller's rights don't cover.
    Forbidden,
    /// Many different objects that do not exist.
    Enumeration,
}

impl Alerts {
    /// The kind of alert that an audit record is; none if it is not one.
    pub fn read(&self, line: &str) -> Option<Alarm> {
        let alarms = || [Alarm::Unauthenticated, Alarm::Forbidden, Alarm::Enumeration].into_iter();
        // Most records name none of them, which is seen sooner than a record is read.
        if !line.contains('\\') && !alarms().filter_map(|alarm| self.value(alarm)).any(|value| line.contains(value)) {
            return None;
        }
        let record: Value = serde_json::from_str(line).ok()?;
        let said = record.get(&self.field).or_else(|| leaf(&record, &self.field))?.as_str()?;
        alarms().find(|alarm| self.value(*alarm) == Some(said))
    }

    /// The field's value in an alert of this kind, if the target declares one.
    pub fn value(&self, alarm: Alarm) -> Option<&str> {
        match alarm {
            Alarm::None => None,
            Alarm::Unauthenticated => self.unauthenticated.as_deref(),
            Alarm::Forbidden => self.forbidden.as_deref(),
            Alarm::Enumeration => self.enumeration.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_is_read_however_its_value_is_escaped() {
        let alerts: Alerts = serde_json::from_str(
            r#"{"field": "a.kind", "forbidden": "many/forbidden", "after": 3, "window": "1s", "within": "1s"}"#,
        )
        .unwrap();
        for (line, alarm) in [
            (r#"{"a": {"kind": "many/forbidden"}}"#, Some(Alarm::Forbidden)),
            (r#"{"a.kind": "many\/forbidden"}"#, Some(Alarm::Forbidden)),
            (r#"{"a.kind": "man\u0079/forbidden"}"#, Some(Alarm::Forbidden)),
            (r#"{"a.kind": "many/forbidden calls"}"#, None),
            (r#"{"a.kind": "call"}"#, None),
            ("many/forbidden", None),
        ] {
            assert_eq!(alerts.read(line), alarm, "{line}");
        }
    }
}
