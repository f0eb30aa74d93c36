//! The target descriptor: what is tested, where it is and what it says of itself.

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
    /// Where callers reach it; `http://127.0.0.1:${port:http}` for a target that Pincer starts on any port. An agent that
    /// is started for each task has none.
    #[serde(default, skip_serializing_if = "Template::is_empty")]
    pub url: Template,
    /// How an agent is given its tasks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<Task>,
    /// Where it speaks TLS, if `url` is not https.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsSpec>,
    /// How Pincer starts it; without it the target already runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub launch: Option<Launch>,
    /// The target's external APIs, which Pincer plays.
    pub upstreams: BTreeMap<Upstream, UpstreamSpec>,
    /// The identity provider, which Pincer plays too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idp: Option<Idp>,
    /// Who may call.
    #[serde(default)]
    pub identities: BTreeMap<Identity, Credential>,
    /// An `OpenAPI` document, seen from the descriptor's folder, for the operations that are not declared here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<String>,
    /// The routes that scenarios speak of.
    #[serde(default)]
    pub operations: BTreeMap<Operation, OperationSpec>,
    /// What the target bounds.
    #[serde(default)]
    pub limits: Limits,
    /// What its answers mean, where HTTP does not say it.
    #[serde(default, skip_serializing_if = "Answers::is_unsaid")]
    pub answers: Answers,
    /// Where it records what it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<Audit>,
    /// Headers by which the target tells its upstreams who calls, such as `x-subject`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub internal: Vec<String>,
    /// Optional capabilities.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claim>,
    /// Hosts beyond loopback that their owner allows to be attacked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authorize: Vec<String>,
}

/// Where a target speaks TLS.
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
    /// The address on which the target expects it; any free one, named by `${upstream:NAME}`, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub listen: Option<SocketAddr>,
    /// It speaks TLS, with a certificate of the authority in the file `${authority}`; `${upstream:NAME}` is then an https
    /// address.
    #[serde(default, skip_serializing_if = "is_false")]
    pub tls: bool,
}

/// The identity provider that Pincer plays: it issues the tokens of identities by ES256 and serves its key set at
/// `/jwks.json` and its metadata at `/.well-known/openid-configuration`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Idp {
    /// The address on which the target expects it; any free one, named by `${idp}`, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub listen: Option<SocketAddr>,
    /// The audience for which the target takes tokens.
    pub audience: String,
}

/// How an identity shows itself, and what it is allowed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Credential {
    /// Headers that carry the credential; `${env:NAME}` and `${file:PATH}` keep it out of the descriptor.
    #[serde(default)]
    pub header: BTreeMap<String, Template>,
    /// Claims of the bearer token that the identity provider issues to it; `iss`, `aud`, `iat`, `nbf`, `exp` and `jti` are
    /// added where they don't stand here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<serde_json::Map<String, Value>>,
    /// Roles.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// An object of its own of each kind, by its identifier: others may neither read nor change it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub objects: BTreeMap<String, String>,
    /// Headers by which the target tells its upstreams that this identity calls, with their values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub presents: BTreeMap<String, String>,
}

/// A route.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OperationSpec {
    /// The role that it plays in scenarios, where that is not its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Operation>,
    /// HTTP method.
    pub method: String,
    /// Path with variables: `/accounts/{id}`.
    pub path: String,
    /// Sample values of path variables and query parameters; `1` where none is given.
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
    /// A sample body; its leaves are placements for payloads. In a form each member is a field, in a multipart body a
    /// part; a member of the shape `{ filename: a.txt, content: text }` is a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// How the body is written.
    #[serde(default, skip_serializing_if = "Content::is_json")]
    pub content: Content,
    /// The parameter that takes free text, where it is not called `text`, by its dotted path: `messages.0.content`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Parameters that name an object of somebody's, as the parameters of a step are named, with the object's kind.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub owned: BTreeMap<String, String>,
    /// A sample of the answer, with all members that a caller may see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Value>,
    /// The agent's tool that makes this call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<Tool>,
    /// Where it is forwarded.
    pub upstream: Upstream,
    /// Roles that may call it.
    #[serde(default)]
    pub allow: Vec<String>,
    /// Scopes that a token needs to call it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
}

/// How a body is written.
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
    /// Whether its token, if it shows one, has all these scopes (RFC 8693 section 4.2: a list with spaces).
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

/// Where the target records what it did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    /// A file that it appends to, one JSON object a line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<Template>,
    /// The target, which Pincer starts, prints its records on standard output.
    #[serde(default, skip_serializing_if = "is_false")]
    pub stdout: bool,
    /// An address at which Pincer takes records by HTTP POST, a line or an item of a JSON array each; `${audit}`
    /// names it to a target that Pincer starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub post: Option<SocketAddr>,
    /// Which field says what.
    #[serde(default)]
    pub fields: AuditFields,
    /// Which records are alerts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alerts: Option<Alerts>,
    /// What the target does with calls that it can't record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<Loss>,
}

/// What a target does with calls while its audit sink takes no records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// It refuses them.
    Closed,
    /// It serves them and delivers their records later.
    Buffered,
}

impl Target {
    /// Whether the descriptor says that this answer is a refusal, whatever its status.
    pub fn refuses(&self, status: u16, body: &[u8]) -> bool {
        self.answers.refuses(status, body)
    }

    /// Whether this status is a limiter's.
    pub fn throttles(&self, status: u16) -> bool {
        self.answers.throttles(status)
    }

    /// Where it speaks TLS, if it says that it does.
    pub fn tls_url(&self) -> Option<&Template> {
        let own = Some(&self.url).filter(|url| url.to_string().starts_with("https://"));
        own.or_else(|| self.tls.as_ref().map(|tls| &tls.url))
    }

    /// How it raises alerts, if it says that it does.
    pub fn alerts(&self) -> Option<&Alerts> {
        self.audit.as_ref()?.alerts.as_ref()
    }

    /// Whether Pincer can run it several times at once: it starts it, on ports and upstreams of Pincer's choice.
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

    /// Whether Pincer can take its audit sink away: it plays the sink, or makes it before it starts the target.
    pub fn can_lose_audit(&self) -> bool {
        self.audit.as_ref().is_some_and(|audit| audit.post.is_some() || (audit.file.is_some() && self.launch.is_some()))
    }
}

/// Which field of an audit record says what.
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
    /// What an agent's outcome says of a call that was not made.
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
