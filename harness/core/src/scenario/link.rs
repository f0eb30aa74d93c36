//! Checks that the names in a scenario exist.

use std::collections::{BTreeMap, BTreeSet};

use super::error::Diagnostic;
use super::kind::misplaced;
use super::operation::LIMITED;
use super::read::{Source, one_of};
use super::seg::Seg;
use super::short::in_full;
use super::{
    Back, Behaviour, Caller, Catalogue, Expect, HeldConnections, Hold, OrderSpec, PayloadSet, Right, Scenario,
    ScriptedTurn, Step, Target, Tls, Via, Wire,
};
use crate::vocab::{PayloadSetName, TargetKind};

/// The names that scenarios may use besides payload sets and controls.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    weaknesses: BTreeSet<String>,
    operations: BTreeSet<String>,
    identities: BTreeSet<String>,
    claims: BTreeSet<String>,
}

impl Vocabulary {
    /// The weaknesses of the reference, and what any of the targets declares. Without targets the names are unknown,
    /// and a scenario may use any.
    pub fn new<'a>(weaknesses: &[&str], targets: impl IntoIterator<Item = &'a Target>) -> Self {
        let mut words =
            Self { weaknesses: weaknesses.iter().map(|&name| name.to_owned()).collect(), ..Self::default() };
        words.operations.insert(LIMITED.to_owned());
        for target in targets {
            words.operations.extend(target.operations.keys().map(ToString::to_string));
            words
                .operations
                .extend(target.operations.values().filter_map(|spec| spec.role.as_ref()).map(ToString::to_string));
            words.identities.extend(target.identities.keys().map(ToString::to_string));
            words.claims.extend(target.claims.iter().map(ToString::to_string));
        }
        words
    }
}

/// Collects the faults of one scenario.
pub(super) struct Linker<'a> {
    pub(super) source: &'a Source,
    pub(super) catalogue: &'a Catalogue,
    pub(super) payloads: &'a BTreeMap<PayloadSetName, (usize, PayloadSet)>,
    pub(super) words: &'a Vocabulary,
    pub(super) faults: &'a mut Vec<Diagnostic>,
}

impl Linker<'_> {
    /// Checks all names of a scenario.
    pub(super) fn scenario(&mut self, scenario: &Scenario) {
        let controls = self.catalogue.controls.iter().map(|control| control.id.to_string()).collect();
        self.known(&["control".into()], "control", scenario.control.as_str(), &controls);
        if scenario.id.control() != scenario.control.as_str() {
            self.fault(&["id".into()], format!("the id must start with the control's id, {}", scenario.control), None);
        }
        let words = self.words;
        let weaknesses = scenario.kills.iter().enumerate().filter(|_| !words.weaknesses.is_empty());
        for (i, weakness) in weaknesses {
            self.known(&["kills".into(), i.into()], "weakness", weakness.as_str(), &words.weaknesses);
        }
        for (i, claim) in scenario.requires.iter().enumerate() {
            self.known(&["requires".into(), i.into()], "claim", claim.as_str(), &words.claims);
        }
        for (phase, steps) in [("benign", &scenario.benign), ("attack", &scenario.attack)] {
            if steps.is_empty() {
                let help = Some("add at least one step: a scenario needs benign and attack steps".to_owned());
                self.fault(&[phase.into()], format!("`{phase}` has no steps"), help);
            }
            for (i, step) in steps.iter().enumerate() {
                let at = [phase.into(), i.into()];
                self.step(&at, step);
                self.kind(scenario.r#for, &at, step);
            }
        }
    }

    fn step(&mut self, at: &[Seg], step: &Step) {
        let below = |keys: &[Seg]| [at, keys].concat();
        let words = self.words;
        for (i, operation) in step.send.operations.named().iter().enumerate() {
            let path = below(&["send".into(), "op".into(), i.into()]);
            self.known(&path, "operation", operation.as_str(), &words.operations);
        }
        for (i, caller) in step.send.identities.named().iter().enumerate() {
            self.caller(&below(&["send".into(), "as".into(), i.into()]), caller);
        }
        if let Some(caller) = &step.send.of {
            self.caller(&below(&["send".into(), "of".into()]), caller);
        }
        for (i, stream) in step.flood.iter().flat_map(|flood| &flood.beside).enumerate() {
            let path = below(&["flood".into(), "beside".into(), i.into(), "as".into()]);
            self.caller(&path, &stream.identity);
        }
        if let Some(hold) = &step.hold {
            self.caller(&below(&["hold".into(), "beside".into()]), &hold.beside);
        }
        if let Some(OrderSpec::Call(operation)) = &step.order {
            let path = below(&["order".into(), "call".into()]);
            self.known(&path, "operation", operation.as_str(), &words.operations);
        }
        for (i, turn) in step.script.iter().enumerate() {
            for (n, call) in turn.calls().iter().enumerate() {
                let path = match turn {
                    ScriptedTurn::Calls(_) => {
                        below(&["script".into(), i.into(), "calls".into(), n.into(), "op".into()])
                    }
                    _ => below(&["script".into(), i.into(), "call".into(), "op".into()]),
                };
                self.known(&path, "operation", call.op.as_str(), &words.operations);
            }
        }
        if let Some(identity) = step.before.iter().find_map(|before| before.identity.as_ref()) {
            self.caller(&below(&["before".into(), "as".into()]), identity);
        }
        let sets = self.payloads.keys().map(ToString::to_string).collect();
        for (i, set) in step.payloads.iter().enumerate() {
            self.known(&below(&["payloads".into(), i.into()]), "payload set", set.as_str(), &sets);
        }
        let wrong = in_full(step).into_iter().find_map(|(place, step)| Some((place, step_fault(&step)?)));
        if let Some((place, message)) = wrong {
            self.fault(&below(&place), message.to_owned(), None);
        }
    }

    /// Each key of a step applies to the scenario's kind of target.
    fn kind(&mut self, kind: TargetKind, at: &[Seg], step: &Step) {
        if let Some(key) = misplaced(step, kind) {
            let path: Vec<Seg> = at.iter().cloned().chain(key.iter().map(|key| Seg::from(*key))).collect();
            let (message, help) = match kind {
                TargetKind::Gateway => ("is for agents", "remove it: a gateway has no model and no tasks"),
                TargetKind::Agent => ("is for gateways", "remove it: an agent gets tasks and makes its own calls"),
            };
            let message =
                format!("`{}` {message}, but the scenario is for {kind}", key.join("."), kind = of_kind(kind));
            self.fault(&path, message, Some(help.to_owned()));
        } else if let Some(message) = Some(step).filter(|_| kind == TargetKind::Agent).and_then(agent_fault) {
            self.fault(at, message.to_owned(), None);
        }
    }

    /// A named caller is an identity of a target.
    fn caller(&mut self, path: &[Seg], caller: &Caller) {
        let Some(name) = caller.name() else { return };
        if !self.words.identities.contains(name.as_str()) {
            let rights = Right::ALL.iter().map(|(_, word)| *word);
            let valid: Vec<&str> = self.words.identities.iter().map(String::as_str).chain(rights).collect();
            let message = format!("no identity or right is named `{name}`");
            self.fault(path, message, one_of(name.as_str(), &valid));
        }
    }

    fn known(&mut self, path: &[Seg], kind: &str, name: &str, valid: &BTreeSet<String>) {
        if !valid.contains(name) {
            let valid: Vec<&str> = valid.iter().map(String::as_str).collect();
            self.fault(path, format!("no {kind} is named `{name}`"), one_of(name, &valid));
        }
    }

    fn fault(&mut self, path: &[Seg], message: String, help: Option<String>) {
        self.faults.push(self.source.fault(path, message, help));
    }
}

/// A kind of target with its article.
fn of_kind(kind: TargetKind) -> &'static str {
    match kind {
        TargetKind::Gateway => "a gateway",
        TargetKind::Agent => "an agent",
    }
}

/// What is wrong with a step of an agent.
fn agent_fault(step: &Step) -> Option<&'static str> {
    let empty = |turn: &ScriptedTurn| matches!(turn, ScriptedTurn::Calls(calls) if calls.is_empty());
    if step.order.is_some() != (step.model == Some(Behaviour::Hijacked)) {
        Some("`order` and `model: hijacked` need each other")
    } else if step.model.is_some() && !step.script.is_empty() {
        Some("use either `script` or `model`, not both")
    } else if step.script.iter().any(empty) {
        Some("`calls` is empty: name at least one call")
    } else if step.script.contains(&ScriptedTurn::Behave(Behaviour::Hijacked)) {
        Some("a `script` cannot use `behave: hijacked`")
    } else if step.before.is_some() != step.expect.recalls.is_some() {
        Some("`before` and `expect.recalls` need each other")
    } else if step.expect.audited == Some(false) {
        Some("for an agent only `audited: true` is allowed: every call has a record, and every record a call")
    } else {
        None
    }
}

/// What is wrong with a step as a whole.
fn step_fault(step: &Step) -> Option<&'static str> {
    let send = &step.send;
    let speaks = |text: &String| text.contains("${payload}");
    let placed = send.fill.values().chain(send.headers.values()).chain(send.query.values()).any(speaks)
        || send.target.iter().chain(&send.member).chain(&send.body).chain(&send.raw).any(speaks)
        || send.add.iter().chain(&send.key).any(speaks)
        || step
            .upstream
            .iter()
            .any(|u| u.body.iter().chain(&u.raw).chain(&u.add).chain(u.headers.values()).any(speaks));
    if placed && step.payloads.is_empty() {
        Some("`${payload}` is used, but `payloads` is missing")
    } else if !placed && !step.payloads.is_empty() {
        Some("`payloads` is set, but `${payload}` is not used")
    } else if !step.encode.is_empty() && step.payloads.is_empty() {
        Some("`encode` needs `payloads`")
    } else if step.expect == Expect::default() {
        Some("`expect` is empty, so this step cannot fail")
    } else if step.expect.rate.is_some() != step.flood.is_some() {
        Some("`flood` and `expect.rate` need each other")
    } else if step.expect.held.is_some() != step.hold.is_some() {
        Some("`hold` and `expect.held` need each other")
    } else if step.hold.is_some() && step.flood.is_some() {
        Some("use either `flood` or `hold`, not both")
    } else if send.raw.is_some() && send.wire != Wire::Raw {
        Some("`raw` needs `wire: raw`")
    } else if step.probe.is_some() != matches!(step.expect.tls, Some(rule) if rule != Tls::Plain) {
        Some("`probe: tls` and `expect.tls` (other than `plain`) need each other")
    } else if step.expect.tls == Some(Tls::Plain) && send.via != Via::PlainOnTls {
        Some("`expect.tls: plain` needs `via: plain-on-tls`")
    } else if step.flood.is_some() && (step.probe.is_some() || send.via == Via::PlainOnTls) {
        Some("`flood` cannot be combined with `probe` or `via: plain-on-tls`")
    } else if step.hold.as_ref().is_some_and(|hold| hold.back.is_http2() != (send.wire == Wire::Http2)) {
        Some("`hold` needs `wire: http2` for `back: resets` and `back: continuation`, and only for these")
    } else if step.hold.as_ref().is_some_and(|hold| !(1..=Hold::MOST).contains(&hold.connections)) {
        Some("`hold.connections` must be 1 to 2,000")
    } else if step.hold.as_ref().is_some_and(|hold| hold.back == Back::Answer)
        && step.expect.held == Some(HeldConnections::Ended)
    {
        Some("`back: answer` needs `held: served`: a client that does not read cannot see its connection end")
    } else if !step.spell.is_empty() && send.wire != Wire::Raw {
        Some("`spell` needs `wire: raw`, because a client library would normalise the path")
    } else if !step.spell.is_empty() && send.target.as_ref().is_some_and(|text| !text.contains("${path}")) {
        Some("`spell` needs `${path}` in `target`")
    } else if step.flood.iter().flat_map(|flood| &flood.spell).any(|spelling| !spelling.survives_a_client()) {
        Some("a flood cannot use this spelling, because its client library would normalise the path")
    } else if step.repeat == 0 {
        Some("`repeat: 0` sends nothing: use 1 or more")
    } else {
        None
    }
}
