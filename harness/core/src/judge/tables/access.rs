//! Access by caller and operation: what the descriptor says and what was seen.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::judge::oracle::allowed;
use crate::judge::scene::Scene;

/// What the descriptor says about a caller and an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// The call is served.
    Served,
    /// The call is refused.
    Refused,
}

/// What was seen of one caller's calls of one operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessCell {
    /// The caller; none for an anonymous call.
    pub identity: Option<String>,
    /// The operation.
    pub operation: String,
    /// The scenarios with these calls.
    pub scenarios: BTreeSet<String>,
    /// What the operation's `allow` and `scopes` and the caller's roles and token say.
    pub expected: Access,
    /// Calls that reached the upstream.
    pub served: u64,
    /// Calls that got 401, 403 or 404 and did not reach the upstream.
    pub refused: u64,
    /// Calls that show neither: no answer, a rate limiter's answer, an error, or a success that the target made itself.
    pub unclear: u64,
}

/// Counts the matrix.
#[derive(Debug, Default)]
pub(super) struct Matrix(BTreeMap<(Option<String>, String), AccessCell>);

impl Matrix {
    /// Counts a case if it is judged by the declared policy.
    pub(super) fn case(&mut self, scene: &Scene<'_>) {
        let case = scene.case;
        let (Some(_), Some(allowed)) = (case.expect.policy, allowed(scene)) else { return };
        let identity = case.identity.as_ref().map(ToString::to_string);
        let operation = case.operation.to_string();
        let cell = self.0.entry((identity, operation)).or_insert_with_key(|(identity, operation)| AccessCell {
            identity: identity.clone(),
            operation: operation.clone(),
            scenarios: BTreeSet::new(),
            expected: if allowed { Access::Served } else { Access::Refused },
            served: 0,
            refused: 0,
            unclear: 0,
        });
        cell.scenarios.insert(case.scenario.to_string());
        let status = scene.seen.answer().map(|answer| answer.status);
        match status {
            _ if scene.seen.arrived().next().is_some() => cell.served += 1,
            Some(401 | 403 | 404) => cell.refused += 1,
            _ => cell.unclear += 1,
        }
    }

    /// The cells, by caller and operation.
    pub(super) fn cells(self) -> Vec<AccessCell> {
        self.0.into_values().collect()
    }
}
