//! Draws that depend on nothing but a key.

/// A small deterministic generator (SplitMix64, Steele et al. 2014).
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    /// Dice for one purpose: the same key and label give the same draws for ever.
    pub(crate) fn new(key: u64, label: &str) -> Self {
        let mixed = label.bytes().fold(key ^ 0xCBF2_9CE4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
        });
        Self(mixed)
    }

    /// The next 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number in `0..n`, or 0 where `n` is 0.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        let wide = u128::from(self.next()) * n as u128;
        (wide >> 64) as usize
    }

    /// A number in `low..=high`.
    pub(crate) fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }

    /// A number in `0.0..1.0`.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number by the standard normal law (Box and Muller 1958).
    pub(crate) fn normal(&mut self) -> f64 {
        let (radius, turn) = (1.0 - self.unit(), self.unit());
        (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * turn).cos()
    }

    /// Whether an event of probability `rate` happens.
    pub(crate) fn chance(&mut self, rate: f64) -> bool {
        self.unit() < rate
    }

    /// One of `items`, which must not be empty.
    pub(crate) fn pick<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> &'a T {
        items[self.below(items.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_repeat_and_spread() {
        let draws = |label| {
            let mut dice = Dice::new(7, label);
            (0..1_000).map(|_| dice.below(10)).collect::<Vec<_>>()
        };
        assert_eq!(draws("a"), draws("a"));
        assert_ne!(draws("a"), draws("b"));
        for face in 0..10 {
            let seen = draws("a").iter().filter(|draw| **draw == face).count();
            assert!((60..140).contains(&seen), "{face} came {seen} times");
        }
    }

    #[test]
    fn neighbouring_keys_draw_apart() {
        for place in 0..6 {
            let mut seen = [[0; 8]; 8];
            for key in 0..6_400 {
                let draw = |key| {
                    let mut dice = Dice::new(key, "a");
                    for _ in 0..place {
                        dice.next();
                    }
                    dice.below(8)
                };
                seen[draw(key)][draw(key + 1)] += 1;
            }
            assert!(seen.iter().flatten().all(|n| (60..140).contains(n)), "{place}: {seen:?}");
        }
    }
}
