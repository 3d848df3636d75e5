//! How often each rule is right, by rows that people have read.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use speciate_evolve::{Candidate, RULES, RuleSet, Stage};
use speciate_types::Kind;

use crate::Error;

/// A row that was read, with what is wrong with it.
#[derive(Debug, Clone, Deserialize)]
pub struct LabelledRow {
    /// The instruction that it was made from.
    pub parent: String,
    /// The evolved instruction.
    pub instruction: String,
    /// The response, if there is one.
    #[serde(default)]
    pub response: Option<String>,
    /// In-depth or in-breadth.
    #[serde(default = "in_depth")]
    pub kind: Kind,
    /// Names of the rules that should drop it; empty if it is good.
    pub faults: Vec<String>,
    /// Rules on which the readers do not agree: they count in neither way.
    #[serde(default)]
    pub open: Vec<String>,
}

fn in_depth() -> Kind {
    Kind::InDepth
}

/// A row that a rule has dropped, with somebody's word on whether that was right.
#[derive(Debug, Clone, Deserialize)]
pub struct JudgedDrop {
    /// The rule.
    pub rule: String,
    /// Whether it was right.
    pub right: bool,
}

/// A line of a file of labels.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Label {
    /// A row, whatever the rules said of it.
    Row(Box<LabelledRow>),
    /// A rule's verdict.
    Drop(JudgedDrop),
}

/// What was found of one rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// The rule.
    pub rule: String,
    /// Rows that it drops, but for those on which readers disagree.
    pub hits: u64,
    /// Those of them that have a fault, whichever it is.
    pub right: u64,
    /// Rows with the fault; `None` where only drops were judged.
    pub faulty: Option<u64>,
    /// Those of them that the rule drops.
    pub found: u64,
    /// Rows that were looked at.
    pub rows: u64,
}

impl Measure {
    /// The share of hits that are right, with the bounds of its 95 % interval.
    pub fn precision(&self) -> Option<Share> {
        Share::of(self.right, self.hits)
    }

    /// The share of faulty rows that are found.
    pub fn recall(&self) -> Option<Share> {
        Share::of(self.found, self.faulty?)
    }
}

/// A share of counted things with a 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// The share itself, 0 to 1.
    pub value: f64,
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

impl Share {
    /// `part` of `whole`; `None` of nothing. The interval is Wilson's (1927), which also holds for few
    /// things and for shares near 0 and 1.
    pub fn of(part: u64, whole: u64) -> Option<Self> {
        const Z: f64 = 1.959_963_985;
        if whole == 0 {
            return None;
        }
        let (n, value) = (whole as f64, part as f64 / whole as f64);
        let spread = Z * (value * (1.0 - value) / n + Z * Z / (4.0 * n * n)).sqrt();
        let (middle, scale) = (value + Z * Z / (2.0 * n), 1.0 + Z * Z / n);
        let bound = |bound: f64| (bound / scale).clamp(0.0, 1.0);
        Some(Self { value, low: bound(middle - spread), high: bound(middle + spread) })
    }
}

/// Faults that are two names of one: what is open for a rule is open for the others.
const FAMILIES: [&[&str]; 3] = [
    &["copied-prompt", "meta-instruction"],
    &["identical", "near-parent"],
    &["apology", "asks-back", "refusal"],
];

fn is_same(rule: &str, fault: &str) -> bool {
    rule == fault || FAMILIES.iter().any(|family| family.contains(&rule) && family.contains(&fault))
}

/// Reads a file of labels: a JSON object on each line.
///
/// # Errors
///
/// If the file cannot be read, or a line is no label; the line is named.
pub fn read_labels(path: &Path) -> Result<Vec<Label>, Error> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|source| Error::File {
        what: "read",
        path: name.clone(),
        source,
    })?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(at, line)| {
            serde_json::from_str(line)
                .map_err(|_neither_form| Error::NoLabel { path: name.clone(), line: at as u64 + 1 })
        })
        .collect()
}

/// Counts hits and faults of every rule that can be decided on a row by itself.
pub fn measure(labels: &[Label]) -> Vec<Measure> {
    let mut measures: BTreeMap<&str, Measure> = BTreeMap::new();
    for rule in RULES.iter().filter(|rule| is_decided_on_texts(rule.stage)) {
        let Ok(set) = RuleSet::from_names(&[rule.name]) else { continue };
        let measure = of_rule(rule.name, &set, labels);
        if measure.hits > 0 || measure.faulty.is_some_and(|faulty| faulty > 0) {
            measures.insert(rule.name, measure);
        }
    }
    add_drops(labels, &mut measures);
    let order = |rule: &str| RULES.iter().position(|known| known.name == rule);
    let mut measures: Vec<Measure> = measures.into_values().collect();
    measures.sort_by_key(|measure| order(&measure.rule));
    measures
}

fn is_decided_on_texts(stage: Stage) -> bool {
    matches!(stage, Stage::Static | Stage::Response)
}

fn of_rule(rule: &str, set: &RuleSet, labels: &[Label]) -> Measure {
    let mut measure =
        Measure { rule: rule.to_owned(), hits: 0, right: 0, faulty: None, found: 0, rows: 0 };
    for label in labels {
        let Label::Row(row) = label else { continue };
        if row.open.iter().any(|open| is_same(rule, open)) {
            continue;
        }
        let is_hit = drops(set, row);
        let has_any = !row.faults.is_empty();
        measure.rows += 1;
        measure.hits += u64::from(is_hit);
        measure.right += u64::from(is_hit && has_any);
        let has_fault = row.faults.iter().any(|fault| fault == rule);
        *measure.faulty.get_or_insert(0) += u64::from(has_fault);
        measure.found += u64::from(has_fault && is_hit);
    }
    measure
}

fn drops(set: &RuleSet, row: &LabelledRow) -> bool {
    let candidate = Candidate {
        parent: row.parent.as_str().into(),
        child: row.instruction.as_str().into(),
        kind: row.kind,
        operator: "",
        format: None,
        response: row.response.as_deref().filter(|text| !text.is_empty()).map(Into::into),
        is_led: false,
        parent_response: None,
        scaffold: &[],
    };
    set.static_check(&candidate).is_some()
        || candidate.response.is_some() && set.response_check(&candidate).is_some()
}

fn add_drops<'a>(labels: &'a [Label], measures: &mut BTreeMap<&'a str, Measure>) {
    for label in labels {
        let Label::Drop(JudgedDrop { rule, right }) = label else { continue };
        let measure = measures.entry(rule.as_str()).or_insert_with(|| Measure {
            rule: rule.clone(),
            hits: 0,
            right: 0,
            faulty: None,
            found: 0,
            rows: 0,
        });
        measure.rows += 1;
        measure.hits += 1;
        measure.right += u64::from(*right);
    }
}

/// What was measured of a rule on those of our own labels that were kept apart for it; docs/rules.md
/// says which rules were mended afterwards.
pub fn of_builtin(rule: &str) -> Option<Measure> {
    let rows = include_str!("../data/rule-measures.jsonl").lines();
    rows.filter_map(|row| serde_json::from_str(row).ok()).find(|found: &Measure| found.rule == rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_wilsons() {
        let share = Share::of(46, 87).unwrap();
        let shown = format!("{:.3} {:.3} {:.3}", share.value, share.low, share.high);
        assert_eq!(shown, "0.529 0.425 0.630");
        assert_eq!(Share::of(20, 20).map(|share| share.high), Some(1.0));
        assert_eq!(Share::of(0, 0), None);
    }

    fn row(instruction: &str, faults: &[&str]) -> Label {
        Label::Row(Box::new(LabelledRow {
            parent: "Name three rivers of Europe.".to_owned(),
            instruction: instruction.to_owned(),
            response: None,
            kind: Kind::InDepth,
            faults: faults.iter().map(|fault| (*fault).to_owned()).collect(),
            open: Vec::new(),
        }))
    }

    #[test]
    fn hits_and_faults_are_counted() {
        let labels = [
            row("Sure! The Rhine, the Elbe and the Danube.", &["not-a-request"]),
            row("Name three rivers of Europe that end in the North Sea.", &[]),
            row("...", &[]),
            row("Rivers: Rhine, Elbe, Danube and where each of them ends?", &["not-a-request"]),
            Label::Drop(JudgedDrop { rule: "no-gain".to_owned(), right: false }),
        ];
        let measures = measure(&labels);
        let of = |rule: &str| measures.iter().find(|measure| measure.rule == rule).unwrap();
        let found = of("not-a-request");
        assert_eq!((found.hits, found.right, found.faulty, found.found), (2, 1, Some(2), 1));
        assert_eq!((of("no-gain").hits, of("no-gain").right, of("no-gain").faulty), (1, 0, None));
    }
}
