//! Which instructions of an earlier session are made again.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use speciate_store::RunReader;
use speciate_types::{InstructionId, InstructionRecord, VerdictKind};

use crate::Error;
use crate::export::each_record;

/// What is to be made again.
#[derive(Debug, Default)]
pub(super) struct Again {
    /// The ids of the records. All their calls are asked again, so that another evolution comes of
    /// it where the first could not be answered.
    pub(super) ids: Vec<String>,
    failed: u64,
    invalid: u64,
}

/// A seed, or one of the branches of an instruction in a round; one of its draws is kept at most.
type Place = (InstructionId, u32, u32);

impl Again {
    /// Chooses the failed and invalid ones of the run in `directory`: all of them, or those of the
    /// `causes` named; no more than are missing from the `target`.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownCause`] for a cause that none of them has.
    pub(super) fn choose(
        directory: &Path,
        causes: &[String],
        target: Option<u64>,
    ) -> Result<Self, Error> {
        let reader = RunReader::open(directory)?;
        let (mut found, mut kept) = (Vec::new(), HashSet::new());
        let mut counts = BTreeMap::new();
        each_record(&reader, &mut |record| {
            match record.verdict {
                VerdictKind::Kept => drop(kept.insert(place(&record))),
                VerdictKind::Failed | VerdictKind::Invalid => {
                    let (name, _) = record.reason().unwrap_or_default();
                    *counts.entry(name.to_owned()).or_insert(0) += 1;
                    if causes.is_empty() || causes.iter().any(|cause| cause == name) {
                        found.push((record.id, place(&record), record.verdict));
                    }
                }
                VerdictKind::Eliminated => {}
            }
            Ok(())
        })?;
        if let Some(cause) = causes.iter().find(|cause| !counts.contains_key(*cause)) {
            return Err(Error::UnknownCause { cause: cause.clone(), counts });
        }
        let mut again = Self::default();
        // A later draw may have filled the place of one that failed.
        let open = found.into_iter().filter(|(_, place, _)| !kept.contains(place));
        let missing = target.map_or(u64::MAX, |target| target.saturating_sub(kept.len() as u64));
        for (id, _, verdict) in open.take(missing as usize) {
            again.failed += u64::from(verdict == VerdictKind::Failed);
            again.invalid += u64::from(verdict == VerdictKind::Invalid);
            again.ids.push(id.to_string());
        }
        Ok(again)
    }

    /// What a person should know of it before it starts.
    pub(super) fn remark(&self) -> String {
        match (self.failed, self.invalid) {
            (0, 0) => "no failed or invalid instructions to make again".to_owned(),
            (failed, invalid) => format!(
                "making {failed} failed and {invalid} invalid instructions again; what they were \
                 before stays on record"
            ),
        }
    }
}

fn place(record: &InstructionRecord) -> Place {
    (record.parent.unwrap_or(record.id), record.round, record.branch)
}
