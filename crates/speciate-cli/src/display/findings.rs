//! What is wrong with seeds: the first findings of each code, and how many more there are.

use std::collections::BTreeMap;

use speciate::data::{MAX_PROBLEMS_OF_CODE, SeedReport};

/// Each finding as a text of some lines, in the order of the files.
pub(crate) fn findings(report: &SeedReport) -> Vec<String> {
    let mut shown = BTreeMap::<_, u64>::new();
    let mut texts = Vec::new();
    for problem in &report.problems {
        texts.push(problem.to_string());
        let count = shown.entry(problem.code).or_default();
        *count += 1;
        let all = report.bad_by_code.get(problem.code).copied().unwrap_or_default();
        if *count == MAX_PROBLEMS_OF_CODE && all > *count {
            texts.push(format!("… and {} more: {}", all - *count, problem.code));
        }
    }
    texts
}
