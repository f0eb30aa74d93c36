//! Checks that the parts of a target descriptor fit together.

mod launch;

use std::collections::{BTreeMap, BTreeSet};

use super::error::{Diagnostic, ReadError};
use super::mistakes::{doubts, mistakes};
use super::read::{Source, one_of};
use super::seg::Seg;
use super::target::{OperationSpec, Target};
use super::tool::{Task, filled};
use crate::vocab::{Identity, Operation, TargetKind, Template, Upstream, Word};

/// A descriptor as it is written, before its parts are checked: what other texts say may be added to it.
#[derive(Debug)]
pub struct Descriptor<'s> {
    source: &'s Source,
    target: Target,
    /// What the text itself has wrong.
    mistakes: Vec<Diagnostic>,
    /// The operations that stand in the text.
    declared: BTreeSet<Operation>,
}

impl<'s> Descriptor<'s> {
    /// Reads the text; fails where it does not have the format's shape.
    pub fn read(source: &'s Source) -> Result<Self, ReadError> {
        let target: Target = source.read("target/v1").map_err(|fault| ReadError(vec![fault]))?;
        let mistakes = mistakes(source, &target);
        let declared = target.operations.keys().cloned().collect();
        Ok(Self { source, target, mistakes, declared })
    }

    /// What is known of the target so far.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Adds operations. Those that the text declares win.
    pub fn add_operations(&mut self, operations: BTreeMap<Operation, OperationSpec>) {
        for (name, operation) in operations {
            self.target.operations.entry(name).or_insert(operation);
        }
    }

    /// Adds the headers by which an identity shows itself. Those that the text declares win.
    pub fn add_headers(&mut self, identity: Identity, headers: BTreeMap<String, Template>) {
        let credential = self.target.identities.entry(identity).or_default();
        if credential.header.is_empty() {
            credential.header = headers;
        }
    }

    /// The target, and what may not be meant as it is written: a fault that only a check tells, or a warning. Fails where
    /// the parts of the descriptor do not fit each other.
    pub fn check(self) -> Result<(Target, Vec<Diagnostic>), ReadError> {
        let target = review(self.source, self.target, self.mistakes)?;
        let doubts = doubts(self.source, &target, &self.declared);
        Ok((target, doubts))
    }
}

/// Reads a target descriptor that needs no other text.
pub fn read_target(source: &Source) -> Result<Target, ReadError> {
    Descriptor::read(source)?.check().map(|(target, _)| target)
}

fn review(source: &Source, target: Target, mistakes: Vec<Diagnostic>) -> Result<Target, ReadError> {
    let mut review = Review { source, target: &target, faults: mistakes };
    review.operations();
    review.templates();
    review.url();
    review.launch();
    review.sidecars();
    review.task();
    review.audit();
    if review.faults.is_empty() { Ok(target) } else { Err(ReadError(review.faults)) }
}

struct Review<'a> {
    source: &'a Source,
    target: &'a Target,
    faults: Vec<Diagnostic>,
}

impl Review<'_> {
    fn fault(&mut self, path: &[Seg], message: impl Into<String>, help: Option<String>) {
        self.faults.push(self.source.fault(path, message.into(), help));
    }

    fn upstream(&mut self, path: &[Seg], name: &Upstream) {
        if !self.target.upstreams.contains_key(name) {
            let known: Vec<&str> = self.target.upstreams.keys().map(Upstream::as_str).collect();
            self.fault(path, format!("no upstream is named `{name}`"), one_of(name.as_str(), &known));
        }
    }

    fn operations(&mut self) {
        let target = self.target;
        if target.operations.is_empty() {
            let help = Some("declare `operations`, or name an OpenAPI document with `api: openapi.yaml`".to_owned());
            self.fault(&[], "no operations are declared", help);
        }
        for (name, operation) in &target.operations {
            let key = |last: &str| [Seg::from("operations"), name.as_str().into(), last.into()];
            self.upstream(&key("upstream"), &operation.upstream);
            for kind in operation.owned.values() {
                if !target.identities.values().any(|identity| identity.objects.contains_key(kind)) {
                    let help = Some(format!("add `objects: {{ {kind}: ID }}` to an identity"));
                    self.fault(&key("owned"), format!("no identity owns an object of kind `{kind}`"), help);
                }
            }
            if let Some(text) = operation.text.as_ref().filter(|text| !operation.takes(text)) {
                let texts: Vec<String> = operation.texts().collect();
                let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                self.fault(&key("text"), format!("no parameter is named `{text}`"), one_of(text, &texts));
            }
            if !operation.path.starts_with('/') {
                self.fault(&key("path"), "the path must start with `/`", None);
            }
        }
        let known: Vec<&str> = target.operations.keys().map(Operation::as_str).collect();
        for (i, name) in target.limits.rate.iter().flat_map(|rate| &rate.operations).enumerate() {
            if !target.operations.contains_key(name) {
                let path = ["limits".into(), "rate".into(), "operations".into(), i.into()];
                self.fault(&path, format!("no operation is named `{name}`"), one_of(name.as_str(), &known));
            }
        }
    }

    /// Each placeholder is where it can be filled in.
    fn templates(&mut self) {
        let target = self.target;
        self.words(&["url".into()], &target.url, Place::Launched);
        if let Some(tls) = &target.tls {
            self.words(&["tls".into(), "url".into()], &tls.url, Place::Launched);
        }
        for (name, credential) in &target.identities {
            for (header, value) in &credential.header {
                let path = ["identities".into(), name.as_str().into(), "header".into(), header.as_str().into()];
                self.words(&path, value, Place::Secret);
            }
        }
        if let Some(file) = target.audit.as_ref().and_then(|audit| audit.file.as_ref()) {
            self.words(&["audit".into(), "file".into()], file, Place::Launched);
        }
        let Some(launch) = &target.launch else { return };
        for (i, word) in launch.command.iter().enumerate() {
            self.words(&["launch".into(), "command".into(), i.into()], word, Place::Launched);
        }
        for (name, value) in &launch.env {
            self.words(&["launch".into(), "env".into(), name.as_str().into()], value, Place::Launched);
        }
    }

    fn words(&mut self, path: &[Seg], template: &Template, place: Place) {
        let started = self.target.launch.is_some();
        for word in template.words() {
            match (word, place) {
                (Word::Task, _) if !self.starts() => {
                    let help = Some("add `task: { start: {} }`".to_owned());
                    self.fault(path, "`${task}` works only for an agent that is started for each task", help);
                }
                (Word::Upstream(name) | Word::UpstreamHost(name) | Word::UpstreamPort(name), Place::Launched)
                    if started =>
                {
                    self.upstream(path, name);
                }
                (Word::Env(_) | Word::File(_), _) | (Word::Dir, Place::Launched) => {}
                (Word::Canary(_), _) | (_, Place::Launched) if started => {}
                (_, Place::Launched) => {
                    let help = Some("add `launch`, or write the value directly".to_owned());
                    self.fault(path, format!("`${{{word}}}` works only for a target that Pincer starts"), help);
                }
                (_, Place::Secret) => {
                    let help = Some("use `${env:NAME}`, `${file:PATH}` or, with `launch`, `${canary:NAME}`".to_owned());
                    self.fault(path, format!("`${{{word}}}` cannot be used in a credential"), help);
                }
            }
        }
    }

    fn url(&mut self) {
        let names_host = |rest: &str| !rest.is_empty() && !rest.starts_with('/');
        let text = self.target.url.to_string();
        let host = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
        let none = text.is_empty() && self.starts();
        if !none && !host.is_some_and(names_host) {
            let help = Some("for example `http://127.0.0.1:8080`".to_owned());
            self.fault(&["url".into()], format!("`{text}` is not an http or https URL"), help);
        }
        let Some(tls) = &self.target.tls else { return };
        let secure = tls.url.to_string();
        if !secure.strip_prefix("https://").is_some_and(names_host) {
            let help = Some("for example `https://127.0.0.1:8443`".to_owned());
            self.fault(&["tls".into(), "url".into()], format!("`{secure}` is not an https URL"), help);
        }
        if text.starts_with("https://") {
            let help = Some("remove `tls`".to_owned());
            self.fault(&["tls".into()], "`url` is already an https URL, so `tls` is not needed", help);
        }
    }

    fn task(&mut self) {
        let target = self.target;
        match (target.kind, &target.task) {
            (TargetKind::Agent, None) => {
                let help = "add `task: { http: { path: /invoke, body: { input: \"${task}\" } }, within: 20s }`";
                self.fault(
                    &[],
                    "the key `task` is missing: it says how to give the agent a task",
                    Some(help.to_owned()),
                );
            }
            (TargetKind::Agent, Some(task)) => self.given(task),
            (TargetKind::Gateway, Some(_)) => {
                self.fault(&["task".into()], "a gateway has no `task`: remove it", None);
            }
            _ => {}
        }
        for (name, operation) in &target.operations {
            let Some(tool) = &operation.tool else { continue };
            let speaks = |text: &str| text.contains("${id}");
            let named = tool.args.values().any(|sample| filled(sample, "${id}", "") != *sample);
            if !(named && speaks(&tool.ask)) {
                let path = ["operations".into(), name.as_str().into(), "tool".into()];
                let help = Some("put `${id}` into an argument and into `ask`".to_owned());
                self.fault(&path, "Pincer cannot recognise this tool's calls", help);
            }
        }
    }

    /// The task is given in exactly one way, and contains `${task}`.
    fn given(&mut self, task: &Task) {
        let help = || Some("put `${task}` where the task text goes".to_owned());
        match (&task.http, &task.start) {
            (Some(http), None) => {
                if filled(&http.body, "${task}", "") == http.body {
                    self.fault(
                        &["task".into(), "http".into(), "body".into()],
                        "`${task}` is missing in the body",
                        help(),
                    );
                }
            }
            (None, Some(start)) => {
                let launch = self.target.launch.as_ref();
                let places = launch.iter().flat_map(|launch| launch.templates());
                let said = places.flat_map(Template::words).any(|word| *word == Word::Task);
                if launch.is_none() {
                    self.fault(
                        &["task".into(), "start".into()],
                        "`task.start` needs `launch`, which says how to start the agent",
                        None,
                    );
                } else if !said && !start.stdin.as_ref().is_some_and(|text| text.contains("${task}")) {
                    self.fault(
                        &["launch".into()],
                        "`${task}` is missing in `launch` and in `task.start.stdin`",
                        help(),
                    );
                }
            }
            _ => {
                let help = Some("keep one of `http` and `start`".to_owned());
                self.fault(&["task".into()], "`task` needs exactly one of `http` and `start`", help);
            }
        }
    }

    /// Whether the agent is started for each task.
    fn starts(&self) -> bool {
        self.target.task.as_ref().is_some_and(|task| task.start.is_some())
    }

    fn launch(&mut self) {
        let Some(launch) = &self.target.launch else { return };
        if launch.command.is_empty() {
            self.fault(&["launch".into(), "command".into()], "the command is empty: name a program", None);
        }
        if launch.ready.http.is_none() && !launch.ready.tcp && !self.starts() {
            let help = Some("add `tcp: true` or `http: /healthz`".to_owned());
            self.fault(
                &["launch".into(), "ready".into()],
                "`ready` does not say how to see that the target is ready",
                help,
            );
        }
    }

    fn audit(&mut self) {
        let Some(audit) = &self.target.audit else { return };
        let ways = usize::from(audit.file.is_some()) + usize::from(audit.stdout) + usize::from(audit.post.is_some());
        if ways != 1 {
            let help = Some("keep one of `file: PATH`, `stdout: true` and `post: ADDRESS`".to_owned());
            self.fault(&["audit".into()], "`audit` needs exactly one of `file`, `stdout` and `post`", help);
        }
        if audit.stdout && self.target.launch.is_none() {
            let path = ["audit".into(), "stdout".into()];
            self.fault(
                &path,
                "`stdout: true` needs `launch`: Pincer reads the output only of a target that it starts",
                None,
            );
        }
    }
}

#[derive(Clone, Copy)]
enum Place {
    Launched,
    Secret,
}

#[cfg(test)]
mod tests;
