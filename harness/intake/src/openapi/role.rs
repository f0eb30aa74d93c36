//! Which operation of an API plays which role in scenarios.
//!
//! In: operations in the order of their document. Out: a name for each: what `x-pincer-role` says, else an `operationId`
//! that is a role, else the first free role that a word of the `operationId`, of the path or of the summary names, else
//! the first that the operation's shape fits and no word speaks against, else its `operationId` or its route.

use std::collections::BTreeSet;

use pincer_core::scenario::Diagnostic;
use pincer_core::vocab::Operation;

use super::operation::Draft;
use super::part::{self, PARTS, Part, Role, says};
use crate::node::Document;

/// How an operation came by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// The descriptor declares it.
    Descriptor,
    /// `x-pincer-role` says so.
    Role,
    /// Its `operationId` is a role.
    OperationId,
    /// This word names the role; in its `operationId`, its path or its summary.
    Word(&'static str, String),
    /// A guess: its shape fits a role, and no word speaks against it.
    Shape,
    /// It plays no role.
    Nothing,
}

/// An operation of an API and the name that scenarios have for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Its name.
    pub name: Operation,
    /// Method and path.
    pub route: String,
    /// How it came by the name.
    pub named: Named,
    /// What can't be said of it in a descriptor.
    pub notes: Vec<String>,
}

/// A name for each operation; `declared` are the names that the descriptor has taken.
pub(super) fn name<'d>(
    document: &Document<'_>,
    drafts: Vec<Draft<'d>>,
    declared: &BTreeSet<&str>,
) -> Result<Vec<(Operation, Named, Draft<'d>)>, Vec<Diagnostic>> {
    let mut faults = Vec::new();
    let mut names: Vec<Option<(String, Named)>> = Vec::new();
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for draft in &drafts {
        let role = stated(document, draft).unwrap_or_else(|fault| {
            faults.push(fault);
            None
        });
        // A role that the document gives away twice is a fault; an operationId that repeats only loses it.
        let twice = role.as_ref().is_some_and(|(role, _)| !taken.insert(role.clone()));
        if twice && matches!(role, Some((_, Named::Role))) {
            let at = draft.node.get("x-pincer-role").unwrap_or_else(|| draft.node.clone());
            faults.push(document.fault(&at, "another operation already has this role", None));
        }
        names.push(role.filter(|_| !twice));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let free = |taken: &BTreeSet<String>| {
        let free = PARTS.iter().filter(|part| !taken.contains(part.role) && !declared.contains(part.role));
        free.collect::<Vec<&Part>>()
    };
    for part in free(&taken) {
        let words = drafts.iter().zip(&names).enumerate().filter(|(_, (_, name))| name.is_none());
        let said = words.filter_map(|(at, (draft, _))| says(part, draft).map(|(source, word)| (source, at, word)));
        // Where several do, the one whose `operationId` does; of those the first.
        if let Some((source, at, word)) = said.min_by_key(|(source, at, _)| (*source, *at)) {
            give(&mut names, &mut taken, at, part.role, Named::Word(source.name(), word));
        }
    }
    for part in free(&taken) {
        let guessed = drafts.iter().zip(&names).position(|(draft, name)| name.is_none() && part.may_be(draft));
        if let Some(at) = guessed {
            give(&mut names, &mut taken, at, part.role, Named::Shape);
        }
    }
    let settled = drafts.into_iter().zip(names).map(|(draft, name)| {
        let (name, how) = name.unwrap_or_else(|| (unlike(&taken, own_name(&draft)), Named::Nothing));
        taken.insert(name.clone());
        match Operation::new(name) {
            Ok(name) => Ok((name, how, draft)),
            Err(error) => Err(document.fault(&draft.node, error.to_string(), None)),
        }
    });
    settled.collect::<Result<Vec<_>, _>>().map_err(|fault| vec![fault])
}

/// Names the operation at this place.
fn give(names: &mut [Option<(String, Named)>], taken: &mut BTreeSet<String>, at: usize, role: Role, how: Named) {
    if let Some(place) = names.get_mut(at) {
        *place = Some((role.to_owned(), how));
        taken.insert(role.to_owned());
    }
}

/// The role that the document itself gives to an operation.
fn stated(document: &Document<'_>, draft: &Draft<'_>) -> Result<Option<(String, Named)>, Diagnostic> {
    let roles: Vec<&str> = PARTS.iter().map(|part| part.role).collect();
    if let Some(role) = draft.node.get("x-pincer-role") {
        let word = role.text().unwrap_or_default();
        return if roles.contains(&word.as_str()) {
            Ok(Some((word, Named::Role)))
        } else {
            Err(document.no_word(&role, "a role", &roles))
        };
    }
    let id = draft.node.text_at("operationId").filter(|id| roles.contains(&id.as_str()));
    Ok(id.map(|id| (id, Named::OperationId)))
}

/// The `operationId`, or method and path, in the letters of a name.
fn own_name(draft: &Draft<'_>) -> String {
    let id = draft.node.text_at("operationId").filter(|id| !id.is_empty());
    let text = id.unwrap_or_else(|| format!("{}{}", draft.spec.method, draft.spec.path));
    let mut name = String::new();
    for letter in text.chars() {
        if letter.is_ascii_alphanumeric() || letter == '_' {
            name.push(letter);
        } else if !name.ends_with('-') {
            name.push('-');
        }
    }
    let name: String = name.trim_matches('-').chars().take(LONGEST).collect();
    if name.is_empty() { draft.spec.method.clone() } else { name }
}

/// Letters of a made name: a name has 64 at most, and a number may follow.
const LONGEST: usize = 58;

/// The name, with a number behind it where it is taken.
fn unlike(taken: &BTreeSet<String>, name: String) -> String {
    if !taken.contains(&name) {
        return name;
    }
    (2..=taken.len() + 1).map(|n| format!("{name}-{n}")).find(|name| !taken.contains(name)).unwrap_or(name)
}

/// Gives the one parameter that scenarios fill the name that they know it by, where that changes nothing on the wire:
/// a path variable is renamed, a query parameter is written into the path.
pub(super) fn rename(name: &Operation, draft: &mut Draft<'_>) {
    let word = PARTS.iter().find(|part| part.role == name.as_str()).and_then(|part| part.fills);
    let Some(word) = word else { return };
    let query = part::text_query(draft).filter(|_| word == "q").cloned();
    let spec = &mut draft.spec;
    if spec.path.contains(&format!("{{{word}}}")) || spec.query.iter().any(|key| key == word) {
        return;
    }
    let variable = spec.path.rsplit_once('{').and_then(|(_, end)| end.split_once('}')).map(|(key, _)| key.to_owned());
    let Some(old) = query.clone().or(variable) else { return };
    if query.is_some() {
        let key = percent_encoding::utf8_percent_encode(&old, percent_encoding::NON_ALPHANUMERIC);
        spec.path = format!("{}?{key}={{{word}}}", spec.path);
        spec.query.retain(|key| *key != old);
    } else if word == "q" {
        return;
    } else {
        spec.path = spec.path.replace(&format!("{{{old}}}"), &format!("{{{word}}}"));
    }
    let sample = spec.sample.remove(&old);
    spec.sample.extend(sample.map(|sample| (word.to_owned(), sample)));
    draft.notes.push(format!("scenarios call this parameter `{word}`, not `{old}`"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_name_is_a_name_and_unlike_others() {
        let taken = BTreeSet::from(["a".to_owned(), "a-2".to_owned()]);
        assert_eq!(unlike(&taken, "a".to_owned()), "a-3");
        assert_eq!(unlike(&taken, "b".to_owned()), "b");
    }
}
