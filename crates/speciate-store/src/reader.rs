//! Reads a run, beside its writer or after it.

use std::collections::BTreeMap;
use std::path::Path;

use speciate_types::{CallKey, CallOutcome, NanoUsd, StoredRecord, UnixMillis};

use crate::db::Db;
use crate::directory::Directory;
use crate::lock::{self, Holder};
use crate::pace::{self, Pace};
use crate::session::{self, Session};
use crate::tally::{self, CallTally, Totals};
use crate::verify::{VerifyReport, verify};
use crate::{CallSummary, Learned, RunInfo, StoreError, call, notes, record};

/// A run that is only read. Takes no lock. But for [`RunReader::verify`] it never keeps the writer
/// from emptying its log for longer than a statement takes.
#[derive(Debug)]
pub struct RunReader {
    directory: Directory,
    db: Db,
    info: RunInfo,
}

impl RunReader {
    /// Opens the run in `directory`.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoRun`], [`StoreError::Newer`] and [`StoreError::Damaged`].
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        let directory = Directory::open(directory)?;
        let db = Db::open_readable(&directory.database())?;
        let info = RunInfo::read(&db)?;
        Ok(Self { directory, db, info })
    }

    /// What the run is, as it was when this was opened.
    pub fn info(&self) -> &RunInfo {
        &self.info
    }

    /// Sums over all calls. Quick however many there are.
    pub fn totals(&self) -> Result<Totals, StoreError> {
        tally::totals(&self.db)
    }

    /// What the run has learned of endpoints.
    pub fn learned(&self) -> Result<Vec<Learned>, StoreError> {
        notes::learned(&self.db)
    }

    /// What calls may have cost without a stored answer; while the run is written, and after its
    /// writer was killed, with the calls in flight.
    pub fn at_risk(&self) -> Result<NanoUsd, StoreError> {
        notes::at_risk(&self.db)
    }

    /// Sums by role, endpoint, model and outcome, in this order.
    pub fn tallies(&self) -> Result<Vec<CallTally>, StoreError> {
        tally::load(&self.db)
    }

    /// How many calls ended in each way: `answered`, or an error class.
    pub fn calls_by_outcome(&self) -> Result<BTreeMap<String, u64>, StoreError> {
        let mut counts = BTreeMap::new();
        for tally in self.tallies()? {
            *counts.entry(tally.outcome).or_default() += tally.totals.calls;
        }
        Ok(counts)
    }

    /// How many records of `kind` there are.
    pub fn record_count(&self, kind: &str) -> Result<u64, StoreError> {
        record::count(&self.db, kind)
    }

    /// The record of this kind and id, if there is one.
    pub fn record(&self, kind: &str, id: &str) -> Result<Option<StoredRecord>, StoreError> {
        record::named(&self.db, kind, id)
    }

    /// The records of `kind` that are stored now, by position. Holds 32 bytes for each.
    pub fn records_in_position_order(&self, kind: &str) -> Result<RecordsInOrder<'_>, StoreError> {
        let rows = record::in_position_order(&self.db, kind)?.into_iter();
        Ok(RecordsInOrder { db: &self.db, kind: record::interned(kind), rows })
    }

    /// Reads every record of `kind`, by position.
    pub fn for_each_in_position_order<E: From<StoreError>>(
        &self,
        kind: &str,
        visit: &mut dyn FnMut(StoredRecord) -> Result<(), E>,
    ) -> Result<(), E> {
        for record in self.records_in_position_order(kind)? {
            visit(record?)?;
        }
        Ok(())
    }

    /// The calls whose keys begin with `prefix`, in the order of their keys.
    pub fn calls_of(&self, prefix: &str) -> Result<Vec<CallSummary>, StoreError> {
        call::summaries(&self.db, prefix)
    }

    /// How the call of this key ended, if it did.
    pub fn call_outcome(&self, key: &CallKey) -> Result<Option<CallOutcome>, StoreError> {
        call::outcome(&self.db, key)
    }

    /// The processes that wrote, oldest first.
    pub fn sessions(&self) -> Result<Vec<Session>, StoreError> {
        session::list(&self.db)
    }

    /// The process that writes now, if there is one.
    pub fn writer(&self) -> Result<Option<Holder>, StoreError> {
        lock::holder(&self.directory)
    }

    /// The pace of the newest calls since `since`.
    pub fn pace(&self, since: UnixMillis) -> Result<Pace, StoreError> {
        pace::since(&self.db, since)
    }

    /// Checks every row and the file itself. Reads everything twice, all as of one moment: the log
    /// of a writer at work grows meanwhile.
    ///
    /// # Errors
    ///
    /// Only if the check cannot be made; what it finds is in the report.
    pub fn verify(&self) -> Result<VerifyReport, StoreError> {
        verify(&self.db)
    }
}

impl Drop for RunReader {
    /// Leaves one file behind if the run's last session has ended and nobody else has it open. The
    /// log of a writer that works, or was killed, is left to it or the next one: a reader moves
    /// no results.
    fn drop(&mut self) {
        if session::is_over(&self.db).unwrap_or(false) {
            // If it cannot be, an empty log stays, which does no harm.
            let _ = self.db.may_empty_log(true);
        }
    }
}

/// Records by position; bodies are read one at a time.
#[derive(Debug)]
pub struct RecordsInOrder<'a> {
    db: &'a Db,
    kind: &'static str,
    rows: std::vec::IntoIter<(u128, i64)>,
}

impl Iterator for RecordsInOrder<'_> {
    type Item = Result<StoredRecord, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.rows.next().map(|(_, seq)| record::at(self.db, self.kind, seq))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rows.size_hint()
    }
}

impl ExactSizeIterator for RecordsInOrder<'_> {}
