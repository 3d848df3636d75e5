//! What earlier sessions have settled.

use std::collections::HashMap;

use speciate_types::{InstructionId, InstructionRecord, JobError, StoredRecord, VerdictKind};

use super::EvolveJob;

/// How an attempt ended.
#[derive(Debug)]
pub(super) enum Settled {
    /// Kept, with this text.
    Kept(Box<str>),
    /// Any other verdict.
    Dropped,
}

/// Verdicts by id. Taken out as lineages are begun again.
#[derive(Debug, Default)]
pub(super) struct Past {
    settled: HashMap<InstructionId, Settled>,
    /// Whether they were kept.
    seeds: HashMap<InstructionId, bool>,
}

impl Past {
    /// The end of this attempt, if it has one.
    pub(super) fn take(&mut self, id: InstructionId) -> Option<Settled> {
        self.settled.remove(&id)
    }

    /// Whether this seed was kept, if its record is stored.
    pub(super) fn take_seed(&mut self, id: InstructionId) -> Option<bool> {
        self.seeds.remove(&id)
    }
}

impl EvolveJob {
    pub(super) fn restore_record(&mut self, record: &StoredRecord) -> Result<(), JobError> {
        let unreadable = |reason: String| JobError { id: record.id.clone(), reason };
        let record: InstructionRecord =
            serde_json::from_str(&record.body).map_err(|error| unreadable(error.to_string()))?;
        self.counts.ended(&record);
        if record.parent.is_none() {
            self.past.seeds.insert(record.id, record.verdict == VerdictKind::Kept);
            return Ok(());
        }
        let settled = match (record.verdict, record.instruction) {
            (VerdictKind::Kept, Some(text)) => Settled::Kept(text.into_boxed_str()),
            (VerdictKind::Kept, None) => {
                return Err(unreadable("a kept instruction has no text".to_owned()));
            }
            _ => Settled::Dropped,
        };
        self.past.settled.insert(record.id, settled);
        Ok(())
    }
}
