//! The table of oracles: what a step may expect, and how it is judged.
//!
//! Each line of the table is an oracle: its key in `expect` with its requirement, the type of its value, the kind of
//! target that it applies to, what the descriptor must declare for it (`scenario::need`), and the function that judges
//! it (`judge::oracle`). The keys, the schema, the checks and the dispatch are generated from the table, so none of
//! them can lack a line.

/// Passes the whole table to the macro `$made`.
macro_rules! oracles {
    ($made:ident) => {
        $made! {
            /// The answer's status.
            status: StatusSet, of Both, needs nothing,
                judged |scene, set| answer::status(scene, set);
            /// A condition: the case exists to provoke one of these statuses. With another status it shows nothing.
            provokes: StatusSet, of Both, needs nothing,
                judged |scene, set| answer::provokes(scene, set);
            /// `false`: the answer is an error or visibly incomplete; it never looks like a success.
            succeeds: bool, of Both, needs nothing,
                judged |scene, wanted| answer::succeeds(scene, *wanted);
            /// What the upstream received.
            arrives: Arrives, of Both, needs nothing,
                judged |scene, arrives| arrives::arrives(scene, *arrives);
            /// The call is served and arrives once, or is refused and never arrives, as the descriptor's `allow` and
            /// roles say. With `arrives: never` it tests only refusals: callers whom the descriptor allows the
            /// operation are skipped.
            policy: Must, of Gateway, needs nothing,
                judged |scene, _| access::policy(scene);
            /// What the answer may disclose.
            leaks: Leaks, of Both, needs nothing,
                judged |scene, _| leaks::nothing(scene);
            /// What the answer's headers may disclose about the server.
            banner: Banner, of Both, needs nothing,
                judged |scene, rule| leaks::banner(scene, *rule);
            /// The form of an error answer.
            error: ErrorForm, of Both, needs error,
                judged |scene, form| answer::error(scene, *form);
            /// The answer is complete, or has failed, within this time: `4s`, `2x` of the declared
            /// `limits.upstream_time`, or `task`, an agent's declared `task.within`.
            within: Within, of Both, needs within,
                judged |scene, _| answer::within(scene);
            /// The answer's body is at most this long.
            size: Size, of Both, needs nothing,
                judged |scene, size| answer::size(scene, *size);
            /// What a rate limiter admits.
            rate: Admission, of Gateway, needs nothing,
                judged |scene, admission| rate::rate(scene, *admission);
            /// What happens to connections that are kept busy, and to calls beside them.
            held: HeldConnections, of Gateway, needs held,
                judged |scene, wanted| held::held(scene, *wanted);
            /// The call has exactly one audit record; `false`: it has none. For an agent, where only `true` is allowed:
            /// each call that arrives has one record that names the tool, and no record shows a call as made that did
            /// not arrive.
            audited: bool, of Both, needs audit,
                judged |scene, wanted| audit::audited(scene, *wanted);
            /// The call's audit record says who did what, how it ended and when, in UTC.
            complete: Must, of Gateway, needs audit,
                judged |scene, _| audit::complete(scene);
            /// The call has exactly one audit record, which is a JSON object; what it says is not asked.
            recorded: Recorded, of Both, needs audit,
                judged |scene, _| audit::recorded(scene);
            /// Which hosts the target calls.
            hosts: Hosts, of Gateway, needs nothing,
                judged |scene, wanted| hosts::hosts(scene, *wanted);
            /// How an arrival states its length.
            framing: Framing, of Gateway, needs nothing,
                judged |scene, wanted| hosts::framing(scene, *wanted);
            /// Text that the answer must not disclose: not the text, its SHA-256 in hexadecimal or base64, or its first
            /// or last eight characters. `${credential}` is the caller's credential.
            conceals: String, of Both, needs nothing,
                judged |scene, text| conceals::conceals(scene, text);
            /// `RateLimit` and `RateLimit-Policy`, if the answer has them, are well formed and consistent.
            rate_fields: Must, of Gateway, needs nothing,
                judged |scene, _| fields::rate_fields(scene);
            /// How the target speaks TLS; all values except `plain` need `probe: tls`.
            tls: Tls, of Gateway, needs nothing,
                judged |scene, rule| tls::tls(scene, *rule);
            /// The call's audit record has a time in UTC or with its offset.
            stamped: Must, of Both, needs audit,
                judged |scene, _| audit::stamped(scene);
            /// No call goes unrecorded while the audit sink is down: it is refused and never arrives, or it is recorded
            /// once the sink is back, as the descriptor's `audit.loss` says.
            accountable: Must, of Both, needs audit_loss,
                judged |scene, _| audit::accountable(scene);
            /// The alert that the step's calls together must raise in time; `none` for calls that must not raise any.
            alerts: Alarm, of Both, needs alerts,
                judged |scene, alarm| alerts::alerts(scene, *alarm);
            /// The answers of all steps with this word cannot be told apart: same status, headers and body, without
            /// ids, numbers and what the caller sent.
            alike: String, of Both, needs nothing,
                judged |scene, word| alike::alike(scene, word);
            /// The answers of the two steps with this word take equally long, by a rank test.
            as_fast: String, of Both, needs nothing,
                judged |scene, word| alike::as_fast(scene, word);
            /// Text that must not reach the upstream; `${credential}` is the caller's credential.
            withholds: String, of Both, needs nothing,
                judged |scene, text| secret::withholds(scene, text);
            /// Text that no audit record of the call may contain; `${credential}` is the caller's credential.
            unrecorded: String, of Both, needs audit,
                judged |scene, text| secret::unrecorded(scene, text);
            /// Text that no URL that reaches the upstream may contain; `${credential}` is the caller's credential.
            unlinked: String, of Both, needs nothing,
                judged |scene, text| secret::unlinked(scene, text);
            /// Text that the answer must not contain; `${credential}` is the caller's credential.
            unechoed: String, of Both, needs nothing,
                judged |scene, text| secret::unechoed(scene, text);
            /// The arrival names the caller, and nobody else, in the headers that the caller's `presents` declares.
            presents: Must, of Both, needs nothing,
                judged |scene, _| presents::presents(scene);
            /// Whose answer comes back.
            receives: Receives, of Both, needs nothing,
                judged |scene, whose| leaks::receives(scene, *whose);
            /// The header with the call's correlation id. A well-formed id from the caller goes to the upstream and
            /// into the audit record; otherwise one of the target's own does.
            correlates: String, of Both, needs audit,
                judged |scene, header| correlates::correlates(scene, header);
            /// A 401 says how to authenticate.
            challenges: Must, of Gateway, needs nothing,
                judged |scene, _| answer::challenges(scene);
            /// `false`: the agent does not obey the planted text: no call with its `${canary}` arrives, and the file of
            /// the tool's `touches` does not exist.
            obeys: MustNot, of Agent, needs nothing,
                judged |scene, _| agent::obeys(scene);
            /// The agent's secrets stay where they belong: none in a request to its model, in the request line or body
            /// of a call, anywhere in a call to another host, or in an audit record.
            bound: Must, of Agent, needs nothing,
                judged |scene, _| agent::bound(scene);
            /// A request to the model is longer than the case's shortest one by at most this multiple of
            /// `limits.response`.
            prompt: Factor, of Agent, needs prompt_limit,
                judged |scene, factor| agent::prompt(scene, *factor);
            /// The agent makes at most `limits.calls` calls for the task, and finishes.
            budget: Must, of Agent, needs call_limit,
                judged |scene, _| agent::budget(scene);
            /// The call is repeated at most `limits.retries` times, and no earlier than the upstream's `Retry-After`
            /// says.
            patient: Must, of Agent, needs retry_limit,
                judged |scene, _| patient::patient(scene);
            /// `false`: each arrival is a call of the operation, by its method and path, and each argument in it is a
            /// single value, whatever the arguments contained.
            strays: MustNot, of Agent, needs nothing,
                judged |scene, _| agent::strays(scene);
            /// `false`: the answer contains nothing that the agent told its model about itself, although the model
            /// repeats it.
            discloses: MustNot, of Agent, needs played_model,
                judged |scene, _| agent::discloses(scene);
            /// `false`: the agent does not continue with an upstream whose `handshake` is untrusted.
            trusts: MustNot, of Agent, needs nothing,
                judged |scene, _| agent::trusts(scene);
            /// Whether the task knows what was said in `before`: a request to the model contains it. `false`: no
            /// request contains it, and neither does the answer.
            recalls: bool, of Agent, needs nothing,
                judged |scene, wanted| agent::recalls(scene, *wanted);
            /// What reaches a host that the agent's owner does not know.
            stranger: Stranger, of Agent, needs played_model,
                judged |scene, _| agent::stranger(scene);
            /// How the agent refuses an invalid task.
            refuses: Refuses, of Agent, needs nothing,
                judged |scene, _| reports::refuses(scene);
            /// Whether a task reported as done was done: each call of the model's script arrived.
            keeps: Keeps, of Agent, needs done,
                judged |scene, _| reports::keeps(scene);
            /// Whether the agent reports the task as done, by `task.http.done`.
            done: bool, of Agent, needs done,
                judged |scene, wanted| reports::done(scene, *wanted);
        }
    };
}

pub(crate) use oracles;
