//! CSV by a parser, Markdown tables by their rule line.

use std::sync::LazyLock;

use regex::Regex;

use super::block::fences;
use crate::text::patterns;

/// At least two rows of the same two or more fields, in a fence, on lines of their own, or on one
/// line with `;` between the rows.
pub(super) fn has_csv(text: &str) -> bool {
    fences(text).iter().any(|fence| is_csv(fence.body))
        || runs(text).iter().any(|run| is_csv(run))
        || has_inline(text)
}

fn is_csv(block: &str) -> bool {
    [b',', b';', b'\t', b'|'].into_iter().any(|delimiter| {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .delimiter(delimiter)
            .from_reader(block.trim().as_bytes());
        // The reader reports rows of unequal length as errors.
        let rows: Result<Vec<_>, _> = reader.records().collect();
        rows.is_ok_and(|rows| rows.len() >= 2 && rows.iter().all(|row| row.len() >= 2))
    })
}

/// Stretches of lines that have the same number of separators.
fn runs(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for separator in [',', ';', '\t'] {
        let mut run: Vec<&str> = Vec::new();
        let mut fields = 0;
        for line in text.lines().chain([""]) {
            let n_separators = line.matches(separator).count();
            // Prose has commas too, but a blank after nearly each; data has none or few.
            let is_row =
                n_separators > 0 && line.split(separator).all(|field| field.trim().len() <= 60);
            if is_row && (run.is_empty() || n_separators == fields) {
                run.push(line);
                fields = n_separators;
                continue;
            }
            if run.len() >= 2 {
                found.push(run.join("\n"));
            }
            run = if is_row { vec![line] } else { Vec::new() };
            fields = n_separators;
        }
    }
    found
}

static INLINE_ROWS: LazyLock<Regex> =
    LazyLock::new(|| patterns(r"[\w.%-]+(?:,[\w .%-]+)+(?:\s*;\s*[\w.%-]+(?:,[\w .%-]+)+)+"));

fn has_inline(text: &str) -> bool {
    INLINE_ROWS.find_iter(text).any(|found| {
        let mut counts = found.as_str().split(';').map(|row| row.matches(',').count());
        let first = counts.next();
        counts.all(|count| Some(count) == first)
    })
}

static RULE_LINE: LazyLock<Regex> =
    LazyLock::new(|| patterns(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)+\|?\s*$"));

/// A header, the rule line below it and a row, all of the same number of columns.
pub(crate) fn has_markdown_table(text: &str) -> bool {
    let lines: Vec<&str> = text.lines().collect();
    lines.windows(3).any(|window| {
        let [header, rule, row] = window else { return false };
        RULE_LINE.is_match(rule)
            && columns(header) == columns(rule)
            && columns(row) == columns(rule)
    })
}

fn columns(line: &str) -> usize {
    line.trim().trim_matches('|').split('|').count()
}
