//! What holds for every shape of run, every order of answers and every place of a stop.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use speciate_evolve::work::EvolveJob;
use speciate_types::{InstructionId, InstructionRecord, Job as _, Tally, VerdictKind};

use crate::work_world::{
    Expected, Oracle, Shape, Store, World, check_order, check_stops, session, whole,
};

/// Small runs of every shape; a tree's size stays below a few hundred attempts.
fn shapes() -> impl Strategy<Value = Shape> {
    (1_usize..5, 0_u32..5, 1_u32..4, 0_u32..3, any::<bool>(), 0_u64..1_000).prop_map(
        |(seeds, rounds, branching, redraws, regenerate, run_seed)| Shape {
            seeds: if branching == 3 { seeds.min(2) } else { seeds },
            rounds: if branching == 3 { rounds.min(3) } else { rounds },
            branching,
            redraws,
            regenerate,
            run_seed,
            target: None,
        },
    )
}

pub(crate) fn worlds() -> impl Strategy<Value = World> {
    (0_u64..1_000).prop_map(|salt| World { salt, faults: true })
}

/// The tally that these records make.
fn counted(records: &[InstructionRecord]) -> Tally {
    let mut tally = Tally::default();
    for record in records {
        let cause = record.cause.as_deref().and_then(|cause| cause.split(':').next());
        let reason = record.rule.as_deref().or(cause).unwrap_or_default().to_owned();
        let map = match record.verdict {
            VerdictKind::Kept => {
                tally.kept += 1;
                tally.kept_inputs += u64::from(record.parent.is_none());
                continue;
            }
            VerdictKind::Eliminated => &mut tally.eliminated,
            VerdictKind::Failed => &mut tally.failed,
            VerdictKind::Invalid => &mut tally.invalid,
        };
        *map.entry(reason).or_insert(0) += 1;
    }
    tally
}

/// All is done, and the tally says what the records say.
pub(crate) fn check_end(job: &EvolveJob, store: &Store, items: usize) {
    let records = store.parsed();
    let items = items as u64;
    let quotes = job.tally().quotes;
    let expected = Tally { items, items_done: items, calls_ahead: 0, quotes, ..counted(&records) };
    assert_eq!(job.tally(), expected);
    let named = expected.eliminated.keys().chain(expected.failed.keys());
    assert!(named.chain(expected.invalid.keys()).all(|name| expected.quotes.contains_key(name)));
    for record in &records {
        let is_kept = record.verdict == VerdictKind::Kept;
        assert_eq!(record.rule.is_none() && record.cause.is_none(), is_kept, "{record:?}");
        assert_eq!(record.rule.is_some(), record.evidence.is_some(), "{record:?}");
        assert!(!is_kept || (record.instruction.is_some() && record.response.is_some()));
    }
}

/// What every record owes to its own calls.
fn check_sums(store: &Store) {
    let mut usage: BTreeMap<String, (u64, u64, u32)> = BTreeMap::new();
    for (key, outcome) in &store.outcomes {
        let sum = usage.entry(key.split('/').next().unwrap().to_owned()).or_default();
        sum.0 += outcome.usage().input_tokens;
        sum.1 += outcome.usage().output_tokens;
        sum.2 += outcome.tries();
    }
    for record in store.parsed() {
        let sum = (record.usage.input_tokens, record.usage.output_tokens, record.attempts);
        assert_eq!(sum, usage.remove(&record.id.to_string()).unwrap_or_default(), "{record:?}");
    }
    assert!(usage.is_empty(), "calls without a record: {usage:?}");
}

/// The parent of a round is the last kept one of its chain (branching 1).
pub(crate) fn check_chains(records: &[InstructionRecord], rounds: u32) {
    let mut chains: BTreeMap<InstructionId, Vec<&InstructionRecord>> = BTreeMap::new();
    for record in records {
        chains.entry(record.root).or_default().push(record);
    }
    for (root, chain) in chains {
        let evolved = || chain.iter().filter(|record| record.parent.is_some());
        let rounds_made: Vec<u32> = evolved().map(|record| record.round).collect();
        assert_eq!(rounds_made, (1..=rounds).collect::<Vec<_>>(), "one for each round");
        let mut head = root;
        for record in evolved() {
            assert_eq!(record.parent, Some(head));
            assert_eq!(record.id, head.child(record.round, 0, 0));
            if record.verdict == VerdictKind::Kept {
                head = record.id;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_run_is_what_the_method_says(shape in shapes(), world in worlds(), dice in any::<u64>()) {
        let (store, job) = whole(shape, world, dice);
        let oracle = Oracle::of(shape, world);
        let found: Vec<Expected> = store.parsed().iter().map(Expected::of).collect();
        prop_assert_eq!(found, oracle.rows, "records, in the order of lineage, round and id");
        prop_assert_eq!(store.outcomes.keys().cloned().collect::<BTreeSet<_>>(), oracle.keys);
        check_end(&job, &store, shape.seeds);
        check_sums(&store);
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
        check_end(&job, &store, shape.seeds);
    }

    #[test]
    fn further_rounds_go_on_from_a_shorter_run(
        shape in shapes(), world in worlds(), dice in any::<u64>(), more in 1_u32..3
    ) {
        let longer = Shape { rounds: shape.rounds + more, ..shape };
        let longer = if shape.branching == 3 { Shape { rounds: longer.rounds.min(4), ..longer } } else { longer };
        let mut store = whole(shape, world, dice).0;
        let mut job = longer.job();
        prop_assert!(session(&mut job, &mut store, world, dice, usize::MAX));
        prop_assert_eq!(store.exported(), whole(longer, world, 0).0.exported());
        check_end(&job, &store, shape.seeds);
    }

    #[test]
    fn a_finished_run_has_nothing_left_to_say(shape in shapes(), world in worlds()) {
        let mut store = whole(shape, world, 1).0;
        let before = store.exported();
        let mut job = shape.job();
        prop_assert!(session(&mut job, &mut store, world, 2, 0));
        prop_assert_eq!(store.exported(), before);
        check_end(&job, &store, shape.seeds);
    }

    #[test]
    fn branching_one_makes_one_attempt_for_each_seed_and_round(
        seeds in 1_usize..6, rounds in 0_u32..6, world in worlds(), dice in any::<u64>()
    ) {
        let shape = Shape { seeds, rounds, ..Shape::PLAIN };
        let records = whole(shape, world, dice).0.parsed();
        prop_assert_eq!(records.len(), seeds + seeds * rounds as usize);
        check_chains(&records, rounds);
    }

    #[test]
    fn a_parent_returns_only_when_all_its_children_failed(
        shape in shapes(), world in worlds(), dice in any::<u64>()
    ) {
        let records = whole(shape, world, dice).0.parsed();
        let mut kept: BTreeMap<(InstructionId, u32), bool> = BTreeMap::new();
        for record in &records {
            let Some(parent) = record.parent else { continue };
            *kept.entry((parent, record.round)).or_default() |= record.verdict == VerdictKind::Kept;
        }
        for ((parent, round), any_kept) in &kept {
            let returns = kept.contains_key(&(*parent, round + 1));
            prop_assert_eq!(returns, !any_kept && *round < shape.rounds);
        }
        for record in records.iter().filter(|record| record.verdict == VerdictKind::Kept) {
            prop_assert_eq!(kept.contains_key(&(record.id, record.round + 1)), record.round < shape.rounds);
        }
    }

    #[test]
    fn a_faultless_run_makes_three_calls_for_each_evolution(shape in shapes(), dice in any::<u64>()) {
        let world = World { salt: 0, faults: false };
        let fresh = shape.job().tally();
        let (store, job) = whole(shape, world, dice);
        let per_seed: usize = (1..=shape.rounds).map(|round| shape.branching.pow(round) as usize).sum();
        let given = if shape.regenerate { 0 } else { shape.seeds.div_ceil(2) };
        let calls = shape.seeds * per_seed * 3 + shape.seeds - given;
        prop_assert_eq!(store.outcomes.len(), calls);
        prop_assert_eq!(fresh.calls_ahead, calls as u64, "the estimate before the beginning is exact");
        prop_assert_eq!(job.tally().kept as usize, shape.seeds * (1 + per_seed));
    }
}

#[test]
fn the_tally_never_loses_anything_on_the_way() {
    let shape = Shape { seeds: 4, branching: 2, redraws: 1, ..Shape::PLAIN };
    let world = World { salt: 5, faults: true };
    let all = whole(shape, world, 0).0.outcomes.len();
    for calls_max in 0..=all {
        let (mut job, mut store) = (shape.job(), Store::default());
        let ended = session(&mut job, &mut store, world, 9, calls_max);
        let tally = job.tally();
        assert_eq!(ended, calls_max == all);
        assert_eq!((tally.items_done == tally.items, tally.calls_ahead == 0), (ended, ended));
        let counts = Tally {
            items: 4,
            items_done: tally.items_done,
            calls_ahead: tally.calls_ahead,
            quotes: tally.quotes.clone(),
            ..counted(&store.parsed())
        };
        assert_eq!(tally, counts);
        // Resumed, it stands where it stood.
        let mut again = shape.job();
        session(&mut again, &mut store, world, 9, 0);
        assert_eq!(again.tally(), tally);
    }
}

#[test]
fn a_returned_parent_draws_its_operator_anew() {
    let shape = Shape { seeds: 200, ..Shape::PLAIN };
    let settings = shape.settings();
    let records = whole(shape, World { salt: 1, faults: true }, 3).0.parsed();
    let by_parent: BTreeMap<_, _> = records
        .iter()
        .filter_map(|record| Some(((record.parent?, record.round), record)))
        .collect();
    let (mut same, mut all) = (0, 0);
    for ((parent, round), record) in &by_parent {
        let drawn = settings.operators.draw(shape.run_seed, record.id).name();
        assert_eq!(record.operator.as_deref(), Some(drawn));
        if let Some(next) = by_parent.get(&(*parent, round + 1)) {
            all += 1;
            same += usize::from(next.operator == record.operator);
        }
    }
    println!("{same} of {all} returned parents drew the same operator again");
    // One in six by chance; these bounds are more than four standard deviations away.
    assert!(all > 200 && same * 12 > all && same * 4 < all, "{same} of {all}");
}
