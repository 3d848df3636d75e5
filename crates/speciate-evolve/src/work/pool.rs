//! All texts that a run has, for a new instruction to be held against.
//!
//! Near duplicates are found by sketches of their shingles (Broder 1997, "On the resemblance and
//! containment of documents"): of each text the least of [`HASHES`] hashes over its groups of
//! words is kept. The share of equal ones estimates the share of groups that two texts have in
//! common. Texts that agree in a whole band of hashes are compared, no others.

use std::collections::HashMap;
use std::hash::BuildHasher as _;

use foldhash::fast::FixedState;

use speciate_types::{InstructionId, Seed};

use crate::text::{fold, is_written_densely, words};

const HASHES: usize = 32;
/// Two texts of which 75 in 100 groups are shared meet in one of 8 bands with a chance of 0.95, those
/// that share 40 in 100 with one of 0.19.
const BAND: usize = 4;
/// Of the hashes of two texts that count as nearly the same.
const SHARED_MIN: usize = 24;
/// Words in a group; in a script without blanks each character is a word.
const GROUP: usize = 3;
const DENSE_GROUP: usize = 4;

type Sketch = [u16; HASHES];

/// The texts by their sketches.
#[derive(Debug, Default)]
pub(super) struct Pool {
    texts: Vec<(InstructionId, Sketch)>,
    bands: HashMap<(u8, [u16; BAND]), Vec<u32>>,
}

/// A text of the pool that another one is nearly the same as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Near {
    pub(super) id: InstructionId,
    /// Of the groups of words, about so many in 100 are shared.
    pub(super) shared_percent: usize,
}

impl Pool {
    pub(super) fn of_seeds(seeds: &[Seed]) -> Self {
        let mut pool = Self::default();
        for seed in seeds {
            pool.insert(InstructionId::of_seed(&seed.text), &seed.text);
        }
        pool
    }

    pub(super) fn insert(&mut self, id: InstructionId, text: &str) {
        let sketch = sketch(text);
        let at = self.texts.len() as u32;
        for (band, hashes) in bands(&sketch) {
            self.bands.entry((band, hashes)).or_default().push(at);
        }
        self.texts.push((id, sketch));
    }

    /// The text that is nearest to `text`, if one is nearly the same. The first one counts.
    pub(super) fn nearest(&self, text: &str) -> Option<Near> {
        let sketch = sketch(text);
        let met = bands(&sketch).filter_map(|band| self.bands.get(&band)).flatten();
        let shared = |at: &u32| {
            let (id, other) = &self.texts[*at as usize];
            let n_shared = sketch.iter().zip(other).filter(|(a, b)| a == b).count();
            (n_shared, *at, *id)
        };
        let (n_shared, _, id) = met.map(shared).max_by_key(|(n, at, _)| (*n, u32::MAX - at))?;
        (n_shared >= SHARED_MIN).then_some(Near { id, shared_percent: 100 * n_shared / HASHES })
    }
}

fn bands(sketch: &Sketch) -> impl Iterator<Item = (u8, [u16; BAND])> {
    let bands = sketch.chunks_exact(BAND).enumerate();
    bands.filter_map(|(band, hashes)| Some((band as u8, hashes.try_into().ok()?)))
}

fn sketch(text: &str) -> Sketch {
    let folded = fold(text);
    let words = words(&folded);
    let group = if is_written_densely(text) { DENSE_GROUP } else { GROUP };
    let mut least = [u64::MAX; HASHES];
    // A text of fewer words is one group.
    for words in words.windows(group.min(words.len().max(1))) {
        let hash = FixedState::with_seed(0).hash_one(words);
        for (at, least) in least.iter_mut().enumerate() {
            *least = (*least).min(mixed(hash, at as u64));
        }
    }
    least.map(|hash| (hash >> 24) as u16)
}

/// A hash for each place, out of one (the finaliser of splitmix64).
fn mixed(hash: u64, place: u64) -> u64 {
    let mut mixed = hash ^ place.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> InstructionId {
        InstructionId::of_seed(name)
    }

    #[test]
    fn the_same_words_are_found_and_others_are_not() {
        let mut pool = Pool::default();
        let tides = "Explain to a child of six why the tides in the harbour come twice a day.";
        pool.insert(id("tides"), tides);
        pool.insert(id("bread"), "Why does my bread not rise in winter?");
        pool.insert(id("zh"), "请写一首关于秋天的诗，并且每一行都要提到一种树的名字。");
        let near = |text: &str| pool.nearest(text).map(|near| near.id);
        assert_eq!(near(&tides.to_uppercase()), Some(id("tides")));
        assert_eq!(near("Why does my bread not rise in winter"), Some(id("bread")));
        assert_eq!(near("请写一首关于秋天的诗，并且每一行都要提到一种树的名字！"), Some(id("zh")));
        for other in [
            "Explain to a child of six why the moon in the harbour looks larger than at home.",
            "Why does my bread rise?",
            "请写一首关于春天的诗，每一行都要有一种颜色。",
            "",
        ] {
            assert_eq!(near(other), None, "{other}");
        }
    }
}
