//! What may not change within a run, and what has changed.

use serde_json::{Value, json};
use speciate_evolve::Procedure;

use super::resolve::{Recipe, RoleRecipe};

/// A setting that differs between a run and the recipe given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Dotted key.
    pub key: String,
    /// What the run has.
    pub was: String,
    /// What was given now.
    pub is: String,
}

/// All that decides results. Limits, addresses, prices and keys are not in it: a run may be
/// continued with others. `operators` and `seeds` are hashes of their texts, `embedded` names the
/// model file.
pub fn identity(recipe: &Recipe, operators: &str, seeds: &str, models: [&str; 3]) -> Value {
    let role = |role: &RoleRecipe, model: &str| json!({"model": model, "sampling": role.sampling, "system": role.system});
    let mut identity = json!({
        "rounds": recipe.rounds,
        "branching": recipe.branching,
        "seed": recipe.seed,
        "redraws": recipe.redraws,
        "seed_responses": recipe.seed_responses,
        "prompt_style": recipe.prompt_style.as_str(),
        "gain_check": recipe.gain_check,
        "rules": recipe.rules,
        "weights": recipe.weights,
        "evolver": role(&recipe.evolver, models[0]),
        "judge": role(&recipe.judge, models[1]),
        "responder": role(&recipe.responder, models[2]),
        "operators": operators,
        "seeds": seeds,
    });
    // Runs that were begun before there was another one do not name the paper's.
    if recipe.procedure != Procedure::Paper {
        identity["procedure"] = json!(recipe.procedure);
    }
    identity
}

/// The models by role that an [`identity`] names.
pub(crate) fn known_models(identity: &Value) -> Option<[String; 3]> {
    let name = |role: &str| Some(identity[role]["model"].as_str()?.to_owned());
    Some([name("evolver")?, name("judge")?, name("responder")?])
}

/// Where two identities differ, key by key.
pub fn differences(was: &Value, is: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare("", was, is, &mut found);
    found
}

fn compare(key: &str, was: &Value, is: &Value, found: &mut Vec<Difference>) {
    if was == is {
        return;
    }
    if let (Value::Object(old), Value::Object(new)) = (was, is) {
        let names: std::collections::BTreeSet<_> = old.keys().chain(new.keys()).collect();
        for name in names {
            let key = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
            let side =
                |map: &serde_json::Map<String, Value>| map.get(name).cloned().unwrap_or_default();
            compare(&key, &side(old), &side(new), found);
        }
        return;
    }
    found.push(Difference { key: key.to_owned(), was: shown(was), is: shown(is) });
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "(not set)".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_name_the_key() {
        let was = json!({"rounds": 4, "judge": {"model": "a", "system": null}});
        let is = json!({"rounds": 5, "judge": {"model": "b", "system": null}});
        let found: Vec<_> = differences(&was, &is)
            .into_iter()
            .map(|d| format!("{}: {} → {}", d.key, d.was, d.is))
            .collect();
        assert_eq!(found, ["judge.model: a → b", "rounds: 4 → 5"]);
        assert!(differences(&was, &was).is_empty());
    }
}
