//! The writer's side of the database: a group of batches becomes one transaction.

use std::time::Instant;

use speciate_types::{NanoUsd, UnixMillis};

use crate::db::Db;
use crate::directory::file_identity;
use crate::lock::Lock;
use crate::notes::{self, Notes};
use crate::schema::cache_pragma;
use crate::tally::Tallies;
use crate::{Batch, RunStore, StoreError, call, record, session};

const COMMITTING: &str = "commit to the run's record";

/// Owns the connection and the lock while a session writes.
#[derive(Debug)]
pub(crate) struct Committer {
    // The connection closes before the lock is released: fields are dropped in this order.
    db: Db,
    _lock: Lock,
    opened: UnixMillis,
    opened_at: Instant,
    session: i64,
    in_flight_noted: u32,
    at_risk_noted: NanoUsd,
    tallies: Tallies,
    file: (u64, u64),
    seed_count: u64,
}

impl Committer {
    pub(crate) fn new(store: RunStore) -> Self {
        let seed_count = store.info().seed_count;
        Self {
            db: store.db,
            _lock: store.lock,
            opened: store.opened,
            opened_at: store.opened_at,
            session: 0,
            in_flight_noted: 0,
            at_risk_noted: NanoUsd(0),
            tallies: Tallies::default(),
            file: (0, 0),
            seed_count,
        }
    }

    pub(crate) fn begin(&mut self) -> Result<(), StoreError> {
        self.file = self.identity()?;
        self.db.batch("size the page cache", &cache_pragma(self.seed_count))?;
        self.tallies = Tallies::load(&self.db)?;
        self.at_risk_noted = notes::at_risk(&self.db)?;
        self.session = session::begin(&self.db, self.opened)?;
        Ok(())
    }

    /// Makes all of `batches` durable, or says why not.
    ///
    /// If one of them contradicts what is stored, those before it are made durable all the same:
    /// they hold answers that were paid.
    pub(crate) fn commit(&mut self, batches: &[Batch], notes: &Notes) -> Result<(), Refused> {
        let Err((n_good, error)) = self.transact(batches, notes) else { return Ok(()) };
        let is_conflict = matches!(error, StoreError::Conflict { .. });
        let committed = if is_conflict && n_good > 0 { n_good } else { 0 };
        if committed > 0 {
            let again = Tallies::load(&self.db).map(|tallies| self.tallies = tallies);
            again.map_err(|error| Refused { committed: 0, error })?;
            self.transact(&batches[..committed], notes)
                .map_err(|(_, error)| Refused { committed: 0, error })?;
        }
        Err(Refused { committed, error })
    }

    /// One transaction. An error comes with the number of batches before it that were sound.
    fn transact(&mut self, batches: &[Batch], notes: &Notes) -> Result<(), (usize, StoreError)> {
        let failed = self.db.failed(COMMITTING);
        let transaction =
            self.db.conn.unchecked_transaction().map_err(|error| (0, failed(error)))?;
        for (n_good, batch) in batches.iter().enumerate() {
            store(&self.db, &mut self.tallies, batch).map_err(|error| (n_good, error))?;
        }
        self.tallies.save(&self.db).map_err(|error| (0, error))?;
        self.note(notes).map_err(|error| (0, error))?;
        transaction.commit().map_err(|error| (0, failed(error)))?;
        self.in_flight_noted = self.in_flight_noted.max(notes.in_flight_max);
        self.at_risk_noted = self.at_risk_noted.max(notes.at_risk);
        self.check_place().map_err(|error| (0, error))
    }

    /// A file that was moved or deleted takes commits, and nobody finds them again.
    fn check_place(&self) -> Result<(), StoreError> {
        match file_identity(&self.db.file) {
            Ok(found) if found == self.file => Ok(()),
            _ => Err(StoreError::Moved { file: self.db.file.clone() }),
        }
    }

    fn identity(&self) -> Result<(u64, u64), StoreError> {
        let file = &self.db.file;
        file_identity(file).map_err(|error| StoreError::io("find the run's record", file, error))
    }

    /// Writes what is more than was noted before. What is at risk never falls while a session runs:
    /// if the process dies, calls in flight are at risk too.
    fn note(&self, notes: &Notes) -> Result<(), StoreError> {
        if notes.in_flight_max > self.in_flight_noted {
            session::note_in_flight(&self.db, self.session, notes.in_flight_max)?;
        }
        if notes.at_risk > self.at_risk_noted {
            notes::set_at_risk(&self.db, notes.at_risk)?;
        }
        match &notes.learned {
            Some(learned) => notes::set_learned(&self.db, learned),
            None => Ok(()),
        }
    }

    /// Ends the session and leaves one file without a log beside it.
    ///
    /// The end is told from the beginning and the time since, so that no clock is read here.
    pub(crate) fn finish(self, how: &str, notes: &Notes) -> Result<(), StoreError> {
        let duration_ms = u64::try_from(self.opened_at.elapsed().as_millis()).unwrap_or(u64::MAX);
        let now = UnixMillis(self.opened.0.saturating_add(duration_ms));
        let transaction =
            self.db.conn.unchecked_transaction().map_err(self.db.failed(COMMITTING))?;
        self.note(notes)?;
        // Nothing is in flight any more.
        if notes.at_risk < self.at_risk_noted {
            notes::set_at_risk(&self.db, notes.at_risk)?;
        }
        let in_flight_max = notes.in_flight_max.max(self.in_flight_noted);
        session::end(&self.db, self.session, now, how, in_flight_max)?;
        transaction.commit().map_err(self.db.failed(COMMITTING))?;
        // A reader can keep the log from being emptied; then a later close does it.
        self.db
            .conn
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .map_err(self.db.failed("move the log into the run's record"))?;
        let Db { conn, file } = self.db;
        conn.close()
            .map_err(|(_, error)| StoreError::sqlite("close the run's record", &file, error))
    }

    /// Closes without writing or syncing anything: after a failed sync, a second one may say that
    /// all is well although pages are lost.
    pub(crate) fn abandon(self) {
        let _ = self.db.may_empty_log(false);
    }
}

fn store(db: &Db, tallies: &mut Tallies, batch: &Batch) -> Result<(), StoreError> {
    if let Some(call) = &batch.call
        && call::insert(db, call)?
    {
        tallies.count(call);
    }
    batch.records.iter().try_for_each(|record| record::insert(db, record))
}

/// Why a group was not made durable.
#[derive(Debug)]
pub(crate) struct Refused {
    /// How many of its batches are durable all the same, from the first.
    pub(crate) committed: usize,
    /// Why the next one is not.
    pub(crate) error: StoreError,
}
