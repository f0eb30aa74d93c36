//! The calibration's benign calls: each operation by each identity that may call it.

use serde_json::{Value, json};

use super::Plan;
use crate::scenario::{Scenario, Suite};
use crate::vocab::TargetKind;

/// Most calls: enough to call each operation of a large target once.
const MOST: usize = 100;

impl Plan {
    /// A plan with only benign calls of the same target, with marks of the same run. Operations with a declared rate
    /// are left out if there are others, because the calls would use up the quota of the suite. Operations that delete
    /// are left out too: the others show what the target changes in a call.
    pub fn benign(&self) -> Option<Self> {
        let target = &self.target;
        let limited = target.limits.rate.as_ref().map_or(&[][..], |rate| &rate.operations);
        let spares = target.operations.keys().any(|name| !limited.contains(name));
        let keeps = target.operations.values().any(|spec| spec.method != "DELETE");
        let operations = target.operations.iter().filter(|(name, _)| !spares || !limited.contains(name));
        let operations = operations.filter(|(_, spec)| !keeps || spec.method != "DELETE");
        let mut steps: Vec<Value> = Vec::new();
        for (name, spec) in operations {
            let open = spec.allow.is_empty();
            let callers = target.identities.iter().filter(|(_, shown)| open || spec.allows(shown));
            let callers: Vec<Option<&str>> = callers.map(|(name, _)| Some(name.as_str())).collect();
            let callers = if callers.is_empty() && open { vec![None] } else { callers };
            steps.extend(callers.into_iter().map(|caller| match caller {
                Some(caller) => json!({"send": {"op": name, "as": caller}, "expect": {}}),
                None => json!({"send": {"op": name}, "expect": {}}),
            }));
        }
        steps.truncate(MOST);
        let scenario = json!({
            "pincer": "scenario/v1",
            "id": "CAL-01.benign",
            "title": "Benign calls show what the target does to a call",
            "control": "CAL-01",
            "for": TargetKind::Gateway,
            "severity": "low",
            "kills": [],
            "benign": steps,
            "attack": [],
        });
        let scenario: Scenario = serde_json::from_value(scenario).ok()?;
        let suite = Suite { scenarios: vec![scenario], ..self.suite.clone() };
        Some(Self::new(self.seed, suite, target.clone()).with_nonce(self.nonce))
    }
}
