//! `speciate init`: a recipe and seeds to start from. Overwrites nothing.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use speciate::Error;
use speciate::recipe::starting_text;

use crate::args::InitArgs;
use crate::display::shell_word;
use crate::{exit, printer};

const SEEDS: &str = include_str!("../../../../examples/seeds.jsonl");
const IGNORE: &str = "runs/\n.env\n";

pub(crate) fn init(args: &InitArgs) -> Result<u8, Error> {
    let folder = &args.directory;
    fs::create_dir_all(folder).map_err(|source| file_error("create", folder, source))?;
    let recipe = starting_text(&args.recipe).unwrap_or_default().replacen(
        "# seeds = [\"seeds.jsonl\"]     # files",
        "seeds = [\"seeds.jsonl\"]       # files",
        1,
    );
    let files = [("recipe.toml", recipe.as_str()), ("seeds.jsonl", SEEDS), (".gitignore", IGNORE)];
    for (name, text) in files {
        let verb = if write_new(&folder.join(name), text)? { "Wrote" } else { "Kept your" };
        printer::talk(&format!("{verb} {}", folder.join(name).display()));
    }
    let [seeds, recipe] = ["seeds.jsonl", "recipe.toml"].map(|name| from_here(folder, name));
    printer::talk(&format!(
        "Next: speciate check {seeds} · speciate plan --recipe {recipe} · speciate run --recipe {recipe}",
    ));
    printer::talk(
        "No model yet? `speciate run` without --base-url uses a small one on this machine.",
    );
    Ok(exit::DONE)
}

/// How a file of `folder` is named in a command that is given here.
fn from_here(folder: &Path, name: &str) -> String {
    shell_word(&folder.strip_prefix(".").unwrap_or(folder).join(name))
}

fn write_new(path: &Path, text: &str) -> Result<bool, Error> {
    match fs::OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => {
            file.write_all(text.as_bytes()).map_err(|source| file_error("write", path, source))?;
            Ok(true)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        Err(source) => Err(file_error("write", path, source)),
    }
}

fn file_error(what: &'static str, path: &Path, source: std::io::Error) -> Error {
    Error::File { what, path: path.display().to_string(), source }
}
