//! The job on real seeds, through four rounds of the scripted world.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use speciate_evolve::work::EvolveJob;
use speciate_evolve::{RuleSet, STRICT_RULES};
use speciate_types::{Seed, VerdictKind};

use crate::data::{json, rows, text};
use crate::work_laws::{check_chains, check_end};
use crate::work_world::{Shape, Store, World, seed, session};

/// The 175 seeds of Self-Instruct and 500 rows of Alpaca, each text once.
fn real_seeds() -> Option<Vec<Seed>> {
    let tasks = rows("seeds/self_instruct_seed_tasks.jsonl")?;
    let alpaca = json("seeds/alpaca_data.json.gz")?;
    let tasks = tasks.iter().map(|row| seed(text(row, "instruction"), None));
    let alpaca = alpaca.as_array()?.iter().step_by(104).take(500).map(|row| {
        let joined = Seed::join_input(text(row, "instruction"), text(row, "input"));
        seed(&joined, Some(text(row, "output")))
    });
    let mut known = BTreeSet::new();
    Some(tasks.chain(alpaca).filter(|seed| known.insert(seed.text.clone())).collect())
}

fn run(seeds: &[Seed], shape: Shape, rules: Option<&[&str]>, world: World, dice: u64) -> Store {
    let started = Instant::now();
    let mut settings = shape.settings();
    if let Some(names) = rules {
        settings.rules = RuleSet::from_names(names).unwrap();
    }
    let mut job = EvolveJob::new(settings, seeds.to_vec());
    let mut store = Store::default();
    assert!(session(&mut job, &mut store, world, dice, usize::MAX));
    let took = started.elapsed();
    println!(
        "{} seeds, {} records, {} calls, {} open at most, in {took:?}",
        seeds.len(),
        store.records.len(),
        store.outcomes.len(),
        store.open_max
    );
    check_end(&job, &store, seeds.len());
    // Places are used again: the job holds what is open and no more.
    assert!(store.ticket_max < store.open_max as u64, "{}", store.ticket_max);
    // No benchmark: quadratic work on these seeds would take minutes.
    assert!(took < Duration::from_secs(20), "{took:?}");
    store
}

#[test]
fn real_seeds_through_four_rounds() {
    let Some(seeds) = real_seeds() else { return };
    assert!(seeds.len() > 650, "{}", seeds.len());
    let world = World { salt: 4, faults: true };
    let first = run(&seeds, Shape::PLAIN, None, world, 1);
    let records = first.parsed();
    assert_eq!(records.len(), seeds.len() * 5);
    check_chains(&records, 4);
    // Exports stand in the order of the seeds.
    let roots: Vec<_> = records.iter().filter(|record| record.parent.is_none()).collect();
    let is_in_order =
        roots.iter().zip(&seeds).all(|(root, seed)| root.instruction.as_ref() == Some(&seed.text));
    assert!(is_in_order);
    let second = run(&seeds, Shape::PLAIN, None, world, 2);
    assert!(first.exported() == second.exported(), "the order of answers changes records");
}

#[test]
fn real_seeds_stopped_in_the_middle() {
    let Some(seeds) = real_seeds() else { return };
    let world = World { salt: 4, faults: true };
    let job = || EvolveJob::new(Shape::PLAIN.settings(), seeds.clone());
    let mut store = Store::default();
    // The first stop comes before all lineages are begun.
    for calls_max in [100, 2_000, 1, usize::MAX] {
        session(&mut job(), &mut store, world, 7, calls_max);
    }
    let expected = run(&seeds, Shape::PLAIN, None, world, 1);
    assert!(store.exported() == expected.exported() && store.outcomes == expected.outcomes);
}

#[test]
fn a_faultless_world_keeps_nearly_every_real_seed() {
    let Some(seeds) = real_seeds() else { return };
    let world = World { salt: 4, faults: false };
    let store = run(&seeds, Shape::PLAIN, Some(STRICT_RULES), world, 1);
    let records = store.parsed();
    let evolved: Vec<_> = records.iter().filter(|record| record.parent.is_some()).collect();
    let dropped: Vec<_> = evolved
        .iter()
        .filter(|record| record.verdict != VerdictKind::Kept)
        .map(|record| (record.rule.as_deref(), record.cause.as_deref(), record.evidence.as_deref()))
        .collect();
    println!("{} of {} dropped", dropped.len(), evolved.len());
    if std::env::var_os("SPECIATE_SHOW_HITS").is_some() {
        dropped.iter().take(20).for_each(|row| println!("  {row:?}"));
    }
    // `complicate-input` asks for JSON, which this world does not write.
    let others: Vec<_> = dropped.iter().filter(|row| row.0 != Some("bad-input-format")).collect();
    assert!(others.len() * 100 < evolved.len(), "{others:?}");
}
