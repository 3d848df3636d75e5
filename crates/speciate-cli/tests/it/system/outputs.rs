//! Standard output and error that nobody reads: the work is what counts.

use std::fs::File;
use std::process::{Command, Stdio};

use crate::kit::{Cli, Sandbox, slow, usual, wait_until};

/// A pipe whose reader has gone away.
fn nobody() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

fn full() -> Stdio {
    File::options().write(true).open("/dev/full").unwrap().into()
}

#[test]
fn a_run_needs_nobody_who_listens() {
    // Of a summary that was asked for and is lost, the exit code tells.
    let outputs: [(fn() -> Stdio, i32); 2] = [(nobody, 0), (full, 1)];
    for (output, code) in outputs {
        let (sandbox, mock) = (Sandbox::with_many(4), usual());
        let cli = sandbox.cli("run seeds.jsonl -o run --json").endpoint(&mock);
        cli.stdout_to(output()).stderr_to(output()).done().expect(code);
        sandbox.status();
    }
    let (sandbox, mock) = (Sandbox::with_many(4), usual());
    let closed = ["sh", "-c", r#"exec "$0" "$@" <&- >&- 2>&-"#];
    sandbox.cli_behind(&closed, "run seeds.jsonl -o run --json").endpoint(&mock).done().expect(0);
    sandbox.status();
}

#[test]
fn a_reader_that_leaves_in_the_middle_ends_no_run() {
    let (sandbox, mock) = (Sandbox::with_many(20), slow());
    let head = ["sh", "-c", r#""$0" "$@" --progress json 2>&1 | head -n 1"#];
    let command = "run seeds.jsonl -o run --concurrency 8";
    let ran = sandbox.cli_behind(&head, command).endpoint(&mock).done().expect(0);
    assert_eq!(ran.stdout, "{\"notice\":\"Seeds: 20 seeds\"}\n");
    wait_until("the end of the run", || sandbox.path("run/data.jsonl").exists());
    sandbox.status();
    assert_eq!(mock.stats().repeated, 0);
}

/// A terminal after Ctrl-S, a pager that nobody scrolls: the pipe is full, and stays so.
#[test]
fn a_reader_that_stalls_holds_no_run_up() {
    const PIPE_BYTES: &str = "65536";
    for progress in ["plain", "bar", "json"] {
        let (sandbox, mock) = (Sandbox::with_many(6), usual());
        let (reader, writer) = std::io::pipe().unwrap();
        let mut fill = Command::new("head");
        fill.args(["-c", PIPE_BYTES, "/dev/zero"]).stdout(writer.try_clone().unwrap());
        assert!(fill.status().unwrap().success());
        let command = format!("run seeds.jsonl -o run --progress {progress}");
        sandbox.cli(&command).endpoint(&mock).stderr_to(writer).done().expect(0);
        drop(reader);
        sandbox.status();
    }
}

#[test]
fn commands_that_print_end_quietly_when_their_reader_leaves() {
    let (sandbox, mock) = (Sandbox::with_many(4), usual());
    sandbox.run(&mock, "").expect(0);
    let id = sandbox.records()[0]["id"].as_str().unwrap().to_owned();
    for command in [
        "status run",
        "status run --json",
        "verify run",
        "check seeds.jsonl",
        "explain",
        "model list",
        "tree run",
        &format!("tree run {id}"),
        "plan seeds.jsonl --model m --base-url http://127.0.0.1:9/v1",
        "--help",
    ] {
        let ran = sandbox.cli(command).stdout_to(nobody()).done();
        assert!(!ran.stderr.contains("error"), "{command}: {}", ran.stderr);
    }
}

#[test]
fn output_that_does_not_fit_on_the_disk_is_no_success() {
    let (sandbox, mock) = (Sandbox::with_many(4), usual());
    sandbox.run(&mock, "").expect(0);
    for command in ["status run --json", "verify run", "tree run", "check seeds.jsonl", "explain"] {
        let ran = sandbox.cli(command).stdout_to(full()).done().expect(1);
        assert_eq!(ran.stderr.matches("error: cannot write to standard output").count(), 1);
    }
}

#[test]
fn an_export_that_reaches_nobody_is_no_success() {
    let (sandbox, mock) = (Sandbox::with_many(4), usual());
    sandbox.run(&mock, "").expect(0);
    let export = |cli: Cli| cli.done();
    let ran = export(sandbox.cli("export run -o -").stdout_to(nobody())).expect(1);
    assert_eq!(ran.stderr, "", "whoever reads a part has what it wants");
    let ran = export(sandbox.cli("export run -o -").stdout_to(full())).expect(2);
    assert!(ran.stderr.contains("No space left on device"), "{}", ran.stderr);
}
