//! Random sessions against a plain map.

use std::collections::BTreeMap;

use proptest::prelude::*;
use speciate_store::{Batch, RunReader, RunStore, Totals};
use speciate_types::CallOutcome;

use crate::support::{KIND, call, create, id, key, open, record, stored_records};

/// Numbers of what is stored; few, so that much of it is stored again.
const NUMBERS: u64 = 60;

#[derive(Debug, Clone)]
struct Step {
    call: Option<u64>,
    records: Vec<u64>,
}

fn session() -> impl Strategy<Value = Vec<Step>> {
    let number = || 0..NUMBERS;
    let step = (prop::option::of(number()), prop::collection::vec(number(), 0..4))
        .prop_map(|(call, records)| Step { call, records });
    prop::collection::vec(step, 0..30)
}

#[derive(Default)]
struct Model {
    calls: BTreeMap<u64, CallOutcome>,
    /// In the order of storing.
    records: Vec<u64>,
}

impl Model {
    fn take(&mut self, step: &Step) {
        if let Some(number) = step.call {
            self.calls.insert(number, call(number).outcome);
        }
        for number in &step.records {
            if !self.records.contains(number) {
                self.records.push(*number);
            }
        }
    }

    fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for (number, outcome) in &self.calls {
            let (usage, row) = (outcome.usage(), call(*number));
            let is_answered = matches!(outcome, CallOutcome::Answered(_));
            totals.calls += 1;
            totals.answered += u64::from(is_answered);
            totals.failed += u64::from(!is_answered);
            totals.input_tokens += usage.input_tokens;
            totals.output_tokens += usage.output_tokens;
            totals.calls_of_estimated_usage += u64::from(usage.estimated);
            totals.cost.0 += outcome.cost().map_or(0, |cost| cost.0);
            totals.calls_of_unknown_cost += u64::from(outcome.cost().is_none());
            totals.tries += u64::from(outcome.tries());
            totals.failed_tries += row.failed_tries.len() as u64;
            totals.maybe_billed_tries +=
                row.failed_tries.iter().filter(|t| t.maybe_billed).count() as u64;
        }
        totals
    }

    fn check_store(&self, store: &RunStore) {
        assert_eq!(store.totals().unwrap(), self.totals());
        for number in 0..NUMBERS {
            let expected = self.calls.get(&number).cloned();
            assert_eq!(store.call_outcome(&key(number)).unwrap(), expected);
        }
        let expected: Vec<_> = self.records.iter().copied().map(record).collect();
        assert_eq!(stored_records(store), expected);
    }

    fn check_reader(&self, reader: &RunReader) {
        let mut expected: Vec<_> = self.records.iter().copied().map(record).collect();
        expected.sort_by_key(|record| record.position);
        let found = reader.records_in_position_order(KIND).unwrap();
        assert_eq!(found.collect::<Result<Vec<_>, _>>().unwrap(), expected);
        assert_eq!(reader.record_count(KIND).unwrap(), self.records.len() as u64);
        assert_eq!(reader.record_count("another").unwrap(), 0);
        assert_eq!(reader.totals().unwrap(), self.totals());
        assert_eq!(reader.calls_of("").unwrap().len(), self.calls.len());
        let outcomes = reader.calls_by_outcome().unwrap();
        assert_eq!(outcomes.values().sum::<u64>(), self.calls.len() as u64);
        for number in 0..NUMBERS {
            let expected = self.records.contains(&number).then(|| record(number));
            assert_eq!(reader.record(KIND, &id(number)).unwrap(), expected);
        }
        let report = reader.verify().unwrap();
        assert!(report.is_sound(), "{:?}", report.problems);
        let orphans = self.calls.keys().filter(|number| !self.records.contains(number)).count();
        assert_eq!(report.calls_without_record, orphans as u64);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn behaves_as_a_map_that_lasts(sessions in prop::collection::vec(session(), 1..4)) {
        let folder = tempfile::tempdir().unwrap();
        let mut model = Model::default();
        drop(create(folder.path()));
        for session in &sessions {
            let store = open(folder.path());
            model.check_store(&store);
            let mut writer = store.into_writer(Box::new(|_| {}));
            for step in session {
                model.take(step);
                let records = step.records.iter().copied().map(record).collect();
                writer.submit(Batch { call: step.call.map(call), records }).unwrap();
            }
            writer.close("done", 1).unwrap();
            model.check_reader(&RunReader::open(folder.path()).unwrap());
        }
        model.check_store(&open(folder.path()));
        let reader = RunReader::open(folder.path()).unwrap();
        prop_assert_eq!(reader.sessions().unwrap().len(), sessions.len());
    }
}
