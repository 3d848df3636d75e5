//! The name that was perhaps meant.

/// Less alike is another model.
const ALIKE_MIN: f64 = 0.6;

/// The name in `listed` that is most like `model`, if one is at all; none if `model` is listed
/// itself. Of names that are equally alike it is the first.
pub(super) fn nearest<'a>(model: &str, listed: &'a [String]) -> Option<&'a str> {
    if listed.iter().any(|name| name == model) {
        return None;
    }
    let mut best: Option<(&str, f64)> = None;
    for name in listed {
        let alike = likeness(&model.to_lowercase(), &name.to_lowercase());
        if alike >= ALIKE_MIN && best.is_none_or(|(_, most)| alike > most) {
            best = Some((name, alike));
        }
    }
    best.map(|(name, _)| name)
}

/// Between 0 and 1. A name without its owner (`org/name`) or its date is as good as the name.
fn likeness(model: &str, name: &str) -> f64 {
    let without_owner = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    let (short_model, short_name) = (without_owner(model), without_owner(name));
    if !short_model.is_empty() && short_name.starts_with(&short_model) {
        return 1.0 - 0.1 * (1.0 - short_model.len() as f64 / short_name.len() as f64);
    }
    let bare = strsim::normalized_damerau_levenshtein(&short_model, &short_name);
    bare.max(strsim::normalized_damerau_levenshtein(model, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant() {
        let listed: Vec<_> =
            ["claude-haiku-4-5-20251001", "gpt-4o", "gpt-4o-mini", "meta/llama-3.1-8b", "qwen3:8b"]
                .map(str::to_owned)
                .into();
        for (model, expected) in [
            ("gpt4o", Some("gpt-4o")),
            ("gpt-4o-mni", Some("gpt-4o-mini")),
            ("GPT-4O", Some("gpt-4o")),
            ("llama-3.1-8b", Some("meta/llama-3.1-8b")),
            ("claude-haiku-4-5", Some("claude-haiku-4-5-20251001")),
            ("qwen3:8b", None),
            ("something-else-entirely", None),
            ("", None),
        ] {
            assert_eq!(nearest(model, &listed), expected, "{model}");
        }
        assert_eq!(nearest("m", &[]), None);
    }
}
