//! How to repeat a case by hand: a curl line, or a script if no client sends the request.
//!
//! Addresses and credentials are environment variables. `$PINCER_TARGET` is the target's address, such as
//! `http://127.0.0.1:8080`. `$ALICE_X_API_KEY` is the whole value of alice's header `X-Api-Key`. If a case sends
//! another key, that key replaces the part after the last space of the value.

mod curl;
mod flood;
mod script;
mod shell;
mod shown;

use crate::plan::{Call, Case, Plan};
use crate::scenario::{Via, Wire};
use shown::Shown;

/// A file that a finding's line needs; it is written to `repro/` beside the results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReproFile {
    /// Its name.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// How to repeat a case by hand.
#[derive(Debug, Default)]
pub(super) struct Repro {
    /// A shell line.
    pub(super) line: Option<String>,
    /// The file that the line needs.
    pub(super) file: Option<ReproFile>,
}

impl Repro {
    /// How to repeat this case. Held connections, TLS hellos and cases with a separate port have no such line.
    pub(super) fn of(plan: &Plan, case: &Case) -> Self {
        match &case.call {
            _ if case.hold.is_some() || case.probe.is_some() || case.call.via() != Via::Url => Self::default(),
            // Without its model and its upstreams an agent does something else.
            _ if case.mind.is_some() => Self::default(),
            Call::Http(call) if call.wire != Wire::Raw => match &case.flood {
                Some(load) => flood::flood(plan, case, load).unwrap_or_default(),
                None => curl::curl(plan, case).unwrap_or_default(),
            },
            Call::Http(_) | Call::Raw(_) => script::script(plan, case),
            Call::Task(_) => Self::default(),
        }
    }
}

/// The `pincer` command that repeats a case with its benign calls.
pub(super) fn command(plan: &Plan, arguments: &[String], case: &Case) -> String {
    let given: String = arguments.iter().map(|text| format!("{} ", shell::argument(text))).collect();
    format!("pincer run {given}--only {} --case {} --seed {}", case.scenario, case.id.index, plan.seed)
}

/// The headers with the caller's credential, in wire order. A forged token has its own variable, because only Pincer
/// can make it; another key needs no forging.
pub(super) fn credentials(plan: &Plan, case: &Case) -> Vec<Shown> {
    const AUTHORIZATION: &str = "authorization";
    let Some(identity) = &case.identity else { return Vec::new() };
    let Some(credential) = plan.target.identities.get(identity) else { return Vec::new() };
    let forged = case.forge.is_some() && case.key.is_none() && credential.token.is_some();
    let shown = |name: &str, parts: &[&str]| Shown {
        name: name.to_owned(),
        variable: shell::variable(parts),
        key: case.key.clone(),
    };
    let own = credential.header.keys().filter(|name| !(forged && *name == AUTHORIZATION));
    let own = own.map(|name| shown(name, &[identity.as_str(), name]));
    let parts =
        if forged { vec![identity.as_str(), "forged", AUTHORIZATION] } else { vec![identity.as_str(), AUTHORIZATION] };
    let token = credential.token.as_ref().map(|_| shown(AUTHORIZATION, &parts));
    own.chain(token).collect()
}

/// A case's file as a shell path: beside the results, in `pincer-out` unless `$PINCER_OUT` is set.
fn place(name: &str) -> String {
    format!("\"${{PINCER_OUT:-pincer-out}}/repro/{name}\"")
}
