//! Seed files of any name and content: the counts add up, and no problem reaches a terminal raw.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use speciate_data::{FieldMap, ReadOptions, SeedReport, read_seeds_from};

const NAMES: [&str; 6] = ["-", "x.jsonl", "x.json", "x.txt", "x.csv", "x.jsonl.gz"];

fuzz_target!(|input: &[u8]| {
    let Some((first, bytes)) = input.split_first() else { return };
    let name = NAMES[usize::from(*first) % NAMES.len()];
    // The upper bits say how it is read.
    let map = (first & 0x40 != 0).then(|| "instruction=a.b,response=c".parse::<FieldMap>().ok());
    let options = ReadOptions { skip_bad: true, map: map.flatten(), ..ReadOptions::default() };
    let lenient = read_seeds_from(name, Cursor::new(bytes.to_vec()), &options);
    let strict = ReadOptions { skip_bad: false, ..options };
    let strict = read_seeds_from(name, Cursor::new(bytes.to_vec()), &strict);
    if let Ok(report) = &lenient {
        check(report);
        assert_eq!(strict.is_ok(), report.skipped_bad == 0, "strict and lenient reading differ");
    } else {
        assert!(strict.is_err());
    }
});

fn check(report: &SeedReport) {
    assert!(report.adds_up());
    for problem in &report.problems {
        assert!(problem.line > 0 && problem.column > 0);
        let shown = problem.to_string();
        assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown:?}");
    }
}
