//! What a bug of ours looks like. The program that has one is an example: no user can ask for it.

use std::path::Path;
use std::process::Command;

/// Exit code and standard error of the example `crash`.
fn crash(argument: Option<&str>) -> (Option<i32>, String) {
    // Examples lie beside the program.
    let folder = Path::new(env!("CARGO_BIN_EXE_speciate")).parent().unwrap().join("examples");
    let mut command = Command::new(folder.join("crash"));
    let output = command.args(argument).env("RUST_BACKTRACE", "1").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let said = said.replace(env!("CARGO_PKG_VERSION"), "[VERSION]");
    let lines = said
        .split_inclusive(".rs:")
        .map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit()));
    (output.status.code(), lines.collect::<Vec<_>>().join("N"))
}

#[test]
fn it_ends_with_seventy_and_a_paragraph() {
    let (code, said) = crash(None);
    assert_eq!(code, Some(70));
    insta::assert_snapshot!(said, @"
    error: a bug of ours ended the program: the list is empty (crates/speciate-cli/examples/crash.rs:N)
      Please report it with this text, the command and the version, [VERSION].
      What a run has stored is safe: the same command takes it up again.
    ");
}

#[test]
fn in_another_thread_it_is_said_at_once() {
    let (code, said) = crash(Some("in-a-thread"));
    assert_eq!(code, Some(0));
    insta::assert_snapshot!(said, @r"
    error: a bug of ours in the thread `helper`: out of\u{1b}[31m cheese (crates/speciate-cli/examples/crash.rs:N); please report it
    ");
}
