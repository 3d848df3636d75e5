//! Draws: their frequencies, and that nothing but the key moves them.

use std::collections::BTreeMap;

use speciate_evolve::{DataFormat, OperatorError, OperatorSet, PromptStyle};
use speciate_types::InstructionId;

fn ids() -> impl Iterator<Item = InstructionId> {
    (0..60_000).map(|n| InstructionId::of_seed(&format!("seed {n}")))
}

fn weights(pairs: &[(&str, f64)]) -> BTreeMap<String, f64> {
    pairs.iter().map(|(name, weight)| ((*name).to_owned(), *weight)).collect()
}

fn frequencies(set: &OperatorSet) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for id in ids() {
        *counts.entry(set.draw(42, id).name()).or_insert(0) += 1;
    }
    counts
}

#[test]
fn six_operators_are_equally_likely() {
    let set = OperatorSet::builtin(PromptStyle::Paper);
    let counts = frequencies(&set);
    assert_eq!(counts.len(), 6);
    // Five standard deviations of a binomial count with p = 1/6.
    let margin = 5.0 * (60_000.0_f64 * 5.0 / 36.0).sqrt();
    for (name, count) in counts {
        assert!((count as f64 - 10_000.0).abs() < margin, "{name}: {count}");
    }
}

#[test]
fn weights_hold_and_zero_is_never_drawn() {
    let set = OperatorSet::builtin(PromptStyle::Compact)
        .with_weights(&weights(&[("breadth", 3.0), ("reasoning", 0.0), ("complicate-input", 0.0)]))
        .unwrap();
    let counts = frequencies(&set);
    assert_eq!(
        counts.keys().copied().collect::<Vec<_>>(),
        ["breadth", "concretizing", "constraints", "deepening"]
    );
    assert!((29_300..30_700).contains(&counts["breadth"]), "{counts:?}");
    assert!((9_500..10_500).contains(&counts["deepening"]), "{counts:?}");
}

#[test]
fn formats_are_equally_likely() {
    let mut counts = BTreeMap::new();
    for id in ids() {
        *counts.entry(DataFormat::draw(&DataFormat::ALL, 1, id).unwrap()).or_insert(0_usize) += 1;
    }
    assert_eq!(counts.len(), 11);
    assert!(counts.values().all(|count| (5_100..5_800).contains(count)), "{counts:?}");
    assert_eq!(DataFormat::draw(&[], 1, InstructionId::of_seed("x")), None);
}

#[test]
fn draws_depend_on_run_seed_and_id_only() {
    let paper = OperatorSet::builtin(PromptStyle::Paper);
    let compact = OperatorSet::builtin(PromptStyle::Compact);
    let mut n_moved = 0;
    for id in ids().take(1_000) {
        assert_eq!(paper.draw(1, id).name(), compact.draw(1, id).name());
        n_moved += usize::from(paper.draw(1, id).name() != paper.draw(2, id).name());
    }
    assert!((750..920).contains(&n_moved), "{n_moved}");
}

#[test]
fn wrong_weights_are_refused() {
    let set = || OperatorSet::builtin(PromptStyle::Paper);
    let error = set().with_weights(&weights(&[("reasonin", 1.0)])).unwrap_err();
    assert_eq!(error.to_string(), "cannot weight operator `reasonin`: no operator has this name");
    assert_eq!(error.hint(), "did you mean `reasoning`?");
    for weight in [-1.0, f64::NAN, f64::INFINITY] {
        let error = set().with_weights(&weights(&[("breadth", weight)])).unwrap_err();
        assert!(matches!(error, OperatorError::Weight { .. }), "{error}");
    }
    let none: Vec<(&str, f64)> =
        ["breadth", "complicate-input", "concretizing", "constraints", "deepening", "reasoning"]
            .map(|name| (name, 0.0))
            .into();
    assert!(set().with_weights(&weights(&none)).is_err());
}
