//! Reads the data sets beside the checkout.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;

use flate2::read::GzDecoder;
use serde_json::Value;
use speciate_evolve::Candidate;
use speciate_types::Kind;

/// The rows of a JSONL file, gzip or not; `None`, with a line of print, if it is not here.
pub(crate) fn rows(path: &str) -> Option<Vec<Value>> {
    let lines = BufReader::new(open(path)?).lines();
    Some(lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect())
}

/// A JSON file, gzip or not; `None`, with a line of print, if it is not here.
pub(crate) fn json(path: &str) -> Option<Value> {
    serde_json::from_reader(BufReader::new(open(path)?)).ok()
}

fn open(path: &str) -> Option<Box<dyn Read>> {
    let full = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(path);
    let Ok(file) = File::open(full) else {
        println!("skipped: {path} is not here");
        return None;
    };
    let is_gzip = std::path::Path::new(path).extension().is_some_and(|ending| ending == "gz");
    Some(if is_gzip { Box::new(GzDecoder::new(file)) } else { Box::new(file) })
}

/// A field of text.
pub(crate) fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field].as_str().unwrap_or_default()
}

/// An in-depth candidate without a response.
pub(crate) fn candidate<'a>(parent: &'a str, child: &'a str) -> Candidate<'a> {
    Candidate {
        parent: parent.into(),
        child: child.into(),
        kind: Kind::InDepth,
        operator: "constraints",
        format: None,
        response: None,
        is_led: false,
        parent_response: None,
        scaffold: &[],
    }
}

/// An in-depth candidate with its response.
pub(crate) fn answered<'a>(parent: &'a str, child: &'a str, response: &'a str) -> Candidate<'a> {
    Candidate { response: Some(response.into()), ..candidate(parent, child) }
}
