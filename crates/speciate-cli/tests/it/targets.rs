//! Files that are named to be written to.

use std::collections::BTreeSet;

use crate::kit::{Sandbox, perfect, slow, wait_until};

/// A finished run of one seed; the id of the seed.
fn finished() -> (Sandbox, String) {
    let (sandbox, mock) = (Sandbox::with_seeds(1), perfect());
    sandbox.run(&mock, "--rounds 1").expect(0);
    let id = sandbox.records()[0]["id"].as_str().unwrap().to_owned();
    (sandbox, id)
}

const RUN_FILES: [&str; 6] =
    ["run.db", "run.db-wal", "run.db-shm", "LOCK", "recipe.toml", "Recipe.TOML"];

#[test]
fn no_output_takes_the_place_of_a_part_of_a_run() {
    let (sandbox, id) = finished();
    let before = [sandbox.path("run/run.db"), sandbox.path("run/recipe.toml")].map(std::fs::read);
    for name in RUN_FILES {
        for place in [format!("run/{name}"), format!("./run/../run/{name}")] {
            for command in [
                format!("tree run {id} --force --svg {place}"),
                format!("export run --force -o {place}"),
            ] {
                let ran = sandbox.cli(&command).done().expect(2);
                assert!(ran.stderr.contains("is a part of a run"), "{command}: {}", ran.stderr);
            }
        }
    }
    let after = [sandbox.path("run/run.db"), sandbox.path("run/recipe.toml")].map(std::fs::read);
    for (before, after) in before.into_iter().zip(after) {
        assert!(before.unwrap() == after.unwrap(), "a file of the run has changed");
    }
    sandbox.cli("verify run").done().expect(0);
    insta::assert_snapshot!(sandbox.cli("export run -o run/run.db --force").done().shown(), @"
    exit 2
    --- stderr
    error: `run/run.db` is a part of a run, and is not written over
      hint: name another file; --force does not change this
    ");
}

#[test]
fn of_all_files_in_a_run_only_the_data_can_be_replaced() {
    let (sandbox, mock) = (Sandbox::with_many(20), slow());
    let running = sandbox.begin(&mock, "--rounds 1");
    wait_until("a call", || sandbox.calls_stored() >= 1);
    let mut names = files_of_run(&sandbox);
    running.kill();
    sandbox.run(&mock, "--rounds 1").expect(0);
    names.extend(files_of_run(&sandbox));
    assert!(names.contains("run.db-wal") && names.contains("data.jsonl"), "{names:?}");
    for name in names {
        let code = if name == "data.jsonl" { 0 } else { 2 };
        sandbox.cli(&format!("export run --force -o run/{name}")).done().expect(code);
    }
}

fn files_of_run(sandbox: &Sandbox) -> BTreeSet<String> {
    let entries = std::fs::read_dir(sandbox.path("run")).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn elsewhere_such_names_are_free() {
    let (sandbox, _) = finished();
    sandbox.cli("export run -o LOCK").done().expect(0);
    sandbox.cli("export run -o run/train.jsonl").done().expect(0);
    sandbox.cli("export run -o run/data.jsonl --force").done().expect(0);
}

#[cfg(unix)]
#[test]
fn links_to_a_run_are_seen_through() {
    use std::os::unix::fs::symlink;

    let (sandbox, id) = finished();
    symlink(sandbox.path("run"), sandbox.path("other")).unwrap();
    symlink("run/run.db", sandbox.path("a.svg")).unwrap();
    symlink("a.svg", sandbox.path("b.svg")).unwrap();
    symlink("run/run.db-wal", sandbox.path("not-there-yet.svg")).unwrap();
    for place in ["other/run.db", "a.svg", "b.svg", "not-there-yet.svg", "other/../run/LOCK"] {
        let ran = sandbox.cli(&format!("tree run {id} --force --svg {place}")).done().expect(2);
        assert!(ran.stderr.contains("is a part of a run"), "{place}: {}", ran.stderr);
        let ran = sandbox.cli(&format!("export run --force -o {place}")).done().expect(2);
        assert!(ran.stderr.contains("is a part of a run"), "{place}: {}", ran.stderr);
    }
    // Another name of the same file gets a file of its own.
    std::fs::hard_link(sandbox.path("run/run.db"), sandbox.path("hard.svg")).unwrap();
    sandbox.cli(&format!("tree run {id} --force --svg hard.svg")).done().expect(0);
    assert!(sandbox.read("hard.svg").starts_with("<svg"));
    sandbox.cli("verify run").done().expect(0);
}

#[test]
fn a_picture_replaces_a_file_only_by_force() {
    let (sandbox, id) = finished();
    sandbox.write("notes.txt", "mine");
    insta::assert_snapshot!(
        sandbox.cli(&format!("tree run {} --svg notes.txt", &id[..8])).done().shown(), @"
    exit 2
    --- stderr
    error: `notes.txt` exists already
      hint: replace it with --force, or name another file
    ");
    assert_eq!(sandbox.read("notes.txt"), "mine");
    sandbox.cli(&format!("tree run {id} --force --json --svg notes.txt")).done().expect(0);
    assert!(sandbox.read("notes.txt").starts_with("<svg"));
}

#[test]
fn a_name_says_what_is_in_the_file() {
    let (sandbox, _) = finished();
    insta::assert_snapshot!(sandbox.cli("export run -o x.csv").done().shown(), @"
    exit 2
    --- stderr
    error: `x.csv` has the name of a CSV file, but JSON lines would be written
      hint: name it .jsonl, or .json with --array; formats are messages, alpaca, sharegpt and records, csv and parquet are not there yet
    ");
    for name in ["x.parquet", "x.CSV.gz", "x.tsv.zst", "x.xlsx", "x.jsonl --format alpaca --array"]
    {
        let ran = sandbox.cli(&format!("export run -o {name}")).done().expect(2);
        assert!(ran.stderr.contains("has the name of a"), "{name}: {}", ran.stderr);
        assert!(!sandbox.path(name).exists());
    }
    let free =
        ["x.jsonl", "x.json", "x.txt", "x", "x.v2.jsonl.gz", "y.json --format alpaca --array"];
    for name in free {
        sandbox.cli(&format!("export run -o {name}")).done().expect(0);
    }
}

#[test]
fn a_demo_keeps_seeds_that_are_there() {
    let sandbox = Sandbox::empty();
    sandbox.write("seed.jsonl", "mine");
    let ran = sandbox.cli("demo -o .").done().expect(2);
    assert!(ran.stderr.contains("cannot write `./seed.jsonl`"), "{}", ran.stderr);
    assert_eq!(sandbox.read("seed.jsonl"), "mine");
}
