//! The chain of a trace: each line holds the hash of the line before, the first one what the run is about, and the last
//! one a seal. Whoever changes a line changes all that follow; a signed root then tells.
//!
//! It is written and checked on lines of JSON, whatever an event looks like. To an event `{…}` the end of its object is
//! moved: `{…,"head":{…}}` in the first line, `{…,"prev":"HASH"}` in the others. The hash of a line is its leaf in the
//! trace's [`Tree`], over its bytes without the newline. After the last event comes `{"seal":{…},"prev":"HASH"}`, which
//! is no leaf.

use memchr::memmem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Start;
use super::merkle::{Tree, leaf};
use crate::vocab::{Digest, Nonce};

/// Format of the chain.
const FORMAT: &str = "pincer/chain/v1";

/// What a run is about, in the first line of its trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// `pincer/chain/v1`.
    pub format: String,
    /// Digest of the suite.
    pub suite: Digest,
    /// Digest of the descriptor, credentials replaced.
    pub descriptor: Digest,
    /// Digest of the plan.
    pub plan: Digest,
    /// Digest of the program that ran it, if it could be read.
    pub binary: Option<Digest>,
    /// Seed.
    pub seed: u64,
    /// Nonce.
    pub nonce: Nonce,
    /// How often this run was begun in its folder, from 1.
    pub attempt: u32,
}

impl Head {
    /// The head of a run that begins so.
    pub fn new(start: &Start, plan: Digest, binary: Option<Digest>, attempt: u32) -> Self {
        Self {
            format: FORMAT.to_owned(),
            suite: Digest::of_value(&start.suite),
            descriptor: Digest::of_value(&start.target),
            plan,
            binary,
            seed: start.seed,
            nonce: start.nonce,
            attempt,
        }
    }

    /// What of the run's beginning is not as the head says; nothing where all is.
    pub fn differs(&self, start: &Start) -> Option<&'static str> {
        let Self { suite, descriptor, seed, nonce, .. } = self;
        [
            (*suite == Digest::of_value(&start.suite), "suite"),
            (*descriptor == Digest::of_value(&start.target), "descriptor"),
            (*seed == start.seed, "seed"),
            (*nonce == start.nonce, "nonce"),
        ]
        .into_iter()
        .find_map(|(same, what)| (!same).then_some(what))
    }
}

/// Makes lines a chain.
#[derive(Debug)]
pub struct Chain {
    head: Option<Head>,
    last: Digest,
    tree: Tree,
}

impl Chain {
    /// The chain of a run.
    pub fn new(head: Head) -> Self {
        Self { head: Some(head), last: Digest::of(b""), tree: Tree::default() }
    }

    /// Makes a line the next one. It is an object of JSON that is not empty, with its newline.
    pub fn link(&mut self, line: &mut String) -> Result<(), serde_json::Error> {
        let object = line.trim_end_matches('\n').strip_suffix('}').map(str::len);
        line.truncate(object.unwrap_or(line.len()));
        match self.head.take() {
            Some(head) => {
                line.push_str(HEAD);
                line.push_str(&serde_json::to_string(&head)?);
                line.push('}');
            }
            None => line.push_str(&prev(&self.last)),
        }
        self.last = leaf(line.as_bytes());
        self.tree.push(self.last);
        line.push('\n');
        Ok(())
    }

    /// The last line, which says that no other follows.
    pub fn seal(&self) -> String {
        seal(&self.tree, &self.last)
    }

    /// What there is to say of the trace when it is sealed.
    pub fn trail(&self) -> Trail {
        let (lines, root) = (self.tree.leaves(), self.tree.root());
        Trail { state: State::Whole, lines, root, broken: None }
    }
}

fn prev(hash: &Digest) -> String {
    format!("{PREV}{}\"}}", hash.hex())
}

fn seal(tree: &Tree, last: &Digest) -> String {
    format!("{SEAL}{},\"root\":\"{}\"}}{}\n", tree.leaves(), tree.root(), prev(last))
}

/// How what is told of a trace is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Chained and sealed: from its first line to its last it is as it was written.
    Whole,
    /// Chained, but it ends without a seal.
    Cut,
    /// Chained, but a line was changed, added or removed.
    Broken,
    /// Of a version that wrote no chain: nothing shows whether it was changed.
    Unchained,
}

/// What there is to say of a trace: facts that results hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trail {
    /// Whether it is whole and chained.
    pub state: State,
    /// Lines, without the seal.
    pub lines: u64,
    /// The root of the Merkle tree over its lines (RFC 6962).
    pub root: Digest,
    /// The first line that differs from what was written, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broken: Option<u64>,
}

impl Trail {
    /// In a sentence.
    pub fn text(&self) -> String {
        match (self.state, self.broken) {
            (State::Whole, _) => "the trace is whole and chained".to_owned(),
            (State::Cut, _) => format!("the trace is chained, but it ends without a seal after line {}", self.lines),
            (State::Broken, line) => format!(
                "THE TRACE WAS CHANGED: line {} is the first that differs from what was written",
                line.unwrap_or(1)
            ),
            (State::Unchained, _) => "the trace is not chained: nothing shows whether it was changed".to_owned(),
        }
    }
}

/// Checks the lines of a trace, one after the other.
#[derive(Debug, Default)]
pub(super) struct Check {
    head: Option<Head>,
    last: Option<Digest>,
    tree: Tree,
    sealed: bool,
    broken: Option<u64>,
    /// The leaves, where somebody wants paths.
    leaves: Option<Vec<Digest>>,
}

/// What a line is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Linked {
    /// An event; in the place of the brace that closes it, at this byte, stands the comma of the chain.
    Event(usize),
    /// The event of a trace without a chain: the whole line.
    Plain,
    /// The seal, or bytes behind it.
    Nothing,
}

impl Check {
    pub(super) fn keep_leaves(&mut self) {
        self.leaves = Some(Vec::new());
    }

    pub(super) fn leaves(&self) -> &[Digest] {
        self.leaves.as_deref().unwrap_or_default()
    }

    /// Whether no line may follow.
    pub(super) fn is_sealed(&self) -> bool {
        self.sealed
    }

    pub(super) fn head(&self) -> Option<&Head> {
        self.head.as_ref()
    }

    /// The first line that differs from what was written.
    pub(super) fn broken(&self) -> Option<u64> {
        self.broken
    }

    pub(super) fn trail(&self) -> Trail {
        let state = match (self.broken, &self.head, self.sealed) {
            (Some(_), ..) => State::Broken,
            (None, None, _) => State::Unchained,
            (None, Some(_), true) => State::Whole,
            (None, Some(_), false) => State::Cut,
        };
        Trail { state, lines: self.tree.leaves(), root: self.tree.root(), broken: self.broken }
    }

    /// Takes the next line, without its newline.
    pub(super) fn line(&mut self, line: &[u8]) -> Linked {
        let number = self.tree.leaves() + 1;
        if self.sealed {
            // The seal was the last line.
            self.breaks(number);
            return Linked::Nothing;
        }
        let Some(last) = self.last else {
            let (linked, head) = match headed(line) {
                Some((end, head)) => (Linked::Event(end), Some(head)),
                None => (Linked::Plain, None),
            };
            self.head = head;
            self.push(line);
            return linked;
        };
        if self.head.is_none() {
            // The lines of a chain whose head was taken away.
            let end = line.len().saturating_sub(prev(&last).len());
            if line.starts_with(SEAL.as_bytes()) || line.get(end..).is_some_and(|end| end.starts_with(PREV.as_bytes()))
            {
                self.breaks(1);
            }
            self.push(line);
            return Linked::Plain;
        }
        if line.starts_with(SEAL.as_bytes()) {
            self.sealed = true;
            // Bytes of the last line, or those of the seal: one of them was changed.
            if seal(&self.tree, &last).trim_end().as_bytes() != line {
                self.breaks(number - 1);
            }
            return Linked::Nothing;
        }
        let prev = prev(&last);
        if let Some(event) = line.strip_suffix(prev.as_bytes()) {
            self.push(line);
            return Linked::Event(event.len());
        }
        // Where the hash is another one, the line before is not what it was; else this line holds none.
        let end = line.len().saturating_sub(prev.len());
        let hashed = line.get(end..).is_some_and(|end| end.starts_with(PREV.as_bytes()));
        self.breaks(if hashed { number - 1 } else { number });
        self.push(line);
        if hashed { Linked::Event(end) } else { Linked::Plain }
    }

    fn breaks(&mut self, line: u64) {
        self.broken = self.broken.or(Some(line));
    }

    fn push(&mut self, line: &[u8]) {
        let leaf = leaf(line);
        self.tree.push(leaf);
        self.leaves.iter_mut().for_each(|leaves| leaves.push(leaf));
        self.last = Some(leaf);
    }
}

/// The end of the event in the first line, and the head behind it.
fn headed(line: &[u8]) -> Option<(usize, Head)> {
    let at = memmem::rfind(line, HEAD.as_bytes())?;
    let head = line.get(at + HEAD.len()..)?.strip_suffix(b"}")?;
    let head: Head = serde_json::from_slice(head).ok()?;
    (head.format == FORMAT).then_some((at, head))
}

const HEAD: &str = ",\"head\":";
const PREV: &str = ",\"prev\":\"";
const SEAL: &str = "{\"seal\":{\"lines\":";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::{Event, Lines, Redactor, TraceError, What, write_line};

    fn end(at_us: u64) -> Event {
        Event::new(at_us, What::End { finished: "now".to_owned(), interrupted: false })
    }

    fn head() -> Head {
        let digest = Digest::of(b"x");
        Head {
            format: FORMAT.to_owned(),
            suite: digest,
            descriptor: digest,
            plan: digest,
            binary: None,
            seed: 7,
            nonce: Nonce::new(9),
            attempt: 1,
        }
    }

    /// A sealed trace of so many events.
    fn written(events: u64) -> Vec<u8> {
        let mut chain = Chain::new(head());
        let mut trace = String::new();
        for at_us in 0..events {
            let mut line = write_line(&end(at_us), &Redactor::default()).unwrap();
            chain.link(&mut line).unwrap();
            trace.push_str(&line);
        }
        trace.push_str(&chain.seal());
        assert_eq!(chain.trail(), read(trace.as_bytes()).1);
        trace.into_bytes()
    }

    fn read(trace: &[u8]) -> (Result<Vec<Event>, TraceError>, Trail) {
        let mut lines = Lines::new(trace);
        let events = lines.by_ref().collect();
        (events, lines.trail())
    }

    #[test]
    fn a_chained_trace_reads_back_as_the_events_that_were_written() {
        for events in 1..9 {
            let (read, trail) = read(&written(events));
            assert_eq!(read.unwrap(), (0..events).map(end).collect::<Vec<_>>());
            assert_eq!((trail.state, trail.lines, trail.broken), (State::Whole, events, None));
        }
    }

    #[test]
    fn no_byte_of_a_chained_trace_can_be_changed_added_or_removed_unseen() {
        let trace = written(3);
        let (_, whole) = read(&trace);
        let unseen = |changed: &[u8]| {
            let (events, trail) = read(changed);
            events.is_ok() && trail.state == State::Whole && trail.root == whole.root
        };
        assert!(unseen(&trace));
        for at in 0..trace.len() {
            for bit in 0..8 {
                let mut changed = trace.clone();
                changed[at] ^= 1 << bit;
                assert!(!unseen(&changed), "byte {at}, bit {bit}");
            }
            let mut shorter = trace.clone();
            shorter.remove(at);
            assert!(!unseen(&shorter), "without byte {at}");
            assert!(!unseen(&trace[..at]), "cut at {at}");
        }
        assert!(!unseen(&[&trace[..], b" "].concat()) && !unseen(&[&trace[..], b"\n"].concat()));
    }

    #[test]
    fn the_first_line_that_differs_is_named() {
        let lines: Vec<String> =
            String::from_utf8(written(5)).unwrap().split_inclusive('\n').map(str::to_owned).collect();
        let broken = |lines: &[String]| {
            let (events, trail) = read(lines.concat().as_bytes());
            assert!(matches!(events, Err(TraceError::Broken { .. })), "{events:?}");
            trail.broken
        };
        for at in 0..5 {
            let mut changed = lines.clone();
            changed[at] = changed[at].replace("now", "later");
            assert_eq!(broken(&changed), Some(at as u64 + 1));
        }
        let mut removed = lines.clone();
        removed.remove(2);
        assert_eq!(broken(&removed), Some(2), "what follows line 2 is not what followed it");
        let headless: Vec<String> = lines
            .iter()
            .map(|line| match line.split_once(HEAD) {
                Some((event, _)) => format!("{event}}}\n"),
                None => line.clone(),
            })
            .collect();
        assert_eq!(broken(&headless), Some(1), "without its head");
    }

    #[test]
    fn a_broken_trace_is_read_to_its_end_where_that_is_asked_for() {
        let trace = String::from_utf8(written(4)).unwrap().replacen("now", "later", 1);
        let mut lines = Lines::new(trace.as_bytes()).even_if_broken();
        assert_eq!(lines.by_ref().map(Result::unwrap).count(), 4);
        assert_eq!(lines.trail().state, State::Broken);
        assert!(lines.trail().text().contains("line 1 is the first"), "{}", lines.trail().text());
    }

    #[test]
    fn a_trace_without_a_chain_is_read_and_said_to_have_none() {
        let trace = write_line(&end(1), &Redactor::default()).unwrap().repeat(2);
        let (events, trail) = read(trace.as_bytes());
        assert_eq!((events.unwrap().len(), trail.state, trail.lines), (2, State::Unchained, 2));
    }
}
