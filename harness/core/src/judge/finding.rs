//! A broken case with its evidence.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::evidence::{Arrived, Observed, Surroundings};
use super::repro::{self, Repro, ReproFile};
use super::scene::Broken;
use crate::observe::{Answered, By, End, Extent, Failure, Header, Interim, Turn};
use crate::plan::{Call, Case, Phase, Plan, Play};
use crate::scenario::{Encoding, Forgery, Probe, Via, Wire};
use crate::vocab::{Octets, PayloadSetName, Severity, word};

/// Characters kept of a request target, a header and a broken expectation.
const LINE: usize = 400;
/// Characters kept of a body.
const BODY: usize = 1000;
/// Headers kept of an answer.
const HEADERS: usize = 24;
/// Arrivals kept of a case.
const ARRIVALS: usize = 4;
/// Model turns kept of a case.
const TURNS: usize = 8;

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file as the user finds it.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A step of a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepRef {
    /// The half of the scenario.
    pub half: Phase,
    /// The step in it, from 0.
    pub number: usize,
}

/// One broken case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The same for the same fault in every run: 16 hexadecimal digits.
    pub fingerprint: String,
    /// The operation that was called; empty in results of versions that did not write it.
    #[serde(default)]
    pub operation: String,
    /// What broke.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// The case's number in its scenario.
    pub case: u32,
    /// The evidence.
    pub evidence: CaseEvidence,
    /// The command that repeats the case with its benign calls and judges it.
    pub repro: String,
    /// A shell line that sends the same request, by curl or by a script in `repro/`. `$PINCER_TARGET` is the target's
    /// address. `$ALICE_X_API_KEY` is the whole value of alice's header `X-Api-Key`. `$PINCER_OUT` is the results
    /// folder if it is not `pincer-out`. A flood is always a script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curl: Option<String>,
    /// The file that the line needs.
    #[serde(skip)]
    pub file: Option<ReproFile>,
    /// Whether it stands in the baseline, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<bool>,
    /// The waiver that covers it, by its place in the list of waivers, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiver: Option<usize>,
    /// The step of the scenario.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<StepRef>,
    /// Where that step stands, such as `scenarios/gateway/INP-01.form.yaml:12`; set by who has the file.
    #[serde(skip)]
    pub place: Option<Place>,
    /// Where the descriptor declares the operation; set by who has the file.
    #[serde(skip)]
    pub declared: Option<Place>,
}

/// The evidence of a finding. Long texts are cut; credentials are replaced by variable names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseEvidence {
    /// Method and target.
    pub request: String,
    /// The request's headers, one per line.
    pub headers: Vec<String>,
    /// Its body. For a raw request, everything after the first line.
    pub body: Option<String>,
    /// Who called.
    pub identity: Option<String>,
    /// How the caller's token was forged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forgery: Option<Forgery>,
    /// Payload set, number in it, and what the payload does.
    pub payload: Option<String>,
    /// Its encoding.
    pub encoding: Option<Encoding>,
    /// Its place in the request.
    pub placement: Option<String>,
    /// What the upstream was to answer, where the step says so: a status, a fault or a first line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<String>,
    /// The answer.
    pub answer: Option<AnswerEvidence>,
    /// Why there is no answer.
    pub no_answer: Option<Failure>,
    /// The arrivals at upstreams, at most four.
    pub arrived: Vec<ArrivalEvidence>,
    /// The answer of the agent's upstream, with the planted text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planted: Option<String>,
    /// What the agent's model said, turn by turn, at most eight turns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub turns: Vec<String>,
    /// Each broken expectation: oracle, expected, seen.
    pub broken: Vec<String>,
}

/// What the target answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerEvidence {
    /// Status.
    pub status: u16,
    /// Headers, one per line.
    pub headers: Vec<String>,
    /// The beginning of the body.
    pub body: String,
    /// How the body ended.
    pub end: End,
    /// Interim answers before it: status, and headers, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interim: Vec<String>,
    /// Trailers, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trailers: Vec<String>,
    /// The beginning of what came behind its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<String>,
}

/// What reached an upstream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArrivalEvidence {
    /// Which upstream.
    pub upstream: String,
    /// Method and target.
    pub request: String,
    /// The beginning of the body.
    pub body: String,
    /// How it was attributed to the case, unless by a mark.
    #[serde(default, skip_serializing_if = "By::is_mark")]
    pub by: By,
    /// How much of it came, unless all did.
    #[serde(default, skip_serializing_if = "Extent::is_whole")]
    pub extent: Extent,
}

impl Finding {
    pub(super) fn new((plan, around): (&Plan, &Surroundings), case: &Case, broken: &[Broken], seen: &Observed) -> Self {
        let said: Vec<String> =
            broken.iter().map(|how| format!("{}: expected {}, seen {}", how.oracle, how.expected, how.seen)).collect();
        let severity =
            plan.suite.scenarios.iter().find(|s| s.id == case.scenario).map_or(Severity::High, |s| s.severity);
        let Repro { line, file } = Repro::of(plan, case);
        Self {
            fingerprint: fingerprint(plan, case, broken),
            operation: case.operation.to_string(),
            title: said.first().cloned().unwrap_or_default(),
            severity,
            case: case.id.index,
            evidence: CaseEvidence::new(plan, case, said, seen),
            repro: repro::command(plan, &around.arguments, case),
            curl: line,
            file,
            known: None,
            waiver: None,
            step: Some(StepRef { half: case.phase, number: case.step }),
            place: None,
            declared: None,
        }
    }

    /// The key in `expect` of the expectation that broke first.
    pub fn oracle(&self) -> &str {
        self.title.split_once(": ").map_or("", |(oracle, _)| oracle)
    }
}

/// What the same fault has in common in every run: nothing of it moves with the seed, the lane, or a payload or step that is
/// added. The caller counts only where the declared policy is what is tested, for elsewhere any caller would do.
pub(super) fn fingerprint(plan: &Plan, case: &Case, broken: &[Broken]) -> String {
    let control = plan.suite.scenarios.iter().find(|s| s.id == case.scenario).map_or("", |s| s.control.as_str());
    let half = word(&case.phase);
    let forgery = case.forge.as_ref().map(|forge| word(&forge.forgery)).unwrap_or_default();
    let probe = case.probe.as_ref().map(word).unwrap_or_default();
    let set = case.payload.as_ref().map_or("", |(set, _)| set.as_str());
    let placement = case.placement.as_deref().unwrap_or_default();
    let caller = case.identity.as_ref().filter(|_| case.expect.policy.is_some());
    let oracle = broken.first().map_or("", |how| how.oracle);
    let parts = [
        control,
        case.scenario.as_str(),
        &half,
        &forgery,
        &probe,
        set,
        placement,
        caller.map_or("", |caller| caller.as_str()),
        oracle,
        case.operation.as_str(),
    ];
    // Names hold no line feed, so no two faults give the same text.
    Sha256::digest(parts.join("\n")).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

impl CaseEvidence {
    fn new(plan: &Plan, case: &Case, broken: Vec<String>, seen: &Observed) -> Self {
        let (request, headers, body) = request(plan, case);
        Self {
            request,
            headers,
            body,
            identity: case.identity.as_ref().map(ToString::to_string),
            forgery: case.forge.as_ref().map(|forge| forge.forgery),
            payload: case.payload.as_ref().map(|(set, at)| named(plan, set, *at)),
            encoding: case.encoding,
            placement: case.placement.clone(),
            upstream: case.play.as_ref().map(told),
            answer: seen.answer().map(AnswerEvidence::new),
            no_answer: seen.failure(),
            arrived: seen
                .arrivals
                .iter()
                .filter(|one| one.part.is_sent())
                .take(ARRIVALS)
                .map(ArrivalEvidence::new)
                .collect(),
            planted: case.mind.as_ref().and(case.play.as_ref()).map(|play| start(&play.body)),
            turns: seen.turns.iter().take(TURNS).map(said).collect(),
            broken,
        }
    }
}

/// A payload by its set, its number in it, and what it does.
fn named(plan: &Plan, set: &PayloadSetName, at: usize) -> String {
    let payload = plan.suite.payloads.get(set).and_then(|set| set.payloads.get(at));
    payload.map_or_else(|| format!("{set} {at}"), |payload| format!("{set} {at} ({})", payload.note))
}

/// What an upstream was to answer: the first line, what was wrong with it, or its status.
fn told(play: &Play) -> String {
    match play {
        Play { raw: Some(raw), .. } => shorten(raw.lossy().lines().next().unwrap_or_default(), LINE),
        Play { handshake: Some(handshake), .. } => word(handshake),
        Play { fault: Some(fault), .. } => word(fault),
        Play { status, .. } => status.to_string(),
    }
}

/// First line, headers and body of what was sent.
fn request(plan: &Plan, case: &Case) -> (String, Vec<String>, Option<String>) {
    if case.probe == Some(Probe::Tls) {
        return ("hellos of TLS".to_owned(), Vec::new(), None);
    }
    let call = match &case.call {
        Call::Http(call) => call,
        Call::Raw(call) => {
            let text = call.raw.lossy();
            let (first, rest) = text.split_once("\r\n").unwrap_or((&text, ""));
            return (format!("{} (raw)", shorten(first, LINE)), Vec::new(), Some(shorten(rest, BODY)));
        }
        Call::Task(call) => return ("a task".to_owned(), Vec::new(), Some(shorten(&call.task.lossy(), BODY))),
    };
    let hand = match (call.via, call.wire) {
        (Via::Tls, Wire::Http2) => " (HTTP/2 over TLS)",
        (Via::Tls, _) => " (TLS)",
        (Via::PlainOnTls, _) => " (plain HTTP to the port of TLS)",
        (Via::Url, Wire::Raw) => " (raw)",
        (Via::Url, Wire::Http2) => " (HTTP/2)",
        (Via::Url, Wire::Polite) => "",
    };
    let credentials = repro::credentials(plan, case).into_iter().map(|shown| shorten(&shown.line(), LINE));
    (
        format!("{} {}{hand}", call.method, shorten(&call.target.lossy(), LINE)),
        call.headers.iter().map(header).chain(credentials).collect(),
        call.body.as_ref().map(|body| shorten(&body.lossy(), BODY)),
    )
}

impl AnswerEvidence {
    fn new(answer: &Answered) -> Self {
        Self {
            status: answer.status,
            headers: answer.headers.iter().take(HEADERS).map(header).collect(),
            body: start(&Octets(answer.plain().into_owned())),
            end: answer.end,
            interim: answer.interim().iter().flat_map(interim).take(HEADERS).collect(),
            trailers: answer.trailers().iter().take(HEADERS).map(header).collect(),
            behind: answer.behind().map(|behind| start(&behind.bytes)),
        }
    }
}

/// An interim answer as lines.
fn interim(interim: &Interim) -> Vec<String> {
    let reason =
        interim.reason.as_ref().map(|reason| format!(" {}", shorten(&reason.lossy(), LINE))).unwrap_or_default();
    std::iter::once(format!("{}{reason}", interim.status)).chain(interim.headers.iter().map(header)).collect()
}

impl ArrivalEvidence {
    fn new(arrived: &Arrived) -> Self {
        let arrival = &arrived.arrival;
        Self {
            upstream: arrival.upstream.to_string(),
            request: format!("{} {}", arrival.method, shorten(&arrival.target.lossy(), LINE)),
            body: start(&arrival.body.bytes),
            by: arrived.by,
            extent: arrival.extent,
        }
    }
}

/// What the model said, and whether it obeyed the planted text.
fn said(turn: &Turn) -> String {
    format!("{}{}", if turn.obeyed { "obeying: " } else { "" }, shorten(&turn.said, LINE))
}

fn header((name, value): &Header) -> String {
    format!("{name}: {}", shorten(&value.lossy(), LINE))
}

/// The beginning of a body; only the shown part is read.
fn start(bytes: &Octets) -> String {
    let most = BODY * 4;
    shorten(&String::from_utf8_lossy(bytes.0.get(..most).unwrap_or(&bytes.0)), BODY)
}

fn shorten(text: &str, most: usize) -> String {
    let mut short: String = text.chars().take(most).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
