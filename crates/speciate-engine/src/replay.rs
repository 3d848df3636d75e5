//! Resume is replay: what is stored is folded into the job before anything is sent.

use speciate_store::{RunStore, StoreError};
use speciate_types::{CallKey, CallOutcome, Job, JobError, Step, StoredRecord, Wanted};

/// Where a job stands after its stored past.
#[derive(Debug)]
pub struct Replayed {
    /// What the job wants now: calls that have never been answered, records never stored.
    pub step: Step,
    /// Calls that were answered from the store.
    pub calls: u64,
}

/// The stored past could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// By the store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// By the job.
    #[error(transparent)]
    Job(#[from] JobError),
}

/// What earlier sessions stored.
pub trait Past {
    /// How many calls have ended.
    fn calls(&self) -> Result<u64, StoreError>;

    /// Visits every record of `kind` in the order of storing.
    fn for_each_record(
        &self,
        kind: &'static str,
        visit: &mut dyn FnMut(StoredRecord) -> Result<(), ReplayError>,
    ) -> Result<(), ReplayError>;

    /// How the call of this key ended, if it did.
    fn call_outcome(&self, key: &CallKey) -> Result<Option<CallOutcome>, StoreError>;
}

impl Past for RunStore {
    fn calls(&self) -> Result<u64, StoreError> {
        Ok(self.totals()?.calls)
    }

    fn for_each_record(
        &self,
        kind: &'static str,
        visit: &mut dyn FnMut(StoredRecord) -> Result<(), ReplayError>,
    ) -> Result<(), ReplayError> {
        Self::for_each_record(self, kind, visit)
    }

    fn call_outcome(&self, key: &CallKey) -> Result<Option<CallOutcome>, StoreError> {
        Self::call_outcome(self, key)
    }
}

/// Gives `job` every stored record of the kinds it stores, then answers its calls from the store
/// until it wants calls that are not there.
///
/// For a new run nothing is done, so that the job's beginning can be taken a part at a time.
pub fn replay(
    job: &mut (dyn Job + Send),
    past: &dyn Past,
    kinds: &[&'static str],
) -> Result<Replayed, ReplayError> {
    let mut any = past.calls()? > 0;
    for kind in kinds {
        past.for_each_record(kind, &mut |record| {
            any = true;
            job.restore(&record).map_err(ReplayError::from)
        })?;
    }
    let mut replayed = Replayed { step: Step::default(), calls: 0 };
    if any {
        while let Some(step) = job.begin() {
            replayed.step.records.extend(step.records);
            answer_stored(job, past, step.wanted, &mut replayed)?;
        }
    }
    Ok(replayed)
}

fn answer_stored(
    job: &mut (dyn Job + Send),
    past: &dyn Past,
    wanted: Vec<Wanted>,
    replayed: &mut Replayed,
) -> Result<(), ReplayError> {
    let mut open = wanted;
    open.reverse();
    while let Some(wanted) = open.pop() {
        match past.call_outcome(&job.key(wanted.ticket))? {
            Some(outcome) => {
                replayed.calls += 1;
                let follows = job.answered(wanted.ticket, outcome);
                replayed.step.records.extend(follows.records);
                open.extend(follows.wanted);
            }
            None => replayed.step.wanted.push(wanted),
        }
    }
    Ok(())
}
