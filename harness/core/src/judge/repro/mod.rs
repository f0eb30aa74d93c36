//! How a case is repeated by hand: a line for curl, or a script where the request is none that a client sends.
//!
//! Addresses and credentials stand as environment variables: `$PINCER_TARGET` is the target's address, such as
//! `http://127.0.0.1:8080`, `$ALICE_X_API_KEY` the whole value of the header `X-Api-Key` that alice shows. Where a case shows
//! another key, it is written out in the place of what stands behind the last space of that value.

mod curl;
mod flood;
mod script;
mod shell;
mod shown;

use crate::plan::{Call, Case, Plan};
use crate::scenario::{Via, Wire};
use shown::Shown;

/// A file that a finding's line needs; it stands in `repro/` beside the results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReproFile {
    /// Its name.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// How a case is repeated by hand.
#[derive(Debug, Default)]
pub(super) struct Repro {
    /// A line of shell.
    pub(super) line: Option<String>,
    /// The file that the line needs.
    pub(super) file: Option<ReproFile>,
}

impl Repro {
    /// How this case is repeated; connections that are held back and hellos of TLS are not, for they are no calls, nor is what
    /// asks for a port of its own.
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

/// The `pincer` command that repeats a case with its benign twins.
pub(super) fn command(plan: &Plan, arguments: &[String], case: &Case) -> String {
    let given: String = arguments.iter().map(|text| format!("{} ", shell::argument(text))).collect();
    format!("pincer run {given}--only {} --case {} --seed {}", case.scenario, case.id.index, plan.seed)
}

/// The headers by which the caller of a case shows itself, in the order of the wire. A forged token has a variable of its
/// own, for only Pincer can make it; with another key nothing is forged.
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

/// Where a file of a case is found by a shell: beside the results, which stand in `pincer-out` unless `$PINCER_OUT` says
/// otherwise.
fn place(name: &str) -> String {
    format!("\"${{PINCER_OUT:-pincer-out}}/repro/{name}\"")
}
