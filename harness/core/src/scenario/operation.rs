//! Resolves the names of operations and parameters in scenarios.

use super::leaf::{leaf, text_leaves};
use super::{Credential, OperationSpec, Target};
use crate::vocab::Operation;

/// The scenarios' name for a rate-limited operation.
pub(super) const LIMITED: &str = "limited";

impl Target {
    /// The operation of this name in scenarios: the one with this name, else the first with this role; `limited` is one
    /// of `limits.rate`.
    pub fn operation(&self, name: &Operation) -> Option<&Operation> {
        let named = self.operations.get_key_value(name).map(|(name, _)| name);
        let in_role =
            || self.operations.iter().find(|(_, spec)| spec.role.as_ref() == Some(name)).map(|(name, _)| name);
        named.or_else(in_role).or_else(|| self.limited().filter(|_| name.as_str() == LIMITED))
    }

    /// A rate-limited operation: the first that `limits.rate` names or, if it names none, one that only reads.
    fn limited(&self) -> Option<&Operation> {
        let rate = self.limits.rate.as_ref()?;
        if let Some(first) = rate.operations.iter().find_map(|name| self.operations.get_key_value(name)) {
            return Some(first.0);
        }
        let callable =
            |spec: &OperationSpec| spec.allow.is_empty() || self.identities.values().any(|shown| spec.allows(shown));
        let reads = |spec: &OperationSpec| spec.method == "GET" && spec.body.is_none() && callable(spec);
        let plain = self.operations.iter().find(|(_, spec)| reads(spec));
        plain.or_else(|| self.operations.iter().next()).map(|(name, _)| name)
    }
}

impl OperationSpec {
    /// Whether it allows a caller, by its roles and, for a token, its scopes.
    pub fn allows(&self, shown: &Credential) -> bool {
        shown.covers(&self.scopes) && shown.roles.iter().any(|role| self.allow.contains(role))
    }

    /// Whether another operation has the same path, whatever the names of its variables.
    pub fn shares_path(&self, other: &Self) -> bool {
        let shape = |path: &str| -> Vec<String> {
            let segments = path.trim_end_matches('/').split('/');
            segments
                .map(|segment| if segment.starts_with('{') { "{}".to_owned() } else { segment.to_owned() })
                .collect()
        };
        shape(&self.path) == shape(&other.path)
    }

    /// The names of the text parameters: path variables, query parameters, headers, cookies and the texts in the body,
    /// by dotted path.
    pub fn texts(&self) -> impl Iterator<Item = String> {
        let variables = self.path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name);
        let listed = self.query.iter().chain(&self.header).chain(&self.cookie).cloned();
        let names: Vec<String> = variables.map(str::to_owned).chain(listed).collect();
        names.into_iter().chain(self.body.iter().flat_map(text_leaves))
    }

    /// The parameter of this name in scenarios: the one with this name. `text` is also the parameter for free text, and
    /// any name is also the only text in the body whose path ends in it.
    pub fn parameter(&self, name: &str) -> Option<String> {
        if self.takes(name) {
            return Some(name.to_owned());
        }
        if let Some(text) = self.text.as_ref().filter(|_| name == "text") {
            return Some(text.clone());
        }
        let end = format!(".{name}");
        let mut deep = self.body.iter().flat_map(text_leaves).filter(|path| path.ends_with(&end));
        deep.next().filter(|_| deep.next().is_none())
    }

    /// Whether it has a parameter of this name.
    pub fn takes(&self, name: &str) -> bool {
        let listed = |names: &[String]| names.iter().any(|known| known == name);
        self.path.contains(&format!("{{{name}}}"))
            || [&self.query, &self.header, &self.cookie].into_iter().any(|names| listed(names))
            || self.body.as_ref().is_some_and(|body| leaf(body, name).is_some())
    }
}
