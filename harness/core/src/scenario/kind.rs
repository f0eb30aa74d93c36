//! Which keys of a step are for which kind of target.
//!
//! In: a step. Out: each of its keys with the kind that it is for and whether the step has it. Each key of the types is
//! taken apart by its name, so that one that is not sorted here does not compile.

use super::{Answer, Expect, NameForm, Send, Step, Via, Wire};
use crate::vocab::TargetKind;

/// For which kinds of target a key says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaks {
    /// Of any.
    Both,
    /// Of what is called: it has routes, limits and callers.
    Gateway,
    /// Of what is given tasks: it has a model and tools.
    Agent,
}

use Speaks::{Agent, Both, Gateway};

impl Speaks {
    /// Whether a key of this sort says something of a target of this kind.
    pub(super) fn of(self, kind: TargetKind) -> bool {
        match self {
            Both => true,
            Gateway => kind == TargetKind::Gateway,
            Agent => kind == TargetKind::Agent,
        }
    }
}

/// A key: where it stands below the step, for whom it is, and whether the step has it.
type Key = (&'static [&'static str], Speaks, bool);

/// The first key of a step that says nothing of a target of this kind.
pub(super) fn misplaced(step: &Step, kind: TargetKind) -> Option<&'static [&'static str]> {
    let keys = of_step(step).into_iter().chain(of_send(&step.send)).chain(of_expect(&step.expect));
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
        (&["upstream"], Both, upstream.is_some()),
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
        // A task is about one thing; what else a call holds is the agent's to say.
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

fn of_expect(expect: &Expect) -> Vec<Key> {
    let Expect {
        status,
        provokes,
        succeeds,
        arrives,
        leaks,
        error,
        within,
        size,
        rate,
        held,
        policy,
        audited,
        unrecorded,
        rate_fields,
        recorded,
        banner,
        hosts,
        framing,
        conceals,
        withholds,
        tls,
        stamped,
        accountable,
        alerts,
        alike,
        as_fast,
        unlinked,
        unechoed,
        presents,
        receives,
        correlates,
        challenges,
        obeys,
        bound,
        prompt,
        budget,
        patient,
        strays,
        discloses,
        trusts,
        recalls,
        stranger,
        refuses,
        keeps,
        done,
    } = expect;
    vec![
        (&["expect", "status"], Both, status.is_some()),
        (&["expect", "provokes"], Both, provokes.is_some()),
        (&["expect", "succeeds"], Both, succeeds.is_some()),
        (&["expect", "arrives"], Both, arrives.is_some()),
        (&["expect", "leaks"], Both, leaks.is_some()),
        (&["expect", "error"], Both, error.is_some()),
        (&["expect", "within"], Both, within.is_some()),
        (&["expect", "size"], Both, size.is_some()),
        (&["expect", "rate"], Gateway, rate.is_some()),
        (&["expect", "held"], Gateway, held.is_some()),
        (&["expect", "policy"], Gateway, policy.is_some()),
        (&["expect", "audited"], Both, audited.is_some()),
        (&["expect", "unrecorded"], Both, unrecorded.is_some()),
        (&["expect", "rate_fields"], Gateway, rate_fields.is_some()),
        (&["expect", "recorded"], Both, recorded.is_some()),
        (&["expect", "banner"], Both, banner.is_some()),
        (&["expect", "hosts"], Gateway, hosts.is_some()),
        (&["expect", "framing"], Gateway, framing.is_some()),
        (&["expect", "conceals"], Both, conceals.is_some()),
        (&["expect", "withholds"], Both, withholds.is_some()),
        (&["expect", "tls"], Gateway, tls.is_some()),
        (&["expect", "stamped"], Both, stamped.is_some()),
        (&["expect", "accountable"], Both, accountable.is_some()),
        (&["expect", "alerts"], Both, alerts.is_some()),
        (&["expect", "alike"], Both, alike.is_some()),
        (&["expect", "as_fast"], Both, as_fast.is_some()),
        (&["expect", "unlinked"], Both, unlinked.is_some()),
        (&["expect", "unechoed"], Both, unechoed.is_some()),
        (&["expect", "presents"], Both, presents.is_some()),
        (&["expect", "receives"], Both, receives.is_some()),
        (&["expect", "correlates"], Both, correlates.is_some()),
        (&["expect", "challenges"], Gateway, challenges.is_some()),
        (&["expect", "obeys"], Agent, obeys.is_some()),
        (&["expect", "bound"], Agent, bound.is_some()),
        (&["expect", "prompt"], Agent, prompt.is_some()),
        (&["expect", "budget"], Agent, budget.is_some()),
        (&["expect", "patient"], Agent, patient.is_some()),
        (&["expect", "strays"], Agent, strays.is_some()),
        (&["expect", "discloses"], Agent, discloses.is_some()),
        (&["expect", "trusts"], Agent, trusts.is_some()),
        (&["expect", "recalls"], Agent, recalls.is_some()),
        (&["expect", "stranger"], Agent, stranger.is_some()),
        (&["expect", "refuses"], Agent, refuses.is_some()),
        (&["expect", "keeps"], Agent, keeps.is_some()),
        (&["expect", "done"], Agent, done.is_some()),
    ]
}
