//! Profiles: frozen lists of controls that a certificate is about.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ReadError, Source, Suite};
use crate::vocab::{ControlId, Digest, TargetKind};

/// A file that names the controls which a target must meet. Once published it never changes; a later one has a name of its
/// own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Format and version: `profile/v1`.
    pub pincer: String,
    /// Name, year and number, such as `gateway-base.2026.1`.
    pub name: String,
    /// What a target that meets it has shown.
    pub title: String,
    /// What it is for.
    pub r#for: TargetKind,
    /// The digest of all else in this file.
    pub digest: Digest,
    /// How often each attack case is done at least, of an agent with a model of its own.
    pub trials: u32,
    /// How many attack cases a result must rest on.
    pub floors: Floors,
    /// The controls, each with what tests it.
    pub controls: BTreeMap<ControlId, Required>,
}

/// The fewest attack cases that a result may rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Floors {
    /// Of each control.
    pub control: u64,
    /// Of the whole run.
    pub run: u64,
}

/// What tests a control.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Required {
    /// The first 16 digits of the digest of the control and of its scenarios, without what only explains them.
    pub revision: String,
    /// The scenarios that are scored, without the control's id in front.
    pub scenarios: Vec<String>,
}

impl Required {
    /// The ids of the scenarios.
    pub fn ids(&self, control: &ControlId) -> impl Iterator<Item = String> {
        self.scenarios.iter().map(move |slug| format!("{control}.{slug}"))
    }
}

/// Reads a profile; fails where its digest is not that of its contents.
pub fn read_profile(source: &Source) -> Result<Profile, ReadError> {
    let profile: Profile = source.read("profile/v1").map_err(|fault| ReadError(vec![fault]))?;
    if profile.digest == profile.digest_of_contents() {
        return Ok(profile);
    }
    let message = "the digest is not that of this file's contents: the profile was changed after it was published";
    let help = "use the published file; a new profile needs a name of its own".to_owned();
    Err(ReadError(vec![source.fault(&["digest".into()], message.to_owned(), Some(help))]))
}

impl Profile {
    /// The digest of all but the digest.
    pub fn digest_of_contents(&self) -> Digest {
        let Self { pincer: format, name, title, r#for, digest: _, trials, floors, controls } = self;
        Digest::of_value(&(format, name, title, r#for, trials, floors, controls))
    }

    /// The level that a certificate of it says, such as `PINCER_GATEWAY_BASE_2026_1`.
    pub fn level(&self) -> String {
        let word = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
        format!("PINCER_{}", self.name.chars().map(word).collect::<String>())
    }

    /// Whether a scenario is scored.
    pub fn scores(&self, scenario: &str) -> bool {
        self.controls.iter().any(|(control, required)| required.ids(control).any(|id| id == scenario))
    }
}

impl Suite {
    /// The revision of a control and of these scenarios of it; nothing where one of them is not in the suite. What only
    /// explains a scenario does not count.
    pub fn revision(&self, control: &ControlId, scenarios: &[String]) -> Option<String> {
        let stated = self.catalogue.get(control.as_str())?;
        let mut tested = Vec::new();
        for slug in scenarios {
            let id = format!("{control}.{slug}");
            let mut scenario = self.scenarios.iter().find(|scenario| scenario.id.as_str() == id)?.clone();
            scenario.title.clear();
            (scenario.about, scenario.tags, scenario.kills) = (None, Vec::new(), Vec::new());
            let names = scenario.steps().flat_map(|step| &step.payloads).cloned().collect::<Vec<_>>();
            let payloads = names.iter().map(|name| {
                let set = self.payloads.get(name)?;
                Some(
                    set.payloads
                        .iter()
                        .map(|payload| (payload.text.clone(), payload.dialect.clone()))
                        .collect::<Vec<_>>(),
                )
            });
            let payloads = payloads.collect::<Option<Vec<_>>>()?;
            tested.push((scenario, payloads));
        }
        let digest = Digest::of_value(&(&stated.id, stated.level, &stated.statement, tested)).hex();
        digest.get(..16).map(str::to_owned)
    }
}
