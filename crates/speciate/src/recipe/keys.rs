//! The keys that a recipe may have, and the one that was perhaps meant.

use super::RecipeFile;

/// Tables with keys of their own.
const TABLES: [&str; 6] = ["evolver", "judge", "responder", "fallback", "limits", "embedded"];

/// All keys, with their tables: `limits.concurrency`.
pub fn known_keys() -> Vec<String> {
    let of_tables = TABLES.iter().flat_map(|table| {
        let keys = keys_of(&format!("{table}.")).into_iter();
        keys.map(move |key| format!("{table}.{key}"))
    });
    keys_of("").into_iter().chain(of_tables).collect()
}

/// The parser lists the keys that it knows when it meets one that it does not.
fn keys_of(prefix: &str) -> Vec<String> {
    let unknown = format!("{prefix}unknown = 0");
    let message =
        toml::from_str::<RecipeFile>(&unknown).err().map(|error| error.message().to_owned());
    let message = message.unwrap_or_default();
    message.split('`').skip(3).step_by(2).map(str::to_owned).collect()
}

/// Reads the unknown word and the known ones out of the parser's message; finds the nearest.
pub(super) fn suggestion(message: &str) -> Option<String> {
    let is_field = message.contains("unknown field");
    if !is_field && !message.contains("unknown variant") {
        return None;
    }
    let mut quoted = message.split('`').skip(1).step_by(2);
    let found = quoted.next()?;
    let there = nearest(found, quoted.map(str::to_owned));
    there.or_else(|| is_field.then(|| nearest(found, known_keys().into_iter())).flatten())
}

/// The nearest of the known words, by its last part; of a long one the beginning is enough.
fn nearest(found: &str, known: impl Iterator<Item = String>) -> Option<String> {
    let found = found.replace('-', "_");
    let distance = |known: &str| {
        let last = known.rsplit('.').next().unwrap_or(known).replace('-', "_");
        let is_begun = found.len() > 4 && last.starts_with(&found);
        let distance = if is_begun { 1 } else { strsim::damerau_levenshtein(&found, &last) };
        (distance <= last.len().div_ceil(3)).then_some(distance)
    };
    known.filter_map(|known| Some((distance(&known)?, known))).min().map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_known_with_their_tables() {
        let keys = known_keys();
        for key in
            ["rounds", "prices", "limits.silence_timeout_ms", "judge.system", "embedded.slots"]
        {
            assert!(keys.iter().any(|known| known == key), "{key} of {keys:?}");
        }
    }
}
