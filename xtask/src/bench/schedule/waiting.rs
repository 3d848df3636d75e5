//! Calls that could go, by the program's own rule.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Lineage;
use crate::bench::speed::Role;

/// The program's own, from where it stands.
#[path = "../../../../crates/speciate-engine/src/ready/kinship.rs"]
mod kinship;

use kinship::Kinship;

/// As in the program: places are worked out anew when this part has been taken.
const PART_TAKEN: usize = 4;
const PARTS_OF_A_CALL: f64 = 16.0;

pub(super) struct Waiting<'a> {
    lineages: &'a [Lineage],
    heap: BinaryHeap<Place>,
    came: u64,
    taken: usize,
    of_role: [Kinship; 3],
}

/// What probably depends on a call, when it came, its lineage and its number there.
type Place = (u64, Reverse<u64>, usize, usize);

impl<'a> Waiting<'a> {
    pub(super) fn new(lineages: &'a [Lineage]) -> Self {
        Self { lineages, heap: BinaryHeap::new(), came: 0, taken: 0, of_role: Default::default() }
    }

    /// Lets the call of that number wait, if the lineage has one.
    pub(super) fn push(&mut self, lineage: usize, number: usize) {
        if number < self.lineages[lineage].calls.len() {
            self.came += 1;
            self.heap.push(self.placed(Reverse(self.came), lineage, number));
        }
    }

    /// A call has had its answer.
    pub(super) fn learn(&mut self, lineage: usize, number: usize) {
        let Lineage { kin, calls } = &self.lineages[lineage];
        let call = calls[number];
        self.of_role[index(call.role)].learn(*kin, call.tokens);
    }

    fn placed(&self, came: Reverse<u64>, lineage: usize, number: usize) -> Place {
        let Lineage { kin, calls } = &self.lineages[lineage];
        let call = calls[number];
        let left = f64::from(call.remaining) * self.of_role[index(call.role)].length(*kin);
        ((left * PARTS_OF_A_CALL) as u64, came, lineage, number)
    }

    pub(super) fn pop(&mut self) -> Option<(usize, usize)> {
        let (_, _, lineage, number) = self.heap.pop()?;
        self.taken += 1;
        if self.taken * PART_TAKEN >= self.heap.len() {
            let all = std::mem::take(&mut self.heap).into_vec();
            let anew = |(_, came, lineage, number)| self.placed(came, lineage, number);
            self.heap = all.into_iter().map(anew).collect();
            self.taken = 0;
        }
        Some((lineage, number))
    }
}

fn index(role: Role) -> usize {
    match role {
        Role::Evolver => 0,
        Role::Judge => 1,
        Role::Responder => 2,
    }
}
