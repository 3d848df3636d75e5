//! What the system grants: descriptors, file sizes, memory.

use std::fs::File;
use std::io::Write as _;

use crate::kit::{Sandbox, has_tool, usual};

#[test]
fn without_descriptors_it_sends_fewer_at_a_time_and_blames_nobody() {
    if !has_tool("prlimit") {
        return;
    }
    let (sandbox, mock) = (Sandbox::with_many(60), usual());
    let command = "run seeds.jsonl -o run --rounds 2 --concurrency 64";
    let ran = sandbox.cli_behind(&["prlimit", "--nofile=40"], command).endpoint(&mock).done();
    let ran = ran.expect(0);
    assert!(ran.stderr.contains("! this machine cannot open a connection"), "{}", ran.stderr);
    assert_eq!(sandbox.status()["failed"], serde_json::json!({}));
    let whole = Sandbox::with_many(60);
    whole.run(&mock, "--rounds 2").expect(0);
    // The records tell of the tries; the data do not.
    assert!(sandbox.export("messages") == whole.export("messages"), "the limit left a trace");
}

#[test]
fn a_limit_on_the_size_of_files_is_an_error_and_no_death() {
    if !has_tool("prlimit") {
        return;
    }
    let (sandbox, mock) = (Sandbox::with_many(24), usual());
    let limited = |command: &str| sandbox.cli_behind(&["prlimit", "--fsize=98304"], command);
    let ran = limited("run seeds.jsonl -o run --concurrency 8").endpoint(&mock).done().expect(3);
    assert!(ran.stderr.contains("a file would be larger than is allowed"), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: raise the limit"), "{}", ran.stderr);
    sandbox.run(&mock, "--concurrency 8").expect(0);
    assert!(mock.stats().repeated <= 8, "{} requests were repeated", mock.stats().repeated);
    let whole = Sandbox::with_many(24);
    whole.run(&usual(), "").expect(0);
    assert!(sandbox.export("records") == whole.export("records"), "the limit left a trace");

    assert!(sandbox.export("records").len() > 98_304, "the export must not fit");
    let ran = limited("export run -o out.jsonl --format records").done().expect(2);
    assert!(ran.stderr.contains("File too large"), "{}", ran.stderr);
    let names = std::fs::read_dir(sandbox.folder()).unwrap();
    let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["home", "run", "seeds.jsonl"], "a part of the export is left");
}

/// A line of 200 MiB and many short ones, in 160 MiB of addresses: neither lines of any length nor
/// files may be held whole.
#[test]
fn seed_files_larger_than_the_memory_are_checked() {
    const MIB: usize = 1 << 20;
    if !has_tool("prlimit") {
        return;
    }
    let sandbox = Sandbox::empty();
    let mut file = File::create(sandbox.path("seeds.jsonl")).unwrap();
    let (long, line) = (vec![b'a'; MIB], b"{\"instruction\": \"Name a river.\"}\n".repeat(1_000));
    file.write_all(b"{\"instruction\": \"").unwrap();
    (0..200).for_each(|_| file.write_all(&long).unwrap());
    file.write_all(b"\"}\n").unwrap();
    (0..500).for_each(|_| file.write_all(&line).unwrap());
    drop(file);
    let limit = format!("--as={}", 160 * MIB);
    let ran = sandbox.cli_behind(&["prlimit", &limit], "check seeds.jsonl").done().expect(1);
    let last = ran.stdout.lines().last().unwrap();
    let expected =
        "Checked 500001 records: 1 seed, 499999 exact duplicates, 1 that cannot be read.";
    assert_eq!(last, expected);
}

#[test]
fn a_write_that_fails_in_the_middle_says_what_is_saved() {
    if !has_tool("prlimit") {
        return;
    }
    let (sandbox, mock) = (Sandbox::with_many(24), usual());
    let command = "run seeds.jsonl -o run --concurrency 8";
    let ran = sandbox.cli_behind(&["prlimit", "--fsize=98304"], command).endpoint(&mock).done();
    let saved = format!("Saved {} calls; up to ", sandbox.calls_stored());
    let said = ran.stderr.lines().find(|line| line.starts_with(&saved));
    let said = said.unwrap_or_else(|| panic!("{saved}: {}", ran.stderr));
    let most: u32 = said.split(' ').nth(5).unwrap().parse().unwrap();
    assert!((1..=8).contains(&most), "{said}");
    assert!(said.ends_with("calls in flight may have been paid without a result."), "{said}");
}
