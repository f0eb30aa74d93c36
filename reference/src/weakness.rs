//! Named weaknesses: each removes one protection, so that a test suite can prove that it notices.
//!
//! They have an effect only in builds with the feature `weaknesses`.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! weaknesses {
    ($($variant:ident, $name:literal, $control:literal, $summary:literal;)*) => {
        /// A removed protection.
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

            /// The control that it violates.
            pub fn control(self) -> &'static str {
                match self { $(Self::$variant => $control),* }
            }

            /// What it removes.
            pub fn summary(self) -> &'static str {
                match self { $(Self::$variant => $summary),* }
            }
        }
    };
}

weaknesses! {
    NoInputFilter, "no-input-filter", "INP-01", "Free text is not searched for query languages.";
    NoSchemaValidation, "no-schema-validation", "INP-01", "Typed parameters are not checked.";
    NoMarkupFilter, "no-markup-filter", "INP-02", "Free text is not searched for active markup.";
    NoTemplateFilter, "no-template-filter", "INP-07", "Free text is not searched for templates and formulas.";
    NoEntityFilter, "no-entity-filter", "INP-06", "Free text is not searched for document types and inclusions.";
    NoAddressFilter, "no-address-filter", "INP-05", "Free text is not searched for links to internal addresses.";
    NoObjectFilter, "no-object-filter", "INP-03", "Free text is not searched for serialised objects.";
    NoControlFilter, "no-control-filter", "INP-08", "Free text is not searched for control characters and forged lines.";
    FilterByWord, "filter-by-word", "INP-01", "Free text is refused for single words, whatever it means.";
    NoCommandFilter, "no-command-filter", "INP-03", "Free text is not searched for shell commands.";
    NoPathGuard, "no-path-guard", "INP-04", "Paths are forwarded unchecked.";
    NoCanonicalisation, "no-canonicalisation", "INP-08", "Free text is judged without decoding.";
    NoBodyLimit, "no-body-limit", "RATE-08", "Bodies of any size are accepted.";
    NoHeaderLimit, "no-header-limit", "RATE-08", "Heads of any size are accepted.";
    NoUrlLimit, "no-url-limit", "RATE-08", "Request targets of any length are accepted.";
    NoDepthLimit, "no-depth-limit", "RATE-08", "JSON of any depth is accepted.";
    NoUpstreamTimeout, "no-upstream-timeout", "RATE-08", "A slow upstream has no time limit.";
    RelayUpstreamErrors, "relay-upstream-errors", "ERR-01", "Error answers of the upstream are passed on.";
    RelayUpstreamHeaders, "relay-upstream-headers", "ERR-01", "All headers of the upstream are passed on.";
    VerboseErrors, "verbose-errors", "ERR-01", "Errors about route, credential and syntax reveal their place in the code.";
    NoTrackingId, "no-tracking-id", "ERR-02", "Answers carry no tracking id.";
    RepeatedTrackingId, "repeated-tracking-id", "ERR-02", "All answers carry the same tracking id.";
    PlainTextErrors, "plain-text-errors", "ERR-03", "Errors are plain text.";
    BrokenUpstreamAsSuccess, "broken-upstream-as-success", "ERR-08", "A broken answer of the upstream becomes an empty success.";
    NoRateLimit, "no-rate-limit", "RATE-01", "Calls are not counted.";
    SharedRateLimit, "shared-rate-limit", "RATE-01", "All callers share one quota.";
    RateKeyFromHeader, "rate-key-from-header", "RATE-01", "The quota is counted by X-Forwarded-For if the caller sends it.";
    UntruthfulRetryAfter, "untruthful-retry-after", "RATE-02", "Retry-After is a day.";
    OverstatedRetryAfter, "overstated-retry-after", "RATE-02", "Retry-After is five seconds too long.";
    UnlimitedHttp2, "unlimited-http2", "RATE-01", "Calls in HTTP/2 streams are not counted.";
    NoAuthentication, "no-authentication", "AUTH-01", "A caller without a credential counts as a reader and is not limited.";
    ForwardCallerToken, "forward-caller-token", "AUTH-04", "The caller's credential goes to the upstream.";
    NoRoleCheck, "no-role-check", "RBAC-02", "Roles are not checked.";
    NoDeniedAudit, "no-denied-audit", "AUD-01", "Denied calls are not recorded.";
    NoFailureAudit, "no-failure-audit", "AUD-01", "Calls that fail at the upstream are not recorded.";
    JwtNoSignature, "jwt-no-signature", "AUTH-02", "The signature of a token is not checked.";
    JwtAlgNone, "jwt-alg-none", "AUTH-02", "A token with the algorithm `none` needs no signature.";
    JwtNoExpiry, "jwt-no-expiry", "AUTH-03", "Expired tokens are accepted.";
    JwtNoAudience, "jwt-no-audience", "AUTH-03", "Tokens for another audience are accepted.";
    JwtNoIssuer, "jwt-no-issuer", "AUTH-03", "Tokens of another issuer are accepted.";
    KeyInUrl, "key-in-url", "AUTH-07", "An API key is also accepted in the query.";
    SpoofedIdentity, "spoofed-identity", "AUTH-08", "The caller's X-Subject and X-Tenant go to the upstream.";
    NoScopeCheck, "no-scope-check", "RBAC-04", "Scopes are not checked.";
    MethodOverride, "method-override", "RBAC-02", "X-HTTP-Method-Override sets the method of the upstream call, after the role was checked.";
    NoFramingGuard, "no-framing-guard", "INP-08", "Requests with ambiguous framing are accepted.";
    DuplicateMembers, "duplicate-members", "INP-08", "JSON with duplicate members is accepted.";
    WrongRateFields, "wrong-rate-fields", "RATE-03", "The remaining quota is reported as a negative number.";
    NoGuessLimit, "no-guess-limit", "RATE-09", "Wrong credentials are not slowed down.";
    LogInjection, "log-injection", "AUD-03", "Decoded paths are written to the audit log without escapes.";
    UnmaskedAudit, "unmasked-audit", "AUD-04", "Secrets are not masked in the audit log.";
    RateKeyFromPath, "rate-key-from-path", "RATE-01", "Each spelling of the path has its own quota.";
    NoHeadTimeout, "no-head-timeout", "RATE-08", "A head has no time limit.";
    NoBodyTimeout, "no-body-timeout", "RATE-08", "A body has no time limit.";
    FewConnections, "few-connections", "RATE-08", "Ninety-six connections fill the gateway.";
    NoResetLimit, "no-reset-limit", "RATE-08", "HTTP/2 streams may be opened and reset without limit.";
    NoContinuationLimit, "no-continuation-limit", "RATE-08", "The head of an HTTP/2 stream may continue without end.";
    TlsOldVersions, "tls-old-versions", "TLS-01", "SSL 3.0, TLS 1.0 and TLS 1.1 are supported.";
    TlsFallback, "tls-fallback", "TLS-01", "TLS 1.1 is accepted even from a client that signals a fallback.";
    TlsOneTwoOnly, "tls-12-only", "TLS-01", "TLS 1.3 is not offered.";
    TlsWeakSuites, "tls-weak-suites", "TLS-02", "Cipher suites without forward secrecy are accepted.";
    TlsCompression, "tls-compression", "TLS-02", "TLS compression is used.";
    TlsNoRenegotiationInfo, "tls-no-renegotiation-info", "TLS-02", "Secure renegotiation is not confirmed.";
    TlsPlainRedirect, "tls-plain-redirect", "TLS-06", "Plain HTTP on the TLS port is redirected.";
    TlsPlainServed, "tls-plain-served", "TLS-06", "Plain HTTP on the TLS port is served.";
    VerboseBounds, "verbose-bounds", "ERR-01", "Errors about size, method and media type reveal their place in the code.";
    VerboseGuard, "verbose-guard", "ERR-01", "Errors about malformed requests reveal their place in the code.";
    VerboseUpstreamFaults, "verbose-upstream-faults", "ERR-01", "Errors about a broken upstream reveal their place in the code.";
    RelayUpstreamReason, "relay-upstream-reason", "ERR-01", "The reason phrase of the upstream is passed on.";
    ServerBanner, "server-banner", "ERR-01", "Each answer names the product and its version.";
    SequentialTrackingId, "sequential-tracking-id", "ERR-02", "Tracking ids are consecutive numbers.";
    EchoedTrackingId, "echoed-tracking-id", "ERR-02", "The caller's X-Request-Id is the tracking id.";
    UnrecordedErrorId, "unrecorded-error-id", "ERR-02", "An error is recorded under another id than the caller gets.";
    TornTrackingId, "torn-tracking-id", "ERR-02", "An error's header and body carry different tracking ids.";
    OpenWhenKeysFail, "open-when-keys-fail", "ERR-04", "While the key set cannot be fetched, a token with an unknown key needs no signature.";
    NoKeyRecovery, "no-key-recovery", "ERR-04", "After the key set could not be fetched once, no token passes any more.";
    UncheckedWhenUpstreamFails, "unchecked-when-upstream-fails", "ERR-04", "After a call that the upstream did not answer, the next call's role is not checked.";
    TellsMissingFromForbidden, "tells-missing-from-forbidden", "ERR-05", "A 403 of the upstream is passed on instead of becoming 404.";
    TellsKnownAccount, "tells-known-account", "ERR-05", "A wrong token for a known caller gets another answer than one for an unknown caller.";
    SlowForbidden, "slow-forbidden", "ERR-05", "A 403 of the upstream is answered 10 ms later than a 404.";
    GivesUpOnUpstream, "gives-up-on-upstream", "ERR-08", "After ten broken answers in a row the upstream is never called again.";
    NoGuardAudit, "no-guard-audit", "AUD-01", "Requests that the connection's guard refuses are not recorded.";
    LocalAuditTime, "local-audit-time", "AUD-01", "Times in the audit log have no time zone.";
    UnescapedLog, "unescaped-log", "AUD-03", "The caller's X-Request-Id is written to the audit log unescaped.";
    NoAlerts, "no-alerts", "AUD-06", "No pattern raises an alert.";
    FalseAlarms, "false-alarms", "AUD-06", "Each served call raises an alert.";
    AuditFailureIgnored, "audit-failure-ignored", "AUD-08", "A record that cannot be written is dropped.";
    UndeclaredRoute, "undeclared-route", "DEP-06", "GET /debug answers everybody.";
    NoObjectCheck, "no-object-check", "RBAC-01", "The owner of an object is not checked.";
    ObjectCheckReadsOnly, "object-check-reads-only", "RBAC-01", "The owner of an object is checked only for GET.";
    ObjectCheckPathOnly, "object-check-path-only", "RBAC-01", "The owner of an object named in the body is not checked.";
    NoPropertyCheck, "no-property-check", "RBAC-03", "Undeclared members of a request body are accepted.";
    NoAnswerFilter, "no-answer-filter", "RBAC-03", "Undeclared members of an answer are passed on.";
    GatewaySubject, "gateway-subject", "RBAC-07", "The upstream is told that the gateway is the caller.";
    OnBehalfOf, "on-behalf-of", "RBAC-07", "X-On-Behalf-Of sets the caller's name for the upstream.";
    SharedCache, "shared-cache", "RBAC-09", "Cacheable answers are given to every caller of the same target.";
    RateKeyWithoutTenant, "rate-key-without-tenant", "RBAC-09", "Callers with the same name in different tenants share a quota.";
    CredentialInAudit, "credential-in-audit", "SEC-02", "The audit log contains the requests' credentials.";
    CredentialInErrors, "credential-in-errors", "SEC-02", "An error repeats the refused credential.";
    KeyInUpstreamUrl, "key-in-upstream-url", "SEC-03", "Credentials in the query go on to the upstream.";
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
    RewriteHeader, "rewrite-header", "AUTH-08", "X-Original-URL sets the target of the upstream call, after the role was checked.";
    ConnectionDrops, "connection-drops", "AUTH-08", "Headers named by the caller's Connection do not go to the upstream.";
    TraceMethod, "trace-method", "DEP-06", "TRACE is answered with the request.";
    OldVersion, "old-version", "DEP-06", "Each path is also served below /v0.";
    RoleBySentPath, "role-by-sent-path", "RBAC-02", "Paths are normalised, but roles are checked by the path as sent.";
    AnyMethod, "any-method", "RBAC-02", "An undeclared method goes to the upstream, whoever calls.";
    RetriesWrites, "retries-writes", "RATE-05", "A write that the upstream answers with 503, or breaks off, is repeated.";
    FollowsRedirects, "follows-redirects", "INP-05", "Redirects to another host are followed, with the caller's credential.";
    UpstreamFromHeader, "upstream-from-header", "INP-05", "X-Upstream sets the upstream's address.";
    KeyDigestInErrors, "key-digest-in-errors", "SEC-02", "An error contains the SHA-256 of the refused credential.";
    AgentAnyTool, "agent-any-tool", "RBAC-06", "The agent calls any operation of its API document, allowed or not.";
    AgentNoApproval, "agent-no-approval", "RBAC-08", "The agent asks for no approval.";
    AgentLooseApproval, "agent-loose-approval", "RBAC-08", "An approval is valid for any arguments.";
    AgentRepeatedApproval, "agent-repeated-approval", "RBAC-08", "An approval is valid for many decisions.";
    AgentObeysData, "agent-obeys-data", "INP-09", "The agent reads what an API's data names, although the user did not.";
    AgentRawArguments, "agent-raw-arguments", "INP-04", "The agent puts arguments into the URL unchecked.";
    AgentNoResponseCap, "agent-no-response-cap", "INP-06", "The agent reads answers of any size.";
    AgentKeyFollowsRedirect, "agent-key-follows-redirect", "AUTH-06", "The agent follows redirects to any host, and sends its key there.";
    AgentFollowsRedirects, "agent-follows-redirects", "INP-05", "The agent follows redirects to any host, without its key.";
    AgentNoBudget, "agent-no-budget", "RATE-06", "The agent has no limit on calls and turns.";
    AgentNoDeadline, "agent-no-deadline", "RATE-06", "The agent waits up to a minute for an API and for a task.";
    AgentIgnoresRetryAfter, "agent-ignores-retry-after", "RATE-04", "The agent asks an API again at once, whatever Retry-After says.";
    AgentTrustsRetryAfter, "agent-trusts-retry-after", "RATE-07", "The agent waits as long as Retry-After says, up to a minute.";
    AgentEndlessRetries, "agent-endless-retries", "RATE-05", "The agent repeats a failing read fifty times without a pause.";
    AgentRetriesWrites, "agent-retries-writes", "RATE-05", "The agent repeats a write that failed.";
    AgentRelaysErrors, "agent-relays-errors", "ERR-06", "The error text of an API goes to the model and to the user.";
    AgentClaimsSuccess, "agent-claims-success", "ERR-07", "The agent believes the model that a task is done.";
    AgentLiveOutput, "agent-live-output", "SEC-07", "Images, links and markup stay in the agent's output.";
    AgentForwardsCaller, "agent-forwards-caller", "AUTH-04", "The caller's Authorization goes on to the API.";
    AgentKeyInUrl, "agent-key-in-url", "AUTH-07", "The agent also puts its key into the URL.";
    AgentLogsKey, "agent-logs-key", "SEC-02", "The action log contains the agent's key.";
    AgentKeyFallback, "agent-key-fallback", "SEC-03", "If the API refuses its key, the agent tries again with the key in the URL.";
    AgentTellsItself, "agent-tells-itself", "SEC-04", "The agent's instructions may appear in the output.";
    AgentSharedCache, "agent-shared-cache", "SEC-08", "An API's answer to one task is reused for the next.";
    AgentPastesBody, "agent-pastes-body", "INP-01", "The agent pastes arguments into JSON unescaped.";
    AgentEvaluates, "agent-evaluates", "INP-07", "Expressions in the output are evaluated.";
    AgentNoActionLog, "agent-no-action-log", "AUD-07", "Writes are not recorded.";
    AgentInventsRecords, "agent-invents-records", "AUD-07", "Refused calls are recorded as made.";
    AgentVerboseErrors, "agent-verbose-errors", "ERR-01", "An error reveals its place in the code.";
    AgentFailsOpen, "agent-fails-open", "ERR-04", "A task whose model fails is reported as done.";
    AgentModelRedirect, "agent-model-redirect", "AUTH-06", "The agent follows its model to another host, with its key.";
    AgentTakesHalf, "agent-takes-half", "ERR-08", "A truncated answer counts as complete.";
    AgentBreaks, "agent-breaks", "ERR-08", "A task crashes on an answer whose id is not a text.";
    AgentTrustsAnybody, "agent-trusts-anybody", "TLS-03", "The agent checks no certificate of its API.";
    AgentOldTls, "agent-old-tls", "TLS-05", "The agent continues with an API that speaks TLS 1.1.";
    AgentOwnSubject, "agent-own-subject", "RBAC-07", "The API is told that the agent is the caller.";
    AgentOnBehalfOf, "agent-on-behalf-of", "RBAC-07", "X-On-Behalf-Of sets the user's name for the API.";
    AgentOpenSessions, "agent-open-sessions", "SEC-08", "Anybody who names a session continues it, whoever owns it.";
    AgentOneMemory, "agent-one-memory", "SEC-08", "What a user says in one session is known in all of them.";
    AgentKeepsEnded, "agent-keeps-ended", "SEC-08", "A session that a user ended is kept.";
    AgentRunsCommands, "agent-runs-commands", "INP-03", "The agent runs the commands that its model asks for.";
    AgentFoldsArguments, "agent-folds-arguments", "INP-08", "Control characters and compatibility forms are removed from arguments after the check.";
    AgentWeakSuites, "agent-weak-suites", "TLS-05", "The agent offers its API RC4 if nothing better works.";
    AgentRerunsTask, "agent-reruns-task", "RATE-05", "A task whose model fails is restarted, twice.";
    AgentHurriesModel, "agent-hurries-model", "RATE-04", "The agent asks its model again at once, whatever Retry-After says.";
    AgentPromptFollowsRedirect, "agent-prompt-follows-redirect", "AUTH-06", "The agent follows its model to another host, without its key.";
    AgentTakesCutWords, "agent-takes-cut-words", "ERR-07", "Text of the model counts even if it was cut off.";
    AgentEmptySuccess, "agent-empty-success", "ERR-07", "A task that runs out of turns, or whose model says nothing, is reported as done.";
    AgentRelaysModelErrors, "agent-relays-model-errors", "ERR-06", "The error text of the model goes to the user.";
    AgentFirstCallOnly, "agent-first-call-only", "RBAC-08", "Only the first call of a turn needs an approval.";
    AgentCountsTurns, "agent-counts-turns", "RATE-06", "All calls of a turn count as one.";
    AgentInflates, "agent-inflates", "INP-06", "The agent decompresses gzip without a limit.";
    AgentLosesCalls, "agent-loses-calls", "ERR-07", "Only the first call of a turn is made, but all are reported as made.";
    AgentLeaksKey, "agent-leaks-key", "SEC-01", "The agent tells the model its key, and masks it nowhere.";
}

impl Weakness {
    /// Whether it belongs to the agent, not the gateway.
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

/// A weakness was requested, but this build has none.
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
    /// The weaknesses to switch on; fails if the build has none.
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
