//! How long a response is: a least length, and an exponential part on top of it that responses to an
//! instruction and to its evolutions have partly in common.

use super::Dice;

const WORDS_MIN: usize = 60;
/// Mean of what comes on top of the least.
const WORDS_EXTRA: f64 = 75.0;
const WORDS_MAX: usize = 700;
/// An evolution begins as its source does.
const WORDS_OF_KIN: usize = 4;

/// Words of a response to `instruction`; the correlation between those of a kin is `kinship`.
pub(super) fn n_words(instruction: &str, kinship: f64, dice: &mut Dice) -> usize {
    // Without a likeness one draw is enough.
    let above = if kinship > 0.0 { alike(instruction, kinship, dice) } else { 1.0 - dice.unit() };
    let extra = -WORDS_EXTRA * above.ln();
    (WORDS_MIN + extra as usize).min(WORDS_MAX)
}

/// A number in `0.0..=1.0`, each as likely as any, that has to do with that of the kin.
fn alike(instruction: &str, kinship: f64, dice: &mut Dice) -> f64 {
    let of_kin = Dice::new(kin(instruction), "kin").normal();
    upper_tail(kinship.sqrt() * of_kin + (1.0 - kinship).sqrt() * dice.normal())
}

/// A number for the first words, whatever stands between and behind them.
fn kin(instruction: &str) -> u64 {
    let words = instruction.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let letters = words.take(WORDS_OF_KIN).flat_map(str::bytes);
    letters.fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}

/// The share of a standard normal law above `z`, to seven digits (Abramowitz and Stegun, 26.2.17).
fn upper_tail(z: f64) -> f64 {
    const FACTORS: [f64; 5] =
        [0.319_381_530, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
    let t = 1.0 / (1.0 + 0.231_641_9 * z.abs());
    let sum = FACTORS.iter().rev().fold(0.0, |sum, factor| (sum + factor) * t);
    let above = (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt() * sum;
    if z < 0.0 { 1.0 - above } else { above }.clamp(1e-9, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(of: impl Fn(u64) -> String, kinship: f64) -> Vec<f64> {
        (0..4_000).map(|key| n_words(&of(key), kinship, &mut Dice::new(key, "a")) as f64).collect()
    }

    fn mean(numbers: &[f64]) -> f64 {
        numbers.iter().sum::<f64>() / numbers.len() as f64
    }

    fn covariance(a: &[f64], b: &[f64]) -> f64 {
        let products: Vec<_> = a.iter().zip(b).map(|(a, b)| a * b).collect();
        mean(&products) - mean(a) * mean(b)
    }

    #[test]
    fn lengths_have_a_long_tail_however_alike_they_are() {
        for kinship in [0.0, 0.65, 1.0] {
            let lengths = lengths(|key| format!("Explain tides number {key}."), kinship);
            let (mean, spread) = (mean(&lengths), covariance(&lengths, &lengths).sqrt());
            assert!((130.0..140.0).contains(&mean), "{mean}");
            assert!((68.0..80.0).contains(&spread), "{spread}");
            assert!(lengths.iter().any(|length| *length > 500.0));
        }
    }

    #[test]
    fn responses_to_a_seed_and_to_its_evolution_are_alike() {
        for kinship in [0.0, 0.65, 1.0] {
            let seeds = lengths(|key| format!("{key} tides, at Porto"), kinship);
            let evolved = |key| format!("{key} tides, at Porto. Give the year of each.");
            let again: Vec<_> = (0..4_000)
                .map(|key| n_words(&evolved(key), kinship, &mut Dice::new(key, "b")) as f64)
                .collect();
            let spreads = covariance(&seeds, &seeds) * covariance(&again, &again);
            let correlation = covariance(&seeds, &again) / spreads.sqrt();
            assert!((correlation - kinship).abs() < 0.06, "{correlation} for {kinship}");
        }
    }

    #[test]
    fn tails_are_those_of_the_tables() {
        for (z, share) in [(0.0, 0.5), (1.0, 0.158_655_3), (-1.0, 0.841_344_7), (3.0, 0.001_349_9)]
        {
            assert!((upper_tail(z) - share).abs() < 1e-6, "{z}: {}", upper_tail(z));
        }
    }
}
