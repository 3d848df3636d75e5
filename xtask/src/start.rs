//! The README's first command: from a fresh clone to evolved data.

use anyhow::Result;

use crate::process::{run, say, target};
use crate::setup;

/// Builds everything, then runs the example seeds (or what is named) on the embedded model.
pub(crate) fn start(more: &[&str]) -> Result<()> {
    let variables = setup::tools()?;
    say("Building. The first time takes about 8 minutes on 2 cores, most of it the C++ engine.");
    run("cargo", &["build", "--workspace"], &variables)?;
    let program = target().join("debug").join("speciate");
    let mut arguments = vec!["run"];
    if more.is_empty() {
        arguments.extend(["examples/seeds.jsonl", "--yes"]);
    } else {
        arguments.extend(more);
    }
    run(&program.to_string_lossy(), &arguments, &variables)?;
    say(&format!("The program is {}", program.display()));
    Ok(())
}
