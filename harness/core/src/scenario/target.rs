//! The target descriptor: what is tested, where it is and what it declares.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::alerts::Alerts;
use super::answers::Answers;
use super::launch::Launch;
use super::limits::Limits;
use super::tool::{Task, Tool};
use super::unsaid::is_false;
use crate::vocab::{Claim, Identity, Operation, TargetKind, Template, Upstream, Word};

/// A target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Format and version: `target/v1`.
    pub pincer: String,
    /// Its name, for reports.
    pub name: String,
    /// Its version, for reports.
    #[serde(default)]
    pub version: String,
    /// What it is.
    pub kind: TargetKind,
    /// Where callers reach it; `http://127.0.0.1:${port:http}` for a target that Pincer starts on a free port. An agent
    /// that is started for each task has none.
    #[serde(default, skip_serializing_if = "Template::is_empty")]
    pub url: Template,
    /// How an agent is given its tasks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<Task>,
    /// Its TLS address, if `url` is not https.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsSpec>,
    /// How Pincer starts it; without it the target must already be running.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub launch: Option<Launch>,
    /// The target's external APIs, which Pincer plays.
    pub upstreams: BTreeMap<Upstream, UpstreamSpec>,
    /// The identity provider, if Pincer plays it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idp: Option<Idp>,
    /// The callers.
    #[serde(default)]
    pub identities: BTreeMap<Identity, Credential>,
    /// An `OpenAPI` document, relative to the descriptor's folder, for operations that are not declared here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<String>,
    /// The operations that scenarios use.
    #[serde(default)]
    pub operations: BTreeMap<Operation, OperationSpec>,
    /// The target's limits.
    #[serde(default)]
    pub limits: Limits,
    /// The meaning of its answers, where HTTP does not define it.
    #[serde(default, skip_serializing_if = "Answers::is_unsaid")]
    pub answers: Answers,
    /// Where it records its actions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<Audit>,
    /// Headers in which the target tells its upstreams who is calling, such as `x-subject`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub internal: Vec<String>,
    /// Optional capabilities.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claim>,
    /// Hosts beyond loopback that may be attacked with their owner's permission.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authorize: Vec<String>,
}

/// The target's TLS address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TlsSpec {
    /// The address: `https://127.0.0.1:8443`.
    pub url: Template,
}

/// One external API.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpstreamSpec {
    /// The address at which the target expects it; by default a free one, which `${upstream:NAME}` names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub listen: Option<SocketAddr>,
    /// It speaks TLS, with a certificate of the authority in the file `${authority}`; `${upstream:NAME}` is then an
    /// https address.
    #[serde(default, skip_serializing_if = "is_false")]
    pub tls: bool,
}

/// The identity provider that Pincer plays. It issues the identities' tokens with ES256 and serves its key set at
/// `/jwks.json` and its metadata at `/.well-known/openid-configuration`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Idp {
    /// The address at which the target expects it; by default a free one, which `${idp}` names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub listen: Option<SocketAddr>,
    /// The audience of the tokens that the target accepts.
    pub audience: String,
}

/// An identity's credential and rights.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Credential {
    /// Headers with the credential; `${env:NAME}` and `${file:PATH}` keep it out of the descriptor.
    #[serde(default)]
    pub header: BTreeMap<String, Template>,
    /// Claims of the bearer token that the identity provider issues to it; `iss`, `aud`, `iat`, `nbf`, `exp` and `jti`
    /// are added unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<serde_json::Map<String, Value>>,
    /// Roles.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// An object of each kind that it owns, by its id: others may neither read nor change it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub objects: BTreeMap<String, String>,
    /// Headers with which the target tells its upstreams that this identity calls, and their values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub presents: BTreeMap<String, String>,
}

/// A route.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OperationSpec {
    /// Its role in scenarios, if that is not its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Operation>,
    /// HTTP method.
    pub method: String,
    /// Path with variables: `/accounts/{id}`.
    pub path: String,
    /// Sample values of path variables and query parameters; `1` by default.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sample: BTreeMap<String, String>,
    /// Query parameters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<String>,
    /// Headers that carry text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub header: Vec<String>,
    /// Cookies that carry text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cookie: Vec<String>,
    /// A sample body; its leaves are places for payloads. In a form each member is a field, in a multipart body a part;
    /// a member of the form `{ filename: a.txt, content: text }` is a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// The media type of the body.
    #[serde(default, skip_serializing_if = "Content::is_json")]
    pub content: Content,
    /// The parameter for free text, if it is not called `text`, by its dotted path: `messages.0.content`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Parameters that name somebody's object, with the object's kind; named like the parameters of a step.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub owned: BTreeMap<String, String>,
    /// A sample of the answer, with all members that a caller may see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Value>,
    /// The agent's tool that makes this call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<Tool>,
    /// The upstream that it is forwarded to.
    pub upstream: Upstream,
    /// Roles that may call it.
    #[serde(default)]
    pub allow: Vec<String>,
    /// Scopes that a token needs to call it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
}

/// The media type of a body.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// `application/json`.
    #[default]
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `multipart/form-data`.
    Multipart,
}

impl Content {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
    fn is_json(&self) -> bool {
        *self == Self::Json
    }
}

impl Credential {
    /// Whether its token, if it has one, has all these scopes (RFC 8693 section 4.2: a list separated by spaces).
    pub fn covers(&self, scopes: &[String]) -> bool {
        let Some(claims) = &self.token else { return true };
        let scope = claims.get("scope").and_then(Value::as_str).unwrap_or_default();
        scopes.iter().all(|wanted| scope.split(' ').any(|has| has == wanted))
    }

    /// Whether it has an object of each kind that an operation is about.
    pub fn owns(&self, operation: &OperationSpec) -> bool {
        operation.owned.values().all(|kind| self.objects.contains_key(kind))
    }
}

/// Where the target records its actions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    /// A file that it appends to, one JSON object per line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<Template>,
    /// The target, which Pincer starts, prints its records on standard output.
    #[serde(default, skip_serializing_if = "is_false")]
    pub stdout: bool,
    /// An address at which Pincer accepts records by HTTP POST, one per line or item of a JSON array; `${audit}` names
    /// it to a target that Pincer starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub post: Option<SocketAddr>,
    /// The names of the fields.
    #[serde(default)]
    pub fields: AuditFields,
    /// Which records are alerts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alerts: Option<Alerts>,
    /// What the target does with calls that it cannot record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<Loss>,
}

/// What a target does with calls while its audit sink is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// It refuses them.
    Closed,
    /// It serves them and records them later.
    Buffered,
}

impl Target {
    /// Whether the descriptor says that this answer is a refusal, whatever its status.
    pub fn refuses(&self, status: u16, body: &[u8]) -> bool {
        self.answers.refuses(status, body)
    }

    /// Whether this status is a rate limiter's.
    pub fn throttles(&self, status: u16) -> bool {
        self.answers.throttles(status)
    }

    /// Its TLS address, if declared.
    pub fn tls_url(&self) -> Option<&Template> {
        let own = Some(&self.url).filter(|url| url.to_string().starts_with("https://"));
        own.or_else(|| self.tls.as_ref().map(|tls| &tls.url))
    }

    /// Its alerts, if declared.
    pub fn alerts(&self) -> Option<&Alerts> {
        self.audit.as_ref()?.alerts.as_ref()
    }

    /// Whether Pincer can run several copies at once: it starts the target, on ports and upstreams that it chooses.
    pub fn runs_apart(&self) -> bool {
        let free = |url: &Template| url.words().any(|word| matches!(word, Word::Port(_)));
        let started = self.task.as_ref().is_some_and(|task| task.start.is_some());
        let free_port = (started || free(&self.url)) && self.tls.as_ref().is_none_or(|tls| free(&tls.url));
        let sidecars = self.launch.iter().flat_map(|launch| &launch.sidecars);
        let free_sidecars = sidecars.filter_map(|sidecar| sidecar.url.as_ref()).all(free);
        let fixed_sink = self.audit.as_ref().and_then(|audit| audit.post).is_some_and(|address| address.port() != 0);
        self.launch.is_some()
            && free_port
            && free_sidecars
            && !fixed_sink
            && self.upstreams.values().all(|spec| spec.listen.is_none())
    }

    /// Whether Pincer can take its audit sink away: it plays the sink, or creates it before it starts the target.
    pub fn can_lose_audit(&self) -> bool {
        self.audit.as_ref().is_some_and(|audit| audit.post.is_some() || (audit.file.is_some() && self.launch.is_some()))
    }
}

/// The names of the fields in an audit record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AuditFields {
    /// The tracking id.
    pub id: String,
    /// The subject.
    pub who: String,
    /// The operation.
    pub what: String,
    /// The outcome.
    pub outcome: String,
    /// The time.
    pub when: String,
    /// The outcome of a call that an agent did not make.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

impl Default for AuditFields {
    fn default() -> Self {
        Self {
            id: "tracking_id".to_owned(),
            who: "subject".to_owned(),
            what: "operation".to_owned(),
            outcome: "status".to_owned(),
            when: "ts".to_owned(),
            refused: None,
        }
    }
}
