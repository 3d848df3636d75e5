//! `cargo xtask labels DATA [tuning|table]`: our labels with the texts that they are about.
//!
//! The texts have licences of their own, so that `labels/rows.jsonl` names them by file, row and hash
//! alone. What this prints is what `speciate rules measure` reads.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::process::root;

/// A row of the file, read twice.
#[derive(Deserialize)]
struct Row {
    /// File, row and which part of it.
    source: String,
    /// Of the texts.
    hash: String,
    kind: String,
    /// `tuning`, or `table` for rows that no rule was tuned to.
    half: String,
    /// What each reader found.
    first: Vec<String>,
    second: Vec<String>,
}

struct Texts {
    parent: String,
    child: String,
    response: String,
}

#[expect(clippy::print_stdout, reason = "its output is the file")]
pub(crate) fn labels(data: &str, half: Option<&str>) -> Result<()> {
    let file = root().join("labels/rows.jsonl");
    let text = std::fs::read_to_string(&file).with_context(|| format!("{}", file.display()))?;
    let mut files = Files::default();
    for line in text.lines() {
        let row: Row = serde_json::from_str(line).with_context(|| line.to_owned())?;
        if half.is_some_and(|half| half != row.half) {
            continue;
        }
        let texts = texts(Path::new(data), &row.source, &mut files)?;
        let hash = hash(&texts);
        if hash != row.hash {
            bail!("{} has other texts now: expected hash {}, found {hash}", row.source, row.hash);
        }
        println!("{}", labelled(&row, &texts));
    }
    Ok(())
}

/// Both readers' word is a fault; one reader's alone is open.
fn labelled(row: &Row, texts: &Texts) -> Value {
    let (both, first): (Vec<_>, Vec<_>) =
        row.first.iter().partition(|fault| row.second.contains(fault));
    let second = row.second.iter().filter(|fault| !row.first.contains(fault));
    let open: Vec<_> = first.into_iter().chain(second).collect();
    json!({
        "parent": texts.parent, "instruction": texts.child, "response": texts.response,
        "kind": row.kind, "faults": both, "open": open, "source": row.source,
    })
}

fn hash(texts: &Texts) -> String {
    let mut hasher = blake3::Hasher::new();
    for text in [&texts.parent, &texts.child, &texts.response] {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.finalize().to_hex()[..12].to_owned()
}

/// Files that were read already, with their rows.
#[derive(Default)]
struct Files(std::collections::BTreeMap<String, Vec<Value>>);

impl Files {
    fn rows(&mut self, data: &Path, file: &str) -> Result<&[Value]> {
        if !self.0.contains_key(file) {
            self.0.insert(file.to_owned(), read(&data.join(file))?);
        }
        Ok(&self.0[file])
    }
}

fn read(path: &Path) -> Result<Vec<Value>> {
    let mut text = String::new();
    let mut file = File::open(path).with_context(|| format!("{}", path.display()))?;
    if path.extension().is_some_and(|ending| ending == "gz") {
        GzDecoder::new(file).read_to_string(&mut text)?;
    } else {
        file.read_to_string(&mut text)?;
    }
    let values: Vec<Value> =
        serde_json::Deserializer::from_str(&text).into_iter().collect::<Result<_, _>>()?;
    Ok(match values.as_slice() {
        [Value::Array(rows)] => rows.clone(),
        [Value::Object(object)] if object.contains_key("results") => {
            object["results"].as_array().cloned().unwrap_or_default()
        }
        _ => values,
    })
}

/// `FILE#ROW/PART`.
fn texts(data: &Path, source: &str, files: &mut Files) -> Result<Texts> {
    let (file, place) = source.split_once('#').with_context(|| source.to_owned())?;
    let (row, part) = place.split_once('/').with_context(|| source.to_owned())?;
    let at: usize = row.parse()?;
    let rows = files.rows(data, file)?;
    let before = &rows[at.checked_sub(1).unwrap_or(rows.len() - 1)];
    let row = rows.get(at).with_context(|| format!("{source}: no such row"))?;
    let (parent, child, response) = match part {
        "evol1" => (
            joined(&row["seed"]),
            text(&row["evol1"], "instruction"),
            text(&row["evol1"], "output"),
        ),
        "evol2" => (
            text(&row["evol1"], "instruction"),
            text(&row["evol2"], "instruction"),
            text(&row["evol2"], "output"),
        ),
        "step" => (text(before, "instruction"), text(row, "instruction"), String::new()),
        "answer" => (joined(row), text(row, "output"), String::new()),
        "breadth" if file.contains("davinci") => {
            (text(before, "instruction"), joined(row), text(row, "response"))
        }
        "breadth" => {
            let parent = if at == 0 { "Explain the tides.".to_owned() } else { joined(before) };
            (parent, joined(row), text(row, "output"))
        }
        part => match part.strip_prefix("breadth/") {
            Some(other) => {
                let other: usize = other.parse()?;
                (turn(&rows[other], 0), turn(row, 0), turn(row, 1))
            }
            None => (text(row, "seed_prompt"), evolution(row, part)?, String::new()),
        },
    };
    Ok(Texts { parent, child, response })
}

/// `ITERATION.NUMBER` of a row with all evolutions of a seed.
fn evolution(row: &Value, part: &str) -> Result<String> {
    let (iteration, number) = part.split_once('.').with_context(|| part.to_owned())?;
    Ok(text(&row["evolutions"][iteration][number.parse::<usize>()?], "instruction"))
}

/// A turn of a chat, system turns aside.
fn turn(row: &Value, at: usize) -> String {
    let turns = row["messages"].as_array().into_iter().flatten();
    let mut turns =
        turns.filter(|turn| ["user", "assistant"].iter().any(|role| turn["role"] == *role));
    let Some(turn) = turns.nth(at) else { return String::new() };
    let parts = turn["content"].as_array().into_iter().flatten();
    let parts: String = parts.map(|part| text(part, "value") + &text(part, "text")).collect();
    if parts.is_empty() { text(turn, "content") } else { parts }
}

fn joined(row: &Value) -> String {
    let (instruction, input) = (text(row, "instruction"), text(row, "input"));
    if input.is_empty() { instruction } else { format!("{instruction}\n\n{input}") }
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}
