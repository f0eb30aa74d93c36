//! Floods on a schedule: sends leave when they are due, whatever became of earlier ones, and latency counts from
//! the instant at which a send was due, so that a stalled target can't hide its stall.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use hdrhistogram::Histogram;
use pincer_core::judge::{http_date, retry_after};
use pincer_core::observe::{Answered, FloodReport, StreamReport};
use pincer_core::plan::{Call, Case, FloodPlan, StreamPlan};
use pincer_core::scenario::Spelling;
use pincer_core::vocab::{Octets, Tracer};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::{Credentials, Door, http};

/// The first send is due this long after the start, so that all streams are ready.
const LEAD: Duration = Duration::from_millis(20);
/// No stream sends more: a flood is a measurement, not an outage.
const MOST: u64 = 200_000;
/// An answer that takes longer counts as none.
const DEADLINE: Duration = Duration::from_secs(10);
/// Who is sent away for longer does not come back: the judge refuses such a time anyway.
const LONGEST: Duration = Duration::from_mins(1);
/// A return is made this long after the moment it was asked for, so that clocks may differ.
const GRACE: Duration = Duration::from_millis(50);
/// A truthful `Retry-After` is at most this much too long: both forms count in whole seconds, and a date is rounded
/// beside the `Date` that it is counted from.
const ROUNDED: Duration = Duration::from_secs(2);

/// `${n}` as it stands in a target.
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
        let part = u8::try_from(number).unwrap_or(u8::MAX);
        let mut sender = Sender::new(door, credentials, (case, stream, part), tracer);
        if number == 0 {
            (sender.vary, sender.spell) = (plan.vary.clone(), plan.spell.clone());
        }
        let (stream, lasts, returns) = (stream.clone(), plan.lasts, plan.returns && number == 0);
        streams.spawn(async move { (number, sender.run(&stream, start, lasts, returns).await) });
    }
    let mut done = streams.join_all().await;
    done.sort_by_key(|(number, _)| *number);
    let send_error_p99_us = done.iter().map(|(_, (_, late))| *late).max().unwrap_or(0);
    FloodReport { streams: done.into_iter().map(|(_, (report, _))| report).collect(), send_error_p99_us }
}

/// Runs one stream of a case's calls by itself, with canary part 1; gives its report and how late its sends were.
pub(crate) async fn beside(
    door: &Door,
    credentials: &Credentials,
    (case, stream, lasts): (&Case, &StreamPlan, Duration),
    tracer: &Tracer,
) -> (StreamReport, u64) {
    let sender = Sender::new(door, credentials, (case, stream, 1), tracer);
    sender.run(stream, Instant::now() + LEAD, lasts, false).await
}

/// Sends one stream's calls.
#[derive(Clone)]
struct Sender {
    door: Door,
    call: Call,
    credentials: Vec<(String, String)>,
    vary: Vec<(String, String)>,
    spell: Vec<Spelling>,
}

/// What came of one send.
struct Reply {
    status: u16,
    latency: Duration,
    late: Duration,
    limited: Option<Limited>,
}

/// When and how a limiter sent a call away.
struct Limited {
    at: Instant,
    retry_after: String,
    date: String,
}

impl Limited {
    fn of(answer: &Answered) -> Option<Self> {
        let retry_after = answer.header("retry-after").filter(|_| answer.status == 429)?.into_owned();
        let date = answer.header("date").map_or_else(|| http_date(SystemTime::now()), Cow::into_owned);
        Some(Self { at: Instant::now(), retry_after, date })
    }

    /// How long the limiter sends the caller away; nothing if it says no time or one too far away.
    fn wait(&self) -> Option<Duration> {
        let wait = retry_after(&self.retry_after, Some(&self.date), Some(SystemTime::now())).ok()?;
        (wait <= LONGEST).then_some(wait)
    }

    /// When the limiter says to come back.
    fn until(&self) -> Option<Instant> {
        Some(self.at + self.wait()? + GRACE)
    }

    /// When a limiter that rounds as it may still refuses; nothing where that is at once.
    fn early(&self) -> Option<Instant> {
        let wait = self.wait()?.checked_sub(ROUNDED)?;
        (wait > GRACE).then(|| self.at + wait - GRACE)
    }
}

impl Sender {
    /// Sends a case's call as this stream, with this part of its canary.
    fn new(
        door: &Door,
        credentials: &Credentials,
        (case, stream, part): (&Case, &StreamPlan, u8),
        tracer: &Tracer,
    ) -> Self {
        let [from, to] = [0, part].map(|part| tracer.marks(case.id, part));
        Self {
            door: door.clone(),
            call: case.call.clone().marked(&from, &to),
            credentials: credentials.of(stream.identity.as_ref()).to_vec(),
            vary: Vec::new(),
            spell: Vec::new(),
        }
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
        let (mut latency, mut late) = (histogram(), histogram());
        let mut last: Option<Limited> = None;
        while let Some(reply) = sends.join_next().await {
            let Ok(reply) = reply else { continue };
            *report.statuses.entry(reply.status).or_default() += 1;
            record(&mut latency, reply.latency);
            record(&mut late, reply.late);
            if reply.limited.as_ref().map(|limited| limited.at) > last.as_ref().map(|limited| limited.at) {
                last = reply.limited;
            }
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

    /// Calls before the time at which it was asked to come back, and after it. Who is sent away again goes by the newer
    /// time.
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

    /// The target of send `number`: counted where it counts, and spelled as its turn says.
    fn target(&self, number: u64) -> Octets {
        let text = self.call.target.lossy().replace(COUNT, &number.to_string());
        let turns = self.spell.len() + 1;
        let turn = usize::try_from(number).unwrap_or(0) % turns;
        let spelled = match turn.checked_sub(1).and_then(|turn| self.spell.get(turn)) {
            Some(spelling) => spell(&text, *spelling),
            None => text,
        };
        Octets(spelled.into_bytes())
    }

    async fn one(mut self, number: u64, due: Instant) -> Reply {
        let late = due.elapsed();
        for (name, value) in &self.vary {
            let value = value.replace("${n}", &number.to_string());
            self.call.headers.push((name.clone(), Octets(value.into_bytes())));
        }
        self.call.target = self.target(number);
        let outcome = http::send(&self.door, &self.call, &self.credentials, DEADLINE).await;
        let latency = due.elapsed();
        let status = outcome.as_ref().map_or(0, |answer| answer.status);
        let limited = outcome.ok().as_ref().and_then(Limited::of);
        Reply { status, latency, late, limited }
    }
}

/// A request target with its path written otherwise.
fn spell(target: &str, spelling: Spelling) -> String {
    let (path, query) = target.find('?').map_or((target, ""), |at| target.split_at(at));
    let path = match spelling {
        Spelling::Slash => format!("{path}/"),
        Spelling::Case => path.to_uppercase(),
        Spelling::Doubled => format!("/{path}"),
        Spelling::Encoded => match path.char_indices().next_back() {
            Some((at, last)) if last.is_ascii_alphanumeric() => {
                format!("{}%{:02X}", path.get(..at).unwrap_or_default(), u32::from(last))
            }
            _ => path.to_owned(),
        },
    };
    format!("{path}{query}")
}

/// Microseconds up to a minute at three digits: flat memory for any number of sends.
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
