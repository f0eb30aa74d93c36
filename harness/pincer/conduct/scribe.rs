//! The one writer of a trace. Everything that happens comes here in the order in which it happened.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use pincer_core::observe::{Event, Redactor, write_line};
use pincer_core::vocab::CaseId;
use pincer_stage::Report;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// Hands events to the writer.
#[derive(Debug, Clone)]
pub(super) struct Scribe(mpsc::UnboundedSender<Note>);

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
    pub(super) fn open(path: &Path, redactor: Arc<Redactor>) -> io::Result<(Self, JoinHandle<io::Result<()>>)> {
        let file = File::create(path)?;
        let (sender, notes) = mpsc::unbounded_channel();
        Ok((Self(sender), tokio::task::spawn_blocking(move || write(file, &redactor, notes))))
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
        // A closed channel means that writing failed; its handle tells.
        let _ = self.0.send(note);
    }
}

fn write(mut file: File, redactor: &Redactor, mut notes: mpsc::UnboundedReceiver<Note>) -> io::Result<()> {
    let mut counts: HashMap<CaseId, Vec<(u8, u64)>> = HashMap::new();
    let mut awaited = Awaited::new();
    let mut batch = String::new();
    while let Some(note) = notes.blocking_recv() {
        let mut next = Some(note);
        // What has gathered meanwhile goes out in one write; each line is whole.
        while let Some(note) = next {
            if let Some(event) = take(note, &mut counts, &mut awaited) {
                batch.push_str(&write_line(&event, redactor)?);
            }
            next = if batch.len() < 1 << 20 { notes.try_recv().ok() } else { None };
        }
        file.write_all(batch.as_bytes())?;
        batch.clear();
    }
    Ok(())
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
            Report::Arrived { at_us, lane, case, arrival } => {
                tell(awaited, case.map(|(case, _)| case), Sign::Arrival);
                if let Some((id, part)) = case
                    && let Some(count) = counts.get_mut(&id)
                {
                    count.push((part, at_us));
                    return None;
                }
                Some(Event::Arrived { at_us, lane, case, arrival: Box::new(arrival) })
            }
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
