//! The README's second command: every check and every test. Cheap ones first.

use anyhow::Result;

use crate::process::{answers, run, target};
use crate::{deny, setup, tidy};

/// Runs all of it; with words after it, only the tests that they select.
pub(crate) fn test(more: &[&str]) -> Result<()> {
    let mut variables = setup::tools()?;
    variables.push(("SPECIATE_BINARY_FOLDER".to_owned(), target().join("debug").into()));
    let cargo = |arguments: &[&str]| run("cargo", arguments, &variables);
    if more.is_empty() {
        tidy::tidy()?;
        if answers("cargo", &["fmt", "--version"]) {
            cargo(&["fmt", "--all", "--check"])?;
        }
        deny::deny(&variables)?;
    }
    cargo(&["build", "--workspace"])?;
    let mut arguments = if answers("cargo", &["nextest", "--version"]) {
        vec!["nextest", "run", "--workspace", "--no-fail-fast"]
    } else {
        vec!["test", "--workspace", "--no-fail-fast", "--lib", "--bins", "--tests"]
    };
    arguments.extend(more);
    cargo(&arguments)?;
    if more.is_empty() && answers("cargo", &["clippy", "--version"]) {
        cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])?;
    }
    Ok(())
}
