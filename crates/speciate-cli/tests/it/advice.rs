//! Whatever the program advises exists: every flag and every recipe key in its own texts and pages.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::kit::Sandbox;

/// Flags of other programs that texts name: cargo and its tools, pip, vLLM, llama.cpp.
const FOREIGN: [&str; 13] = [
    "--dest",
    "--disable-pip-version-check",
    "--draws",
    "--example",
    "--max-model-len",
    "--no-capture",
    "--no-default-features",
    "--no-deps",
    "--no-input",
    "--only-binary",
    "--parallel",
    "--release",
    "--run-ignored",
];

/// Sources but tests, and the pages for users.
fn texts(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_test = path.file_name().is_some_and(|name| name == "tests" || name == "tests.rs");
        let ending = path.extension().and_then(|ending| ending.to_str());
        if path.is_dir() && !is_test {
            texts(&path, found);
        } else if !is_test && (ending == Some("rs") || ending == Some("md")) {
            found.push(path);
        }
    }
}

/// What follows each `mark`, as long as its characters are those of a word.
fn words<'a>(text: &'a str, mark: &str) -> Vec<&'a str> {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    let word = |(at, _): (usize, &str)| {
        let rest = &text[at + mark.len()..];
        &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())]
    };
    text.match_indices(mark).map(word).collect()
}

/// Each flag of each command.
fn known_flags() -> BTreeSet<String> {
    let sandbox = Sandbox::empty();
    let main = sandbox.cli("--help").done().stdout;
    let commands = main.lines().skip_while(|line| !line.starts_with("Commands:")).skip(1);
    let commands: Vec<_> = commands.map_while(|line| line.split_whitespace().next()).collect();
    assert!(commands.len() > 8, "{main}");
    let mut flags = BTreeSet::new();
    for command in commands.iter().copied().chain(["model pull", "model list", "model use"]) {
        let help = sandbox.cli(&format!("{command} --help")).done().stdout;
        flags.extend(words(&help, "--").into_iter().map(|flag| format!("--{flag}")));
    }
    flags
}

#[test]
fn every_flag_and_key_that_is_advised_exists() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let mut paths = vec![root.join("README.md")];
    texts(&root.join("docs"), &mut paths);
    for room in ["speciate", "speciate-cli", "speciate-data", "speciate-llm", "speciate-engine"] {
        texts(&root.join("crates").join(room).join("src"), &mut paths);
    }
    let (flags, keys) = (known_flags(), speciate::recipe::known_keys());
    let roles = ["evolver", "judge", "responder"];
    let (mut checked, mut unknown) = (0, BTreeSet::new());
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        for flag in words(&text, " --").into_iter().chain(words(&text, "`--")) {
            let flag = format!("--{}", flag.trim_end_matches('.'));
            let is_word = flag.len() > 4 && !flag.contains(['_', '.']);
            let is_known = flags.contains(&flag) || FOREIGN.contains(&flag.as_str());
            checked += usize::from(is_word);
            if is_word && !is_known {
                unknown.insert((flag, path.clone()));
            }
        }
        let set = words(&text, "--set ").into_iter().filter(|key| !key.is_empty());
        let placed = |key: &str| key.trim_matches('.').to_owned();
        for key in set.map(placed).filter(|key| key != "key" && !roles.contains(&key.as_str())) {
            let is_price = key.starts_with("prices") || key.starts_with("weights");
            checked += 1;
            if !is_price && !keys.contains(&key) {
                unknown.insert((key, path.clone()));
            }
        }
    }
    assert!(unknown.is_empty(), "{unknown:#?}");
    assert!(checked > 80, "only {checked} were found");
}
