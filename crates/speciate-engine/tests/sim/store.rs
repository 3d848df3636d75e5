//! The store: in memory, durable group by group after a while, and it may fail or lose its tail.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use speciate_engine::{Past, ReplayError};
use speciate_store::{Batch, StoreError, Totals};
use speciate_types::{CallKey, CallOutcome, StoredRecord};

use crate::random::Random;
use crate::violation::{Violation, broken};

/// Batches of one transaction at most.
const GROUP_MAX: usize = 256;

/// How the store behaves.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Disk {
    pub(crate) commit_most_ms: u64,
    /// One commit in so many takes two seconds; 0 for none.
    pub(crate) stalls_one_in: u64,
    /// One commit in so many fails; 0 for none.
    pub(crate) fails_one_in: u64,
}

/// What is durable.
#[derive(Debug, Default)]
pub(crate) struct Durable {
    pub(crate) calls: BTreeMap<CallKey, CallOutcome>,
    pub(crate) records: Vec<StoredRecord>,
    names: BTreeSet<(&'static str, String)>,
    pub(crate) totals: Totals,
}

impl Durable {
    fn take(&mut self, batch: Batch) -> Result<(), Violation> {
        if let Some(call) = batch.call {
            self.totals.calls += 1;
            self.totals.input_tokens += call.outcome.usage().input_tokens;
            self.totals.output_tokens += call.outcome.usage().output_tokens;
            self.totals.cost.0 += call.outcome.cost().unwrap_or_default().0;
            self.totals.calls_of_unknown_cost += u64::from(call.outcome.cost().is_none());
            if self.calls.insert(call.key.clone(), call.outcome).is_some() {
                return broken("a call is stored once", format!("{} came again", call.key));
            }
        }
        for record in batch.records {
            if !self.names.insert((record.kind, record.id.clone())) {
                return broken("a record is stored once", format!("{} came again", record.id));
            }
            self.records.push(record);
        }
        Ok(())
    }

    /// How many records of `kind` there are.
    pub(crate) fn count(&self, kind: &str) -> u64 {
        self.records.iter().filter(|record| record.kind == kind).count() as u64
    }

    /// The records of `kind` in the order of exports.
    pub(crate) fn export(&self, kind: &str) -> Vec<&StoredRecord> {
        let mut records: Vec<_> = self.records.iter().filter(|r| r.kind == kind).collect();
        records.sort_by_key(|record| record.position);
        records
    }
}

impl Past for Durable {
    fn calls(&self) -> Result<u64, StoreError> {
        Ok(self.calls.len() as u64)
    }

    fn for_each_record(
        &self,
        kind: &'static str,
        visit: &mut dyn FnMut(StoredRecord) -> Result<(), ReplayError>,
    ) -> Result<(), ReplayError> {
        self.records.iter().filter(|record| record.kind == kind).cloned().try_for_each(visit)
    }

    fn call_outcome(&self, key: &CallKey) -> Result<Option<CallOutcome>, StoreError> {
        Ok(self.calls.get(key).cloned())
    }
}

/// One session's writer. What it holds when the session dies is lost.
#[derive(Debug)]
pub(crate) struct Writer {
    disk: Disk,
    random: Random,
    waiting: VecDeque<Batch>,
    group: Vec<Batch>,
    pub(crate) submitted: u64,
    pub(crate) committed: u64,
}

/// How a commit ended.
pub(crate) enum Commit {
    /// So many batches of the session are durable.
    Durable(u64),
    Failed,
}

impl Writer {
    pub(crate) fn new(disk: Disk, random: Random) -> Self {
        Self {
            disk,
            random,
            waiting: VecDeque::new(),
            group: Vec::new(),
            submitted: 0,
            committed: 0,
        }
    }

    /// Takes a batch; says how long the commit takes that it begins, if it begins one.
    pub(crate) fn submit(&mut self, batch: Batch) -> Option<u64> {
        self.submitted += 1;
        self.waiting.push_back(batch);
        self.begin()
    }

    /// Begins to commit all that waits, unless a commit is under way.
    pub(crate) fn begin(&mut self) -> Option<u64> {
        if !self.group.is_empty() || self.waiting.is_empty() {
            return None;
        }
        let size = self.waiting.len().min(GROUP_MAX);
        self.group.extend(self.waiting.drain(..size));
        let is_stalled = self.one_in(self.disk.stalls_one_in);
        Some(if is_stalled { 2_000 } else { self.random.below(self.disk.commit_most_ms + 1) })
    }

    pub(crate) fn end(&mut self, durable: &mut Durable) -> Result<Commit, Violation> {
        if self.one_in(self.disk.fails_one_in) {
            return Ok(Commit::Failed);
        }
        self.committed += self.group.len() as u64;
        for batch in self.group.drain(..) {
            durable.take(batch)?;
        }
        Ok(Commit::Durable(self.committed))
    }

    /// Commits what waits, as far as the disk allows.
    pub(crate) fn close(&mut self, durable: &mut Durable) -> Result<(), Violation> {
        while !self.group.is_empty() || self.begin().is_some() {
            if let Commit::Failed = self.end(durable)? {
                break;
            }
        }
        Ok(())
    }

    fn one_in(&mut self, count: u64) -> bool {
        count > 0 && self.random.below(count) == 0
    }
}
