//! Named weaknesses: each takes away one protection, so that a test suite can show that it notices.
//!
//! They have an effect only in builds with the feature `weaknesses`.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! weaknesses {
    ($($variant:ident, $name:literal, $control:literal, $summary:literal;)*) => {
        /// A protection that is taken away.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Weakness {
            $(#[doc = $summary] #[serde(rename = $name)] $variant,)*
        }

        impl Weakness {
            /// All weaknesses.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// The control that it breaks.
            pub fn control(self) -> &'static str {
                match self { $(Self::$variant => $control),* }
            }

            /// What it takes away.
            pub fn summary(self) -> &'static str {
                match self { $(Self::$variant => $summary),* }
            }
        }
    };
}

weaknesses! {
    NoInputFilter, "no-input-filter", "INP-01", "Query languages are not looked for in free text.";
    NoSchemaValidation, "no-schema-validation", "INP-01", "Typed parameters are not checked.";
    NoMarkupFilter, "no-markup-filter", "INP-02", "Active markup is not looked for in free text.";
    NoTemplateFilter, "no-template-filter", "INP-07", "Templates and formulas are not looked for in free text.";
    NoEntityFilter, "no-entity-filter", "INP-06", "Document types and inclusions are not looked for in free text.";
    NoAddressFilter, "no-address-filter", "INP-05", "Links to inside addresses are not looked for in free text.";
    NoObjectFilter, "no-object-filter", "INP-03", "Serialised objects are not looked for in free text.";
    NoControlFilter, "no-control-filter", "INP-08", "Control characters and forged lines are not looked for in free text.";
    FilterByWord, "filter-by-word", "INP-01", "Free text is refused for a word, whatever it means.";
    NoCommandFilter, "no-command-filter", "INP-03", "Shell commands are not looked for in free text.";
    NoPathGuard, "no-path-guard", "INP-04", "Paths are forwarded as they came.";
    NoCanonicalisation, "no-canonicalisation", "INP-08", "Free text is judged as it is written, not as it would be read.";
    NoBodyLimit, "no-body-limit", "RATE-08", "Bodies of any size are taken.";
    NoHeaderLimit, "no-header-limit", "RATE-08", "Heads of any size are taken.";
    NoUrlLimit, "no-url-limit", "RATE-08", "Request targets of any length are taken.";
    NoDepthLimit, "no-depth-limit", "RATE-08", "JSON of any depth is taken.";
    NoUpstreamTimeout, "no-upstream-timeout", "RATE-08", "A slow upstream is waited for.";
    RelayUpstreamErrors, "relay-upstream-errors", "ERR-01", "Error answers of the upstream are passed on.";
    RelayUpstreamHeaders, "relay-upstream-headers", "ERR-01", "All headers of the upstream are passed on.";
    VerboseErrors, "verbose-errors", "ERR-01", "Errors about route, credential and syntax say where in the code they arose.";
    NoTrackingId, "no-tracking-id", "ERR-02", "Answers carry no tracking id.";
    RepeatedTrackingId, "repeated-tracking-id", "ERR-02", "All answers carry the same tracking id.";
    PlainTextErrors, "plain-text-errors", "ERR-03", "Errors are plain text.";
    BrokenUpstreamAsSuccess, "broken-upstream-as-success", "ERR-08", "A broken answer of the upstream becomes an empty success.";
    NoRateLimit, "no-rate-limit", "RATE-01", "Calls are not counted.";
    SharedRateLimit, "shared-rate-limit", "RATE-01", "All callers share one quota.";
    RateKeyFromHeader, "rate-key-from-header", "RATE-01", "The quota is counted by X-Forwarded-For where it is sent.";
    UntruthfulRetryAfter, "untruthful-retry-after", "RATE-02", "Retry-After says a day.";
    OverstatedRetryAfter, "overstated-retry-after", "RATE-02", "Retry-After says five seconds more than it takes.";
    UnlimitedHttp2, "unlimited-http2", "RATE-01", "Calls that come as HTTP/2 streams are not counted.";
    NoAuthentication, "no-authentication", "AUTH-01", "Who shows no credential is taken for a reader, and not counted.";
    ForwardCallerToken, "forward-caller-token", "AUTH-04", "The caller's credential goes to the upstream.";
    NoRoleCheck, "no-role-check", "RBAC-02", "Roles are not checked.";
    NoDeniedAudit, "no-denied-audit", "AUD-01", "Denied calls are not recorded.";
    NoFailureAudit, "no-failure-audit", "AUD-01", "Calls that fail at the upstream are not recorded.";
    JwtNoSignature, "jwt-no-signature", "AUTH-02", "The signature of a token is not checked.";
    JwtAlgNone, "jwt-alg-none", "AUTH-02", "A token whose algorithm is none needs no signature.";
    JwtNoExpiry, "jwt-no-expiry", "AUTH-03", "Expired tokens are taken.";
    JwtNoAudience, "jwt-no-audience", "AUTH-03", "Tokens for another audience are taken.";
    JwtNoIssuer, "jwt-no-issuer", "AUTH-03", "Tokens that name another issuer are taken.";
    KeyInUrl, "key-in-url", "AUTH-07", "An API key is taken from the query too.";
    SpoofedIdentity, "spoofed-identity", "AUTH-08", "The caller's X-Subject and X-Tenant go to the upstream.";
    NoScopeCheck, "no-scope-check", "RBAC-04", "Scopes are not checked.";
    MethodOverride, "method-override", "RBAC-02", "X-HTTP-Method-Override decides what the upstream is asked, after the role was checked.";
    NoFramingGuard, "no-framing-guard", "INP-08", "Requests that can be framed in two ways are taken.";
    DuplicateMembers, "duplicate-members", "INP-08", "JSON objects with two members of one name are taken.";
    WrongRateFields, "wrong-rate-fields", "RATE-03", "What is left of a quota is told as a number below zero.";
    NoGuessLimit, "no-guess-limit", "RATE-09", "Wrong credentials are not slowed.";
    LogInjection, "log-injection", "AUD-03", "Paths are decoded into the audit log without escapes.";
    UnmaskedAudit, "unmasked-audit", "AUD-04", "Secrets stand in the audit log.";
    RateKeyFromPath, "rate-key-from-path", "RATE-01", "The quota is counted for each way to write the path.";
    NoHeadTimeout, "no-head-timeout", "RATE-08", "A head may take for ever.";
    NoBodyTimeout, "no-body-timeout", "RATE-08", "A body may take for ever.";
    FewConnections, "few-connections", "RATE-08", "Ninety-six connections fill the gateway.";
    NoResetLimit, "no-reset-limit", "RATE-08", "Streams of HTTP/2 may be opened and reset without end.";
    NoContinuationLimit, "no-continuation-limit", "RATE-08", "The head of an HTTP/2 stream may go on for ever.";
    TlsOldVersions, "tls-old-versions", "TLS-01", "SSL 3.0, TLS 1.0 and TLS 1.1 are spoken.";
    TlsFallback, "tls-fallback", "TLS-01", "TLS 1.1 is spoken, even with a client that says it can do better.";
    TlsOneTwoOnly, "tls-12-only", "TLS-01", "TLS 1.3 is not offered.";
    TlsWeakSuites, "tls-weak-suites", "TLS-02", "Suites without forward secrecy are taken.";
    TlsCompression, "tls-compression", "TLS-02", "What TLS carries is compressed.";
    TlsNoRenegotiationInfo, "tls-no-renegotiation-info", "TLS-02", "Secure renegotiation is not confirmed.";
    TlsPlainRedirect, "tls-plain-redirect", "TLS-06", "Plain HTTP on the port of TLS is redirected.";
    TlsPlainServed, "tls-plain-served", "TLS-06", "Plain HTTP on the port of TLS is served.";
    VerboseBounds, "verbose-bounds", "ERR-01", "Errors about size, method and media type say where in the code they arose.";
    VerboseGuard, "verbose-guard", "ERR-01", "Errors about malformed requests say where in the code they arose.";
    VerboseUpstreamFaults, "verbose-upstream-faults", "ERR-01", "Errors about a broken upstream say where in the code they arose.";
    RelayUpstreamReason, "relay-upstream-reason", "ERR-01", "The reason phrase of the upstream is passed on.";
    ServerBanner, "server-banner", "ERR-01", "Each answer names the product and its version.";
    SequentialTrackingId, "sequential-tracking-id", "ERR-02", "Tracking ids are counted up.";
    EchoedTrackingId, "echoed-tracking-id", "ERR-02", "The caller's X-Request-Id is the tracking id.";
    UnrecordedErrorId, "unrecorded-error-id", "ERR-02", "Errors are recorded under another id than the caller gets.";
    TornTrackingId, "torn-tracking-id", "ERR-02", "An error's header and body carry different tracking ids.";
    OpenWhenKeysFail, "open-when-keys-fail", "ERR-04", "While the key set can't be fetched, a token with an unknown key needs no signature.";
    NoKeyRecovery, "no-key-recovery", "ERR-04", "Once the key set could not be fetched, no token passes any more.";
    UncheckedWhenUpstreamFails, "unchecked-when-upstream-fails", "ERR-04", "After a call that the upstream did not answer, the next one's role is not checked.";
    TellsMissingFromForbidden, "tells-missing-from-forbidden", "ERR-05", "What the upstream forbids is told as forbidden, not as missing.";
    TellsKnownAccount, "tells-known-account", "ERR-05", "A wrong token of somebody who has called before is answered otherwise than a stranger's.";
    SlowForbidden, "slow-forbidden", "ERR-05", "What the upstream forbids is answered 10 ms later than what is missing.";
    GivesUpOnUpstream, "gives-up-on-upstream", "ERR-08", "After ten broken answers in a row the upstream is never called again.";
    NoGuardAudit, "no-guard-audit", "AUD-01", "Requests that the connection's guard refuses are not recorded.";
    LocalAuditTime, "local-audit-time", "AUD-01", "Times in the audit log don't say their zone.";
    UnescapedLog, "unescaped-log", "AUD-03", "The caller's X-Request-Id stands in the audit log as it came.";
    NoAlerts, "no-alerts", "AUD-06", "No pattern raises an alert.";
    FalseAlarms, "false-alarms", "AUD-06", "Each served call raises an alert.";
    AuditFailureIgnored, "audit-failure-ignored", "AUD-08", "A record that can't be written is dropped.";
    UndeclaredRoute, "undeclared-route", "DEP-06", "GET /debug answers everybody.";
    NoObjectCheck, "no-object-check", "RBAC-01", "Whose object a call is about is not checked.";
    ObjectCheckReadsOnly, "object-check-reads-only", "RBAC-01", "Whose object a call is about is checked for GET alone.";
    ObjectCheckPathOnly, "object-check-path-only", "RBAC-01", "Objects that the body names are not checked.";
    NoPropertyCheck, "no-property-check", "RBAC-03", "Members of a body that are not declared are taken.";
    NoAnswerFilter, "no-answer-filter", "RBAC-03", "Members of an answer that are not declared are passed on.";
    GatewaySubject, "gateway-subject", "RBAC-07", "The upstream is told the gateway as the caller.";
    OnBehalfOf, "on-behalf-of", "RBAC-07", "X-On-Behalf-Of names the subject that the upstream is told.";
    SharedCache, "shared-cache", "RBAC-09", "Answers that may be kept for a time are given to whoever asks for the same target.";
    RateKeyWithoutTenant, "rate-key-without-tenant", "RBAC-09", "Callers of one name share a quota across tenants.";
    CredentialInAudit, "credential-in-audit", "SEC-02", "The audit log holds the credentials that requests show.";
    CredentialInErrors, "credential-in-errors", "SEC-02", "A refused credential stands in the answer that refuses it.";
    KeyInUpstreamUrl, "key-in-upstream-url", "SEC-03", "Credentials that stand in the query go on to the upstream.";
    RelayRedirects, "relay-redirects", "SEC-03", "Redirects of the upstream are passed on with their Location.";
    ForwardReferer, "forward-referer", "SEC-03", "The caller's Referer goes to the upstream.";
    DefaultKey, "default-key", "SEC-06", "The key `changeme` is taken for a reader.";
    DefaultPassword, "default-password", "SEC-06", "The user `admin` with the password `admin` is taken for a reader.";
    WellKnownSecret, "well-known-secret", "SEC-06", "Tokens are taken that were signed by HS256 with a secret of documentation.";
    TraceAsSent, "trace-as-sent", "AUD-02", "A malformed traceparent goes to the upstream as it came.";
    NoCorrelation, "no-correlation", "AUD-02", "Each call to the upstream begins a trace of its own.";
    RequestIdAsSent, "request-id-as-sent", "AUD-02", "Any X-Request-Id is taken.";
    KeyBeginning, "key-beginning", "AUTH-01", "What stands behind a right key does not count.";
    LooseKeySpelling, "loose-key-spelling", "AUTH-01", "A key is taken in capitals too, and with blanks in it.";
    AnyScheme, "any-scheme", "AUTH-01", "A key is taken behind any scheme, and beside other credentials.";
    NoChallenge, "no-challenge", "AUTH-01", "A 401 says nothing about how to authenticate.";
    LooseTokenForm, "loose-token-form", "AUTH-02", "What stands behind the third part of a token does not count.";
    KeyInCookie, "key-in-cookie", "AUTH-07", "An API key is taken from a cookie too.";
    KeyInBody, "key-in-body", "AUTH-07", "An API key is taken from the body too.";
    UnderscoreHeaders, "underscore-headers", "AUTH-08", "Headers that only an underscore tells from X-Subject and X-Tenant go to the upstream.";
    IdentityHeaders, "identity-headers", "AUTH-08", "The caller's X-User-Id, X-Forwarded-User and X-Client-Cert go to the upstream.";
    RewriteHeader, "rewrite-header", "AUTH-08", "X-Original-URL decides what the upstream is asked for, after the role was checked.";
    ConnectionDrops, "connection-drops", "AUTH-08", "Headers that the caller's Connection names don't go to the upstream.";
    TraceMethod, "trace-method", "DEP-06", "TRACE is answered with the request.";
    OldVersion, "old-version", "DEP-06", "Each path is served below /v0 too.";
    RoleBySentPath, "role-by-sent-path", "RBAC-02", "Paths are made plain, but roles are looked up by the path as it was sent.";
    AnyMethod, "any-method", "RBAC-02", "A method that a path does not declare goes to the upstream, whoever calls.";
    RetriesWrites, "retries-writes", "RATE-05", "A write that the upstream answers by 503, or breaks off, is made again.";
    FollowsRedirects, "follows-redirects", "INP-05", "Redirects of the upstream are followed to another host, with the caller's credential.";
    UpstreamFromHeader, "upstream-from-header", "INP-05", "X-Upstream names the upstream's address.";
    KeyDigestInErrors, "key-digest-in-errors", "SEC-02", "The SHA-256 of a refused credential stands in the answer that refuses it.";
    AgentAnyTool, "agent-any-tool", "RBAC-06", "The agent runs each operation of its API document, allowed or not.";
    AgentNoApproval, "agent-no-approval", "RBAC-08", "The agent asks for no approval.";
    AgentLooseApproval, "agent-loose-approval", "RBAC-08", "An approval is good for any arguments.";
    AgentRepeatedApproval, "agent-repeated-approval", "RBAC-08", "An approval is good for many decisions.";
    AgentObeysData, "agent-obeys-data", "INP-09", "The agent reads what an API's data names, though the user did not.";
    AgentRawArguments, "agent-raw-arguments", "INP-04", "The agent puts arguments into the URL unchecked, as they came.";
    AgentNoResponseCap, "agent-no-response-cap", "INP-06", "The agent reads answers of any size.";
    AgentKeyFollowsRedirect, "agent-key-follows-redirect", "AUTH-06", "The agent follows redirects to any host, and shows its key there.";
    AgentFollowsRedirects, "agent-follows-redirects", "INP-05", "The agent follows redirects to any host, without its key.";
    AgentNoBudget, "agent-no-budget", "RATE-06", "The agent has no bound on calls and turns.";
    AgentNoDeadline, "agent-no-deadline", "RATE-06", "The agent waits for an API and for a task up to a minute.";
    AgentIgnoresRetryAfter, "agent-ignores-retry-after", "RATE-04", "The agent asks again at once, whatever Retry-After says.";
    AgentTrustsRetryAfter, "agent-trusts-retry-after", "RATE-07", "The agent waits as long as Retry-After says, up to a minute.";
    AgentEndlessRetries, "agent-endless-retries", "RATE-05", "The agent tries a failing read fifty times without a pause.";
    AgentRetriesWrites, "agent-retries-writes", "RATE-05", "The agent repeats a write that failed.";
    AgentRelaysErrors, "agent-relays-errors", "ERR-06", "What a failing API says goes to the model and to the user.";
    AgentClaimsSuccess, "agent-claims-success", "ERR-07", "The agent takes the model's word that a task is done.";
    AgentLiveOutput, "agent-live-output", "SEC-07", "Images, links and markup stay in the agent's output.";
    AgentForwardsCaller, "agent-forwards-caller", "AUTH-04", "The caller's Authorization goes on to the API.";
    AgentKeyInUrl, "agent-key-in-url", "AUTH-07", "The agent puts its key into the URL as well.";
    AgentLogsKey, "agent-logs-key", "SEC-02", "The action log holds the agent's key.";
    AgentKeyFallback, "agent-key-fallback", "SEC-03", "Where the API refuses its key, the agent tries again with the key in the URL.";
    AgentTellsItself, "agent-tells-itself", "SEC-04", "What the agent tells its model of itself may stand in the output.";
    AgentSharedCache, "agent-shared-cache", "SEC-08", "What an API answered to one task is told to the next.";
    AgentPastesBody, "agent-pastes-body", "INP-01", "The agent pastes arguments into JSON as they came.";
    AgentEvaluates, "agent-evaluates", "INP-07", "Expressions in the output are evaluated.";
    AgentNoActionLog, "agent-no-action-log", "AUD-07", "Writes are not recorded.";
    AgentInventsRecords, "agent-invents-records", "AUD-07", "Calls that were refused are recorded as made.";
    AgentVerboseErrors, "agent-verbose-errors", "ERR-01", "A refused request is told where in the program it was refused.";
    AgentFailsOpen, "agent-fails-open", "ERR-04", "A task whose model fails is said to be done.";
    AgentModelRedirect, "agent-model-redirect", "AUTH-06", "The agent follows its model to another host, with its key.";
    AgentTakesHalf, "agent-takes-half", "ERR-08", "An answer that was cut off counts as whole.";
    AgentBreaks, "agent-breaks", "ERR-08", "A task breaks at an answer whose id is no text.";
    AgentTrustsAnybody, "agent-trusts-anybody", "TLS-03", "The agent looks at no certificate of its API.";
    AgentOldTls, "agent-old-tls", "TLS-05", "The agent goes on with an API that speaks TLS 1.1.";
    AgentOwnSubject, "agent-own-subject", "RBAC-07", "The API is told the agent as the caller.";
    AgentOnBehalfOf, "agent-on-behalf-of", "RBAC-07", "X-On-Behalf-Of names the user that the API is told.";
    AgentOpenSessions, "agent-open-sessions", "SEC-08", "Who names a session goes on with it, whosever it is.";
    AgentOneMemory, "agent-one-memory", "SEC-08", "What a user said in one session is known in all of them.";
    AgentKeepsEnded, "agent-keeps-ended", "SEC-08", "A session that a user ended is kept.";
    AgentRunsCommands, "agent-runs-commands", "INP-03", "The agent runs the commands that its model asks for.";
    AgentFoldsArguments, "agent-folds-arguments", "INP-08", "Control characters and compatibility forms are taken out of arguments after they were checked.";
    AgentWeakSuites, "agent-weak-suites", "TLS-05", "The agent offers its API RC4 where nothing better comes about.";
    AgentRerunsTask, "agent-reruns-task", "RATE-05", "A task whose model fails begins again from its start, twice.";
    AgentHurriesModel, "agent-hurries-model", "RATE-04", "The agent asks its model again at once, whatever Retry-After says.";
    AgentPromptFollowsRedirect, "agent-prompt-follows-redirect", "AUTH-06", "The agent follows its model to another host, without its key.";
    AgentTakesCutWords, "agent-takes-cut-words", "ERR-07", "Words of the model count however they end.";
    AgentEmptySuccess, "agent-empty-success", "ERR-07", "A task whose turns are spent, or whose model says nothing, is said to be done.";
    AgentRelaysModelErrors, "agent-relays-model-errors", "ERR-06", "What a failing model says goes to the user.";
    AgentFirstCallOnly, "agent-first-call-only", "RBAC-08", "Of the calls of a turn, the first alone is looked at for an approval.";
    AgentCountsTurns, "agent-counts-turns", "RATE-06", "The calls of a turn count as one.";
    AgentInflates, "agent-inflates", "INP-06", "The agent unpacks gzip without a bound.";
    AgentLosesCalls, "agent-loses-calls", "ERR-07", "Of the calls of a turn, the first alone is made, and all are said to be.";
    AgentLeaksKey, "agent-leaks-key", "SEC-01", "The agent tells the model its key, and masks it nowhere.";
}

impl Weakness {
    /// Whether it is the agent's, not the gateway's.
    pub fn is_agents(self) -> bool {
        self.name().starts_with("agent-")
    }
}

/// A name that is no weakness.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no weakness; `pincer-reference weaknesses` lists them")]
pub struct UnknownWeakness(String);

impl FromStr for Weakness {
    type Err = UnknownWeakness;
    fn from_str(name: &str) -> Result<Self, UnknownWeakness> {
        Self::ALL
            .iter()
            .copied()
            .find(|weakness| weakness.name() == name)
            .ok_or_else(|| UnknownWeakness(name.to_owned()))
    }
}

/// A weakness is asked for that this build does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this build has no weaknesses to switch on, so not `{0}` either: build with the feature `weaknesses`")]
pub struct NoWeaknesses(&'static str);

/// The weaknesses that are on; none in builds without the feature.
#[derive(Debug, Clone, Default)]
pub(crate) struct Weaknesses {
    #[cfg(feature = "weaknesses")]
    on: Vec<Weakness>,
}

impl Weaknesses {
    /// The weaknesses to switch on; fails where the build has none.
    #[cfg_attr(feature = "weaknesses", expect(clippy::unnecessary_wraps, reason = "a build without the feature fails"))]
    pub(crate) fn new(on: &[Weakness]) -> Result<Self, NoWeaknesses> {
        #[cfg(feature = "weaknesses")]
        return Ok(Self { on: on.to_vec() });
        #[cfg(not(feature = "weaknesses"))]
        match on.first() {
            None => Ok(Self {}),
            Some(weakness) => Err(NoWeaknesses(weakness.name())),
        }
    }

    /// Whether a weakness is on.
    #[cfg(feature = "weaknesses")]
    pub(crate) fn has(&self, weakness: Weakness) -> bool {
        self.on.contains(&weakness)
    }

    /// Whether a weakness is on: never.
    #[cfg(not(feature = "weaknesses"))]
    #[expect(clippy::unused_self, reason = "the same call in both builds")]
    pub(crate) const fn has(&self, _: Weakness) -> bool {
        false
    }
}
