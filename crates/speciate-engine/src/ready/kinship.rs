//! How long the next answer of a kin will be, learned from the answers before it.

use std::collections::HashMap;

/// Before so many pairs of answers of a kin have come, nothing is said of how alike they are.
const PAIRS_MIN: f64 = 200.0;
/// What is found again by chance alone, with so few pairs, is less than this.
const SLOPE_MIN: f64 = 0.2;

/// The answers of one role.
#[derive(Debug, Default)]
pub(super) struct Kinship {
    /// Tokens of the last answer of each kin.
    last: HashMap<u64, u32>,
    /// Tokens of all answers, and how many there were.
    sum: f64,
    answers: f64,
    pairs: Pairs,
}

/// Sums over answers and those of the same kin before them: a line through them by least squares.
#[derive(Debug, Default)]
struct Pairs {
    n: f64,
    before: f64,
    after: f64,
    squares: f64,
    products: f64,
}

impl Kinship {
    pub(super) fn learn(&mut self, kin: u64, tokens: u64) {
        let tokens = u32::try_from(tokens).unwrap_or(u32::MAX);
        if let Some(before) = self.last.insert(kin, tokens) {
            self.pairs.add(before.into(), tokens.into());
        }
        self.sum += f64::from(tokens);
        self.answers += 1.0;
    }

    /// The length of the kin's next answer over the mean of all; 1 while nothing is known.
    pub(super) fn length(&self, kin: u64) -> f64 {
        let mean = self.sum / self.answers;
        match self.last.get(&kin) {
            Some(last) if mean > 0.0 => 1.0 + self.pairs.slope() * (f64::from(*last) / mean - 1.0),
            _ => 1.0,
        }
    }
}

impl Pairs {
    fn add(&mut self, before: f64, after: f64) {
        self.n += 1.0;
        self.before += before;
        self.after += after;
        self.squares += before * before;
        self.products += before * after;
    }

    /// How much of a difference before is found again after: 0 none of it, 1 all.
    fn slope(&self) -> f64 {
        let variance = self.squares - self.before * self.before / self.n;
        if self.n < PAIRS_MIN || variance <= 0.0 {
            return 0.0;
        }
        let covariance = self.products - self.before * self.after / self.n;
        let slope = covariance / variance;
        if slope < SLOPE_MIN { 0.0 } else { slope.min(1.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kins whose second answer is `share` of the way from 100 to the first.
    fn learned(share: f64) -> Kinship {
        let mut kinship = Kinship::default();
        for kin in 0..200 {
            let first = 50 + kin / 2;
            kinship.learn(kin, first);
            kinship.learn(kin, (100.0 + share * (first as f64 - 100.0)) as u64);
        }
        kinship
    }

    #[test]
    fn kins_that_resemble_are_told_apart() {
        let kinship = learned(1.0);
        assert!((kinship.length(0) - 50.0 / 99.5).abs() < 0.01, "{}", kinship.length(0));
        assert!((kinship.length(199) - 149.0 / 99.5).abs() < 0.01);
        let half = learned(0.5);
        assert!(half.length(0) > kinship.length(0) && half.length(0) < 1.0);
    }

    #[test]
    fn kins_that_do_not_resemble_are_equals() {
        for share in [0.0, -1.0] {
            let kinship = learned(share);
            assert!((0..200).all(|kin| (kinship.length(kin) - 1.0).abs() < 0.02));
        }
        let mut few = Kinship::default();
        few.learn(1, 10);
        few.learn(2, 1_000);
        assert!((1..=3).all(|kin| (few.length(kin) - 1.0).abs() < f64::EPSILON));
    }

    #[test]
    fn answers_without_length_are_equals() {
        let mut kinship = Kinship::default();
        for kin in 0..200 {
            kinship.learn(kin, 0);
            kinship.learn(kin, 0);
        }
        assert!((kinship.length(7) - 1.0).abs() < f64::EPSILON);
    }
}
