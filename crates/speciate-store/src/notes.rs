//! What is noted beside calls and records, and outlives a session: what endpoints have taught, and
//! the money at risk. Both are rows of `meta` that are only there once there is something to say.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use speciate_types::NanoUsd;

use crate::StoreError;
use crate::db::Db;
use crate::info::{find_meta, number, set_meta};

const LEARNED: &str = "learned";
const AT_RISK: &str = "at_risk_nano_usd";

/// What calls to a model have shown of its endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Learned {
    /// Where the calls were sent.
    pub endpoint: String,
    /// The model that was asked for.
    pub model: String,
    /// What requests do without, and other lessons for people: `temperature`, `system`,
    /// `max_tokens<=1024`.
    pub left_out: Vec<String>,
    /// What the endpoint refused, for the model that is set up again: among them `max_tokens`
    /// where only the name of the limit is another.
    pub refused: Vec<String>,
}

/// What is to be stored beside a group of batches.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// The most calls that were in flight at once in this session.
    pub(crate) in_flight_max: u32,
    /// Money at risk, in all sessions.
    pub(crate) at_risk: NanoUsd,
    /// All that was learned, if there is news.
    pub(crate) learned: Option<Vec<Learned>>,
}

/// Where the caller leaves its notes for the writer's thread.
#[derive(Debug, Default)]
pub(crate) struct NoteBoard {
    in_flight_max: AtomicU32,
    /// Money at risk now, and the most of it at any time, in nano-dollars.
    at_risk: AtomicU64,
    at_risk_max: AtomicU64,
    /// All that was learned, until it is taken for a commit.
    learned: Mutex<Option<Vec<Learned>>>,
}

impl NoteBoard {
    /// Without a note, so much stays at risk as was before.
    pub(crate) fn new(at_risk: NanoUsd) -> Self {
        Self { at_risk: at_risk.0.into(), ..Self::default() }
    }

    pub(crate) fn note_in_flight(&self, in_flight: u32) {
        self.in_flight_max.fetch_max(in_flight, Ordering::Relaxed);
    }

    pub(crate) fn note_at_risk(&self, at_risk: NanoUsd) {
        self.at_risk.store(at_risk.0, Ordering::Relaxed);
        self.at_risk_max.fetch_max(at_risk.0, Ordering::Relaxed);
    }

    pub(crate) fn note_learned(&self, learned: Vec<Learned>) {
        *self.learned() = Some(learned);
    }

    /// What is to be stored beside the next group: if the process dies now, calls in flight are
    /// at risk too, so what is at risk never falls.
    pub(crate) fn take(&self) -> Notes {
        Notes {
            in_flight_max: self.in_flight_max.load(Ordering::Relaxed),
            at_risk: NanoUsd(self.at_risk_max.load(Ordering::Relaxed)),
            learned: self.learned().take(),
        }
    }

    /// What is to be stored when the session ends.
    pub(crate) fn take_last(&self) -> Notes {
        Notes { at_risk: NanoUsd(self.at_risk.load(Ordering::Relaxed)), ..self.take() }
    }

    fn learned(&self) -> MutexGuard<'_, Option<Vec<Learned>>> {
        self.learned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) fn learned(db: &Db) -> Result<Vec<Learned>, StoreError> {
    let Some(text) = find_meta(db, LEARNED)? else { return Ok(Vec::new()) };
    serde_json::from_str(&text)
        .map_err(|error| db.damaged(format!("its `{LEARNED}` cannot be read: {error}")))
}

pub(crate) fn set_learned(db: &Db, learned: &[Learned]) -> Result<(), StoreError> {
    let text = serde_json::to_string(learned).map_err(|error| {
        let error = rusqlite::Error::ToSqlConversionFailure(error.into());
        StoreError::sqlite("note what was learned", &db.file, error)
    })?;
    set_meta(db, LEARNED, &text)
}

pub(crate) fn at_risk(db: &Db) -> Result<NanoUsd, StoreError> {
    match find_meta(db, AT_RISK)? {
        Some(text) => number(db, AT_RISK, &text).map(NanoUsd),
        None => Ok(NanoUsd(0)),
    }
}

pub(crate) fn set_at_risk(db: &Db, at_risk: NanoUsd) -> Result<(), StoreError> {
    set_meta(db, AT_RISK, &at_risk.0.to_string())
}
