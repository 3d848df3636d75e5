//! `--set key=value`: all assignments together as one layer.

use toml::{Table, Value};

use super::{RecipeError, RecipeFile};
use crate::text::without_keys;

/// Tables whose keys are names that people choose, so that dots in them are no border.
const NAMED: [&str; 2] = ["prices", "weights"];
/// What may be said of a price.
const PRICE_KEYS: [&str; 3] =
    ["input_usd_per_million", "output_usd_per_million", "cached_input_usd_per_million"];

/// Reads assignments such as `limits.concurrency=8` or `evolver.model=llama` as one layer. They are
/// judged together; what they leave out of a price is taken from `below`.
pub fn parse_assignments(texts: &[String], below: &RecipeFile) -> Result<RecipeFile, RecipeError> {
    let mut table = Table::new();
    for text in texts {
        let (path, value) = assignment(text)?;
        let value = fitting(&path, value);
        if let [first, model, ..] = path.as_slice()
            && first == "prices"
            && let Some(price) = below.prices.get(model)
            && let Ok(known) = Value::try_from(price)
        {
            let at = [first.clone(), model.clone()];
            let is_new = find(&table, &at).is_none();
            is_new.then(|| put(&mut table, &at, known));
        }
        if !put(&mut table, &path, value) {
            return Err(RecipeError::NoAssignment(without_keys(text)));
        }
    }
    let name = texts.iter().map(|text| format!("--set {text}")).collect::<Vec<_>>().join(" ");
    RecipeFile::parse(&name, &toml::to_string(&table).unwrap_or_default())
}

/// The key as a path, and the value as it is written.
fn assignment(text: &str) -> Result<(Vec<String>, Value), RecipeError> {
    let none = || RecipeError::NoAssignment(without_keys(text));
    let at = equals(text).ok_or_else(none)?;
    let (key, value) = (text[..at].trim(), read_value(text[at + 1..].trim()));
    let path = path(key, &value);
    if path.iter().any(String::is_empty) { Err(none()) } else { Ok((path, value)) }
}

/// Where the key ends: at the first `=` outside of quotation marks.
fn equals(text: &str) -> Option<usize> {
    let mut quote = None;
    text.char_indices().find_map(|(at, c)| match (quote, c) {
        (None, '=') => Some(at),
        (None, '"' | '\'') => {
            quote = Some(c);
            None
        }
        (Some(open), c) if c == open => {
            quote = None;
            None
        }
        _ => None,
    })
}

/// TOML, or a list of bare words, or a text.
fn read_value(text: &str) -> Value {
    if let Some(value) = as_toml(text) {
        return value;
    }
    let words = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match words {
        Some(words) => {
            let words = words.split(',').map(str::trim).filter(|word| !word.is_empty());
            Value::Array(words.map(read_value).collect())
        }
        None => Value::String(text.to_owned()),
    }
}

fn as_toml(text: &str) -> Option<Value> {
    let mut table: Table = format!("value = {text}\n").parse().ok()?;
    (table.len() == 1).then(|| table.remove("value")).flatten()
}

/// `prices.gpt-4.1.input_usd_per_million` has three parts: a model's name may hold dots, slashes
/// and colons, in quotation marks or (a shell takes them off) without.
fn path(key: &str, value: &Value) -> Vec<String> {
    if let Some((table, rest)) = key.split_once('.')
        && NAMED.contains(&table)
    {
        let is_whole = table == "weights" || matches!(value, Value::Table(_));
        return match rest.rsplit_once('.').filter(|(_, last)| !last.ends_with(['"', '\''])) {
            Some((name, last)) if !is_whole || PRICE_KEYS.contains(&last) => {
                vec![table.to_owned(), unquoted(name), last.to_owned()]
            }
            _ => vec![table.to_owned(), unquoted(rest)],
        };
    }
    key.split('.').map(unquoted).collect()
}

fn unquoted(name: &str) -> String {
    let name = name.trim();
    let inner =
        ['"', '\''].into_iter().find_map(|mark| name.strip_prefix(mark)?.strip_suffix(mark));
    inner.unwrap_or(name).to_owned()
}

/// A number where a text belongs, as in `model=4`, is a text.
fn fitting(path: &[String], value: Value) -> Value {
    let is_taken = |value: Value| {
        let mut table = Table::new();
        put(&mut table, path, value) && RecipeFile::try_from_table(table)
    };
    let text = match &value {
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => {
            Value::String(value.to_string())
        }
        _ => return value,
    };
    if !is_taken(value.clone()) && is_taken(text.clone()) { text } else { value }
}

fn find<'a>(table: &'a Table, path: &[String]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    match (table.get(first)?, rest) {
        (value, []) => Some(value),
        (Value::Table(inner), rest) => find(inner, rest),
        _ => None,
    }
}

/// Puts the value at its place; tables are joined. `false` if something else stands on the way.
fn put(table: &mut Table, path: &[String], value: Value) -> bool {
    let Some((first, rest)) = path.split_first() else { return false };
    if let Some((Value::Table(old), Value::Table(_), [])) =
        table.get_mut(first).map(|old| (old, &value, rest))
    {
        if let Value::Table(new) = value {
            old.extend(new);
        }
        return true;
    }
    if rest.is_empty() {
        table.insert(first.clone(), value);
        return true;
    }
    let inner = table.entry(first.clone()).or_insert_with(|| Value::Table(Table::new()));
    inner.as_table_mut().is_some_and(|inner| put(inner, rest, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(texts: &[&str]) -> Result<RecipeFile, RecipeError> {
        let texts: Vec<_> = texts.iter().map(|text| (*text).to_owned()).collect();
        parse_assignments(&texts, &RecipeFile::default())
    }

    #[test]
    fn numbers_words_and_lists() {
        assert_eq!(set(&["rounds=2"]).unwrap().rounds, Some(2));
        assert_eq!(set(&["evolver.model=llama"]).unwrap().evolver.model.as_deref(), Some("llama"));
        assert_eq!(set(&["model=4"]).unwrap().model.as_deref(), Some("4"));
        for strict in ["rules=strict", "rules=\"strict\"", "rules=[\"strict\"]", "rules=[strict]"] {
            assert_eq!(set(&[strict]).unwrap().rules, Some(vec!["strict".to_owned()]), "{strict}");
        }
        let two = set(&["rules=[paper, -no-gain]"]).unwrap().rules.unwrap();
        assert_eq!(two, ["paper", "-no-gain"]);
        assert_eq!(set(&["seeds=a.jsonl"]).unwrap().seeds, Some(vec!["a.jsonl".to_owned()]));
        for wrong in ["rounds", "rounds=many", "=3", "rounds.x=1", "limits..concurrency=1"] {
            assert!(set(&[wrong]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn several_are_judged_together() {
        let (input, output) = ("input_usd_per_million=1", "output_usd_per_million=2");
        for model in ["m", "gpt-4.1", "meta/llama-3.1:free", "\"gpt-4.1\"", "'a b'", "qwen3:8b"] {
            let texts = [format!("prices.{model}.{input}"), format!("prices.{model}.{output}")];
            let file = parse_assignments(&texts, &RecipeFile::default()).unwrap();
            let (name, price) = file.prices.first_key_value().unwrap();
            assert_eq!(name, model.trim_matches(['"', '\'']));
            assert_eq!((price.input_usd_per_million, price.output_usd_per_million), (1.0, 2.0));
            let text =
                format!("prices.{model}={{input_usd_per_million=1, output_usd_per_million=2}}");
            let whole = parse_assignments(&[text], &RecipeFile::default()).unwrap();
            assert_eq!(whole.prices, file.prices);
            // What the recipe has of it already need not be said again.
            let one = parse_assignments(&[format!("prices.{model}.{input}")], &file).unwrap();
            assert_eq!(one.prices, file.prices);
        }
        let error = set(&["prices.gpt-4.1.input_usd_per_million=1"]).unwrap_err();
        assert!(error.to_string().contains("output_usd_per_million"), "{error}");
        assert!(error.to_string().contains("[prices.\"gpt-4.1\"]"), "{error}");
    }

    #[test]
    fn the_nearest_key_is_named_with_its_table() {
        for (wrong, meant) in [
            ("ruonds=2", "rounds"),
            ("limits.concurency=2", "concurrency"),
            ("max_cost_usd=2", "limits.max_cost_usd"),
            ("temperature=1", "temperature"),
            ("max-cost=5", "limits.max_cost_usd"),
            ("prices.m.input_usd_per_millon=2", "input_usd_per_million"),
        ] {
            let hint = set(&[wrong]).unwrap_err().hint().unwrap_or_default();
            assert!(hint.contains(meant), "{wrong}: {hint}");
        }
    }
}
