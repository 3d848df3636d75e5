//! Calls that wait for a slot: the one on which most depends goes first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use speciate_types::{Role, Ticket, Wanted};

/// A call that may go when there is room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ready {
    remaining: u32,
    order: Reverse<u64>,
    pub(crate) kind: ReadyKind,
}

/// A first try, or a call that has been tried before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ReadyKind {
    First(Ticket),
    Again(u64),
}

/// One queue for each role; equal calls go in the order in which they came.
#[derive(Debug)]
pub(crate) struct ReadyQueues {
    queues: Vec<BinaryHeap<Ready>>,
    came: u64,
}

impl ReadyQueues {
    pub(crate) fn new(roles: usize) -> Self {
        Self { queues: vec![BinaryHeap::new(); roles], came: 0 }
    }

    pub(crate) fn extend(&mut self, wanted: Vec<Wanted>) {
        for wanted in wanted {
            self.push(wanted.role, wanted.remaining, ReadyKind::First(wanted.ticket));
        }
    }

    pub(crate) fn push(&mut self, role: Role, remaining: u32, kind: ReadyKind) {
        self.came += 1;
        let ready = Ready { remaining, order: Reverse(self.came), kind };
        if let Some(queue) = self.queues.get_mut(usize::from(role.0)) {
            queue.push(ready);
        }
    }

    /// Takes back what [`ReadyQueues::pop`] gave, at its old place.
    pub(crate) fn put_back(&mut self, role: usize, ready: Ready) {
        if let Some(queue) = self.queues.get_mut(role) {
            queue.push(ready);
        }
    }

    /// The role of the best call among the roles that `is_open`.
    pub(crate) fn best(&self, is_open: impl Fn(usize) -> bool) -> Option<usize> {
        (0..self.queues.len())
            .filter(|role| !self.queues[*role].is_empty() && is_open(*role))
            .max_by_key(|role| (self.queues[*role].peek().copied(), Reverse(*role)))
    }

    /// Whether any call of `role` waits.
    pub(crate) fn has(&self, role: usize) -> bool {
        self.queues.get(role).is_some_and(|queue| !queue.is_empty())
    }

    /// Takes the best call of `role`.
    pub(crate) fn pop(&mut self, role: usize) -> Option<Ready> {
        self.queues.get_mut(role)?.pop()
    }

    /// Takes the best call of `role` that was never tried. Looks at all that wait.
    pub(crate) fn pop_first(&mut self, role: usize) -> Option<Ready> {
        let queue = self.queues.get_mut(role)?;
        let is_first = |ready: &&Ready| matches!(ready.kind, ReadyKind::First(_));
        let first = *queue.iter().filter(is_first).max()?;
        queue.retain(|ready| *ready != first);
        Some(first)
    }

    pub(crate) fn len(&self) -> usize {
        self.queues.iter().map(BinaryHeap::len).sum()
    }
}

impl Ready {
    pub(crate) fn remaining(self) -> u32 {
        self.remaining
    }
}
