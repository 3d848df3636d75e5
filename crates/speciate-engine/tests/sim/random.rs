//! The only source of chance: everything is drawn from one seed, or keyed by it.

/// A stream of numbers (splitmix64).
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// A stream of its own for these parts, whenever it is asked for.
    pub(crate) fn keyed(seed: u64, parts: &[u64]) -> Self {
        let mut stream = Self(seed ^ 0x5EED);
        for part in parts {
            stream.0 = stream.next() ^ part;
        }
        stream
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Uniform in `0..end`; 0 when that is empty.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// Uniform in `first..=last`.
    pub(crate) fn between(&mut self, first: u64, last: u64) -> u64 {
        first + self.below(last - first + 1)
    }

    /// True `percent` times in a hundred.
    pub(crate) fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }

    /// Half of them near `median_ms`; one in ten three times, one in a hundred ten times as long.
    pub(crate) fn long_tail(&mut self, median_ms: u64) -> u64 {
        let stretch = match self.below(100) {
            0 => 10,
            1..10 => 3,
            _ => 1,
        };
        self.between(median_ms / 2, median_ms + median_ms / 2) * stretch + 1
    }
}
