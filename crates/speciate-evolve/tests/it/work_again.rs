//! Failed and invalid instructions that are made again.

use std::collections::BTreeSet;

use proptest::prelude::*;
use speciate_types::{InstructionRecord, Job as _, VerdictKind};

use crate::work_laws::worlds;
use crate::work_world::{Shape, Store, World, session, whole};

const HEALTHY: World = World { salt: 5, faults: false };

fn shapes() -> impl Strategy<Value = Shape> {
    (1_usize..8, 0_u32..5, 1_u32..3, 0_u32..3, any::<bool>(), 0_u64..1_000).prop_map(
        |(seeds, rounds, branching, redraws, regenerate, run_seed)| Shape {
            seeds,
            rounds: if branching > 1 { rounds.min(3) } else { rounds },
            branching,
            redraws,
            regenerate,
            run_seed,
            target: None,
        },
    )
}

/// What `speciate run --retry-failed` does to a run's store.
fn set_aside(store: &Store) -> Store {
    let records = store.parsed();
    let parent = |record: &InstructionRecord| record.parent.unwrap_or(record.id);
    let place = |record: &InstructionRecord| (parent(record), record.round, record.branch);
    let of = |verdict| records.iter().filter(move |record| record.verdict == verdict);
    let kept: BTreeSet<_> = of(VerdictKind::Kept).map(place).collect();
    let lost = of(VerdictKind::Failed).chain(of(VerdictKind::Invalid));
    let mut after = store.clone();
    for record in lost.filter(|record| !kept.contains(&place(record))) {
        let id = record.id.to_string();
        after.outcomes.retain(|key, _| !key.starts_with(&format!("{id}/")));
        after.set_record_aside(&id);
    }
    after
}

fn again(shape: Shape, world: World, mut store: Store, dice: u64, cuts: &[usize]) -> Store {
    for calls_max in cuts.iter().chain([&usize::MAX]) {
        let mut job = shape.job();
        let is_ended = session(&mut job, &mut store, world, dice, *calls_max);
        assert!(is_ended || *calls_max < usize::MAX);
        assert!(!is_ended || job.tally().items_done == shape.seeds as u64);
    }
    store
}

fn kept(store: &Store) -> Vec<InstructionRecord> {
    store.parsed().into_iter().filter(|record| record.verdict == VerdictKind::Kept).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_failed_finds_its_place_and_nothing_else_moves(
        shape in shapes(), world in worlds(), dice in any::<u64>()
    ) {
        let before = whole(shape, world, dice).0;
        let after = again(shape, HEALTHY, set_aside(&before), dice, &[]);
        let rows = after.parsed();
        let is_lost = |record: &InstructionRecord| {
            matches!(record.verdict, VerdictKind::Failed | VerdictKind::Invalid)
        };
        let kept_after: Vec<_> = kept(&after);
        for record in kept(&before) {
            prop_assert!(kept_after.contains(&record), "a row that was kept is gone");
        }
        if shape.redraws == 0 {
            prop_assert!(!rows.iter().any(is_lost));
        }
        if shape.redraws == 0 && shape.branching == 1 {
            prop_assert_eq!(rows.len(), shape.seeds * (1 + shape.rounds as usize));
        }
    }

    /// Whatever the order of answers, and wherever it is broken off.
    #[test]
    fn made_again_in_pieces_it_is_the_same(
        shape in shapes(),
        world in worlds(),
        dice in any::<[u64; 2]>(),
        cuts in prop::collection::vec(0_usize..9, 0..4),
    ) {
        let before = set_aside(&whole(shape, world, 0).0);
        let other = World { salt: world.salt.wrapping_add(77), ..world };
        let once = again(shape, other, before.clone(), dice[0], &[]);
        let pieces = again(shape, other, before, dice[1], &cuts);
        prop_assert_eq!(once.exported(), pieces.exported());
        prop_assert_eq!(once.outcomes, pieces.outcomes);
    }

    /// A second time works as the first.
    #[test]
    fn what_fails_again_can_be_made_once_more(shape in shapes(), world in worlds()) {
        let first = set_aside(&whole(shape, world, 0).0);
        let other = World { salt: world.salt.wrapping_add(77), ..world };
        let second = again(shape, other, first, 1, &[]);
        let third = again(shape, HEALTHY, set_aside(&second), 2, &[]);
        let kept_at_last = kept(&third);
        for record in kept(&second) {
            prop_assert!(kept_at_last.contains(&record));
        }
    }
}
