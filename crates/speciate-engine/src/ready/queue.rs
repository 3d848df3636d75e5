//! The calls of one role that wait, and what is known of how long their answers will be.

use std::collections::BinaryHeap;

use super::kinship::Kinship;
use super::{Ready, ReadyKind};

/// Places are worked out anew when this part of the queue has been taken: the order matters most
/// when few are left, and so it is freshest then, at a few steps for each call.
const PART_TAKEN: usize = 4;

/// Differences smaller than this part of a call are none.
const PARTS_OF_A_CALL: u32 = 16;

#[derive(Debug, Default)]
pub(super) struct Queue {
    ready: BinaryHeap<Ready>,
    kinship: Kinship,
    /// Calls taken since places were worked out.
    taken: usize,
    /// Answers have been seen since then.
    has_learned: bool,
}

impl Queue {
    pub(super) fn push(&mut self, ready: Ready) {
        self.ready.push(self.placed(ready));
    }

    pub(super) fn learn(&mut self, kin: u64, tokens: u64) {
        self.kinship.learn(kin, tokens);
        self.has_learned = true;
    }

    /// With the place that it has by what is known now.
    fn placed(&self, ready: Ready) -> Ready {
        let left = f64::from(ready.remaining) * self.kinship.length(ready.kin);
        Ready { left: (left * f64::from(PARTS_OF_A_CALL)) as u64, ..ready }
    }

    pub(super) fn peek(&self) -> Option<Ready> {
        self.ready.peek().copied()
    }

    pub(super) fn pop(&mut self) -> Option<Ready> {
        let ready = self.ready.pop()?;
        self.taken += 1;
        if self.has_learned && self.taken * PART_TAKEN >= self.ready.len() {
            self.place_anew();
        }
        Some(ready)
    }

    fn place_anew(&mut self) {
        let all = std::mem::take(&mut self.ready).into_vec();
        self.ready = all.into_iter().map(|ready| self.placed(ready)).collect();
        (self.taken, self.has_learned) = (0, false);
    }

    pub(super) fn pop_first(&mut self) -> Option<Ready> {
        let is_first = |ready: &&Ready| matches!(ready.kind, ReadyKind::First(_));
        let first = *self.ready.iter().filter(is_first).max()?;
        self.ready.retain(|ready| *ready != first);
        Some(first)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ready.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.ready.len()
    }
}
