//! How far a run goes: all the way, or until so many rows are kept.
//!
//! A place is a seed, or a lineage in a round; it gives one row or none. Places stand in the order
//! of rounds and, within a round, of seeds. With a target the first so many are made, and one more
//! for each that gave none: so there are exactly as many rows as wanted, none is made in vain, and
//! which they are does not depend on the order of answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Node;

#[derive(Debug)]
pub(super) struct Horizon {
    lineages: u64,
    /// Rows that are wanted, seeds included; `None` for all.
    target: Option<u64>,
    /// Places that gave none.
    lost: u64,
    /// What waits behind the horizon, by place.
    parked: BTreeMap<u64, (Arc<Node>, u32)>,
}

impl Horizon {
    pub(super) fn new(lineages: usize, target: Option<u64>) -> Self {
        Self { lineages: lineages as u64, target, lost: 0, parked: BTreeMap::new() }
    }

    /// Lineages whose seed is a place before the horizon.
    pub(super) fn lineages(&self) -> usize {
        self.places().min(self.lineages) as usize
    }

    /// Whether `lineage` is to be evolved in `round` by what is known now.
    pub(super) fn reaches(&self, lineage: u32, round: u32) -> bool {
        self.place(lineage, round) < self.places()
    }

    fn place(&self, lineage: u32, round: u32) -> u64 {
        u64::from(round).saturating_mul(self.lineages).saturating_add(lineage.into())
    }

    fn places(&self) -> u64 {
        self.target.map_or(u64::MAX, |target| target.saturating_add(self.lost))
    }

    /// A place gave no row, so another one is needed.
    pub(super) fn lose(&mut self) {
        self.lost += 1;
    }

    /// Keeps what is not needed yet.
    pub(super) fn park(&mut self, node: Arc<Node>, round: u32) {
        self.parked.insert(self.place(node.lineage, round), (node, round));
    }

    /// Takes the next one that is needed now.
    pub(super) fn unpark(&mut self) -> Option<(Arc<Node>, u32)> {
        let places = self.places();
        let first = self.parked.first_entry().filter(|first| *first.key() < places)?;
        Some(first.remove())
    }
}
