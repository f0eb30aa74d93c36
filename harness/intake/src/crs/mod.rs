//! Regression tests of the OWASP Core Rule Set, as go-ftw runs them, as scenarios.
//!
//! In: a file of tests for one rule. Out: a [`Scenario`]: where the rule must fire, its value is sent in an operation of
//! the target and must not arrive; where it must not fire, the value must arrive. A test whose request can't be sent so,
//! or whose expectation is about something else, is left out with its place and the reason.

mod request;

use pincer_core::scenario::{
    Arrives, Caller, Choice, Diagnostic, Expect, NameForm, ReadError, Right, Scenario, Send, Source, Step, Via, Wire,
    one_of,
};
use pincer_core::vocab::{Claim, ControlId, Operation, ScenarioId, Severity, TargetKind};

use super::node::{Document, Node};

/// What a file of rule tests gives.
#[derive(Debug, Clone)]
pub struct RuleTests {
    /// The scenario; nothing where no test can be expressed.
    pub scenario: Option<Scenario>,
    /// How many stages of tests the file has.
    pub stages: usize,
    /// The stages that are not in the scenario, each at its place with the reason.
    pub left_out: Vec<Diagnostic>,
}

/// The controls that the families of rules are about, by the first three digits of a rule's number.
const FAMILIES: [(&str, &str); 10] = [
    ("920", "INP-08"),
    ("921", "INP-08"),
    ("930", "INP-04"),
    ("931", "INP-05"),
    ("932", "INP-03"),
    ("933", "INP-03"),
    ("934", "INP-03"),
    ("941", "INP-02"),
    ("942", "INP-01"),
    ("944", "INP-03"),
];
/// The keys of a stage's `output` and of its `log`.
const OUTPUT: [&str; 8] =
    ["expect_error", "isolated", "log", "log_contains", "no_log_contains", "response_contains", "retry_once", "status"];
const LOG: [&str; 4] = ["expect_ids", "match_regex", "no_expect_ids", "no_match_regex"];

/// Reads a file of rule tests; fails where it is none.
pub fn read_rule_tests(source: &Source) -> Result<RuleTests, ReadError> {
    let one = |fault| ReadError(vec![fault]);
    let document = Document::read(source).map_err(one)?;
    let root = document.map(document.root()).map_err(one)?;
    let missing = || document.fault(&root, "the key `tests` is missing: this is not a file of rule tests", None);
    let tests = document.list(root.get("tests").ok_or_else(missing).map_err(one)?).map_err(one)?;
    let rule = rule(&document, source, &root).map_err(one)?;
    let mut file =
        File { document: &document, attack: Vec::new(), benign: Vec::new(), left_out: Vec::new(), stages: 0 };
    for (i, test) in tests.items().iter().enumerate() {
        let number = test.text_at("test_id").unwrap_or_else(|| (i + 1).to_string());
        let title = test.text_at("test_title").unwrap_or_else(|| format!("{rule}-{number}"));
        file.test(&root, test, &title);
    }
    let File { attack, benign, mut left_out, stages, .. } = file;
    let scenario = match FAMILIES.iter().find(|(family, _)| rule.starts_with(family)) {
        Some((_, control)) if !attack.is_empty() => scenario(&rule, control, &root, attack, benign),
        other => {
            let reason = match other {
                Some(_) => "no test in this file becomes an attack, which a scenario needs".to_owned(),
                None => format!("no control covers the family of rule {rule}"),
            };
            let lost = attack.into_iter().chain(benign);
            left_out.extend(lost.map(|taken| document.fault(&taken.at, reason.clone(), None)));
            None
        }
    };
    Ok(RuleTests { scenario, stages, left_out })
}

/// A stage that can be expressed.
struct Taken<'d> {
    title: String,
    step: Step,
    at: Node<'d>,
}

struct File<'d> {
    document: &'d Document<'d>,
    attack: Vec<Taken<'d>>,
    benign: Vec<Taken<'d>>,
    left_out: Vec<Diagnostic>,
    stages: usize,
}

impl<'d> File<'d> {
    fn test(&mut self, root: &Node<'d>, test: &Node<'d>, title: &str) {
        let stages = test.get("stages").map_or_else(Vec::new, |stages| stages.items());
        if stages.is_empty() {
            self.stages += 1;
            self.left_out.push(self.document.fault(test, format!("{title}: the test has no stages"), None));
        }
        let disabled = root.get("meta").is_some_and(|meta| meta.text_at("enabled").as_deref() == Some("false"));
        for stage in stages {
            self.stages += 1;
            // The older form has a `stage:` around both halves.
            let stage = stage.get("stage").unwrap_or(stage);
            let taken = if disabled {
                Err(self.document.fault(&stage, "the file is marked as not enabled", None))
            } else {
                self.stage(&stage)
            };
            match taken {
                Ok((fires, send)) => {
                    let arrives = Some(if fires { Arrives::Never } else { Arrives::Once });
                    let step = step(send, Expect { arrives, ..Expect::default() });
                    let taken = Taken { title: title.to_owned(), step, at: stage };
                    if fires { self.attack.push(taken) } else { self.benign.push(taken) }
                }
                Err(mut fault) => {
                    fault.message = format!("{title}: {}", fault.message);
                    self.left_out.push(fault);
                }
            }
        }
    }

    /// Whether the rule must fire, and on what.
    fn stage(&self, stage: &Node<'d>) -> Result<(bool, Send), Diagnostic> {
        let half = |key: &str| {
            let missing = || self.document.fault(stage, format!("the key `{key}` is missing"), None);
            self.document.map(stage.get(key).ok_or_else(missing)?)
        };
        let (input, output) = (half("input")?, half("output")?);
        Ok((fires(self.document, &output)?, request::send(self.document, &input)?))
    }
}

/// Whether an output wants the rule to fire.
fn fires(document: &Document<'_>, output: &Node<'_>) -> Result<bool, Diagnostic> {
    known(document, output, &OUTPUT)?;
    let log = output.get("log");
    if let Some(log) = &log {
        known(document, log, &LOG)?;
    }
    let listed = |key: &str| log.as_ref().and_then(|log| log.get(key)).is_some_and(|ids| !ids.items().is_empty());
    // The older form names the rule in the text of its log line: id "942100".
    let named =
        |key: &str| output.text_at(key).is_some_and(|text| text.bytes().filter(u8::is_ascii_digit).count() >= 6);
    if listed("expect_ids") || named("log_contains") {
        return Ok(true);
    }
    if listed("no_expect_ids") || named("no_log_contains") {
        return Ok(false);
    }
    match output.text_at("status").as_deref().and_then(|status| status.chars().next()) {
        Some('4') => Ok(true),
        Some('2') => Ok(false),
        _ if output.is("expect_error") => Ok(true),
        _ => Err(document.fault(output, "it does not say whether a rule must fire", None)),
    }
}

/// Fails at a key that is none of these: it could change what is meant.
fn known(document: &Document<'_>, node: &Node<'_>, valid: &[&str]) -> Result<(), Diagnostic> {
    match node.entries().into_iter().find(|(key, _)| !valid.contains(key)) {
        Some((key, value)) => {
            Err(document.fault(&value, format!("`{key}` is not a valid key here"), one_of(key, valid)))
        }
        None => Ok(()),
    }
}

/// The rule's number: `rule_id`, else the digits of the file's name or of its `meta.name`.
fn rule(document: &Document<'_>, source: &Source, root: &Node<'_>) -> Result<String, Diagnostic> {
    let file = source.name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = root.get("meta").and_then(|meta| meta.text_at("name")).unwrap_or_default();
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).take(MOST_DIGITS).collect::<String>();
    let stated = root.text_at("rule_id");
    let numbers = [stated.as_deref().unwrap_or_default(), file, &name].map(digits);
    numbers
        .into_iter()
        .find(|number| number.len() >= 6)
        .ok_or_else(|| document.fault(root, "the key `rule_id` is missing", Some("add `rule_id: 942100`".to_owned())))
}

/// Digits of a rule's number: six in the Core Rule Set, seven in its plugins.
const MOST_DIGITS: usize = 7;

fn step(send: Send, expect: Expect) -> Step {
    Step {
        script: Vec::new(),
        before: None,
        model: None,
        order: None,
        approve: None,
        send,
        payloads: Vec::new(),
        encode: Vec::new(),
        spell: Vec::new(),
        forge: Vec::new(),
        upstream: Vec::new(),
        probe: None,
        outage: Vec::new(),
        flood: None,
        hold: None,
        repeat: 1,
        expect,
    }
}

/// A call of an operation as it is.
fn plain(op: Operation) -> Send {
    Send {
        operations: Choice::These(vec![op]),
        identities: Choice::These(vec![Caller::Right(Right::Allowed)]),
        may: None,
        fill: std::collections::BTreeMap::new(),
        member: None,
        headers: std::collections::BTreeMap::new(),
        of: None,
        key: None,
        spoof: None,
        spoof_as: NameForm::Plain,
        query: std::collections::BTreeMap::new(),
        method: None,
        target: None,
        body: None,
        add: None,
        raw: None,
        stretch: None,
        wire: Wire::Polite,
        via: Via::Url,
    }
}

/// The scenario of a rule. Each operation that is attacked is also called as it is: that call must arrive.
fn scenario(
    rule: &str,
    control: &str,
    root: &Node<'_>,
    attack: Vec<Taken<'_>>,
    benign: Vec<Taken<'_>>,
) -> Option<Scenario> {
    let titles = |steps: &[Taken<'_>]| steps.iter().map(|taken| taken.title.clone()).collect::<Vec<_>>().join(", ");
    let (attacks, twins) = (titles(&attack), titles(&benign));
    let mut operations: Vec<Operation> =
        attack.iter().flat_map(|taken| taken.step.send.operations.named()).cloned().collect();
    operations.sort_unstable();
    operations.dedup();
    let calls = operations.len();
    let own =
        operations.into_iter().map(|op| step(plain(op), Expect { arrives: Some(Arrives::Once), ..Expect::default() }));
    let about = format!(
        "Attack steps, in order: {attacks}. Benign steps: {calls} plain call{} of the same operations{}.",
        if calls == 1 { "" } else { "s" },
        if twins.is_empty() { String::new() } else { format!(", then {twins}") }
    );
    let said = root.get("meta").and_then(|meta| meta.text_at("description"));
    let said = said.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|text| !text.is_empty());
    Some(Scenario {
        level: None,
        pincer: "scenario/v1".to_owned(),
        id: ScenarioId::new(format!("{control}.crs-{rule}")).ok()?,
        title: format!("Rule {rule} of the Core Rule Set: {}", said.as_deref().unwrap_or("its tests hold")),
        control: ControlId::new(control).ok()?,
        r#for: TargetKind::Gateway,
        about: Some(about),
        requires: vec![Claim::new("input-filter").ok()?],
        severity: Severity::High,
        tags: vec!["crs".to_owned()],
        kills: Vec::new(),
        met_by: Vec::new(),
        limit: None,
        benign: own.chain(benign.into_iter().map(|taken| taken.step)).collect(),
        attack: attack.into_iter().map(|taken| taken.step).collect(),
    })
}

#[cfg(test)]
mod tests;
