//! Ids that depend on content only, and random draws that depend on ids only.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

const ID_BYTES: usize = 10;

/// Names an instruction: 20 hexadecimal digits.
///
/// A seed's id comes from its text; a child's from its parent, round, branch and attempt. So the
/// same recipe on the same seeds names the same things on every machine, whatever the timing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstructionId([u8; ID_BYTES]);

impl InstructionId {
    /// The id of a seed with this text (its `input` already joined).
    pub fn of_seed(text: &str) -> Self {
        Self::from_parts(&[b"seed", text.as_bytes()])
    }

    /// The id of the child that `self` gets in `round` (from 1) on `branch` (from 0).
    ///
    /// `attempt` counts the draws within the round, from 0.
    pub fn child(self, round: u32, branch: u32, attempt: u32) -> Self {
        Self::from_parts(&[
            b"child",
            &self.0,
            &round.to_le_bytes(),
            &branch.to_le_bytes(),
            &attempt.to_le_bytes(),
        ])
    }

    /// The id as a number below 2^80, for ordering.
    pub fn as_u80(self) -> u128 {
        self.0.iter().fold(0, |number, byte| number << 8 | u128::from(*byte))
    }

    fn from_parts(parts: &[&[u8]]) -> Self {
        let hash = hash_parts(parts);
        let mut bytes = [0; ID_BYTES];
        bytes.copy_from_slice(&hash.as_bytes()[..ID_BYTES]);
        Self(bytes)
    }
}

/// A uniform 64-bit number that depends on `run_seed`, `id` and `purpose` and on nothing else.
///
/// Every random choice of a run comes from here, so that timing cannot change a result.
pub fn keyed_u64(run_seed: u64, id: InstructionId, purpose: &str) -> u64 {
    let hash = hash_parts(&[b"draw", &run_seed.to_le_bytes(), &id.0, purpose.as_bytes()]);
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hash.as_bytes()[..8]);
    u64::from_le_bytes(bytes)
}

/// Lengths are hashed with the parts, so that two different lists cannot collide by joining.
fn hash_parts(parts: &[&[u8]]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize()
}

impl fmt::Display for InstructionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; ID_BYTES * 2];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair.copy_from_slice(&[byte >> 4, byte & 15].map(|digit| DIGITS[usize::from(digit)]));
        }
        f.write_str(str::from_utf8(&text).map_err(|_not_ascii| fmt::Error)?)
    }
}

impl fmt::Debug for InstructionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InstructionId({self})")
    }
}

/// The text was not an instruction id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an instruction id of 20 hexadecimal digits, found `{0}`")]
pub struct InvalidId(String);

impl FromStr for InstructionId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidId(text.to_owned());
        if text.len() != ID_BYTES * 2 || !text.is_ascii() {
            return Err(invalid());
        }
        let mut bytes = [0; ID_BYTES];
        for (index, byte) in bytes.iter_mut().enumerate() {
            let digits = &text[index * 2..index * 2 + 2];
            *byte = u8::from_str_radix(digits, 16).map_err(|_not_hex| invalid())?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for InstructionId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for InstructionId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_stable_and_readable() {
        let seed = InstructionId::of_seed("1+1=?");
        let again: InstructionId = seed.to_string().parse().unwrap();
        assert_eq!(seed, again);
        assert_eq!(
            InstructionId([0, 0xff, 0x1a, 9, 0, 0, 0, 0, 0, 0xe0]).to_string(),
            "00ff1a090000000000e0"
        );
        assert_ne!(seed.child(1, 0, 0), seed.child(1, 1, 0));
        assert_ne!(seed.child(1, 0, 0), seed.child(2, 0, 0));
        assert_ne!(seed.child(1, 0, 0), seed.child(1, 0, 1));
        assert!("zz".parse::<InstructionId>().is_err());
        assert!("é".repeat(10).parse::<InstructionId>().is_err());
    }

    #[test]
    fn draws_depend_on_every_part_of_their_key() {
        let id = InstructionId::of_seed("a");
        let draw = keyed_u64(1, id, "operator");
        assert_eq!(draw, keyed_u64(1, id, "operator"));
        assert_ne!(draw, keyed_u64(2, id, "operator"));
        assert_ne!(draw, keyed_u64(1, id, "format"));
        assert_ne!(draw, keyed_u64(1, InstructionId::of_seed("b"), "operator"));
    }
}
