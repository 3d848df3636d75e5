//! Whether a text reads as a request or as an answer, in English and, less surely, in Chinese.
//!
//! A linear model over few and plain signs: how sentences begin and end, the words of the first and
//! the last one, and how the text takes up its parent. Its weights (`words/request/weights.txt`)
//! are learned by `cargo run -p speciate-evolve --example request_weights`, from data whose
//! licences permit it; they are sparse, so that a person can read them.

pub(crate) mod signs;

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

pub use signs::request_signs;

static WEIGHTS: LazyLock<HashMap<&'static str, f64>> = LazyLock::new(|| {
    include_str!("../words/request/weights.txt").lines().filter_map(weight).collect()
});

/// A line of the file: the weight, a tab, the sign.
fn weight(line: &'static str) -> Option<(&'static str, f64)> {
    let (weight, sign) = line.split_once('\t')?;
    Some((sign, weight.parse().ok()?))
}

/// The sign that every text has: how likely a request is before anything is known of the text.
const BIAS: &str = "bias";

/// The log-odds that `text`, made from `parent`, is a request and no answer: below 0 an answer is
/// likelier. Only for English and Chinese. Without a parent the text speaks for itself, as in-breadth.
pub fn request_log_odds(parent: Option<&str>, text: &str) -> f64 {
    let (mut seen, mut sum) = (HashSet::new(), 0.0);
    signs::each_sign(parent, text, &mut |sign| {
        if let Some((sign, weight)) = WEIGHTS.get_key_value(sign)
            && seen.insert(*sign)
        {
            sum += weight;
        }
    });
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_file_is_a_weight() {
        let lines = include_str!("../words/request/weights.txt").lines();
        assert_eq!(lines.clone().filter_map(weight).count(), lines.count());
        assert!(WEIGHTS.contains_key(BIAS));
    }

    #[test]
    fn an_answer_to_its_parent_is_no_request() {
        let parent = "Why does my bread not rise?";
        let answer = "Bread often does not rise because the yeast is old, the water was too hot \
                      or the dough was too cold.";
        let child = "Why does my bread not rise in winter, although the yeast is fresh?";
        assert!(request_log_odds(Some(parent), answer) < -1.0);
        assert!(request_log_odds(Some(parent), child) > 1.0);
        assert!(request_log_odds(None, child) > 1.0);
    }
}
