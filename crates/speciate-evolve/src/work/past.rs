//! What earlier sessions have settled.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::RangeInclusive;

use speciate_types::{
    ErrorClass, InstructionId, InstructionRecord, JobError, StoredRecord, VerdictKind,
};

use super::EvolveJob;

/// How an attempt ended.
#[derive(Debug)]
pub(super) enum Settled {
    /// Kept, with this text and its response.
    Kept { text: Box<str>, response: Option<Box<str>> },
    /// Any other verdict.
    Dropped,
}

/// Verdicts by id. Taken out as lineages are begun again.
#[derive(Debug, Default)]
pub(super) struct Past {
    settled: HashMap<InstructionId, Settled>,
    /// Whether they were kept.
    seeds: HashMap<InstructionId, bool>,
    /// How often each was asked for in other words, among those that are made again.
    retried: HashMap<InstructionId, u32>,
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

    /// Whether the lineage of `parent` went on from it in one of these later rounds, before what had
    /// failed was made again. Then that stays, and nothing grows from what takes the old place.
    pub(super) fn went_on(&self, parent: InstructionId, mut rounds: RangeInclusive<u32>) -> bool {
        let is_settled = |round| self.settled.contains_key(&parent.child(round, 0, 0));
        !self.retried.is_empty() && rounds.any(is_settled)
    }

    /// Whether it has been given up once before.
    pub(super) fn is_retried(&self, id: InstructionId) -> bool {
        self.retried.contains_key(&id)
    }

    /// How often its model was asked before and gave what was of no use.
    pub(super) fn redraw(&self, id: InstructionId) -> u32 {
        self.retried.get(&id).copied().unwrap_or(0)
    }
}

impl EvolveJob {
    pub(super) fn restore_record(&mut self, record: &StoredRecord) -> Result<(), JobError> {
        let is_retried = record.kind == InstructionRecord::RETRIED_KIND;
        let unreadable = |reason: String| JobError { id: record.id.clone(), reason };
        let record: InstructionRecord =
            serde_json::from_str(&record.body).map_err(|error| unreadable(error.to_string()))?;
        if is_retried {
            self.restore_retried(&record);
            return Ok(());
        }
        self.counts.ended(&record);
        if record.parent.is_none() {
            self.past.seeds.insert(record.id, record.verdict == VerdictKind::Kept);
            return Ok(());
        }
        let settled = match (record.verdict, record.instruction) {
            (VerdictKind::Kept, Some(text)) => {
                if let Some(pool) = &mut self.pool {
                    pool.insert(record.id, &text);
                }
                let needed = |_: &String| self.settings.needs_response(record.round);
                let response = record.response.filter(needed).map(String::into_boxed_str);
                Settled::Kept { text: text.into_boxed_str(), response }
            }
            (VerdictKind::Kept, None) => {
                return Err(unreadable("a kept instruction has no text".to_owned()));
            }
            _ => Settled::Dropped,
        };
        self.past.settled.insert(record.id, settled);
        Ok(())
    }

    /// The place was lost once, and what was made in its stead stays.
    fn restore_retried(&mut self, record: &InstructionRecord) {
        let redraw = u32::from(needs_other_dice(record));
        match self.past.retried.entry(record.id) {
            Entry::Occupied(mut times) => *times.get_mut() += redraw,
            Entry::Vacant(first) => {
                first.insert(redraw);
                self.horizon.lose();
            }
        }
    }
}

/// Whether more than bad luck made it fail. A model that draws by the seed it is given would say the
/// same again.
fn needs_other_dice(record: &InstructionRecord) -> bool {
    use ErrorClass::{Auth, BadConfig, Exhausted, LocalFault, Overloaded, Throttled, Transient};
    let class = record.reason().and_then(|(name, _)| ErrorClass::from_name(name));
    !matches!(
        class,
        Some(Auth | BadConfig | Exhausted | LocalFault | Overloaded | Throttled | Transient)
    )
}
