//! Builds one case from a step and the number of its variant.

use percent_encoding::utf8_percent_encode;

use super::body::with_members;
use super::call::{Call, HttpCall, RawCall};
use super::case::{Case, Forge, Play};
use super::object::Objects;
use super::place::{COMPONENT, Place, fill_path};
use super::spread::{Spread, fill};
use super::variant::Variant;
use super::{Plan, body, encode, load, spell, stretch, task};
use crate::scenario::{
    Answer, Callers, Content, Encoding, Expect, OperationSpec, Scenario, Step, Wire, leaf, with_leaf,
};
use crate::vocab::{CaseId, Octets, Part, TargetKind};

/// Builds the case of variant `rest` of a spread; none if the plan's parts do not fit each other.
pub(super) fn case(
    plan: &Plan,
    scenario: &Scenario,
    (step, spread): (&Step, &Spread),
    index: u32,
    rest: u32,
) -> Option<Case> {
    let id = CaseId::new(&scenario.id, index);
    let canaries = [Part::REQUEST, Part::PAYLOAD, Part::ANSWER].map(|part| plan.tracer.canary(id, part).to_string());
    let [_, request @ ..] = plan.tracer.marks(id, Part::REQUEST);
    // Half a canary is none: a session's name leads nobody to its case.
    let sessions =
        [Part::SESSION, Part::OTHER_SESSION].map(|part| plan.tracer.canary(id, part).to_string().split_off(16));
    let operation = plan.target.operations.get(&spread.operation)?;
    let variant = variant(plan, (step, operation), spread, usize::try_from(rest).ok()?, (canaries, request, sessions))?;
    let flood = load::flood(plan, step, operation, &variant);
    Some(Case {
        id,
        scenario: scenario.id.clone(),
        phase: spread.phase,
        step: spread.step,
        operation: spread.operation.clone(),
        call: match plan.target.kind {
            TargetKind::Gateway => call(plan, operation, &variant),
            TargetKind::Agent => task::call(plan, step, operation, &variant)?,
        },
        mind: (plan.target.kind == TargetKind::Agent).then(|| task::mind(plan, step, operation, &variant)).flatten(),
        play: step.upstream.first().map(|answer| play(plan.target.kind, answer, operation, &variant)),
        approve: step.approve,
        before: task::before(plan, step, operation, &variant),
        probe: step.probe,
        outage: step.outage.clone(),
        flood,
        hold: load::hold(plan, step, operation),
        expect: expect(step, &variant),
        within: step.expect.within.and_then(|within| within.of(&plan.target)),
        key: step.send.key.as_ref().map(|text| variant.say(text)),
        identity: variant.identity,
        forge: variant.forge.map(|forgery| Forge { forgery, lure: variant.canaries[1].clone() }),
        payload: variant.payload,
        encoding: variant.encoding,
        spelling: variant.spelling,
        placement: variant.place.as_ref().map(Place::name),
    })
}

/// Decodes the variant's number; the payload changes slowest.
fn variant<'a>(
    plan: &'a Plan,
    (step, operation): (&'a Step, &'a OperationSpec),
    spread: &Spread,
    rest: usize,
    (canaries, request, sessions): ([String; 3], [String; 2], [String; 2]),
) -> Option<Variant<'a>> {
    fn digit(rest: &mut usize, base: usize) -> usize {
        let digit = *rest % base.max(1);
        *rest /= base.max(1);
        digit
    }
    let mut rest = rest;
    digit(&mut rest, usize::try_from(step.repeat).ok()?);
    let identity = spread.identities.get(digit(&mut rest, spread.identities.len())).cloned();
    let place = spread.places.get(digit(&mut rest, spread.places.len())).cloned();
    let forge = step.forge.get(digit(&mut rest, step.forge.len())).copied();
    let spelling = spread.spellings.get(digit(&mut rest, spread.spellings.len())).copied();
    let encoding = step.encode.get(digit(&mut rest, step.encode.len())).copied();
    let callers = Callers::new(step, operation, &plan.target);
    let whose = step.send.of.as_ref().and_then(|whose| callers.find(whose));
    let objects = Objects::of(&plan.target, operation, identity.as_ref(), whose);
    let order = task::order(plan, step, canaries.get(1)?);
    rest = spread.payload(rest);
    let mut payload = None;
    let mut text = String::new();
    for name in &step.payloads {
        let set = plan.suite.payloads.get(name)?;
        if let Some(found) = set.payloads.get(rest) {
            payload = Some((name.clone(), rest));
            let filled = found
                .text
                .replace("${order}", &order)
                .replace("${canary}", canaries.get(1)?)
                .replace("${planted}", canaries.get(2)?);
            let filled = filled.replace("${object}", &objects.meant).replace("${own}", &objects.own);
            text = encode(&filled, encoding.unwrap_or(Encoding::Plain));
            break;
        }
        rest -= set.payloads.len();
    }
    let internal = &plan.target.internal;
    Some(Variant {
        payload,
        text,
        encoding,
        forge,
        place,
        spelling,
        identity,
        canaries,
        request,
        sessions,
        objects,
        order,
        internal,
        fill: fill(&step.send, operation),
        callers,
        send: &step.send,
    })
}

/// The case's expectations, with their placeholders filled in.
fn expect(step: &Step, variant: &Variant<'_>) -> Expect {
    let mut expect = step.expect.clone();
    let texts = [
        &mut expect.withholds,
        &mut expect.unlinked,
        &mut expect.unechoed,
        &mut expect.unrecorded,
        &mut expect.conceals,
    ];
    for text in texts.into_iter().flatten() {
        *text = variant.say(text);
    }
    expect
}

fn call(plan: &Plan, operation: &OperationSpec, variant: &Variant<'_>) -> Call {
    let send = variant.send;
    // A call with another spelling of the path has ordinary values.
    let raw = send.wire == Wire::Raw && variant.spelling.is_none();
    let component = |text: &str| if raw { text.to_owned() } else { utf8_percent_encode(text, COMPONENT).to_string() };
    let value =
        |key: &str| variant.value(key).or_else(|| operation.sample.get(key).cloned()).unwrap_or_else(|| "1".to_owned());
    let path = fill_path(&operation.path, |key| component(&value(key)));
    let path = variant.spelling.and_then(|spelling| spell(&path, spelling)).unwrap_or(path);
    let mut target = match &send.target {
        Some(text) => variant.say(text).replace("${path}", &path),
        None => path,
    };
    let own = operation.query.iter().filter(|_| send.target.is_none()).map(|key| (key.clone(), value(key)));
    let further =
        send.query.iter().filter_map(|(key, text)| Some((key.clone(), variant.at(&Place::Query(key.clone()), text)?)));
    for (key, text) in own.chain(further) {
        target.push(if target.contains('?') { '&' } else { '?' });
        target.push_str(&component(&key));
        target.push('=');
        target.push_str(&component(&text));
    }
    if let Some(raw) = &send.raw {
        let method = send.method.as_ref().unwrap_or(&operation.method);
        let raw = variant.say(raw).replace("${method}", method).replace("${target}", &target);
        return Call::Raw(RawCall { via: send.via, raw: Octets(raw.into_bytes()) });
    }
    // These digits occur nowhere else in a call.
    let [_, boundary] = &variant.sessions;
    let mut body = match (&send.body, &operation.body) {
        (Some(text), _) => Some(variant.say(text)),
        (None, Some(sample)) => {
            let filled = filled(operation, sample, variant);
            match &send.add {
                Some(members) => Some(with_members(&filled, &variant.say(members))),
                None => Some(body::write(operation.content, &filled, boundary)),
            }
        }
        (None, None) => None,
    };
    let kind = match (&send.body, &body) {
        (None, Some(_)) => Some(body::kind(operation.content, boundary)),
        (Some(_), Some(_)) => Some(body::kind(Content::Json, boundary)),
        (_, None) => None,
    };
    let mut headers = headers(plan, variant, kind);
    headers.extend(carried(operation, value));
    let mut headers = plan.client().dress(headers, raw);
    if let Some(stretch) = send.stretch {
        stretch::grow(plan, stretch, &mut target, &mut headers, &mut body);
    }
    Call::Http(HttpCall {
        wire: send.wire,
        via: send.via,
        method: send.method.clone().unwrap_or_else(|| operation.method.clone()),
        target: Octets(target.into_bytes()),
        headers,
        body: body.map(|text| Octets(text.into_bytes())),
    })
}

/// The headers of a call: trace context with the case's canary, then those of the step.
fn headers(plan: &Plan, variant: &Variant<'_>, kind: Option<String>) -> Vec<(String, Octets)> {
    let mut headers = Vec::from(variant.marks());
    headers.extend(kind.map(|kind| ("content-type".to_owned(), kind)));
    if let Some(value) = &variant.send.spoof {
        let names = plan.target.internal.iter().map(|name| variant.send.spoof_as.write(name));
        headers.extend(names.map(|name| (name, variant.say(value))));
    }
    for (name, text) in &variant.send.headers {
        if let Some(value) = variant.at(&Place::Header(name.clone()), text) {
            headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            headers.push((name.clone(), value));
        }
    }
    headers.into_iter().map(|(name, value)| (name, Octets(value.into_bytes()))).collect()
}

/// The declared headers and cookies of an operation. Control characters, which no field value may contain (RFC 9110
/// section 5.5), are percent-encoded; a cookie is encoded completely (RFC 6265 section 4.1.1).
fn carried(operation: &OperationSpec, value: impl Fn(&str) -> String) -> Vec<(String, Octets)> {
    let legal =
        |c: char| if c.is_ascii_control() && c != '\t' { format!("%{:02X}", u32::from(c)) } else { c.to_string() };
    let header = |name: &String| {
        let text: String = value(name).chars().map(legal).collect();
        (name.to_lowercase(), Octets(text.into_bytes()))
    };
    let mut headers: Vec<(String, Octets)> = operation.header.iter().map(header).collect();
    let cookies =
        operation.cookie.iter().map(|name| format!("{name}={}", utf8_percent_encode(&value(name), COMPONENT)));
    let cookies: Vec<String> = cookies.collect();
    if !cookies.is_empty() {
        headers.push(("cookie".to_owned(), Octets(cookies.join("; ").into_bytes())));
    }
    headers
}

/// The sample body with the text parameters and the added member that the step fills.
fn filled(operation: &OperationSpec, sample: &serde_json::Value, variant: &Variant<'_>) -> serde_json::Value {
    let named = variant.fill.keys().chain(operation.owned.keys()).filter(|key| leaf(sample, key).is_some());
    let mut body =
        named.cloned().chain(operation.texts()).fold(sample.clone(), |body, key| match variant.value(&key) {
            Some(value) => with_leaf(body, &key, &value),
            None => body,
        });
    let member = variant.send.member.as_ref().and_then(|text| variant.at(&Place::Member, text));
    if let (Some(member), Some(members)) = (member, body.as_object_mut()) {
        members.insert(member, serde_json::Value::from("1"));
    }
    body
}

fn play(kind: TargetKind, answer: &Answer, operation: &OperationSpec, variant: &Variant<'_>) -> Play {
    let body = match (&answer.add, &operation.answer, &answer.body) {
        _ if answer.size.is_some() => String::new(),
        (Some(members), Some(sample), _) => with_members(sample, &variant.say(members)),
        (_, _, Some(body)) => variant.say(body),
        _ => "{}".to_owned(),
    };
    let mut headers: Vec<(String, String)> =
        answer.headers.iter().map(|(name, value)| (name.to_lowercase(), variant.say(value))).collect();
    // An agent parses an answer by its media type.
    if kind == TargetKind::Agent && headers.iter().all(|(name, _)| name != "content-type") {
        headers.push(("content-type".to_owned(), "application/json; charset=utf-8".to_owned()));
    }
    Play {
        status: answer.status.first().copied().unwrap_or(200),
        headers,
        body: Octets(body.into_bytes()),
        size: answer.size,
        fault: answer.fault.first().copied(),
        handshake: answer.handshake,
        raw: answer.raw.as_deref().map(|raw| Octets(variant.say(raw).into_bytes())),
    }
}
