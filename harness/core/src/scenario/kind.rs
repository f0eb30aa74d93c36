//! Which keys of a step are for which kind of target.
//!
//! In: a step. Out: each of its keys with its kind of target and whether the step has it. Each key is destructured by
//! name, so a key that is not sorted here does not compile.

use super::speaks::Key;
use super::speaks::Speaks::{Agent, Both, Gateway};
use super::{Answer, NameForm, Send, Step, Via, Wire};
use crate::vocab::TargetKind;

/// The first key of a step that does not apply to this kind of target.
pub(super) fn misplaced(step: &Step, kind: TargetKind) -> Option<&'static [&'static str]> {
    let keys = of_step(step).into_iter().chain(of_send(&step.send)).chain(step.expect.keys());
    let mut keys = keys.chain(step.upstream.iter().flat_map(of_answer));
    keys.find(|(_, speaks, set)| *set && !speaks.of(kind)).map(|(key, ..)| key)
}

fn of_step(step: &Step) -> Vec<Key> {
    let Step {
        send: _,
        payloads,
        encode,
        spell,
        forge,
        model,
        script,
        before,
        order,
        approve,
        upstream,
        probe,
        outage,
        flood,
        hold,
        repeat,
        expect: _,
    } = step;
    vec![
        (&["payloads"], Both, !payloads.is_empty()),
        (&["encode"], Both, !encode.is_empty()),
        (&["spell"], Gateway, !spell.is_empty()),
        (&["forge"], Both, !forge.is_empty()),
        (&["model"], Agent, model.is_some()),
        (&["script"], Agent, !script.is_empty()),
        (&["before"], Agent, before.is_some()),
        (&["order"], Agent, order.is_some()),
        (&["approve"], Agent, approve.is_some()),
        (&["upstream"], Both, !upstream.is_empty()),
        (&["probe"], Gateway, probe.is_some()),
        (&["outage"], Both, !outage.is_empty()),
        (&["flood"], Gateway, flood.is_some()),
        (&["hold"], Gateway, hold.is_some()),
        (&["repeat"], Both, *repeat != 1),
    ]
}

fn of_send(send: &Send) -> Vec<Key> {
    let Send {
        operations: _,
        identities,
        may,
        fill,
        member,
        headers,
        of,
        key,
        spoof,
        spoof_as,
        query,
        method,
        target,
        body,
        add,
        raw,
        stretch,
        wire,
        via,
    } = send;
    vec![
        (&["send", "as"], Both, !identities.is_none()),
        (&["send", "may"], Gateway, may.is_some()),
        // A task is about one object; the agent chooses the rest of the call.
        (&["send", "fill"], Both, fill.contains_key("id")),
        (&["send", "fill"], Gateway, fill.keys().any(|key| key != "id")),
        (&["send", "member"], Gateway, member.is_some()),
        (&["send", "headers"], Both, !headers.is_empty()),
        (&["send", "of"], Gateway, of.is_some()),
        (&["send", "key"], Both, key.is_some()),
        (&["send", "spoof"], Gateway, spoof.is_some()),
        (&["send", "spoof_as"], Gateway, *spoof_as != NameForm::Plain),
        (&["send", "query"], Gateway, !query.is_empty()),
        (&["send", "method"], Both, method.is_some()),
        (&["send", "target"], Both, target.is_some()),
        (&["send", "body"], Both, body.is_some()),
        (&["send", "add"], Gateway, add.is_some()),
        (&["send", "raw"], Gateway, raw.is_some()),
        (&["send", "stretch"], Gateway, stretch.is_some()),
        (&["send", "wire"], Gateway, *wire != Wire::Polite),
        (&["send", "via"], Gateway, *via != Via::Url),
    ]
}

fn of_answer(answer: &Answer) -> Vec<Key> {
    let Answer { status: _, headers: _, body: _, size: _, add: _, fault: _, handshake, raw: _ } = answer;
    vec![(&["upstream", "handshake"], Agent, handshake.is_some())]
}
