//! The seeds of the measured jobs.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::scenario::PAPER_SEEDS;
use crate::process::root;

/// Where Alpaca's instructions are looked for, beside the project.
const USUAL: &str = "../shared/data/seeds/alpaca_data.json.gz";

/// A seed file, and what to tell the person about it.
#[derive(Debug)]
pub(crate) struct Seeds {
    pub(crate) file: PathBuf,
    pub(crate) about: String,
}

/// The named file; else Alpaca's where it is; else variants of the example seeds, in `folder`.
pub(crate) fn find(named: Option<&Path>, folder: &Path) -> Result<Seeds> {
    let usual = root().join(USUAL);
    let file = named.map(Path::to_owned).or_else(|| usual.is_file().then_some(usual));
    if let Some(file) = file {
        let shown = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let file = file.canonicalize().with_context(|| format!("there is no `{shown}`"))?;
        return Ok(Seeds { file, about: shown });
    }
    let examples = fs::read_to_string(root().join("examples/seeds.jsonl"))?;
    let file = folder.join("seeds.jsonl");
    fs::write(&file, variants(&examples, PAPER_SEEDS)?)?;
    let about = "numbered variants of the example seeds: Alpaca's were not there".to_owned();
    Ok(Seeds { file, about })
}

/// `count` seeds: the examples again and again, each with a number so that none is like another.
fn variants(examples: &str, count: u64) -> Result<String> {
    let rows: Vec<Value> = examples
        .lines()
        .map(|line| serde_json::from_str(line).context("cannot read the example seeds"))
        .collect::<Result<_>>()?;
    if rows.is_empty() {
        bail!("there are no example seeds");
    }
    let mut out = String::new();
    for (number, row) in (1..=count).zip(rows.iter().cycle()) {
        let text = row["instruction"].as_str().context("an example seed has no instruction")?;
        let mut row = row.clone();
        row["instruction"] = format!("{text} (Case {number})").into();
        out.push_str(&row.to_string());
        out.push('\n');
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn variants_differ_and_keep_their_input() {
        let examples =
            "{\"instruction\":\"Add.\",\"input\":\"1 2\"}\n{\"instruction\":\"Sing.\"}\n";
        let text = variants(examples, 5).unwrap();
        let lines: BTreeSet<&str> = text.lines().collect();
        assert_eq!(lines.len(), 5);
        let third: Value = serde_json::from_str(text.lines().nth(2).unwrap()).unwrap();
        assert_eq!(third["instruction"], "Add. (Case 3)");
        assert_eq!(third["input"], "1 2");
        assert!(variants("", 5).is_err());
    }

    #[test]
    fn a_named_file_must_be_there() {
        let refused = find(Some(Path::new("nowhere.json")), Path::new(".")).unwrap_err();
        assert_eq!(refused.to_string(), "there is no `nowhere.json`");
    }
}
