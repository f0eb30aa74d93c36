//! A suite: scenarios, payload sets and controls whose names all resolve.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::error::{Diagnostic, ReadError};
use super::locate::Seg;
use super::read::one_of;
use super::{Catalogue, PayloadSet, Scenario, Source, Step};
use crate::vocab::PayloadSetName;

/// Scenarios with all that they refer to. In a trace it is the whole plan's input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suite {
    /// In order of their ids.
    pub scenarios: Vec<Scenario>,
    /// By their names.
    pub payloads: BTreeMap<PayloadSetName, PayloadSet>,
    /// The controls that the scenarios test.
    pub catalogue: Catalogue,
}

impl Suite {
    /// Reads and links scenario and payload files. Later sources replace earlier ones of the same id when
    /// `layered` says from which position on that is meant; elsewhere a duplicate is a fault.
    pub fn read(
        catalogue: Catalogue,
        sources: &[Source],
        layered: usize,
        weaknesses: &[&str],
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
                link(source, scenario, &catalogue, &payloads, weaknesses, &mut faults);
            }
        }
        if !faults.is_empty() {
            return Err(ReadError(faults));
        }
        Ok(Self {
            scenarios: scenarios.into_values().map(|(_, scenario)| scenario).collect(),
            payloads: payloads.into_iter().map(|(name, (_, set))| (name, set)).collect(),
            catalogue,
        })
    }

    /// The suite with only the scenarios that `keep` wants, and only what they refer to.
    #[must_use]
    pub fn select(&self, keep: impl Fn(&Scenario) -> bool) -> Self {
        let scenarios: Vec<Scenario> = self.scenarios.iter().filter(|s| keep(s)).cloned().collect();
        let used: BTreeSet<&PayloadSetName> =
            scenarios.iter().flat_map(|s| s.benign.iter().chain(&s.attack)).flat_map(|step| &step.payloads).collect();
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
    source.fault(&[key.into()], format!("`{id}` is defined twice"), Some("give it an id of its own".to_owned()))
}

fn link(
    source: &Source,
    scenario: &Scenario,
    catalogue: &Catalogue,
    payloads: &BTreeMap<PayloadSetName, (usize, PayloadSet)>,
    weaknesses: &[&str],
    faults: &mut Vec<Diagnostic>,
) {
    let mut fault = |path: &[Seg], message: String, help| faults.push(source.fault(path, message, help));
    let controls: Vec<&str> = catalogue.controls.iter().map(|c| c.id.as_str()).collect();
    if !controls.contains(&scenario.control.as_str()) {
        let help = one_of(scenario.control.as_str(), &controls);
        fault(&["control".into()], format!("no control is named `{}`", scenario.control), help);
    }
    if scenario.id.control() != scenario.control.as_str() {
        fault(&["id".into()], format!("the id of a scenario of {} starts with it", scenario.control), None);
    }
    for (i, weakness) in scenario.kills.iter().enumerate() {
        if !weaknesses.contains(&weakness.as_str()) {
            let help = one_of(weakness.as_str(), weaknesses);
            fault(&["kills".into(), i.into()], format!("no weakness is named `{weakness}`"), help);
        }
    }
    for (phase, steps) in [("benign", &scenario.benign), ("attack", &scenario.attack)] {
        if steps.is_empty() {
            let help = Some("a scenario needs a benign twin and an attack".to_owned());
            fault(&[phase.into()], format!("`{phase}` has no step"), help);
        }
        let known: Vec<&str> = payloads.keys().map(PayloadSetName::as_str).collect();
        for (i, step) in steps.iter().enumerate() {
            for (j, set) in step.payloads.iter().enumerate() {
                if !payloads.contains_key(set) {
                    let path = [phase.into(), i.into(), "payloads".into(), j.into()];
                    fault(&path, format!("no payload set is named `{set}`"), one_of(set.as_str(), &known));
                }
            }
            if let Some(message) = step_fault(step) {
                fault(&[phase.into(), i.into()], message.to_owned(), None);
            }
        }
    }
}

/// What is wrong with a step as a whole.
fn step_fault(step: &Step) -> Option<&'static str> {
    let send = &step.send;
    let speaks = |text: &String| text.contains("${payload}");
    let placed = send.fill.values().chain(send.headers.values()).chain(send.query.values()).any(speaks)
        || send.target.iter().chain(&send.body).any(speaks)
        || step.upstream.iter().any(|u| u.body.iter().chain(u.headers.values()).any(speaks));
    if placed && step.payloads.is_empty() {
        Some("`${payload}` is used, but no `payloads` are named")
    } else if !placed && !step.payloads.is_empty() {
        Some("`payloads` are named, but `${payload}` is used nowhere")
    } else if !step.encode.is_empty() && step.payloads.is_empty() {
        Some("`encode` has nothing to encode: name `payloads`")
    } else if step.expect == super::Expect::default() {
        Some("`expect` is empty: this step could not fail")
    } else if step.expect.rate.is_some() != step.flood.is_some() {
        Some("`flood` and `expect.rate` belong together")
    } else if step.repeat == 0 {
        Some("`repeat: 0` sends nothing")
    } else {
        None
    }
}
