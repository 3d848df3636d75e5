//! Finds a key that stands twice in one object; a map keeps the last and forgets the first.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// Whether a key stands twice in one object anywhere in `json`.
pub(super) fn has_double_key(json: &str) -> bool {
    serde_json::from_str::<Doubled>(json).is_ok_and(|found| found.0)
}

struct Doubled(bool);

impl<'de> Deserialize<'de> for Doubled {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Walk)
    }
}

struct Walk;

impl<'de> Visitor<'de> for Walk {
    type Value = Doubled;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Doubled, A::Error> {
        let (mut seen, mut is_doubled) = (HashSet::new(), false);
        while let Some(key) = map.next_key::<String>()? {
            is_doubled |= map.next_value::<Doubled>()?.0;
            is_doubled |= !seen.insert(key);
        }
        Ok(Doubled(is_doubled))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Doubled, A::Error> {
        let mut is_doubled = false;
        while let Some(item) = list.next_element::<Doubled>()? {
            is_doubled |= item.0;
        }
        Ok(Doubled(is_doubled))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Doubled, E> {
        Ok(Doubled(false))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Doubled, E> {
        Ok(Doubled(false))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Doubled, E> {
        Ok(Doubled(false))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Doubled, E> {
        Ok(Doubled(false))
    }

    fn visit_str<E>(self, _: &str) -> Result<Doubled, E> {
        Ok(Doubled(false))
    }

    fn visit_unit<E>(self) -> Result<Doubled, E> {
        Ok(Doubled(false))
    }
}
