//! What a run has reached, read beside the one who writes it.

use std::collections::BTreeMap;
use std::path::Path;

use speciate_store::RunReader;
use speciate_types::VerdictKind;

use crate::Error;
use crate::export::each_record;
use crate::numbers::CallNumbers;

/// Counts of one operator.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct OperatorCounts {
    /// Attempts.
    pub made: u64,
    /// Of these, kept.
    pub kept: u64,
}

/// A run in numbers. Every record is in exactly one of kept, eliminated, failed and invalid.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Status {
    /// The run's id.
    pub run_id: String,
    /// The recipe's seeds.
    pub seeds: u64,
    /// Records, seeds included.
    pub records: u64,
    /// Kept, seeds included.
    pub kept: u64,
    /// Of the kept ones, seeds.
    pub kept_seeds: u64,
    /// Eliminated, by rule.
    pub eliminated: BTreeMap<String, u64>,
    /// Failed, by cause.
    pub failed: BTreeMap<String, u64>,
    /// Checks that gave no answer, by rule.
    pub invalid: BTreeMap<String, u64>,
    /// Kept ones by round.
    pub kept_by_round: BTreeMap<u32, u64>,
    /// By operator.
    pub operators: BTreeMap<String, OperatorCounts>,
    /// Calls, tries, tokens and money.
    pub totals: CallNumbers,
    /// Whether the parts add up to the records.
    pub sums_agree: bool,
}

/// Reads the run in `directory`. Takes no lock.
pub fn status(directory: &Path) -> Result<Status, Error> {
    let reader = RunReader::open(directory)?;
    let info = reader.info();
    let mut status = Status {
        run_id: info.run_id.clone(),
        seeds: info.seed_count,
        records: 0,
        kept: 0,
        kept_seeds: 0,
        eliminated: BTreeMap::new(),
        failed: BTreeMap::new(),
        invalid: BTreeMap::new(),
        kept_by_round: BTreeMap::new(),
        operators: BTreeMap::new(),
        totals: CallNumbers::from(&reader.totals()?),
        sums_agree: true,
    };
    each_record(&reader, &mut |record| {
        count(&mut status, &record);
        Ok(())
    })?;
    let others = [&status.eliminated, &status.failed, &status.invalid];
    let sum: u64 = others.iter().flat_map(|map| map.values()).sum();
    status.sums_agree = status.kept + sum == status.records;
    Ok(status)
}

fn count(status: &mut Status, record: &speciate_types::InstructionRecord) {
    let is_kept = record.verdict == VerdictKind::Kept;
    status.records += 1;
    if let Some(operator) = &record.operator {
        let counts = status.operators.entry(operator.clone()).or_default();
        counts.made += 1;
        counts.kept += u64::from(is_kept);
    }
    let rule = record.rule.clone().unwrap_or_default();
    match record.verdict {
        VerdictKind::Kept => {
            status.kept += 1;
            status.kept_seeds += u64::from(record.parent.is_none());
            *status.kept_by_round.entry(record.round).or_default() += 1;
        }
        VerdictKind::Eliminated => *status.eliminated.entry(rule).or_default() += 1,
        VerdictKind::Invalid => *status.invalid.entry(rule).or_default() += 1,
        VerdictKind::Failed => {
            let cause = record.cause.as_deref().unwrap_or_default();
            let short = cause.split(':').next().unwrap_or_default().to_owned();
            *status.failed.entry(short).or_default() += 1;
        }
    }
}
