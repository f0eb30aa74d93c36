//! The one writer of a trace. Everything that happens comes here in the order in which it happened.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use pincer_core::observe::{Arrival, By, Chain, Event, Head, Redactor, write_line};
use pincer_core::vocab::CaseId;
use pincer_stage::Report;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use super::budget::Budget;

/// Bytes of a trace. What comes after them is left out but for its end, and the run ends.
const MOST: u64 = 2 << 30;
/// Bytes that a report takes beside what it holds, about.
const REPORT: usize = 512;

/// Hands events to the writer.
#[derive(Debug, Clone)]
pub(super) struct Scribe {
    notes: mpsc::UnboundedSender<Note>,
    budget: Arc<Budget>,
    ended: watch::Receiver<bool>,
}

/// What may be waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Sign {
    /// A request at an upstream.
    Arrival,
    /// An audit record.
    Record,
}

enum Note {
    Event(Box<Event>),
    Report(Box<Report>),
    /// Arrivals of this case are counted from now on, by part, instead of written.
    Count(CaseId),
    /// Gives the counted arrivals: part and time.
    Counted(CaseId, oneshot::Sender<Vec<(u8, u64)>>),
    /// Says when this sign of a case has come.
    Await((CaseId, Sign), oneshot::Sender<()>),
}

impl Scribe {
    /// Opens a trace. The handle ends when all senders are gone.
    pub(super) fn open(
        path: &Path,
        redactor: Arc<Redactor>,
        head: Head,
    ) -> io::Result<(Self, JoinHandle<io::Result<()>>)> {
        let file = File::create(path)?;
        let (sender, notes) = mpsc::unbounded_channel();
        let (ending, ended) = watch::channel(false);
        let budget = Arc::new(Budget::new());
        let scribe = Self { notes: sender, budget: budget.clone(), ended };
        let writing = tokio::task::spawn_blocking(move || {
            let written = write((file, MOST), (&redactor, Chain::new(head)), (notes, &budget), &ending);
            budget.end();
            ending.send_replace(true);
            written
        });
        Ok((scribe, writing))
    }

    /// Resolves when the trace takes no more.
    pub(super) async fn ended(&self) {
        // A writer that is gone takes no more either.
        let _ = self.ended.clone().wait_for(|ended| *ended).await;
    }

    /// Writes an event.
    pub(super) fn event(&self, event: Event) {
        self.note(Note::Event(Box::new(event)));
    }

    /// A way for sensors to report.
    pub(super) fn reporter(&self) -> Arc<dyn Fn(Report) + Send + Sync> {
        let scribe = self.clone();
        Arc::new(move |report| scribe.note(Note::Report(Box::new(report))))
    }

    /// Counts the arrivals of a case from now on.
    pub(super) fn count(&self, case: CaseId) {
        self.note(Note::Count(case));
    }

    /// The arrivals counted so far.
    pub(super) async fn counted(&self, case: CaseId) -> Vec<(u8, u64)> {
        let (sender, receiver) = oneshot::channel();
        self.note(Note::Counted(case, sender));
        receiver.await.unwrap_or_default()
    }

    /// Resolves when a sign of this case has come.
    pub(super) fn sign(&self, case: CaseId, sign: Sign) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        self.note(Note::Await((case, sign), sender));
        receiver
    }

    fn note(&self, note: Note) {
        self.budget.take(note.weight());
        // A closed channel means that writing failed; its handle tells.
        let _ = self.notes.send(note);
    }
}

impl Note {
    /// Bytes that it takes of the memory, if a target made it.
    fn weight(&self) -> usize {
        let of = |arrival: &Arrival| {
            let headers = arrival.headers.iter().map(|(name, value)| name.len() + value.0.len());
            arrival.body.bytes.0.len() + arrival.target.0.len() + headers.sum::<usize>()
        };
        let Self::Report(report) = self else { return 0 };
        let size = match &**report {
            Report::Arrived { arrival, .. } => of(arrival),
            Report::Turned { turn, .. } => of(&turn.request),
            Report::Recorded { line, .. } => line.0.len(),
            Report::Shaken { .. } | Report::Connected { .. } => 0,
        };
        REPORT + size
    }
}

fn write(
    (mut file, most): (impl io::Write, u64),
    (redactor, mut chain): (&Redactor, Chain),
    (mut notes, budget): (mpsc::UnboundedReceiver<Note>, &Budget),
    ending: &watch::Sender<bool>,
) -> io::Result<()> {
    let mut counts: HashMap<CaseId, Vec<(u8, u64)>> = HashMap::new();
    let mut awaited = Awaited::new();
    let mut batch = String::new();
    let mut left = most;
    let mut full = false;
    while let Some(note) = notes.blocking_recv() {
        let mut next = Some(note);
        // What has gathered meanwhile goes out in one write; each line is whole.
        while let Some(note) = next {
            let weight = note.weight();
            let event = take(note, &mut counts, &mut awaited);
            if let Some(event) = event.filter(|event| !full || matches!(event, Event::End { .. })) {
                let mut line = write_line(&event, redactor)?;
                let length = u64::try_from(line.len()).unwrap_or(u64::MAX);
                if !full && length > left {
                    // Verdicts that would rest on what is left out are an error.
                    full = true;
                    line = write_line(&overflow(most, &event), redactor)?;
                    ending.send_replace(true);
                }
                left = left.saturating_sub(length);
                chain.link(&mut line)?;
                batch.push_str(&line);
            }
            budget.give(weight);
            next = if batch.len() < 1 << 20 { notes.try_recv().ok() } else { None };
        }
        file.write_all(batch.as_bytes())?;
        batch.clear();
    }
    file.write_all(chain.seal().as_bytes())
}

/// Says that the trace is full, in the place of an event.
fn overflow(most: u64, event: &Event) -> Event {
    let at_us = match event {
        Event::Arrived { at_us, .. } | Event::Recorded { at_us, .. } | Event::Answered { at_us, .. } => *at_us,
        _ => 0,
    };
    let what = format!("the trace is full: it takes {} MiB, and what came after them is left out", most >> 20);
    Event::Broke { at_us, scenario: None, what }
}

type Awaited = HashMap<(CaseId, Sign), oneshot::Sender<()>>;

fn tell(awaited: &mut Awaited, case: Option<CaseId>, sign: Sign) {
    if let Some(sender) = case.and_then(|case| awaited.remove(&(case, sign))) {
        // Who asked and left needs no answer.
        let _ = sender.send(());
    }
}

/// The event that a note is written as, if it is.
fn take(note: Note, counts: &mut HashMap<CaseId, Vec<(u8, u64)>>, awaited: &mut Awaited) -> Option<Event> {
    match note {
        Note::Event(event) => Some(*event),
        Note::Count(case) => {
            counts.insert(case, Vec::new());
            None
        }
        Note::Counted(case, sender) => {
            // Who asked and left needs no answer.
            let _ = sender.send(counts.get(&case).cloned().unwrap_or_default());
            None
        }
        Note::Await(sign, sender) => {
            awaited.insert(sign, sender);
            None
        }
        Note::Report(report) => match *report {
            Report::Arrived { at_us, lane, owner, arrival } => {
                tell(awaited, owner.map(|owner| owner.case), Sign::Arrival);
                if let Some(owner) = owner
                    && let Some(count) = counts.get_mut(&owner.case)
                {
                    count.push((owner.part, at_us));
                    return None;
                }
                let case = owner.map(|owner| (owner.case, owner.part));
                let by = owner.map_or(By::Mark, |owner| owner.by);
                Some(Event::Arrived { at_us, lane, case, by, arrival: Box::new(arrival) })
            }
            Report::Connected { at_us, lane, upstream } => Some(Event::Connected { at_us, lane, upstream }),
            Report::Turned { at_us, lane, case, turn } => {
                Some(Event::Turned { at_us, lane, case, turn: Box::new(turn) })
            }
            Report::Shaken { at_us, lane, case, upstream, agreed } => {
                Some(Event::Shaken { at_us, lane, case, upstream, agreed })
            }
            Report::Recorded { at_us, lane, case, line } => {
                tell(awaited, case, Sign::Record);
                Some(Event::Recorded { at_us, lane, case, line })
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use pincer_core::vocab::{Digest, Octets};

    use super::*;

    /// A gigabyte of short lines took 1.6 GB, for their texts alone were counted.
    #[test]
    fn a_short_record_weighs_what_it_takes() {
        let report = Report::Recorded { at_us: 7, lane: 0, case: None, line: Octets(b"{}".to_vec()) };
        let size = size_of::<Note>() + size_of::<Report>();
        assert!(Note::Report(Box::new(report)).weight() >= size, "{size}");
    }

    /// What is written of these notes in at most so many bytes, and whether the run is told to end.
    fn written(most: u64, all: Vec<Note>) -> (Vec<Event>, bool) {
        let (sender, notes) = mpsc::unbounded_channel();
        for note in all {
            sender.send(note).unwrap();
        }
        drop(sender);
        let (ending, ended) = watch::channel(false);
        let mut file = Vec::new();
        let start = serde_json::json!({
            "format": "pincer/chain/v1", "seed": 1, "nonce": "", "attempt": 1, "binary": null,
            "suite": Digest::of(b""), "descriptor": Digest::of(b""), "plan": Digest::of(b""),
        });
        let chain = Chain::new(serde_json::from_value(start).unwrap());
        write((&mut file, most), (&Redactor::default(), chain), (notes, &Budget::new()), &ending).unwrap();
        let ended = *ended.borrow();
        (pincer_core::observe::Lines::new(file.as_slice()).map(Result::unwrap).collect(), ended)
    }

    #[test]
    fn a_trace_that_is_full_says_so_and_ends() {
        let record = || {
            let report = Report::Recorded { at_us: 7, lane: 0, case: None, line: Octets(vec![b'x'; 600 << 10]) };
            Note::Report(Box::new(report))
        };
        let end = || Note::Event(Box::new(Event::End { at_us: 9, finished: "now".to_owned(), interrupted: true }));
        let (events, ended) = written(1 << 20, vec![record(), record(), record(), end()]);
        assert!(ended);
        let [Event::Recorded { .. }, Event::Broke { at_us: 7, scenario: None, what }, Event::End { .. }] = &events[..]
        else {
            panic!("{} events", events.len());
        };
        assert!(what.contains("the trace is full: it takes 1 MiB"), "{what}");
        let (events, ended) = written(2 << 20, vec![record(), record(), record(), end()]);
        assert!(!ended && events.len() == 4);
    }
}
