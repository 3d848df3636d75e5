//! Licences, bans and sources of what the project depends on, by cargo-deny.

use std::ffi::OsString;

use anyhow::Result;

use crate::process::{answers, run, say, target};

/// A later one may read `deny.toml` in another way.
const VERSION: &str = "0.20.2";
const CHECK: [&str; 4] = ["check", "bans", "licenses", "sources"];

/// Checks with the person's own cargo-deny, or with one that is built once into `target/tools`:
/// about a minute.
pub(crate) fn deny(variables: &[(String, OsString)]) -> Result<()> {
    if answers("cargo", &["deny", "--version"]) {
        return run("cargo", &[&["deny"], CHECK.as_slice()].concat(), variables);
    }
    let tools = target().join("tools");
    let program = tools.join("bin").join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX));
    let program = program.to_string_lossy();
    if !answers(&program, &["--version"]) {
        say("Building cargo-deny into target/tools, about a minute.");
        let (root, build) = (tools.to_string_lossy(), tools.join("build"));
        let build = build.to_string_lossy();
        let install = ["install", "cargo-deny", "--version", VERSION, "--locked", "--debug"];
        let places = ["--root", &root, "--target-dir", &build, "--no-track"];
        run("cargo", &[install.as_slice(), &places].concat(), variables)?;
        // It is large, and nobody needs it again.
        let _ = std::fs::remove_dir_all(tools.join("build"));
    }
    run(&program, &CHECK, variables)
}
