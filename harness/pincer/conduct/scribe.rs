//! The one writer of a trace. Everything that happens comes here in the order in which it happened.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use pincer_core::observe::{Arrival, Chain, Event, Head, Redactor, What, write_line};
use pincer_core::vocab::{CaseId, Part};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use super::budget::Budget;
use crate::growth::{Ending, Growth};

/// Bytes of a trace. What comes after them is left out but for its end, and the run ends.
const MOST: u64 = 2 << 30;
/// Bytes that what a sensor saw takes beside what it holds, about.
const SEEN: usize = 512;

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
    /// Arrivals of this case are counted from now on, by part, instead of written.
    Count(CaseId),
    /// Gives the counted arrivals: part and time.
    Counted(CaseId, oneshot::Sender<Vec<(Part, u64)>>),
    /// Says when this sign of a case has come.
    Await((CaseId, Sign), oneshot::Sender<()>),
}

impl Scribe {
    /// Opens a trace that begins with this head, and says in `growth` how far it is written. The handle ends when all
    /// senders are gone.
    pub(super) fn open(
        path: &Path,
        (redactor, head): (Arc<Redactor>, Head),
        growth: Growth,
    ) -> io::Result<(Self, JoinHandle<io::Result<()>>)> {
        let file = File::create(path)?;
        let (sender, notes) = mpsc::unbounded_channel();
        let (ending, ended) = watch::channel(false);
        let budget = Arc::new(Budget::new());
        let scribe = Self { notes: sender, budget: budget.clone(), ended };
        let writing = tokio::task::spawn_blocking(move || {
            let over = Ending(growth);
            let chain = Chain::new(head);
            let written = write((file, MOST, &over.0), (&redactor, chain), (notes, &budget), &ending);
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
    pub(super) fn reporter(&self) -> Arc<dyn Fn(Event) + Send + Sync> {
        let scribe = self.clone();
        Arc::new(move |event| scribe.event(event))
    }

    /// Counts the arrivals of a case from now on.
    pub(super) fn count(&self, case: CaseId) {
        self.note(Note::Count(case));
    }

    /// The arrivals counted so far.
    pub(super) async fn counted(&self, case: CaseId) -> Vec<(Part, u64)> {
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
        let Self::Event(event) = self else { return 0 };
        SEEN + match &event.what {
            What::Arrived { arrival, .. } => of(arrival),
            What::ModelTurn(turn) => of(&turn.request),
            What::AuditRecord { line } => line.0.len(),
            What::UntrustedHandshake { .. } | What::EmptyConnection { .. } | What::Superseded { .. } => 0,
            // Pincer's own doing.
            _ => return 0,
        }
    }
}

fn write(
    (mut file, most, growth): (impl io::Write, u64, &Growth),
    (redactor, mut chain): (&Redactor, Chain),
    (mut notes, budget): (mpsc::UnboundedReceiver<Note>, &Budget),
    ending: &watch::Sender<bool>,
) -> io::Result<()> {
    let mut counts: HashMap<CaseId, Vec<(Part, u64)>> = HashMap::new();
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
            if let Some(event) = event.filter(|event| !full || matches!(event.what, What::End { .. })) {
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
        growth.grow(batch.len());
        batch.clear();
    }
    let seal = chain.seal();
    file.write_all(seal.as_bytes())?;
    growth.grow(seal.len());
    Ok(())
}

/// Says that the trace is full, in the place of an event.
fn overflow(most: u64, event: &Event) -> Event {
    let message = format!("the trace is full: it takes {} MiB, and what came after them is left out", most >> 20);
    Event::new(event.at_us, What::Fault { scenario: None, message })
}

type Awaited = HashMap<(CaseId, Sign), oneshot::Sender<()>>;

fn tell(awaited: &mut Awaited, case: Option<CaseId>, sign: Sign) {
    if let Some(sender) = case.and_then(|case| awaited.remove(&(case, sign))) {
        // Who asked and left needs no answer.
        let _ = sender.send(());
    }
}

/// The event that a note is written as, if it is.
fn take(note: Note, counts: &mut HashMap<CaseId, Vec<(Part, u64)>>, awaited: &mut Awaited) -> Option<Event> {
    match note {
        Note::Event(event) => {
            match &event.what {
                What::Arrived { part, .. } => {
                    tell(awaited, event.case, Sign::Arrival);
                    if let Some(count) = event.case.and_then(|case| counts.get_mut(&case)) {
                        count.push((*part, event.at_us));
                        return None;
                    }
                }
                What::AuditRecord { .. } => tell(awaited, event.case, Sign::Record),
                What::Superseded { part_us } => {
                    for count in counts.values_mut() {
                        count.retain(|(_, at_us)| at_us != part_us);
                    }
                }
                _ => {}
            }
            Some(*event)
        }
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
    }
}

#[cfg(test)]
mod tests {
    use pincer_core::vocab::{Digest, Octets};

    use super::*;

    fn record(line: Vec<u8>) -> Note {
        Note::Event(Box::new(Event::new(7, What::AuditRecord { line: Octets(line) })))
    }

    /// A gigabyte of short lines took 1.6 GB, for their texts alone were counted.
    #[test]
    fn a_short_record_weighs_what_it_takes() {
        let size = size_of::<Note>() + size_of::<Event>();
        assert!(record(b"{}".to_vec()).weight() >= size, "{size}");
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
        let head = serde_json::json!({
            "format": "pincer/chain/v1", "seed": 1, "nonce": "", "attempt": 1, "binary": null,
            "suite": Digest::of(b""), "descriptor": Digest::of(b""), "plan": Digest::of(b""),
        });
        let (growth, chain) = (Growth::default(), Chain::new(serde_json::from_value(head).unwrap()));
        write((&mut file, most, &growth), (&Redactor::default(), chain), (notes, &Budget::new()), &ending).unwrap();
        let ended = *ended.borrow();
        (pincer_core::observe::Lines::new(file.as_slice()).map(Result::unwrap).collect(), ended)
    }

    #[test]
    fn a_trace_that_is_full_says_so_and_ends() {
        let record = || record(vec![b'x'; 600 << 10]);
        let end = What::End { finished: "now".to_owned(), interrupted: true };
        let end = || Note::Event(Box::new(Event::new(9, end.clone())));
        let (events, ended) = written(1 << 20, vec![record(), record(), record(), end()]);
        assert!(ended);
        let [_, Event { at_us: 7, what: What::Fault { scenario: None, message }, .. }, last] = &events[..] else {
            panic!("{} events", events.len());
        };
        assert!(message.contains("the trace is full: it takes 1 MiB"), "{message}");
        assert!(matches!(last.what, What::End { .. }));
        let (events, ended) = written(2 << 20, vec![record(), record(), record(), end()]);
        assert!(!ended && events.len() == 4);
    }
}
