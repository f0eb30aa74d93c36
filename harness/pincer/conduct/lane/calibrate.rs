//! Calibration: benign calls, one at a time, before any attack. They show whether the target is reachable and accepts
//! each key, what arrives of a call, and how records and refusals look.

mod compare;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future::join_all;
use pincer_core::judge::first_line;
use pincer_core::observe::{Answered, Arrival, By, Calibration, Change, Failure, Join, Limited, Trial, What};
use pincer_core::plan::Case;
use pincer_core::scenario::Target;
use pincer_core::vocab::{CaseId, Identity, TargetKind};
use pincer_drive::Sent;
use pincer_stage::Owner;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout};

use self::compare::{agreed, differences, marks, path_change};
use super::super::Kind;
use super::super::scribe::Sign;
use super::arrivals::Seen;
use super::control::served;
use super::{Lane, Rig};

/// How long to wait for the record of the first benign call, and of each further one. The first wait reveals a log that
/// writes late.
const FIRST_RECORD: Duration = Duration::from_secs(1);
const RECORD: Duration = Duration::from_millis(200);
/// After this many calls, a log that does not write late has written a record: it may leave out some calls.
const HEARD_BY: usize = 3;
/// How long a log may gather records: longer than common defaults.
pub(super) const GATHERS: Duration = Duration::from_secs(12);
/// Calls of the burst that reveals an undeclared limit: more than ordinary use.
const BURST: u32 = 20;
/// How long to wait until the burst's limit is over, and how often to check.
const OVER: Duration = Duration::from_secs(3);
const ASK: Duration = Duration::from_millis(100);
/// After this many benign calls in a row time out, the target counts as not answering.
const SILENT_CALLS: usize = 3;
/// Least time between benign calls, to tell a late arrival from the next one.
const PAUSE: Duration = Duration::from_millis(2);

/// Why no verdict about the target is possible.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnfitTarget {
    /// Nothing listens there.
    #[error("nothing listens at {url}: start the target, or correct `url` in the descriptor")]
    Absent {
        /// The address.
        url: String,
    },
    /// Nothing answers.
    #[error(
        "nothing answers at {url}: {calls} benign calls had no answer in time; see whether the target has started, or allow more time by `--deadline`"
    )]
    Silent {
        /// The address.
        url: String,
        /// How many calls were made.
        calls: usize,
    },
    /// A key that does not work.
    #[error(
        "the target refused every benign call of `{identity}` with {status}{said}: check the key in `identities.{identity}`"
    )]
    Key {
        /// The identity.
        identity: Identity,
        /// The status.
        status: u16,
        /// The first line of an answer.
        said: String,
    },
}

impl Lane {
    /// The calibration, as far as it is known.
    pub(super) fn calibration(&self) -> Option<Arc<Calibration>> {
        self.context.calibration.get().cloned()
    }

    /// Whether each arrival shows its owner by a mark. Only then can concurrent calls be told apart.
    pub(super) fn marked(&self) -> bool {
        let calibration = self.calibration();
        let calls = calibration.iter().flat_map(|calibration| &calibration.calls);
        calls.filter_map(|call| call.by).all(|by| by == By::Mark)
    }

    /// Whether any benign call arrived.
    pub(super) fn arrives(&self) -> bool {
        let calibration = self.calibration();
        calibration.iter().flat_map(|calibration| &calibration.calls).any(|call| call.arrivals > 0)
    }

    /// Waits until the target is calibrated, which the first lane does for all.
    pub(super) async fn calibrated(&self, rig: &Rig) -> Result<(), UnfitTarget> {
        let calibrate = async || {
            let calibration = self.calibrate(rig).await?;
            self.note(None, What::Calibrated(Box::new(calibration.clone())));
            Ok(Arc::new(calibration))
        };
        self.context.calibration.get_or_try_init(calibrate).await?;
        rig.flight.go_by_order(!self.marked());
        Ok(())
    }

    async fn calibrate(&self, rig: &Rig) -> Result<Calibration, UnfitTarget> {
        let external = self.job.subject.is_foreign();
        let started = rig.target.program.is_some();
        if external && !started && !rig.drive.listens().await {
            return Err(UnfitTarget::Absent { url: rig.target.url.clone() });
        }
        let gateway = self.job.plan.target.kind == TargetKind::Gateway;
        if !gateway || self.kind == Kind::Outage || !self.job.subject.is_consistent() {
            return Ok(Calibration::default());
        }
        let calibration = self.measure(rig, external).await;
        if external && is_silent(&calibration.calls) {
            return Err(UnfitTarget::Silent { url: rig.target.url.clone(), calls: calibration.calls.len() });
        }
        if external
            && !self.job.probe
            && let Some(refused) = refused_key(&calibration, &self.job.plan.target)
        {
            return Err(refused);
        }
        Ok(calibration)
    }

    async fn measure(&self, rig: &Rig, external: bool) -> Calibration {
        rig.flight.go_by_order(true);
        rig.arrivals.begin();
        let mut found = Calibration::default();
        let mut changes = Vec::new();
        let plan = self.job.plan.benign();
        let cases: Vec<Case> =
            plan.iter().flat_map(|plan| plan.scenarios().flat_map(|(s, e)| plan.cases(s, e))).collect();
        for case in &cases {
            let (trial, change) = self.trial(rig, case, &mut found).await;
            changes.extend(change);
            found.calls.push(trial);
            if external && is_silent(&found.calls) {
                break;
            }
            found.late_log =
                rig.target.tap.is_some() && is_late(&found.calls, cases.len(), rig.heard.load(Ordering::Relaxed));
            sleep(PAUSE).await;
        }
        rig.arrivals.end();
        found.latency_us = latency(&found.calls);
        found.path = agreed(&changes);
        found.join = rig.target.tap.as_ref().map(|_| joined(&found.calls));
        if external && self.job.plan.target.limits.rate.is_none() {
            let first = found.calls.iter().position(Trial::served).and_then(|at| cases.get(at));
            if let Some(case) = first {
                found.limited = self.burst(rig, case).await;
            }
        }
        found
    }

    /// Makes one benign call, and returns its result and the change of its path.
    async fn trial(&self, rig: &Rig, case: &Case, found: &mut Calibration) -> (Trial, Option<Change>) {
        let marked = self.context.scribe.sign(case.id, Sign::Record);
        rig.pace.wait(case).await;
        rig.flight.start(case.id, &case.call);
        let Sent { took, outcome } = rig.send(case, self.job.deadline).await;
        rig.flight.end(case.id);
        let answer = outcome.as_ref().ok();
        let join = match rig.target.tap {
            // A log that gathers records does not write this one in time either.
            Some(_) if found.late_log => Some(Join::Silent),
            Some(_) => Some(self.join(rig, answer, (marked, found.calls.is_empty())).await),
            None => None,
        };
        let seen = rig.arrivals.take();
        let arrived = own(&seen, case.id, &mut found.background);
        let first = arrived.first().map(|(_, arrival)| *arrival);
        let change = first.and_then(|arrival| path_change(case, arrival));
        let trial = Trial {
            operation: case.operation.clone(),
            identity: case.identity.clone(),
            status: answer.map(|answer| answer.status),
            failure: outcome.as_ref().err().copied(),
            said: answer
                .filter(|answer| !served(answer))
                .map(|answer| first_line(&String::from_utf8_lossy(&answer.plain())))
                .unwrap_or_default(),
            took_us: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            arrivals: u32::try_from(arrived.len()).unwrap_or(u32::MAX),
            by: arrived.iter().map(|(owner, _)| owner.by).min(),
            marks: first
                .map(|arrival| marks(self.job.plan.tracer(), case, arrival, change.as_ref()))
                .unwrap_or_default(),
            changes: differences(case, first, answer, change.as_ref()),
            join,
        };
        (trial, change)
    }

    /// How the record of a benign call is found, if one comes in time. `first` says whether this is the first call:
    /// then `probe` also waits for a log that writes late.
    async fn join(&self, rig: &Rig, answer: Option<&Answered>, (marked, first): (oneshot::Receiver<()>, bool)) -> Join {
        let patience = match (first, self.job.probe) {
            (true, true) => GATHERS,
            (true, false) => FIRST_RECORD,
            (false, _) => RECORD,
        };
        match timeout(patience, self.record(rig, answer, marked)).await {
            Ok(Some(join)) => join,
            _ if rig.records.borrow().is_empty() => Join::Silent,
            _ => Join::Unjoined,
        }
    }

    /// Makes a benign call many times at once, and waits until a limit that this reaches is over.
    async fn burst(&self, rig: &Rig, case: &Case) -> Option<Limited> {
        let sends = (0..BURST).map(|_| rig.send(case, self.job.deadline));
        let statuses: Vec<u16> =
            join_all(sends).await.into_iter().filter_map(|sent| Some(sent.outcome.ok()?.status)).collect();
        let refused = statuses.iter().copied().find(|status| matches!(status, 429 | 503))?;
        let through = statuses.iter().filter(|status| (200..300).contains(*status)).count();
        let until = Instant::now() + OVER;
        while Instant::now() < until
            && rig.send(case, self.job.deadline).await.outcome.is_ok_and(|answer| !served(&answer))
        {
            sleep(ASK).await;
        }
        Some(Limited { status: refused, calls: BURST, served: u32::try_from(through).unwrap_or(BURST) })
    }
}

/// The arrivals of a call; other arrivals are background.
fn own<'a>(seen: &'a [Seen], case: CaseId, background: &mut Vec<(String, String)>) -> Vec<(Owner, &'a Arrival)> {
    let of_case = seen.iter().filter_map(|(owner, arrival)| Some(((*owner)?, arrival)));
    let of_case: Vec<_> = of_case.filter(|(owner, _)| owner.case == case).collect();
    let named = of_case.iter().any(|(owner, _)| owner.by != By::Order);
    let (own, others): (Vec<_>, Vec<_>) = of_case.into_iter().partition(|(owner, _)| !named || owner.by != By::Order);
    let nobodys =
        seen.iter().filter(|(owner, _)| owner.is_none_or(|owner| owner.case != case)).map(|(_, arrival)| arrival);
    for arrival in others.into_iter().map(|(_, arrival)| arrival).chain(nobodys) {
        let known = (arrival.method.clone(), arrival.target.lossy().into_owned());
        if !background.contains(&known) {
            background.push(known);
        }
    }
    own
}

/// The identity that has a key and whose every benign call was refused.
fn refused_key(calibration: &Calibration, target: &Target) -> Option<UnfitTarget> {
    let mut by_identity: BTreeMap<&Identity, Vec<&Trial>> = BTreeMap::new();
    let shows = |identity: &Identity| {
        target.identities.get(identity).is_some_and(|shown| !shown.header.is_empty() || shown.token.is_some())
    };
    for call in &calibration.calls {
        if let Some(identity) = call.identity.as_ref().filter(|identity| shows(identity)) {
            by_identity.entry(identity).or_default().push(call);
        }
    }
    let refused = |status: u16| move |call: &&Trial| call.status == Some(status);
    by_identity.into_iter().find_map(|(identity, calls)| {
        let status = [401, 403].into_iter().find(|status| calls.iter().all(refused(*status)))?;
        // One forbidden call says something about the operation, not about the key.
        if status == 403 && calls.len() < 2 {
            return None;
        }
        let said = calls.iter().map(|call| call.said.as_str()).find(|said| !said.is_empty());
        let said = said.map(|said| format!(" (`{said}`)")).unwrap_or_default();
        Some(UnfitTarget::Key { identity: identity.clone(), status, said })
    })
}

/// The median and the longest time of served calls.
fn latency(calls: &[Trial]) -> [u64; 2] {
    let mut times: Vec<u64> = calls.iter().filter(|call| call.served()).map(|call| call.took_us).collect();
    times.sort_unstable();
    [times.get(times.len() / 2).copied().unwrap_or(0), times.last().copied().unwrap_or(0)]
}

/// How records are found: as for most calls that have records.
fn joined(calls: &[Trial]) -> Join {
    let joins: Vec<Join> = calls.iter().filter_map(|call| call.join).collect();
    [Join::Mark, Join::OwnId, Join::Unjoined].into_iter().find(|join| joins.contains(join)).unwrap_or(Join::Silent)
}

/// Whether a log gathers records: it wrote none of the last calls in time, although it writes findable records, or has
/// written nothing yet. `all` is the total number of calls, `heard` whether it ever wrote.
fn is_late(calls: &[Trial], all: usize, heard: bool) -> bool {
    let found = |call: &Trial| matches!(call.join, Some(Join::Mark | Join::OwnId));
    let missed = calls.iter().rev().take_while(|call| !found(call)).count();
    missed >= HEARD_BY.min(all) && (!heard || calls.iter().any(found))
}

/// Whether the first calls have all timed out.
fn is_silent(calls: &[Trial]) -> bool {
    calls.len() >= SILENT_CALLS && calls.iter().all(|call| call.failure == Some(Failure::Timeout))
}

#[cfg(test)]
mod tests {
    use pincer_core::vocab::Operation;

    use super::*;

    fn calls(joins: &[Join]) -> Vec<Trial> {
        let trial = |join: &Join| Trial {
            operation: Operation::new("read").unwrap(),
            identity: None,
            status: Some(200),
            failure: None,
            said: String::new(),
            took_us: 1000,
            arrivals: 1,
            by: Some(By::Mark),
            marks: Vec::new(),
            changes: Vec::new(),
            join: Some(*join),
        };
        joins.iter().map(trial).collect()
    }

    #[test]
    fn log_without_records_of_the_last_calls_is_late() {
        let late = |joins: &[Join], all, heard| is_late(&calls(joins), all, heard);
        let (found, silent, unjoined) = (Join::OwnId, Join::Silent, Join::Unjoined);
        assert!(late(&[silent; 3], 16, false) && late(&[silent], 1, false));
        // The first record is written at once, the others are gathered.
        assert!(late(&[found, unjoined, unjoined, unjoined], 16, true));
        assert!(!late(&[silent; 2], 16, false), "it may leave out some");
        assert!(!late(&[found, unjoined, found], 16, true));
        assert!(!late(&[unjoined; 3], 16, true), "it writes at once, and nothing tells of which call");
        assert!(!late(&[], 16, false));
    }

    #[test]
    fn silent_target_is_reported_after_three_calls() {
        let timed_out = |call: Trial| Trial { status: None, failure: Some(Failure::Timeout), ..call };
        let mut found: Vec<Trial> = calls(&[Join::Mark; 4]).into_iter().map(timed_out).collect();
        assert!(is_silent(&found[..3]) && !is_silent(&found[..2]));
        found[1].failure = Some(Failure::Closed);
        assert!(!is_silent(&found));
    }
}
