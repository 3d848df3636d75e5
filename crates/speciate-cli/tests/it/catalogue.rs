//! `docs/faults.md` against the sources: every row of the catalogue, and every test that it names.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Rows of each group, from 1.
const ROWS: [(char, usize); 11] = [
    ('P', 11),
    ('N', 25),
    ('H', 26),
    ('T', 11),
    ('C', 21),
    ('F', 30),
    ('I', 17),
    ('R', 11),
    ('K', 7),
    ('E', 2),
    ('W', 12),
];

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// All Rust of a room, in one text.
fn sources(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

/// Whether a test of this name is there: as a function, or in a list of tests (`name: what;`).
fn is_there(text: &str, name: &str) -> bool {
    text.contains(&format!("fn {name}(")) || text.contains(&format!("\n    {name}: "))
}

/// The rows of the page's tables that begin with a number: number and cells.
fn rows(page: &str) -> Vec<(&str, Vec<&str>)> {
    let is_number = |cell: &str| {
        cell.split_once('-').is_some_and(|(group, n)| group.len() == 1 && n.parse::<u32>().is_ok())
    };
    page.lines()
        .filter(|line| line.starts_with("| "))
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect::<Vec<_>>())
        .filter(|cells| is_number(cells[0]))
        .map(|cells| (cells[0], cells))
        .collect()
}

#[test]
fn every_test_of_the_catalogue_exists() {
    let page = fs::read_to_string(root().join("docs/faults.md")).unwrap();
    let mut rooms = BTreeMap::new();
    let mut missing = Vec::new();
    for (row, cells) in rows(&page) {
        assert_eq!(cells.len(), 4, "{row}: {cells:?}");
        let held_by = cells[3];
        let names: Vec<_> = held_by.split('`').filter(|part| part.contains("::")).collect();
        let has_reason = held_by.strip_prefix("none: ").is_some_and(|reason| reason.len() > 10);
        assert!(names.is_empty() == has_reason, "{row}: a test, or why there is none: {held_by}");
        for name in names {
            let (room, test) = name.split_once("::").unwrap();
            let text = rooms.entry(room).or_insert_with(|| {
                let mut text = String::new();
                sources(&root().join("crates").join(room), &mut text);
                text
            });
            if !is_there(text, test) {
                missing.push(format!("{row}: {name}"));
            }
        }
    }
    assert!(missing.is_empty(), "the page names tests that are not there:\n{}", missing.join("\n"));
}

#[test]
fn every_row_of_the_catalogue_is_there_once() {
    let page = fs::read_to_string(root().join("docs/faults.md")).unwrap();
    let found: Vec<_> = rows(&page).into_iter().map(|(row, _)| row).collect();
    let expected: Vec<_> = ROWS
        .iter()
        .flat_map(|(group, most)| (1..=*most).map(move |n| format!("{group}-{n:02}")))
        .collect();
    assert_eq!(found, expected);
}
