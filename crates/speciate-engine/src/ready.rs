//! Calls that wait for a slot: the one on which most depends goes first.
//!
//! That is counted in calls, and each as long as its answer will probably be: a long call that begins
//! last runs alone at the end. An instruction's length says next to nothing about that of its answer,
//! but the answer to its parent does (bench/README.md has the figures).

mod kinship;
mod queue;

use std::cmp::Reverse;

use speciate_types::{Role, Ticket, Wanted};

use queue::Queue;

/// A call that may go when there is room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ready {
    /// What probably depends on it, in sixteenths of a usual call.
    left: u64,
    order: Reverse<u64>,
    pub(crate) kind: ReadyKind,
    remaining: u32,
    kin: u64,
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
    queues: Vec<Queue>,
    came: u64,
}

impl ReadyQueues {
    pub(crate) fn new(roles: usize) -> Self {
        Self { queues: (0..roles).map(|_| Queue::default()).collect(), came: 0 }
    }

    pub(crate) fn extend(&mut self, wanted: Vec<Wanted>) {
        for wanted in wanted {
            self.push(wanted, ReadyKind::First(wanted.ticket));
        }
    }

    pub(crate) fn push(&mut self, wanted: Wanted, kind: ReadyKind) {
        self.came += 1;
        let Wanted { remaining, kin, .. } = wanted;
        let ready = Ready { left: 0, order: Reverse(self.came), kind, remaining, kin };
        if let Some(queue) = self.queues.get_mut(usize::from(wanted.role.0)) {
            queue.push(ready);
        }
    }

    /// Takes back what [`ReadyQueues::pop`] gave, at its old place.
    pub(crate) fn put_back(&mut self, role: usize, ready: Ready) {
        if let Some(queue) = self.queues.get_mut(role) {
            queue.push(ready);
        }
    }

    /// A call of this role and kin has had an answer of so many tokens.
    pub(crate) fn learn(&mut self, role: Role, kin: u64, tokens: u64) {
        if let Some(queue) = self.queues.get_mut(usize::from(role.0)) {
            queue.learn(kin, tokens);
        }
    }

    /// The role of the best call among the roles that `is_open`.
    pub(crate) fn best(&self, is_open: impl Fn(usize) -> bool) -> Option<usize> {
        (0..self.queues.len())
            .filter(|role| !self.queues[*role].is_empty() && is_open(*role))
            .max_by_key(|role| (self.queues[*role].peek(), Reverse(*role)))
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
        self.queues.get_mut(role)?.pop_first()
    }

    pub(crate) fn len(&self) -> usize {
        self.queues.iter().map(Queue::len).sum()
    }
}

impl Ready {
    /// What the job wants.
    pub(crate) fn wanted(self, role: Role, ticket: Ticket) -> Wanted {
        Wanted { ticket, role, remaining: self.remaining, kin: self.kin }
    }
}
