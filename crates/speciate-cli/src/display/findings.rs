//! What is wrong with seeds: the first findings of each code, and how many more there are.

use std::collections::BTreeMap;

use speciate::data::SeedReport;

/// More of one code would hide the others.
const SHOWN_OF_CODE: u64 = 10;

/// The first findings of each code as texts of some lines, in the order of the files.
pub(crate) fn findings(report: &SeedReport) -> Vec<String> {
    let mut shown = BTreeMap::<_, u64>::new();
    let mut texts = Vec::new();
    for problem in &report.problems {
        let count = shown.entry(problem.code).or_default();
        *count += 1;
        if *count > SHOWN_OF_CODE {
            continue;
        }
        texts.push(problem.to_string());
        let all = report.bad_by_code.get(problem.code).copied().unwrap_or_default();
        if *count == SHOWN_OF_CODE && all > *count {
            texts.push(format!("… and {} more: {}", all - *count, problem.code));
        }
    }
    texts
}
