//! What a limiter admits: a curve over the offered load, how soon it admits again, and another caller beside the load.

use std::time::{Duration, Instant};

use pincer_core::measure::{Admission, Beside, Declared, Point};
use pincer_core::scenario::{Rate, Target};
use pincer_core::vocab::Operation;
use pincer_drive::{Load, LoadReport, Schedule, Shot};

use super::rig::Rig;
use super::{MeasureError, STARVED, Watch, callers};

/// Offered loads, as multiples of the quota.
const OFFERED: [f64; 8] = [0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0];
/// Connections of a load on a schedule.
const CONNECTIONS: usize = 16;
/// The same for windows longer than `LONG`: each point takes three of them.
const COARSE: [f64; 4] = [0.5, 1.0, 2.0, 4.0];
const LONG: Duration = Duration::from_secs(10);
/// The longest window that is measured: the whole measurement takes about twenty-five of them.
const LONGEST: Duration = Duration::from_mins(1);
/// Calls that leave later than this share of a window make another load than intended.
const LATE: u32 = 10;

/// The declared limit.
pub(super) fn rate(target: &Target) -> Result<&Rate, MeasureError> {
    let rate = target.limits.rate.as_ref();
    let text = "the descriptor declares no `limits.rate`: add `limits: { rate: { quota: 20, window: 1s, operations: [NAME] } }`";
    let rate = rate.ok_or_else(|| MeasureError::Unfit(text.to_owned()))?;
    if rate.window.0 > LONGEST {
        let text = format!("a window of {} takes too long to measure: {LONGEST:?} at most", rate.window);
        return Err(MeasureError::Unfit(text));
    }
    Ok(rate)
}

/// The limited operation: the requested one, or the first that somebody may call.
pub(super) fn limited(target: &Target, wanted: Option<&Operation>) -> Result<Operation, MeasureError> {
    let rate = rate(target)?;
    let mut fits = target.operations.keys().filter(|operation| {
        rate.covers(operation)
            && wanted.is_none_or(|wanted| wanted == *operation)
            && callers(target, operation).next().is_some()
    });
    let text = || match wanted {
        Some(wanted) => format!(
            "`limits.rate` does not cover `{wanted}`, or no identity may call it: add it to `limits.rate.operations`, or \
             name another by --limited"
        ),
        None => "no identity may call an operation that `limits.rate` covers: see its `operations`, and their `allow`"
            .to_owned(),
    };
    fits.next().cloned().ok_or_else(|| MeasureError::Unfit(text()))
}

/// An operation without a limit; none if all have one.
pub(super) fn unlimited(target: &Target, wanted: Option<&Operation>) -> Result<Option<Operation>, MeasureError> {
    let rate = rate(target)?;
    let free = |operation: &Operation| !rate.covers(operation) && callers(target, operation).next().is_some();
    match wanted {
        Some(wanted) if !free(wanted) => {
            let text = format!("`{wanted}` is limited, or no identity may call it: name another by --unlimited");
            Err(MeasureError::Unfit(text))
        }
        Some(wanted) => Ok(Some(wanted.clone())),
        // The most similar to the limited one: without a body.
        None => {
            let simple =
                |operation: &&Operation| target.operations.get(*operation).is_some_and(|spec| spec.method == "GET");
            let mut all = target.operations.keys().filter(|operation| free(operation));
            Ok(all.clone().find(simple).or_else(|| all.next()).cloned())
        }
    }
}

/// Measures the limiter of a running target.
pub(super) async fn measure(
    rig: &Rig,
    target: &Target,
    operation: Option<&Operation>,
    watch: &Watch,
) -> Result<Admission, MeasureError> {
    let rate = rate(target)?;
    let operation = limited(target, operation)?;
    let mut who = callers(target, &operation);
    let shot = rig.shot(target, &operation, who.next())?;
    let other = who.next().map(|other| rig.shot(target, &operation, Some(other))).transpose()?;
    let limit = Limit { rate, shot, watch };
    let offered: &[f64] = if rate.window.0 > LONG { &COARSE } else { &OFFERED };
    // Each load must be forgotten before the next: those of the curve, the heaviest, and twice the caller beside it.
    let loads = u32::try_from(offered.len()).unwrap_or(u32::MAX).saturating_add(3);
    watch.expects((limit.lasts() + limit.forgotten()) * loads);
    let mut curve = Vec::new();
    for &offered in offered {
        limit.refill().await?;
        curve.push(limit.point(rig, offered).await?);
    }
    limit.refill().await?;
    let heaviest = limit.fire(&limit.shot, limit.load(4.0)).await?;
    let recovery_s = limit.recovery().await?.map(|time| time.as_secs_f64());
    let beside = match &other {
        Some(other) => Some(limit.beside(other).await?),
        None => None,
    };
    Ok(Admission {
        operation: operation.to_string(),
        quota: rate.quota,
        window_s: rate.window.0.as_secs_f64(),
        burst: rate.burst,
        tolerance: rate.tolerance(),
        curve,
        recovery_s,
        retry_after_s: heaviest.retry_after,
        beside,
    })
}

/// A limit, and a call that it counts.
struct Limit<'a> {
    rate: &'a Rate,
    shot: Shot,
    watch: &'a Watch,
}

impl Limit<'_> {
    async fn fire(&self, shot: &Shot, load: Load) -> Result<LoadReport, MeasureError> {
        self.watch.fire(shot, load).await
    }

    /// Two windows, or as many as fit into a second.
    fn lasts(&self) -> Duration {
        (self.rate.window.0 * 2).max(Duration::from_secs(1))
    }

    fn per_second(&self) -> f64 {
        f64::from(self.rate.quota) / self.rate.window.0.as_secs_f64().max(1e-3)
    }

    fn load(&self, offered: f64) -> Load {
        Load::open(CONNECTIONS, Schedule::constant(offered * self.per_second(), self.lasts()))
    }

    /// When nothing of the last load counts any more.
    fn forgotten(&self) -> Duration {
        let bucket = Duration::from_secs_f64(f64::from(self.rate.burst) / self.per_second().max(1e-3));
        bucket.max(self.rate.window.0) + Duration::from_millis(100)
    }

    async fn refill(&self) -> Result<(), MeasureError> {
        self.watch.rest(self.forgotten()).await
    }

    async fn point(&self, rig: &Rig, offered: f64) -> Result<Point, MeasureError> {
        let (before, begun) = (rig.arrivals(), Instant::now());
        let report = self.fire(&self.shot, self.load(offered)).await?;
        let (admitted, took) = (rig.arrivals() - before, begun.elapsed().max(self.lasts()));
        let windows = |time: Duration| time.as_secs_f64() / self.rate.window.0.as_secs_f64().max(1e-3);
        let Rate { quota, burst, .. } = *self.rate;
        let declared = Declared { quota, burst, tolerance: self.rate.tolerance() };
        let windows = (windows(self.lasts()), windows(took));
        let mut point = Point::new(offered, (report.sent, admitted), windows, declared);
        point.inconclusive = self.doubt(&[&report]);
        Ok(point)
    }

    /// Why loads prove nothing, if so.
    fn doubt(&self, reports: &[&LoadReport]) -> Option<String> {
        let late =
            |report: &&&LoadReport| report.lacked_time(self.rate.window.0 / LATE) || report.unsent > report.sent / 20;
        reports.iter().find(late).map(|_| STARVED.to_owned())
    }

    /// How long after a heavy load the first call is admitted; none if none is within some windows.
    async fn recovery(&self) -> Result<Option<Duration>, MeasureError> {
        let begun = Instant::now();
        let pause =
            (self.rate.window.0 / self.rate.quota.max(1) / 4).clamp(Duration::from_millis(5), self.rate.window.0);
        let one = || Load { workers: 1, ..Load::open(1, Schedule::constant(1000.0, Duration::from_millis(1))) };
        while begun.elapsed() < self.rate.window.0 * 3 + Duration::from_secs(1) {
            if self.fire(&self.shot, one()).await?.served() > 0 {
                return Ok(Some(begun.elapsed()));
            }
            self.watch.rest(pause).await?;
        }
        Ok(None)
    }

    /// Another caller at half the quota: alone, and beside the heaviest load.
    async fn beside(&self, other: &Shot) -> Result<Beside, MeasureError> {
        self.refill().await?;
        let alone = self.fire(other, self.load(0.5)).await?;
        self.refill().await?;
        let (load, beside) = (self.fire(&self.shot, self.load(4.0)), self.fire(other, self.load(0.5)));
        let (load, beside) = tokio::join!(load, beside);
        let (load, beside) = (load?, beside?);
        let us = |report: &LoadReport| report.latency_at(0.99).as_secs_f64() * 1e6;
        let inconclusive = self.doubt(&[&load, &beside, &alone]);
        let (p99_us, alone_p99_us) = (us(&beside), us(&alone));
        Ok(Beside { sent: beside.sent, served: beside.served(), p99_us, alone_p99_us, inconclusive })
    }
}
