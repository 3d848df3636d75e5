//! The mock judge of two instructions.

use super::{Dice, Quality};

const UNPARSABLE: [&str; 4] = [
    "It depends on how one reads them.",
    "Both are fine instructions.",
    "Verdict: unclear",
    "The second one is longer than the first one.",
];

/// `Equal` for texts of the same words and at the rate of `quality`, otherwise `Not Equal`.
pub(crate) fn reply(first: &str, second: &str, quality: &Quality, key: u64) -> String {
    let mut dice = Dice::new(key, "judge");
    if dice.chance(quality.unparsable_verdict) {
        return dice.pick(&UNPARSABLE).to_owned();
    }
    let is_equal = has_same_words(first, second) || dice.chance(quality.equal_verdict);
    if is_equal { "Equal" } else { "Not Equal" }.to_owned()
}

/// Yes to every question about two different texts, but at the rate of `quality`.
pub(crate) fn criticise(
    old: &str,
    new: &str,
    questions: &[&str],
    quality: &Quality,
    key: u64,
) -> String {
    let mut dice = Dice::new(key, "judge");
    if dice.chance(quality.unparsable_verdict) {
        return dice.pick(&UNPARSABLE).to_owned();
    }
    let is_equal = has_same_words(old, new) || dice.chance(quality.equal_verdict);
    let line = |name: &&str| match (*name, is_equal) {
        ("harder" | "natural", true) => format!("{name}: no - it asks the same in other words"),
        _ => format!("{name}: yes - nothing speaks against it"),
    };
    questions.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Whether two texts differ in nothing but case, punctuation and courtesy.
fn has_same_words(first: &str, second: &str) -> bool {
    words(first).eq(words(second))
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '+')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .filter(|word| word != "please")
}
