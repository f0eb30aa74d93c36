//! A broken case with its evidence.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::evidence::{Arrived, Observed, Surroundings};
use super::repro::{self, Repro, ReproFile};
use super::scene::Broken;
use crate::observe::{Answered, By, End, Extent, Failure, Header, Turn};
use crate::plan::{Case, Phase, Plan};
use crate::scenario::{Encoding, Forgery, Probe, Via, Wire};
use crate::vocab::{Octets, PayloadSetName, Severity};

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

/// One broken case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The same in every run for the same fault.
    pub fingerprint: String,
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
    /// Benign or attack, and the step's number in it, from 0.
    #[serde(skip)]
    pub step: Option<(Phase, usize)>,
    /// File and line of that step, such as `scenarios/gateway/INP-01.form.yaml:12`. The CLI sets it, because it has the
    /// file.
    #[serde(skip)]
    pub place: Option<String>,
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
            fingerprint: fingerprint(case, broken),
            title: said.first().cloned().unwrap_or_default(),
            severity,
            case: case.id.index,
            evidence: CaseEvidence::new(plan, case, said, seen),
            repro: repro::command(plan, &around.arguments, case),
            curl: line,
            file,
            step: Some((case.phase, case.step)),
            place: None,
        }
    }
}

/// What the same fault has in common in every run.
fn fingerprint(case: &Case, broken: &[Broken]) -> String {
    let oracles: Vec<&str> = broken.iter().map(|how| how.oracle).collect();
    let set = case.payload.as_ref().map(|(set, _)| set);
    let key = format!("{}|{oracles:?}|{}|{:?}|{set:?}", case.scenario, case.operation, case.placement);
    Sha256::digest(key.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
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
            answer: seen.answer().map(AnswerEvidence::new),
            no_answer: seen.failure(),
            arrived: seen.arrivals.iter().filter(|one| one.part < 2).take(ARRIVALS).map(ArrivalEvidence::new).collect(),
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

/// First line, headers and body of the request.
fn request(plan: &Plan, case: &Case) -> (String, Vec<String>, Option<String>) {
    let call = &case.call;
    if case.probe == Some(Probe::Tls) {
        return ("hellos of TLS".to_owned(), Vec::new(), None);
    }
    if let Some(raw) = &call.raw {
        let text = raw.lossy();
        let (first, rest) = text.split_once("\r\n").unwrap_or((&text, ""));
        return (format!("{} (raw)", shorten(first, LINE)), Vec::new(), Some(shorten(rest, BODY)));
    }
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
        }
    }
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
