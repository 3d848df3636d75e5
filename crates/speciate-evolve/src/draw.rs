//! Keyed draws: an index, a weighted index, a delimiter token.

use speciate_types::{InstructionId, keyed_u64};

const TOKEN_LETTERS: u32 = 6;
const N_TOKENS: u64 = 26_u64.pow(TOKEN_LETTERS);

/// A uniform index below `n`, which is at least 1.
pub(crate) fn index(run_seed: u64, id: InstructionId, purpose: &str, n: usize) -> usize {
    let draw = keyed_u64(run_seed, id, purpose);
    // Multiply and shift: unlike the remainder it has no bias that could be seen.
    ((u128::from(draw) * n as u128) >> 64) as usize
}

/// An index drawn with the given weights, whose sum is positive.
pub(crate) fn weighted_index(
    run_seed: u64,
    id: InstructionId,
    purpose: &str,
    weights: &[f64],
) -> usize {
    let share = keyed_u64(run_seed, id, purpose) as f64 / 2_f64.powi(64);
    let mut left = share * weights.iter().sum::<f64>();
    let mut last = 0;
    for (index, weight) in weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
        last = index;
        if left < *weight {
            break;
        }
        left -= weight;
    }
    last
}

/// Six lowercase letters that occur in none of `texts`, so that no text can close its own block.
pub(crate) fn token(run_seed: u64, id: InstructionId, purpose: &str, texts: &[&str]) -> String {
    let start = keyed_u64(run_seed, id, purpose) % N_TOKENS;
    // A text of n bytes holds fewer than n tokens, so this ends after at most that many steps.
    (0..N_TOKENS)
        .map(|step| letters((start + step) % N_TOKENS))
        .find(|token| !texts.iter().any(|text| text.contains(token.as_str())))
        .unwrap_or_default()
}

fn letters(mut number: u64) -> String {
    let mut token = String::with_capacity(TOKEN_LETTERS as usize);
    for _ in 0..TOKEN_LETTERS {
        token.push(char::from(b'a' + (number % 26) as u8));
        number /= 26;
    }
    token
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_in_the_text_is_drawn_again() {
        let id = InstructionId::of_seed("x");
        let first = token(7, id, "source", &[]);
        let second = token(7, id, "source", &[&format!("see </source-{first}>")]);
        assert_eq!(first.len(), 6);
        assert_ne!(first, second);
    }

    #[test]
    fn a_weight_of_zero_is_never_drawn() {
        for n in 0..2_000 {
            let id = InstructionId::of_seed(&n.to_string());
            assert_eq!(weighted_index(1, id, "operator", &[0.0, 0.3, 0.0]), 1);
        }
    }
}
