//! A scenario and its steps, as users write them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::behaviour::Behaviour;
use super::caller::Caller;
use super::choice::Choice;
use super::encoding::Encoding;
use super::expectation::Expect;
use super::forgery::Forgery;
use super::handshake::Handshake;
use super::load::{Flood, Hold};
use super::outage::Outage;
use super::script::{Before, ScriptedTurn};
use super::several::{self, Several};
use super::spelling::Spelling;
use super::tool::{Approve, OrderSpec};
use crate::vocab::{
    Claim, ControlId, Factor, Level, Operation, PayloadSetName, ScenarioId, SentinelName, Severity, Size, TargetKind,
    Weakness,
};

/// One test of one control, with proof that it can tell broken from sound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Format and version: `scenario/v1`.
    pub pincer: String,
    /// Control, dot, slug. Never reused, never renumbered.
    pub id: ScenarioId,
    /// What holds when the scenario passes.
    pub title: String,
    /// The control it tests.
    pub control: ControlId,
    /// What it is for.
    pub r#for: TargetKind,
    /// Level of its requirement, if lower than its control's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// How the test works, for `pincer explain`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// What the target must claim.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<Claim>,
    /// How bad it is when it fails.
    pub severity: Severity,
    /// Words to select scenarios by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Weaknesses of the reference that it must catch.
    pub kills: Vec<Weakness>,
    /// Sentinels of the self-test that really do what it demands, and so may pass.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub met_by: Vec<SentinelName>,
    /// At most this many attack cases, drawn by the seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The same calls without the attack: they must work, or nothing is proven.
    pub benign: Vec<Step>,
    /// The attack.
    pub attack: Vec<Step>,
}

/// One call, in as many variants as payloads, encodings and identities make.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The call.
    pub send: Send,
    /// Payload sets for `${payload}`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub payloads: Vec<PayloadSetName>,
    /// The encodings of each payload.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub encode: Vec<Encoding>,
    /// Spellings of the path, a case for each one that changes it. A spelling that gives the path of another operation
    /// which a caller of the step may call is skipped, because it shows nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spell: Vec<Spelling>,
    /// Forgeries of the caller's token, a case for each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forge: Vec<Forgery>,
    /// How the model behind an agent behaves; diligent by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<Behaviour>,
    /// What the model says instead, turn by turn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub script: Vec<ScriptedTurn>,
    /// What a user of the agent says before the task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Before>,
    /// What `${order}` in a planted text orders, recognised by the case's `${canary}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderSpec>,
    /// How a waiting call of the agent is approved; not at all by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approve: Option<Approve>,
    /// What the upstream answers to this call instead of its sample. A list is short for as many steps, one for each of these
    /// answers.
    #[serde(default, with = "several", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Several<Answer>")]
    pub upstream: Vec<Answer>,
    /// Asks, instead of the call, how the target speaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<Probe>,
    /// What around the target fails during the call. A scenario with outages makes its calls one after another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outage: Vec<Outage>,
    /// Sends the call as a flood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flood: Option<Flood>,
    /// Opens connections and keeps them busy while another caller calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// How often the call is made, each time as a separate case.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub repeat: u32,
    /// The expectations.
    pub expect: Expect,
}

fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_one(n: &u32) -> bool {
    *n == 1
}

/// A call of an operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Send {
    /// The operation by its role: one, several for a case each, or `"*"` for each declared one; `limited` is one of
    /// `limits.rate`.
    #[serde(rename = "op")]
    pub operations: Choice<Operation>,
    /// The caller: by a right, or an identity by its name; several for a case each, or `"*"` for each identity;
    /// anonymous if absent.
    #[serde(default, rename = "as", skip_serializing_if = "Choice::is_none")]
    pub identities: Choice<Caller>,
    /// `true`: only the callers whom the descriptor allows the call. `false`: only those whom it allows neither the
    /// operation nor, with another `method`, what is declared for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub may: Option<bool>,
    /// Values for the operation's parameters: a path variable, a query name or a dotted path of the body; `"*"` is each
    /// text parameter that is not named, a case each.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fill: BTreeMap<String, String>,
    /// The name of an added member of the body: a JSON key, a form field or a part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// Additional headers; `${name:RIGHT}` is the upstream name of the caller with that right.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The owner of the objects in the call, if the operation's `owned` names parameters; the caller by default.
    /// `${object}` is the id of such an object, `${own}` that of the caller's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<Caller>,
    /// What stands in the place of the caller's key, behind its scheme; `${key}` is the key, `${shortened}` the key
    /// without its last character, `${recased}` the key with each letter in the other case, or without its last character
    /// where it has no letter, `${spaced}` the key with a blank in its middle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// A value for each header under the descriptor's `internal`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spoof: Option<String>,
    /// How the names of those headers are written.
    #[serde(default, skip_serializing_if = "NameForm::is_plain")]
    pub spoof_as: NameForm,
    /// Additional query parameters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub query: BTreeMap<String, String>,
    /// Another method than the operation's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// A request target that replaces the operation's, verbatim; `${path}` is the operation's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// A body that replaces the operation's, verbatim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Members added after those of the operation's JSON body, verbatim: `"role": "admin"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub add: Option<String>,
    /// The whole request, verbatim: nothing is added. `${host}` is the target's host, `${credential}` the caller's
    /// header lines, `${key}` the value of the first one without its scheme, `${trace}` the header line that identifies
    /// the call, `${method}` and `${target}` the operation's, `${length}` the number of bytes after the head; all
    /// without a line end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
    /// Grows one dimension of the request to a multiple of its declared limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stretch: Option<Stretch>,
    /// Who writes the bytes.
    #[serde(default, skip_serializing_if = "Wire::is_polite")]
    pub wire: Wire,
    /// How the call reaches the target.
    #[serde(default, skip_serializing_if = "Via::is_url")]
    pub via: Via,
}

/// How a call reaches the target.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Via {
    /// Its `url`.
    #[default]
    Url,
    /// TLS: its `url` if that is https, else its `tls.url`.
    Tls,
    /// Plain HTTP on its TLS port.
    PlainOnTls,
}

impl Via {
    /// Whether it is the target's `url`.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
    pub(crate) fn is_url(&self) -> bool {
        *self == Self::Url
    }
}

/// What Pincer probes instead of making a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Probe {
    /// Which versions, suites and options of TLS it accepts, hello by hello.
    Tls,
}

/// Who writes the request's bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Wire {
    /// A client library that conforms to the standard.
    #[default]
    Polite,
    /// Pincer itself: values are sent unchanged, legal or not.
    Raw,
    /// The client library, in HTTP/2: all calls are streams of one connection.
    Http2,
}

impl Wire {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
    fn is_polite(&self) -> bool {
        *self == Self::Polite
    }
}

/// How a header's name is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NameForm {
    /// As declared.
    #[default]
    Plain,
    /// In upper case.
    Upper,
    /// With `_` for `-`: servers that turn headers into variables read both as the same name.
    Underscore,
}

impl NameForm {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
    fn is_plain(&self) -> bool {
        *self == Self::Plain
    }

    /// A name in this form.
    pub fn write(self, name: &str) -> String {
        match self {
            Self::Plain => name.to_owned(),
            Self::Upper => name.to_uppercase(),
            Self::Underscore => name.replace('-', "_"),
        }
    }
}

/// A dimension of the request and the multiple of its declared limit to which it grows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Stretch {
    /// Bytes of the body, against `limits.body`.
    Body(Factor),
    /// The same for a body in chunks of 1 KiB without a length in the head; needs `wire: raw`.
    Chunks(Factor),
    /// Bytes of one header, against `limits.header`.
    Header(Factor),
    /// Bytes of the request target, against `limits.url`.
    Url(Factor),
    /// Nested arrays in the body, against `limits.depth`.
    Depth(Factor),
}

/// The upstream's answer to the call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Status of the answer. A list is short for as many answers, one of each status.
    #[serde(default, with = "several", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Several<u16>")]
    pub status: Vec<u16>,
    /// Headers of the answer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Body of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// A JSON text of this length instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<Size>,
    /// Members added after those of the operation's declared `answer`, verbatim, instead of `body`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub add: Option<String>,
    /// A fault of the wire. A list is short for as many answers, one with each fault.
    #[serde(default, with = "several", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Several<Fault>")]
    pub fault: Vec<Fault>,
    /// How it begins, where it speaks TLS: in a way that is not to be trusted. The scenario makes its calls one after
    /// another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handshake: Option<Handshake>,
    /// The whole answer, verbatim, with its status line; then the upstream closes. A valid answer should have
    /// `connection: close`, because a target may reuse a connection that it thinks is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
}

/// What a hostile upstream does to the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// Resets the connection before any answer.
    Reset,
    /// Resets the connection in the middle of the body.
    ResetMidBody,
    /// Closes cleanly in the middle of the body.
    Truncate,
    /// Announces more than it sends, then stays silent.
    ShortLength,
    /// Sends a chunk size that is not a number.
    BadChunk,
    /// Sends an endless body.
    Endless,
    /// Sends its head at once and its body one byte every 200 ms, which no timeout between two reads ends.
    Drip,
    /// Sends its head one byte every 200 ms.
    DripHead,
    /// Sends an invalid status line.
    GarbageStatus,
    /// Sends a header of 1 MB.
    HugeHeader,
    /// Sends a small gzip body that expands a thousandfold, although nobody asked for gzip.
    GzipBomb,
    /// Closes without a byte.
    Down,
    /// Accepts the request and never answers.
    Hang,
}

impl Fault {
    /// All faults, for tests and lists.
    pub const ALL: [Self; 13] = [
        Self::Reset,
        Self::ResetMidBody,
        Self::Truncate,
        Self::ShortLength,
        Self::BadChunk,
        Self::Endless,
        Self::Drip,
        Self::DripHead,
        Self::GarbageStatus,
        Self::HugeHeader,
        Self::GzipBomb,
        Self::Down,
        Self::Hang,
    ];
}
