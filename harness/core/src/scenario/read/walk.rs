//! Finds the place of a value in JSON.

use crate::scenario::error::Place;
use crate::scenario::seg::Seg;

/// The place of the deepest part of `path` that exists in a text of JSON.
pub(in crate::scenario) fn place(text: &str, path: &[Seg]) -> Place {
    let mut walk = Walk { bytes: text.as_bytes(), at: 0 };
    walk.blank();
    let mut found = walk.at;
    for seg in path {
        let mut within = Walk { at: found, ..walk };
        match within.enter(seg) {
            Some(at) => found = at,
            None => break,
        }
    }
    let mut end = Walk { at: found, ..walk };
    end.value();
    Place::of(text, found, end.at - found)
}

/// A position in valid JSON.
#[derive(Clone, Copy)]
struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Walk<'_> {
    fn byte(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn blank(&mut self) {
        while self.byte().is_some_and(|byte| b" \t\n\r\xef\xbb\xbf".contains(&byte)) {
            self.at += 1;
        }
    }

    /// Moves past the string that begins here; returns it unescaped.
    fn string(&mut self) -> Option<String> {
        let start = self.at;
        self.at += 1;
        while self.byte().is_some_and(|byte| byte != b'"') {
            self.at += if self.byte() == Some(b'\\') { 2 } else { 1 };
        }
        self.at += 1;
        serde_json::from_slice(self.bytes.get(start..self.at)?).ok()
    }

    /// Moves past the value that begins here.
    fn value(&mut self) {
        let mut open = 0_usize;
        while let Some(byte) = self.byte() {
            match byte {
                b'"' => {
                    self.string();
                }
                b'{' | b'[' => {
                    open += 1;
                    self.at += 1;
                }
                b'}' | b']' if open == 0 => return,
                b'}' | b']' => {
                    open -= 1;
                    self.at += 1;
                }
                b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                _ => {
                    while self.byte().is_some_and(|byte| !b",:]} \t\n\r".contains(&byte)) {
                        self.at += 1;
                    }
                }
            }
            if open == 0 {
                return;
            }
        }
    }

    /// The start of a member or an item of the value here.
    fn enter(&mut self, seg: &Seg) -> Option<usize> {
        let map = match self.byte()? {
            b'{' => true,
            b'[' => false,
            _ => return None,
        };
        self.at += 1;
        let mut number = 0;
        loop {
            self.blank();
            let here = match (self.byte()?, map, seg) {
                (b'}' | b']', ..) => return None,
                (b'"', true, seg) => {
                    let key = self.string()?;
                    self.blank();
                    self.at += 1;
                    self.blank();
                    matches!(seg, Seg::Key(wanted) if *wanted == key)
                }
                (_, false, Seg::Item(item)) => number == *item,
                _ => return None,
            };
            if here {
                return Some(self.at);
            }
            self.value();
            number += 1;
            self.blank();
            if self.byte()? == b',' {
                self.at += 1;
            }
        }
    }
}
