//! What holds whatever the order, the place of a stop and the shape of the recipe.

use proptest::prelude::*;
use speciate_evolve::work::EvolveJob;
use speciate_types::{Job as _, VerdictKind};

use crate::world::{Stored, drive, exported, parsed, seeds, settings};

fn whole(count: usize, shape: (u32, u32, u32), order: u64) -> (Stored, EvolveJob) {
    let mut job = EvolveJob::new(settings(shape.0, shape.1, shape.2), seeds(count));
    let mut stored = Stored::default();
    assert!(drive(&mut job, &mut stored, order, usize::MAX));
    (stored, job)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_order_of_answers_changes_nothing(
        count in 1_usize..6, shape in (0_u32..4, 1_u32..4, 0_u32..3), order in any::<u64>()
    ) {
        prop_assert_eq!(exported(&whole(count, shape, 0).0), exported(&whole(count, shape, order).0));
    }

    #[test]
    fn stopped_anywhere_it_ends_with_the_same_records_and_asks_nothing_twice(
        count in 1_usize..6, shape in (0_u32..4, 1_u32..3, 0_u32..3), order in any::<u64>(), cut in 0_usize..120
    ) {
        let (expected, _) = whole(count, shape, 0);
        let mut stored = Stored::default();
        let mut sessions = 0;
        loop {
            let mut job = EvolveJob::new(settings(shape.0, shape.1, shape.2), seeds(count));
            sessions += 1;
            let stop_after = if sessions < 4 { cut } else { usize::MAX };
            if drive(&mut job, &mut stored, order.wrapping_add(sessions), stop_after) {
                break;
            }
        }
        prop_assert_eq!(exported(&stored), exported(&expected));
        prop_assert_eq!(stored.calls.len(), expected.calls.len());
    }

    #[test]
    fn everything_ends_in_exactly_one_state(
        count in 1_usize..6, shape in (0_u32..4, 1_u32..4, 0_u32..3), order in any::<u64>()
    ) {
        let (stored, job) = whole(count, shape, order);
        let records = parsed(&stored);
        let tally = job.tally();
        let others = [&tally.eliminated, &tally.failed, &tally.invalid];
        let sum = tally.kept + others.iter().flat_map(|map| map.values()).sum::<u64>();
        prop_assert_eq!(sum, records.len() as u64);
        prop_assert_eq!((tally.items, tally.items_done, tally.calls_ahead), (count as u64, count as u64, 0));
        prop_assert_eq!(records.iter().filter(|record| record.parent.is_none()).count(), count);
        for record in &records {
            let has_reason = record.rule.is_some() || record.cause.is_some();
            prop_assert_eq!(has_reason, record.verdict != VerdictKind::Kept);
        }
    }

    #[test]
    fn a_failed_evolution_returns_its_parent_to_the_next_round(order in any::<u64>()) {
        let records = parsed(&whole(5, (4, 1, 0), order).0);
        let evolved: Vec<_> = records.iter().filter(|record| record.parent.is_some()).collect();
        prop_assert_eq!(evolved.len(), 5 * 4, "one evolution for each lineage and round");
        for record in &evolved {
            let next = evolved.iter().find(|next| next.root == record.root && next.round == record.round + 1);
            let Some(next) = next else { continue };
            let expected = if record.verdict == VerdictKind::Kept { Some(record.id) } else { record.parent };
            prop_assert_eq!(next.parent, expected);
        }
    }
}
