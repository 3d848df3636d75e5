//! `--set key=value`: one assignment as a layer of its own.

use super::{RecipeError, RecipeFile};
use crate::text::without_keys;

/// Reads `limits.concurrency=8` or `evolver.model=llama`. A value that is no TOML is taken as text.
pub fn parse_assignment(text: &str) -> Result<RecipeFile, RecipeError> {
    let Some((key, value)) = text.split_once('=') else {
        return Err(RecipeError::NoAssignment(without_keys(text)));
    };
    let (key, value) = (key.trim(), value.trim());
    let line = format!("{key} = {value}\n");
    let is_toml = line.parse::<toml::Table>().is_ok();
    let line = if is_toml { line } else { format!("{key} = {}\n", quoted(value)) };
    RecipeFile::parse(&format!("--set {text}"), &line)
}

fn quoted(value: &str) -> String {
    toml::Value::String(value.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::parse_assignment;

    #[test]
    fn numbers_words_and_lists() {
        assert_eq!(parse_assignment("rounds=2").unwrap().rounds, Some(2));
        assert_eq!(
            parse_assignment("evolver.model=llama").unwrap().evolver.model.as_deref(),
            Some("llama")
        );
        assert_eq!(
            parse_assignment("rules=[\"strict\"]").unwrap().rules,
            Some(vec!["strict".to_owned()])
        );
        assert!(parse_assignment("rounds").is_err());
        assert!(parse_assignment("ruonds=2").unwrap_err().hint().unwrap().contains("rounds"));
        assert!(parse_assignment("rounds=many").is_err());
    }
}
