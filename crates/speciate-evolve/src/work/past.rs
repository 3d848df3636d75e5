//! What earlier sessions have settled.

use std::collections::{HashMap, HashSet};

use speciate_types::{InstructionId, InstructionRecord, JobError, StoredRecord, VerdictKind};

use super::EvolveJob;

/// Verdicts by id. Taken out as lineages are begun again.
#[derive(Debug, Default)]
pub(super) struct Past {
    /// The text of a kept one, `None` for any other verdict.
    settled: HashMap<InstructionId, Option<Box<str>>>,
    seeds: HashSet<InstructionId>,
}

impl Past {
    /// The end of this attempt, if it has one.
    pub(super) fn take(&mut self, id: InstructionId) -> Option<Option<Box<str>>> {
        self.settled.remove(&id)
    }

    /// Whether this seed's record is stored.
    pub(super) fn has_seed(&mut self, id: InstructionId) -> bool {
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
            self.past.seeds.insert(record.id);
            return Ok(());
        }
        let is_kept = record.verdict == VerdictKind::Kept;
        let text = record.instruction.filter(|_| is_kept).map(String::into_boxed_str);
        if is_kept && text.is_none() {
            return Err(unreadable("a kept instruction has no text".to_owned()));
        }
        self.past.settled.insert(record.id, text);
        Ok(())
    }
}
