//! The seeds of the measured jobs.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::load::PAPER_SEEDS;
use crate::process::root;

/// Where Alpaca's instructions are looked for, beside the project.
const USUAL: &str = "../shared/data/seeds/alpaca_data.json.gz";

/// Seeds, and what to tell the person about them.
#[derive(Debug)]
pub(crate) struct Seeds {
    rows: Vec<Value>,
    pub(crate) about: String,
}

impl Seeds {
    /// Those of the named file; else Alpaca's where they are; else variants of the example seeds.
    pub(crate) fn find(named: Option<&Path>) -> Result<Self> {
        let usual = root().join(USUAL);
        let file = named.map(Path::to_owned).or_else(|| usual.is_file().then_some(usual));
        if let Some(file) = file {
            let about = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let rows = read(&file).with_context(|| format!("cannot read the seeds `{about}`"))?;
            return Ok(Self { rows, about });
        }
        let examples = parse(&fs::read_to_string(root().join("examples/seeds.jsonl"))?)?;
        let about = "numbered variants of the example seeds: Alpaca's were not there".to_owned();
        Ok(Self { rows: variants(&examples, PAPER_SEEDS)?, about })
    }

    /// Writes the first `count` seeds to a file in `folder`: a client that read them out of a
    /// larger one would be measured doing that.
    pub(crate) fn first(&self, count: u64, folder: &Path) -> Result<PathBuf> {
        let file = folder.join(format!("seeds-{count}.jsonl"));
        let rows = self.rows.iter().take(count as usize);
        let lines = rows.fold(String::new(), |lines, row| lines + &row.to_string() + "\n");
        fs::write(&file, lines)?;
        Ok(file)
    }
}

fn read(file: &Path) -> Result<Vec<Value>> {
    let bytes = fs::read(file)?;
    let mut text = String::new();
    if file.extension().is_some_and(|extension| extension == "gz") {
        flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut text)?;
    } else {
        text = String::from_utf8(bytes)?;
    }
    parse(&text)
}

/// The records of a JSON array or of JSON lines.
fn parse(text: &str) -> Result<Vec<Value>> {
    if text.trim_start().starts_with('[') {
        return Ok(serde_json::from_str(text)?);
    }
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    Ok(lines.map(serde_json::from_str).collect::<Result<_, _>>()?)
}

/// `count` seeds: the examples again and again, each with a number so that none is like another.
///
/// All have an output, because a seed without one costs a call more.
fn variants(examples: &[Value], count: u64) -> Result<Vec<Value>> {
    if examples.is_empty() {
        bail!("there are no example seeds");
    }
    let variant = |(number, example): (u64, &Value)| {
        let text = example["instruction"].as_str().context("a seed has no instruction")?;
        let mut row = example.clone();
        row["instruction"] = format!("{text} (Case {number})").into();
        row["output"] = example.get("output").cloned().unwrap_or_else(|| "Done.".into());
        Ok(row)
    };
    (1..=count).zip(examples.iter().cycle()).map(variant).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn variants_differ_and_keep_their_fields() {
        let examples = "{\"instruction\":\"Add.\",\"input\":\"1 2\",\"output\":\"3\"}\n\n{\"instruction\":\"Sing.\"}\n";
        let rows = variants(&parse(examples).unwrap(), 5).unwrap();
        let texts: BTreeSet<String> = rows.iter().map(Value::to_string).collect();
        assert_eq!(texts.len(), 5);
        let third =
            serde_json::json!({"instruction": "Add. (Case 3)", "input": "1 2", "output": "3"});
        assert_eq!(rows[2], third);
        assert_eq!(rows[1]["output"], "Done.");
        assert!(variants(&[], 5).is_err());
    }

    #[test]
    fn arrays_and_lines_are_the_same() {
        let lines = parse("{\"a\":1}\n{\"a\":2}").unwrap();
        assert_eq!(parse(" [{\"a\":1},{\"a\":2}]").unwrap(), lines);
        assert!(parse("{\"a\":").is_err());
    }

    #[test]
    fn a_named_file_must_be_there() {
        let refused = Seeds::find(Some(Path::new("nowhere.json"))).unwrap_err();
        assert_eq!(refused.to_string(), "cannot read the seeds `nowhere.json`");
    }
}
