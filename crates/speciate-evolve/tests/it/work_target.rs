//! Runs that end when so many rows are kept.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use speciate_types::{InstructionId, InstructionRecord, Job as _, VerdictKind};

use crate::work_laws::worlds;
use crate::work_world::{Shape, check_order, check_stops, session, whole};

/// Chains, with a target of between one row and two more than there are places.
fn shapes() -> impl Strategy<Value = Shape> {
    (1_usize..12, 0_u32..5, 0_u32..3, any::<bool>(), 0_u64..1_000, any::<prop::sample::Index>())
        .prop_map(|(seeds, rounds, redraws, regenerate, run_seed, target)| {
            let places = seeds * (rounds as usize + 1);
            let target = Some(target.index(places + 2) as u64 + 1);
            Shape { seeds, rounds, redraws, regenerate, run_seed, target, ..Shape::PLAIN }
        })
}

fn kept(records: &[InstructionRecord]) -> u64 {
    records.iter().filter(|record| record.verdict == VerdictKind::Kept).count() as u64
}

/// Lineages that have come to their last place.
fn done(records: &[InstructionRecord], shape: Shape) -> u64 {
    let last = records.iter().filter(|record| record.round == shape.rounds);
    last.map(|record| record.root).collect::<BTreeSet<_>>().len() as u64
}

/// Of a run without a target, what one with a target makes of it: all of the first places, round by
/// round and in each in the order of seeds, up to the one that gives the last row.
fn expected(endless: &[InstructionRecord], target: u64) -> BTreeSet<InstructionId> {
    let mut lineages: BTreeMap<InstructionId, usize> = BTreeMap::new();
    for record in endless {
        let next = lineages.len();
        lineages.entry(record.root).or_insert(next);
    }
    let mut places: BTreeMap<(u32, usize), Vec<&InstructionRecord>> = BTreeMap::new();
    for record in endless {
        places.entry((record.round, lineages[&record.root])).or_default().push(record);
    }
    let (mut ids, mut rows) = (BTreeSet::new(), 0);
    for records in places.into_values() {
        if rows == target {
            break;
        }
        rows += u64::from(records.iter().any(|record| record.verdict == VerdictKind::Kept));
        ids.extend(records.iter().map(|record| record.id));
    }
    ids
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn there_are_as_many_rows_as_wanted_and_none_was_made_in_vain(
        shape in shapes(), world in worlds(), dice in any::<u64>()
    ) {
        let target = shape.target.unwrap();
        let endless = whole(Shape { target: None, ..shape }, world, 0).0.parsed();
        let (store, job) = whole(shape, world, dice);
        let records = store.parsed();
        prop_assert_eq!(kept(&records), kept(&endless).min(target));
        let ids: BTreeSet<_> = records.iter().map(|record| record.id).collect();
        prop_assert_eq!(ids, expected(&endless, target));
        let tally = job.tally();
        prop_assert_eq!((tally.kept, tally.calls_ahead), (kept(&records), 0));
        prop_assert_eq!(tally.items_done, done(&records, shape));
    }

    #[test]
    fn the_order_of_answers_changes_nothing(
        shape in shapes(), world in worlds(), a in any::<u64>(), b in any::<u64>()
    ) {
        check_order(shape, world, [a, b]);
    }

    #[test]
    fn stopped_anywhere_and_resumed_it_is_the_same(
        shape in shapes(), world in worlds(), dice in any::<u64>(),
        cuts in prop::collection::vec(0_usize..60, 1..5)
    ) {
        let (store, job) = check_stops(shape, world, dice, cuts);
        prop_assert_eq!(job.tally().items_done, done(&store.parsed(), shape));
    }

    /// A larger target goes on from a smaller one as if it had been there from the start.
    #[test]
    fn a_larger_target_goes_on(shape in shapes(), world in worlds(), more in 1_u64..9) {
        let larger = Shape { target: shape.target.map(|target| target + more), ..shape };
        let mut store = whole(shape, world, 1).0;
        let mut job = larger.job();
        prop_assert!(session(&mut job, &mut store, world, 2, usize::MAX));
        prop_assert_eq!(store.exported(), whole(larger, world, 0).0.exported());
    }
}
