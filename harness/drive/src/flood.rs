//! Floods on a schedule. Calls leave when they are due, whatever happened to earlier ones, and latency counts from the
//! due time, so that a stalled target cannot hide its stall.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use hdrhistogram::Histogram;
use pincer_core::judge::{http_date, retry_after};
use pincer_core::observe::{Answered, FloodReport, StreamReport, Variation};
use pincer_core::plan::{Case, FloodPlan, HttpCall, StreamPlan, spell};
use pincer_core::scenario::Spelling;
use pincer_core::vocab::{Octets, Part, StatusSet, Tracer, word};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::{Credentials, Door, http};

/// The first send is due this long after the start, so that all streams are ready.
const LEAD: Duration = Duration::from_millis(20);
/// Most calls of a stream: a flood is a measurement, not an outage.
const MOST: u64 = 200_000;
/// An answer that takes longer counts as none.
const DEADLINE: Duration = Duration::from_secs(10);
/// Longest `Retry-After` that is followed; the judge refuses longer ones anyway.
const LONGEST: Duration = Duration::from_mins(1);
/// A repeated call is made this long after the requested time, because clocks may differ.
const GRACE: Duration = Duration::from_millis(50);
/// A truthful `Retry-After` is at most this much too long: both forms count whole seconds, and a date is also rounded
/// relative to the `Date` that it is compared with.
const ROUNDED: Duration = Duration::from_secs(2);

/// `${n}` in a target.
const COUNT: &str = "%24%7Bn%7D";

/// Runs all streams of a flood side by side.
pub(crate) async fn run(
    door: &Door,
    credentials: &Credentials,
    (case, plan): (&Case, &FloodPlan),
    tracer: &Tracer,
) -> FloodReport {
    let start = Instant::now() + LEAD;
    let mut streams = JoinSet::new();
    for (number, stream) in plan.streams.iter().enumerate() {
        let part = Part::of_stream(number);
        let Some(mut sender) = Sender::new(door, credentials, (case, stream, part), tracer) else { continue };
        sender.limited.clone_from(&plan.limited);
        if number == 0 {
            let vary = plan.vary.iter().map(|(name, value)| Turn::Header(name.clone(), value.clone()));
            sender.turns.extend(vary.chain(plan.spell.iter().copied().map(Turn::Spelling)));
        }
        let (stream, lasts, returns) = (stream.clone(), plan.lasts, plan.returns && number == 0);
        streams.spawn(async move { (number, sender.run(&stream, start, lasts, returns).await) });
    }
    let mut done = streams.join_all().await;
    done.sort_by_key(|(number, _)| *number);
    let send_error_p99_us = done.iter().map(|(_, (_, late))| *late).max().unwrap_or(0);
    FloodReport { streams: done.into_iter().map(|(_, (report, _))| report).collect(), send_error_p99_us }
}

/// Runs one stream of a case's calls beside held connections; gives its report and how late its sends were.
pub(crate) async fn beside(
    door: &Door,
    credentials: &Credentials,
    (case, stream, lasts): (&Case, &StreamPlan, Duration),
    tracer: &Tracer,
) -> (StreamReport, u64) {
    match Sender::new(door, credentials, (case, stream, Part::BESIDE), tracer) {
        Some(sender) => sender.run(stream, Instant::now() + LEAD, lasts, false).await,
        None => <(StreamReport, u64)>::default(),
    }
}

/// Sends one stream's calls.
#[derive(Clone)]
struct Sender {
    door: Door,
    call: HttpCall,
    credentials: Vec<(String, String)>,
    /// The changes, call by call.
    turns: Vec<Turn>,
    /// Statuses of the limiter beside 429.
    limited: Option<StatusSet>,
}

/// The change to a call.
#[derive(Clone)]
enum Turn {
    /// Nothing.
    Plain,
    /// A header has another value.
    Header(String, String),
    /// The path has another spelling.
    Spelling(Spelling),
}

impl Turn {
    /// Its name in reports.
    fn name(&self) -> String {
        match self {
            Self::Plain => String::new(),
            Self::Header(name, _) => format!("the header {name}"),
            Self::Spelling(spelling) => format!("the path spelled {}", word(spelling)),
        }
    }
}

/// The result of one call.
struct Reply {
    /// The index of its change.
    turn: usize,
    status: u16,
    latency: Duration,
    late: Duration,
    limited: Option<Limited>,
}

/// When and how a limiter refused a call.
struct Limited {
    at: Instant,
    retry_after: String,
    date: String,
}

impl Limited {
    /// What a 429, or another status of the limiter, says.
    fn of(answer: &Answered, others: Option<&StatusSet>) -> Option<Self> {
        let limiter = answer.status == 429 || others.is_some_and(|set| set.contains(answer.status));
        let retry_after = answer.header("retry-after").filter(|_| limiter)?.into_owned();
        let date = answer.header("date").map_or_else(|| http_date(SystemTime::now()), Cow::into_owned);
        Some(Self { at: Instant::now(), retry_after, date })
    }

    /// How long the caller should wait; none if the limiter says no time or one that is too long.
    fn wait(&self) -> Option<Duration> {
        let wait = retry_after(&self.retry_after, Some(&self.date), Some(SystemTime::now())).ok()?;
        (wait <= LONGEST).then_some(wait)
    }

    /// When the limiter says to come back.
    fn until(&self) -> Option<Instant> {
        Some(self.at + self.wait()? + GRACE)
    }

    /// The latest time at which a limiter with allowed rounding still refuses; none if there is none.
    fn early(&self) -> Option<Instant> {
        let wait = self.wait()?.checked_sub(ROUNDED)?;
        (wait > GRACE).then(|| self.at + wait - GRACE)
    }
}

impl Sender {
    /// Sends a case's call as this stream, with this part of its canary; nothing where the call is no request in its parts.
    fn new(
        door: &Door,
        credentials: &Credentials,
        (case, stream, part): (&Case, &StreamPlan, Part),
        tracer: &Tracer,
    ) -> Option<Self> {
        let [from, to] = [Part::REQUEST, part].map(|part| tracer.marks(case.id, part));
        Some(Self {
            door: door.clone(),
            call: case.call.http()?.clone().marked(&from, &to),
            credentials: credentials.of(stream.identity.as_ref()).to_vec(),
            turns: vec![Turn::Plain],
            limited: None,
        })
    }

    async fn run(self, stream: &StreamPlan, start: Instant, lasts: Duration, returns: bool) -> (StreamReport, u64) {
        let gap = Duration::from_secs_f64(1.0 / stream.per_second.max(0.01));
        let mut sends = JoinSet::new();
        let mut sent = 0;
        let mut due = start;
        while due < start + lasts && sent < MOST {
            sleep_until(due).await;
            sends.spawn(self.clone().one(sent, due));
            sent += 1;
            due += gap;
        }
        let mut report = StreamReport { sent, ..StreamReport::default() };
        let named = |turn: &Turn| Variation { what: turn.name(), ..Variation::default() };
        let mut variations: Vec<Variation> = self.turns.iter().map(named).collect();
        let (mut latency, mut late) = (histogram(), histogram());
        let mut last: Option<Limited> = None;
        while let Some(reply) = sends.join_next().await {
            let Ok(reply) = reply else { continue };
            *report.statuses.entry(reply.status).or_default() += 1;
            if let Some(variation) = variations.get_mut(reply.turn) {
                variation.sent += 1;
                variation.served += u64::from((200..300).contains(&reply.status));
            }
            record(&mut latency, reply.latency);
            record(&mut late, reply.late);
            if reply.limited.as_ref().map(|limited| limited.at) > last.as_ref().map(|limited| limited.at) {
                last = reply.limited;
            }
        }
        if variations.len() > 1 {
            report.variations = variations;
        }
        report.latency_us = [latency.value_at_quantile(0.5), latency.value_at_quantile(0.99), latency.max()];
        if let Some(mut limited) = last {
            if returns {
                (report.early, report.returned) = self.come_back(&mut limited, sent).await;
            }
            report.retry_after = Some(limited.retry_after);
            report.date = Some(limited.date);
        }
        (report, late.value_at_quantile(0.99))
    }

    /// Calls before the requested time, and after it. If the call is refused again, the newer time counts.
    async fn come_back(&self, limited: &mut Limited, sent: u64) -> (Option<u16>, Option<u16>) {
        let mut early = None;
        if let Some(at) = limited.early() {
            sleep_until(at).await;
            let reply = self.clone().one(sent, Instant::now()).await;
            early = Some(reply.status);
            if let Some(newer) = reply.limited {
                *limited = newer;
            }
        }
        let Some(until) = limited.until() else { return (early, None) };
        sleep_until(until).await;
        (early, Some(self.clone().one(sent + 1, Instant::now()).await.status))
    }

    /// Changes the call of this number; returns the index of the change.
    fn turn(&mut self, number: u64) -> usize {
        let count = number.to_string();
        let mut target = self.call.target.lossy().replace(COUNT, &count);
        let at = usize::try_from(mixed(number)).unwrap_or(0) % self.turns.len().max(1);
        match self.turns.get(at) {
            Some(Turn::Header(name, value)) => {
                let value = value.replace("${n}", &count);
                self.call.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
                self.call.headers.push((name.clone(), Octets(value.into_bytes())));
            }
            Some(Turn::Spelling(spelling)) => target = spell(&target, *spelling).unwrap_or(target),
            Some(Turn::Plain) | None => {}
        }
        self.call.target = Octets(target.into_bytes());
        at
    }

    async fn one(mut self, number: u64, due: Instant) -> Reply {
        let late = due.elapsed();
        let turn = self.turn(number);
        let outcome = http::send(&self.door, (&self.call, None), &self.credentials, DEADLINE).await;
        let latency = due.elapsed();
        let status = outcome.as_ref().map_or(0, |answer| answer.status);
        let limited = outcome.ok().as_ref().and_then(|answer| Limited::of(answer, self.limited.as_ref()));
        Reply { turn, status, latency, late, limited }
    }
}

/// The number of a call, hashed, so that a limiter that admits each fourth call does not always meet the same change.
/// It is the last step of `SplitMix64`, half of its bits.
fn mixed(number: u64) -> u32 {
    let mixed = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    u32::try_from(mixed >> 32).unwrap_or(0)
}

/// Microseconds up to a minute at three digits: constant memory for any number of calls.
fn histogram() -> Histogram<u64> {
    let mut histogram = Histogram::new_with_bounds(1, 60_000_000, 3).unwrap_or_else(|_| empty());
    histogram.auto(true);
    histogram
}

fn record(histogram: &mut Histogram<u64>, time: Duration) {
    histogram.saturating_record(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
}

#[expect(clippy::expect_used, reason = "three significant digits are valid for every histogram")]
pub(crate) fn empty() -> Histogram<u64> {
    Histogram::new(3).expect("three digits are valid")
}
