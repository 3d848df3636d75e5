//! What all connections of one server share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::answer::MockAnswer;
use crate::chat::ParsedRequest;
use crate::config::MockConfig;
use crate::fault::{FaultRule, HitBy, Picker};
use crate::slots::Slots;
use crate::stats::Tally;

/// The configuration, the slots and the counts.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) config: MockConfig,
    pub(super) slots: Slots,
    tally: Mutex<Tally>,
    picker: Mutex<Picker>,
}

impl Shared {
    pub(super) fn new(config: MockConfig) -> Self {
        Self {
            slots: Slots::new(&config.capacity),
            tally: Mutex::new(new_tally(&config)),
            picker: Mutex::new(Picker::new(&config.faults)),
            config,
        }
    }

    /// The counts. Held for single updates, never across an await.
    pub(super) fn tally(&self) -> MutexGuard<'_, Tally> {
        // Counts are sound after any panic, since each update is one addition.
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether anybody asks for the hash of a body.
    pub(super) fn hashes(&self) -> bool {
        let is_drawn = |rule: &FaultRule| rule.by == HitBy::Body;
        self.config.track_bodies || self.config.faults.rules.iter().any(is_drawn)
    }

    /// Forgets all counts and how often each fault has struck.
    pub(super) fn reset(&self) {
        self.tally().reset();
        *self.picker() = Picker::new(&self.config.faults);
    }

    /// Counts the arrival of a request and picks its fault.
    pub(super) fn arrive(self: &Arc<Self>, request: &ParsedRequest, body: u64) -> Visit {
        let number = self.tally().arrive(body);
        let fault = self.picker().pick(&self.config.faults, request, number, body).cloned();
        if let Some(rule) = &fault {
            self.tally().fault(rule.kind);
        }
        Visit { shared: Arc::clone(self), number, fault, has_left: false }
    }

    fn picker(&self) -> MutexGuard<'_, Picker> {
        self.picker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn new_tally(config: &MockConfig) -> Tally {
    let slots = if config.capacity.instant { 0 } else { config.capacity.slots };
    Tally::new(slots, config.track_bodies)
}

/// A request from its arrival until this is dropped, also if its task is.
#[derive(Debug)]
pub(super) struct Visit {
    shared: Arc<Shared>,
    pub(super) number: u64,
    pub(super) fault: Option<FaultRule>,
    has_left: bool,
}

impl Visit {
    /// The work is done and the last bytes are about to go out.
    ///
    /// Counted before they do, so that a client that has its answer finds it in the stats.
    pub(super) fn answered(&mut self, body: u64, answer: &MockAnswer) {
        let mut tally = self.shared.tally();
        tally.answered(body, answer);
        tally.leave();
        self.has_left = true;
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        if !self.has_left {
            self.shared.tally().leave();
        }
    }
}
