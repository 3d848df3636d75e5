//! Learns the weights by which a text reads as a request or as an answer.
//!
//! ```sh
//! cargo run --release -p speciate-evolve --example request_weights -- DATA > words/request/weights.txt
//! ```
//!
//! `DATA` holds public sets of instructions with answers, in the folders that `rows.rs` names. Sets
//! whose licences forbid commercial use are never learned from: they only test, and the table of
//! errors goes to standard error.

mod fit;
mod rows;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use anyhow::{Context, Result};
use speciate_evolve::{request_log_odds, request_signs};

use fit::{Example, fit};
use rows::Row;

/// Signs in fewer rows say nothing that would hold elsewhere.
const ROWS_MIN: usize = 10;

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "its output is for a person")]
fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let data = arguments.next().context("usage: request_weights DATA [--test [SET]]")?;
    let data = Path::new(&data);
    match (arguments.next().as_deref(), arguments.next()) {
        (Some("--test"), None) => {
            print!("{}", table(&rows::test(data)?, request_log_odds));
            return Ok(());
        }
        (Some("--test"), Some(set)) => {
            print!("{}", worst(&rows::test(data)?, &set));
            return Ok(());
        }
        _ => {}
    }
    let weights = learn(&rows::train(data)?);
    for (sign, weight) in &weights {
        println!("{weight:.2}\t{sign}");
    }
    let score = |parent: Option<&str>, text: &str| {
        request_signs(parent, text).iter().filter_map(|sign| weights.get(sign)).sum()
    };
    eprint!("{}", table(&rows::test(data)?, score));
    Ok(())
}

fn learn(rows: &[Row]) -> BTreeMap<String, f64> {
    let all: Vec<_> =
        rows.iter().map(|row| request_signs(row.parent.as_deref(), &row.text)).collect();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for sign in all.iter().flatten() {
        *counts.entry(sign).or_default() += 1;
    }
    let mut names: Vec<&str> =
        counts.iter().filter(|(_, n)| **n >= ROWS_MIN).map(|(name, _)| *name).collect();
    names.sort_unstable();
    let index: HashMap<&str, usize> =
        names.iter().enumerate().map(|(at, name)| (*name, at)).collect();
    let examples: Vec<Example> = all
        .iter()
        .zip(rows)
        .map(|(signs, row)| Example {
            signs: signs.iter().filter_map(|sign| index.get(sign.as_str()).copied()).collect(),
            is_request: row.is_request,
        })
        .collect();
    let weights = fit(&examples, names.len());
    let named = names.iter().map(|name| (*name).to_owned()).zip(weights);
    named.filter(|(_, weight)| weight.abs() >= 0.005).collect()
}

/// The rows of a set that the weights in the source take for what they are not, worst first.
fn worst(rows: &[Row], set: &str) -> String {
    let score = |row: &Row| request_log_odds(row.parent.as_deref(), &row.text);
    let error = |row: &Row| if row.is_request { score(row) } else { -score(row) };
    let mut rows: Vec<_> =
        rows.iter().filter(|row| row.set == set).map(|row| (error(row), row)).collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let shown = rows.iter().take(60);
    let line = |(error, row): &(f64, &Row)| {
        format!("{error:>6.1} {:?}", row.text.chars().take(240).collect::<String>())
    };
    shown.map(line).collect::<Vec<_>>().join("\n") + "\n"
}

/// For each set: the share of rows below some thresholds, in percent.
fn table(rows: &[Row], score: impl Fn(Option<&str>, &str) -> f64) -> String {
    const THRESHOLDS: [f64; 7] = [0.0, -0.5, -1.0, -1.5, -2.0, -2.5, -3.0];
    let mut by_set: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for row in rows {
        by_set.entry(&row.set).or_default().push(score(row.parent.as_deref(), &row.text));
    }
    let mut table = format!("{:<34} {:>6}", "percent below", "rows");
    for threshold in THRESHOLDS {
        table += &format!(" {threshold:>6}");
    }
    table.push('\n');
    for (set, scores) in by_set {
        table += &format!("{set:<34} {:>6}", scores.len());
        for threshold in THRESHOLDS {
            let below = scores.iter().filter(|score| **score < threshold).count();
            table += &format!(" {:>6.2}", 100.0 * below as f64 / scores.len() as f64);
        }
        table.push('\n');
    }
    table
}
