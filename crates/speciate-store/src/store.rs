//! A run that is open for writing, before the writing begins.

use std::path::Path;
use std::time::Instant;

use speciate_types::{CallKey, CallOutcome, NanoUsd, StoredRecord, UnixMillis};

use crate::commit::Committer;
use crate::db::Db;
use crate::directory::Directory;
use crate::info::{RunInfo, set_meta};
use crate::lock::Lock;
use crate::tally::{self, CallTally, Totals};
use crate::writer::{OnCommit, Writer};
use crate::{Learned, StoreError, aside, call, notes, record};

/// A run that this process alone may write.
///
/// What earlier sessions stored is read here; then [`RunStore::into_writer`] begins a session.
#[derive(Debug)]
pub struct RunStore {
    // The connection closes before the lock is released: fields are dropped in this order.
    pub(crate) db: Db,
    pub(crate) lock: Lock,
    pub(crate) opened: UnixMillis,
    pub(crate) opened_at: Instant,
    info: RunInfo,
    at_risk: NanoUsd,
}

impl RunStore {
    /// Creates a run in `directory`, which is made with its parents if needed.
    ///
    /// Writes and syncs a whole record with no calls in it, so that a full or read-only disk is
    /// found here. A crash leaves either no run or a whole one.
    ///
    /// # Errors
    ///
    /// [`StoreError::Exists`] if there is a run already, [`StoreError::Locked`] if another
    /// process is just creating one, and what a disk can do.
    pub fn create(directory: &Path, info: &RunInfo, now: UnixMillis) -> Result<Self, StoreError> {
        let directory = Directory::create(directory)?;
        let lock = Lock::acquire(&directory, now)?;
        if Self::exists(directory.path()) {
            return Err(StoreError::Exists { directory: directory.path().to_owned() });
        }
        Db::create(&directory.begin_database()?, info)?;
        directory.finish_database()?;
        Self::open_locked(&directory, lock, now)
    }

    /// Opens the run in `directory` and takes its lock.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoRun`], [`StoreError::Locked`], [`StoreError::Newer`],
    /// [`StoreError::Damaged`], and what a disk can do: it is written to once.
    pub fn open(directory: &Path, now: UnixMillis) -> Result<Self, StoreError> {
        let directory = Directory::open(directory)?;
        directory.refuse_network_disk()?;
        let lock = Lock::acquire(&directory, now)?;
        Self::open_locked(&directory, lock, now)
    }

    fn open_locked(directory: &Directory, lock: Lock, now: UnixMillis) -> Result<Self, StoreError> {
        let db = Db::open_writable(&directory.database())?;
        // Shows now, and not after the first paid call, that the disk takes writes.
        set_meta(&db, "opened_unix_ms", &now.0.to_string())?;
        tally::add_later_sums(&db)?;
        let (info, at_risk) = (RunInfo::read(&db)?, notes::at_risk(&db)?);
        Ok(Self { db, lock, opened: now, opened_at: Instant::now(), info, at_risk })
    }

    /// Whether there is a run in `directory`. Whether it can be opened is another question.
    pub fn exists(directory: &Path) -> bool {
        directory.join("run.db").symlink_metadata().is_ok()
    }

    /// What the run is.
    pub fn info(&self) -> &RunInfo {
        &self.info
    }

    /// Sums over the calls of all sessions. Quick however many there are.
    pub fn totals(&self) -> Result<Totals, StoreError> {
        tally::totals(&self.db)
    }

    /// Sums over the calls of each role, endpoint, model and outcome.
    pub fn tallies(&self) -> Result<Vec<CallTally>, StoreError> {
        tally::load(&self.db)
    }

    /// What earlier sessions have learned of endpoints.
    pub fn learned(&self) -> Result<Vec<Learned>, StoreError> {
        notes::learned(&self.db)
    }

    /// What calls of earlier sessions may have cost without a stored answer.
    pub fn at_risk(&self) -> NanoUsd {
        self.at_risk
    }

    /// Reads every record of `kind` in the order of storing.
    pub fn for_each_record<E: From<StoreError>>(
        &self,
        kind: &str,
        visit: &mut dyn FnMut(StoredRecord) -> Result<(), E>,
    ) -> Result<(), E> {
        record::for_each(&self.db, kind, visit)
    }

    /// How the call of this key ended, if it did.
    pub fn call_outcome(&self, key: &CallKey) -> Result<Option<CallOutcome>, StoreError> {
        call::outcome(&self.db, key)
    }

    /// Replaces the stored recipe, for settings that may change between sessions.
    pub fn set_recipe(&mut self, recipe_toml: &str) -> Result<(), StoreError> {
        if self.info.recipe_toml != recipe_toml {
            set_meta(&self.db, "recipe_toml", recipe_toml)?;
            recipe_toml.clone_into(&mut self.info.recipe_toml);
        }
        Ok(())
    }

    /// Replaces what decides results, for a part of it that nothing stored rests on.
    pub fn set_identity(&mut self, identity: &serde_json::Value) -> Result<(), StoreError> {
        if self.info.identity != *identity {
            set_meta(&self.db, "identity", &identity.to_string())?;
            self.info.identity = identity.clone();
        }
        Ok(())
    }

    /// Makes room for records of `kind` that are made again: what is stored of them stays, as records
    /// of `aside_kind` whose ids end in `~1`, `~2` and so on, and so do the keys of their calls.
    pub fn set_aside(
        &mut self,
        kind: &str,
        aside_kind: &str,
        ids: &[String],
    ) -> Result<(), StoreError> {
        aside::set_aside(&self.db, kind, aside_kind, ids)
    }

    /// Begins a session: a thread of its own writes from now on.
    ///
    /// `on_commit` is called on that thread, after each commit with the number of batches of
    /// this session that are durable, or once with the error that ended all writing. It must
    /// return at once.
    pub fn into_writer(self, on_commit: OnCommit) -> Writer {
        let at_risk = self.at_risk;
        Writer::start(Committer::new(self), at_risk, on_commit)
    }
}
