//! A Merkle tree over the lines of a trace, as in RFC 6962 section 2.1: one line can be shown to be of a trace without
//! the others.

use serde::{Deserialize, Serialize};

use crate::vocab::Digest;

/// The root of a tree that grows leaf by leaf, in memory that grows with the logarithm of its size.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// The roots of the whole subtrees so far, by height; those of an even count of leaves are absent.
    whole: Vec<Option<Digest>>,
    leaves: u64,
}

impl Tree {
    /// Adds a leaf.
    pub fn push(&mut self, leaf: Digest) {
        self.leaves += 1;
        let mut carried = leaf;
        for slot in &mut self.whole {
            let Some(left) = slot.take() else {
                *slot = Some(carried);
                return;
            };
            carried = node(&left, &carried);
        }
        self.whole.push(Some(carried));
    }

    /// The number of leaves.
    pub fn leaves(&self) -> u64 {
        self.leaves
    }

    /// The root; of no leaf, the digest of nothing.
    pub fn root(&self) -> Digest {
        let roots = self.whole.iter().flatten().copied();
        roots.reduce(|right, left| node(&left, &right)).unwrap_or_else(|| Digest::of(b""))
    }
}

/// The hash of a line, without its newline, as a leaf.
pub fn leaf(line: &[u8]) -> Digest {
    Digest::of_parts(&[&[0], line])
}

fn node(left: &Digest, right: &Digest) -> Digest {
    Digest::of_parts(&[&[1], left.as_bytes(), right.as_bytes()])
}

/// What shows that a line is of a trace: its place and the hashes beside the way from its leaf to the root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Path {
    /// Line, from 1.
    pub line: u64,
    /// Lines of the trace.
    pub lines: u64,
    /// The hashes, from the leaf up.
    pub beside: Vec<Digest>,
}

impl Path {
    /// The path of the line of this number, from 1, among lines with these leaves; nothing where there is no such line.
    pub fn of(leaves: &[Digest], line: u64) -> Option<Self> {
        let at = usize::try_from(line.checked_sub(1)?).ok().filter(|at| *at < leaves.len())?;
        let mut beside = Vec::new();
        collect(leaves, at, &mut beside);
        Some(Self { line, lines: u64::try_from(leaves.len()).unwrap_or(u64::MAX), beside })
    }

    /// The root of the tree that this leaf is of by the path; nothing where the path is too long or too short
    /// (RFC 9162 section 2.1.3.2).
    pub fn root(&self, leaf: Digest) -> Option<Digest> {
        let mut at = self.line.checked_sub(1)?;
        let mut last = self.lines.checked_sub(1).filter(|last| at <= *last)?;
        let mut hash = leaf;
        for beside in &self.beside {
            if last == 0 {
                return None;
            }
            if at & 1 == 1 || at == last {
                hash = node(beside, &hash);
                // Nothing stands to the right here: its way up has no neighbour until it is a right child.
                while at & 1 == 0 && at != 0 {
                    (at, last) = (at >> 1, last >> 1);
                }
            } else {
                hash = node(&hash, beside);
            }
            (at, last) = (at >> 1, last >> 1);
        }
        (last == 0).then_some(hash)
    }
}

/// The root of these leaves; on the way the hashes beside the one at `at` are collected.
fn collect(leaves: &[Digest], at: usize, beside: &mut Vec<Digest>) {
    if leaves.len() < 2 {
        return;
    }
    let half = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at_checked(half).unwrap_or((leaves, &[]));
    if at < half {
        collect(left, at, beside);
        beside.push(root_of(right));
    } else {
        collect(right, at - half, beside);
        beside.push(root_of(left));
    }
}

fn root_of(leaves: &[Digest]) -> Digest {
    let mut tree = Tree::default();
    for leaf in leaves {
        tree.push(*leaf);
    }
    tree.root()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition of RFC 6962, word by word.
    fn defined(leaves: &[Digest]) -> Digest {
        match leaves {
            [] => Digest::of(b""),
            [one] => *one,
            more => {
                let mut half = 1;
                while half * 2 < more.len() {
                    half *= 2;
                }
                node(&defined(&more[..half]), &defined(&more[half..]))
            }
        }
    }

    #[test]
    fn roots_and_paths_are_those_of_the_standard_for_every_size() {
        let leaves: Vec<Digest> = (0..70_u8).map(|n| leaf(&[n])).collect();
        for size in 0..leaves.len() {
            let some = &leaves[..size];
            let root = root_of(some);
            assert_eq!(root, defined(some));
            for (at, leaf) in (1..).zip(some) {
                let path = Path::of(some, at).unwrap();
                assert_eq!(path.root(*leaf), Some(root), "line {at} of {size}");
                let moved = Path { line: at % path.lines + 1, ..path.clone() };
                assert!(size == 1 || moved.root(*leaf) != Some(root), "line {at} of {size} is shown elsewhere");
                let longer = Path { beside: [path.beside.clone(), vec![*leaf]].concat(), ..path };
                assert_eq!(longer.root(*leaf), None);
            }
            assert_eq!(Path::of(some, 0), None);
            assert_eq!(Path::of(some, leaves.len() as u64), None);
        }
    }

    #[test]
    fn a_root_is_that_of_a_public_test_vector() {
        // From the reference implementation of Certificate Transparency: the tree of the inputs "" and 0x00.
        let leaves = [leaf(b""), leaf(&[0])];
        assert_eq!(leaves[0].hex(), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
        assert_eq!(root_of(&leaves).hex(), "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
    }
}
