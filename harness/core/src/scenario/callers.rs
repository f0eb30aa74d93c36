//! Finds the identities that a step's callers mean.
//!
//! In: a step's callers, an operation and a target. Out: identities of the target, or what it would have to declare.

use super::caller::{Caller, Right};
use super::choice::Choice;
use super::{Credential, OperationSpec, Step, Target};
use crate::vocab::{Identity, Operation};

/// The callers of a target for a step with one of its operations.
#[derive(Debug, Clone, Copy)]
pub struct Callers<'a> {
    target: &'a Target,
    operation: &'a OperationSpec,
    /// Whether only identities with `presents` will do.
    presented: bool,
}

/// An identity and its credential.
type Shown<'a> = (&'a Identity, &'a Credential);

impl<'a> Callers<'a> {
    /// The callers for a step with this operation of the target.
    pub fn new(step: &Step, operation: &'a OperationSpec, target: &'a Target) -> Self {
        Self { target, operation, presented: step.expect.presents.is_some() }
    }

    /// The chosen identities without duplicates, in the order of the choice.
    pub fn chosen(&self, choice: &Choice<Caller>) -> Vec<&'a Identity> {
        let Choice::These(callers) = choice else { return self.target.identities.keys().collect() };
        let mut chosen = Vec::new();
        for identity in callers.iter().filter_map(|caller| self.find(caller)) {
            if !chosen.contains(&identity) {
                chosen.push(identity);
            }
        }
        chosen
    }

    /// The identity that a caller is.
    pub fn find(&self, caller: &Caller) -> Option<&'a Identity> {
        match caller {
            Caller::Named(name) => self.target.identities.get_key_value(name).map(|(name, _)| name),
            Caller::Right(right) => self.who(*right).map(|(name, _)| name),
        }
    }

    /// What the target would have to declare for this caller.
    pub fn lack(&self, caller: &Caller, operation: &Operation) -> String {
        let Caller::Right(right) = caller else { return format!("identities.{caller}") };
        let undeclared = self.operation.allow.is_empty();
        let lack = match right {
            Right::Refused | Right::OtherRefused | Right::RefusedToken if undeclared => {
                format!("operations.{operation}.allow")
            }
            Right::Unscoped if self.operation.scopes.is_empty() => format!("operations.{operation}.scopes"),
            Right::Allowed => format!("identities: one that may call `{operation}`"),
            Right::Other => format!("identities: a second one that may call `{operation}`"),
            Right::OtherRole => format!("identities: a second one that may call `{operation}`, with another role"),
            Right::Named | Right::SameName => {
                "identities: two with the same name under `presents`, in two tenants".to_owned()
            }
            Right::Token => format!("identities: one with a token that may call `{operation}`"),
            Right::OtherToken => format!("identities: a second one with a token that may call `{operation}`"),
            Right::Refused => format!("identities: one that may not call `{operation}`"),
            Right::OtherRefused => format!("identities: a second one that may not call `{operation}`"),
            Right::RefusedToken => format!("identities: one with a token that may not call `{operation}`"),
            Right::Unscoped => format!("identities: one whose token lacks a scope of `{operation}`"),
        };
        let presented = self.presented && lack.starts_with("identities: ");
        if presented { format!("{lack}, with `presents`") } else { lack }
    }

    /// The upstream name of the caller with a right, or else the name of its identity.
    pub fn name_of(&self, right: Right) -> Option<&'a str> {
        let (name, shown) = self.who(right)?;
        Some(shown.presents.values().next().map_or(name.as_str(), String::as_str))
    }

    fn who(&self, right: Right) -> Option<Shown<'a>> {
        let allowed = || self.pool(true);
        let refused = || self.pool(false);
        let token = |(_, shown): &Shown<'a>| shown.token.is_some() && self.target.idp.is_some();
        match right {
            Right::Allowed => allowed().next(),
            Right::Other => another(allowed().next()?, allowed()),
            Right::OtherRole => {
                let (_, first) = allowed().next()?;
                allowed()
                    .find(|(_, shown)| shown.roles.iter().any(|role| self.opens(role) && !first.roles.contains(role)))
            }
            Right::Named => self.pair().map(|(first, _)| first),
            Right::SameName => self.pair().map(|(_, other)| other),
            Right::Token => allowed().find(token),
            Right::OtherToken => another(allowed().find(token)?, allowed().filter(token)),
            Right::Refused => refused().next(),
            Right::OtherRefused => another(refused().next()?, refused()),
            Right::RefusedToken => refused().find(token),
            Right::Unscoped => {
                let role = |shown: &Credential| shown.roles.iter().any(|role| self.opens(role));
                self.all().find(|(_, shown)| role(shown) && !shown.covers(&self.operation.scopes))
            }
        }
    }

    /// The first two allowed callers of different tenants with the same upstream name.
    fn pair(&self) -> Option<(Shown<'a>, Shown<'a>)> {
        self.pool(true).find_map(|first| {
            let same =
                |shown: &Credential| shown.presents.iter().any(|(key, name)| first.1.presents.get(key) == Some(name));
            let other = self.pool(true).find(|(_, shown)| shown.tenant != first.1.tenant && same(shown))?;
            Some((first, other))
        })
    }

    fn opens(&self, role: &String) -> bool {
        self.operation.allow.contains(role)
    }

    /// The allowed callers, or those not allowed. If the operation does not say whom it allows, everybody whose token
    /// has its scopes is allowed, and nobody is known to be refused.
    fn pool(&self, wanted: bool) -> impl Iterator<Item = Shown<'a>> {
        let (operation, undeclared) = (self.operation, self.operation.allow.is_empty());
        let allows = move |shown: &Credential| {
            if undeclared { shown.covers(&operation.scopes) } else { operation.allows(shown) }
        };
        self.all().filter(move |(_, shown)| allows(shown) == wanted && (wanted || !undeclared))
    }

    /// The candidates: those who own what the operation is about and, if needed, have `presents`, as far as there are
    /// any.
    fn all(&self) -> impl Iterator<Item = Shown<'a>> {
        let (target, operation, presented) = (self.target, self.operation, self.presented);
        let owners = target.identities.values().any(|shown| shown.owns(operation));
        let all = target.identities.iter();
        all.filter(move |(_, shown)| (!owners || shown.owns(operation)) && (!presented || !shown.presents.is_empty()))
    }
}

/// The first of another tenant than this one, else the first other caller.
fn another<'a>((first, shown): Shown<'a>, all: impl Iterator<Item = Shown<'a>>) -> Option<Shown<'a>> {
    let others: Vec<Shown<'a>> = all.filter(|(name, _)| *name != first).collect();
    let elsewhere = others.iter().find(|(_, other)| other.tenant.is_some() && other.tenant != shown.tenant);
    elsewhere.or_else(|| others.first()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Source, read_target};

    const TARGET: &str = "\
pincer: target/v1
name: t
kind: gateway
url: http://127.0.0.1:8080
upstreams: { up: {} }
idp: { audience: a }
identities:
  ann: { roles: [guest], tenant: a, presents: { who: ann } }
  kim: { roles: [reader], tenant: a, presents: { who: kim } }
  lee: { roles: [reader], tenant: a, token: { scope: r } }
  may: { roles: [reader], tenant: b, presents: { who: kim } }
  ned: { roles: [reader], tenant: b, token: { scope: r w } }
  pat: { roles: [guest], tenant: b }
  root: { roles: [admin], tenant: a, objects: { note: '1' } }
operations:
  get: { method: GET, path: /a, upstream: up, allow: [reader, admin], scopes: [r] }
  put: { method: PUT, path: /a, upstream: up, allow: [reader], scopes: [w] }
  own: { method: GET, path: '/n/{id}', owned: { id: note }, upstream: up, allow: [reader, admin] }
  open: { method: GET, path: /o, upstream: up }
";

    fn who(operation: &str, right: Right) -> Result<String, String> {
        let target = read_target(&Source::new("t.yaml", TARGET)).unwrap();
        let name = Operation::new(operation).unwrap();
        let callers = Callers { target: &target, operation: &target.operations[&name], presented: false };
        let caller = Caller::Right(right);
        callers.find(&caller).map(ToString::to_string).ok_or_else(|| callers.lack(&caller, &name))
    }

    #[test]
    fn callers_are_found_by_their_rights() {
        for (operation, right, name) in [
            ("get", Right::Allowed, "kim"),
            ("get", Right::Other, "may"),
            ("get", Right::OtherRole, "root"),
            ("get", Right::Named, "kim"),
            ("get", Right::SameName, "may"),
            ("get", Right::Token, "lee"),
            ("get", Right::OtherToken, "ned"),
            ("get", Right::Refused, "ann"),
            ("get", Right::OtherRefused, "pat"),
            ("put", Right::Unscoped, "lee"),
            ("put", Right::RefusedToken, "lee"),
            ("put", Right::Token, "ned"),
            ("own", Right::Allowed, "root"),
            ("open", Right::Allowed, "ann"),
        ] {
            assert_eq!(who(operation, right).as_deref(), Ok(name), "{operation} {right:?}");
        }
    }

    #[test]
    fn missing_declaration_is_named() {
        for (operation, right, lack) in [
            ("own", Right::Other, "identities: a second one that may call `own`"),
            ("open", Right::Refused, "operations.open.allow"),
            ("own", Right::Unscoped, "operations.own.scopes"),
        ] {
            assert_eq!(who(operation, right), Err(lack.to_owned()), "{operation} {right:?}");
        }
    }

    #[test]
    fn word_of_a_right_is_not_a_name() {
        for (right, word) in Right::ALL {
            assert_eq!(word.parse(), Ok(Caller::Right(right)));
            assert_eq!(serde_json::to_value(right).unwrap(), word);
        }
        assert_eq!("kim".parse::<Caller>().unwrap().name().map(Identity::as_str), Some("kim"));
    }
}
