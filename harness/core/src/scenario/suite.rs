//! A suite: scenarios, payload sets and controls whose names all resolve.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::error::{Diagnostic, ReadError};
use super::link::{Linker, Vocabulary};
use super::{Catalogue, PayloadSet, Scenario, Source};
use crate::vocab::PayloadSetName;

/// Scenarios with everything that they refer to. A trace contains the whole suite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suite {
    /// In order of their ids, with a step for each answer of an upstream.
    pub scenarios: Vec<Scenario>,
    /// By their names.
    pub payloads: BTreeMap<PayloadSetName, PayloadSet>,
    /// The controls that the scenarios test.
    pub catalogue: Catalogue,
}

impl Suite {
    /// Reads and links scenario and payload files. Sources from the position `layered` on replace earlier ones of the
    /// same id; otherwise a duplicate is a fault.
    pub fn read(
        catalogue: Catalogue,
        sources: &[Source],
        layered: usize,
        words: &Vocabulary,
    ) -> Result<Self, ReadError> {
        let mut faults = Vec::new();
        let mut scenarios: BTreeMap<String, (usize, Scenario)> = BTreeMap::new();
        let mut payloads: BTreeMap<PayloadSetName, (usize, PayloadSet)> = BTreeMap::new();
        for (at, source) in sources.iter().enumerate() {
            let replaces = |earlier: usize| earlier < layered && at >= layered;
            if source.format().is_some_and(|format| format.starts_with("payloads/")) {
                match source.read::<PayloadSet>("payloads/v1") {
                    Ok(set) => {
                        if payloads.get(&set.name).is_some_and(|(earlier, _)| !replaces(*earlier)) {
                            faults.push(duplicate(source, "name", set.name.as_str()));
                        }
                        payloads.insert(set.name.clone(), (at, set));
                    }
                    Err(fault) => faults.push(fault),
                }
            } else {
                match source.read::<Scenario>("scenario/v1") {
                    Ok(scenario) => {
                        let id = scenario.id.as_str().to_owned();
                        if scenarios.get(&id).is_some_and(|(earlier, _)| !replaces(*earlier)) {
                            faults.push(duplicate(source, "id", &id));
                        }
                        scenarios.insert(id, (at, scenario));
                    }
                    Err(fault) => faults.push(fault),
                }
            }
        }
        for (at, scenario) in scenarios.values() {
            if let Some(source) = sources.get(*at) {
                let (catalogue, payloads, faults) = (&catalogue, &payloads, &mut faults);
                Linker { source, catalogue, payloads, words, faults }.scenario(scenario);
            }
        }
        if !faults.is_empty() {
            return Err(ReadError(faults));
        }
        Ok(Self {
            scenarios: scenarios.into_values().map(|(_, scenario)| scenario.in_full()).collect(),
            payloads: payloads.into_iter().map(|(name, (_, set))| (name, set)).collect(),
            catalogue,
        })
    }

    /// The suite with only the scenarios that `keep` accepts, and what they refer to.
    #[must_use]
    pub fn select(&self, keep: impl Fn(&Scenario) -> bool) -> Self {
        let scenarios: Vec<Scenario> = self.scenarios.iter().filter(|s| keep(s)).cloned().collect();
        let used: BTreeSet<&PayloadSetName> =
            scenarios.iter().flat_map(Scenario::steps).flat_map(|step| &step.payloads).collect();
        let payloads = self
            .payloads
            .iter()
            .filter(|(name, _)| used.contains(name))
            .map(|(name, set)| (name.clone(), set.clone()))
            .collect();
        let catalogue = Catalogue {
            controls: self
                .catalogue
                .controls
                .iter()
                .filter(|control| scenarios.iter().any(|s| s.control == control.id))
                .cloned()
                .collect(),
            ..self.catalogue.clone()
        };
        Self { scenarios, payloads, catalogue }
    }
}

fn duplicate(source: &Source, key: &str, id: &str) -> Diagnostic {
    source.fault(&[key.into()], format!("`{id}` is defined twice"), Some("give each its own id or name".to_owned()))
}
