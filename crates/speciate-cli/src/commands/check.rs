//! `speciate check`: seeds and recipe, before anything is paid.

use std::path::Path;

use speciate::Error;
use speciate::data::{ReadOptions, SeedReport};
use speciate::environment::Environment;
use speciate::project::{Sources, check_recipe, prepare};
use speciate::recipe::{Recipe, RecipeFile};

use crate::args::CheckArgs;
use crate::display::{counted, findings};
use crate::{exit, layers, printer};

/// What there was to check.
enum Checked {
    Seeds(SeedReport),
    /// A recipe that names no seeds.
    Recipe(Box<Recipe>),
}

pub(crate) fn check(args: &CheckArgs) -> Result<u8, Error> {
    let (report, error) = match read(args) {
        Ok(Checked::Seeds(report)) => (report, None),
        Ok(Checked::Recipe(recipe)) => {
            say_sound(&recipe, args);
            return Ok(exit::DONE);
        }
        // Every record is a finding, or there is none.
        Err(Error::NoSeeds { files, report }) => {
            let error = Error::NoSeeds { files, report: Box::default() };
            (*report, Some(error))
        }
        Err(error) => {
            if args.json {
                printer::json(&serde_json::json!({ "error": error_json(&error) }));
            }
            return Err(error);
        }
    };
    if args.json {
        printer::json(&json(&report, error.as_ref()));
    } else {
        show(&report);
    }
    if let Some(error) = &error {
        printer::end(error);
    }
    let is_short = report.skipped_bad > 0 || error.is_some();
    Ok(if is_short { exit::SHORT } else { exit::DONE })
}

fn read(args: &CheckArgs) -> Result<Checked, Error> {
    let mut layers = RecipeFile::standard()?;
    if let Some(path) = &args.recipe {
        let (base, file) = layers::named_recipe(path)?;
        layers = base.overlaid(file.unwrap_or_default());
    }
    let environment = Environment::of_process(Path::new("."))?;
    let names_none = args.seeds.is_empty() && layers.seeds.iter().flatten().next().is_none();
    if names_none {
        let recipe = check_recipe(layers, &environment, None)?;
        return Ok(Checked::Recipe(Box::new(recipe)));
    }
    // To show every problem, reading goes on after the first.
    let read = ReadOptions { skip_bad: true, ..layers::read_options(&args.read) };
    let sources = Sources {
        layers,
        seeds: args.seeds.clone(),
        run_directory: None,
        read,
        environment,
        embedded: None,
    };
    Ok(Checked::Seeds(prepare(sources)?.seeds))
}

/// A recipe without seeds, with the operators that it names.
fn say_sound(recipe: &Recipe, args: &CheckArgs) {
    let name = args.recipe.as_deref().unwrap_or(Path::new("standard")).display().to_string();
    let style = recipe.prompt_style.as_str();
    if args.json {
        return printer::json(&serde_json::json!({
            "recipe": name, "prompt_style": style, "seeds": null, "error": null,
        }));
    }
    let operators = recipe.operators_dir.as_ref();
    let operators = operators.map_or_else(String::new, |folder| format!(" and those in {folder}"));
    printer::data_line(&format!(
        "{name}: sound, with the {style} operators{operators}; it names no seeds."
    ));
}

fn show(report: &SeedReport) {
    for finding in findings(report) {
        printer::data_line(&finding);
    }
    for file in &report.files {
        printer::data_line(&format!(
            "{}: {}{}, {}, {}",
            file.name,
            file.layout,
            shapes(file),
            counted(file.records, "record"),
            counted(file.seeds, "seed")
        ));
    }
    for line in report.told() {
        printer::data_line(&line);
    }
    let not_kept = match report.not_kept {
        0 => String::new(),
        count => format!("{count} left out that their run had not kept, "),
    };
    printer::data_line(&format!(
        "Checked {}: {}, {}, {not_kept}{} that cannot be read.",
        counted(report.records, "record"),
        counted(report.seeds.len() as u64, "seed"),
        counted(report.exact_duplicates, "exact duplicate"),
        report.skipped_bad
    ));
}

fn shapes(file: &speciate::data::FileReport) -> String {
    let names: Vec<_> = file.shapes.keys().map(ToString::to_string).collect();
    if names.is_empty() { String::new() } else { format!(" of {}", names.join(", ")) }
}

fn error_json(error: &Error) -> serde_json::Value {
    serde_json::json!({ "message": error.to_string(), "hint": error.hint() })
}

fn json(report: &SeedReport, error: Option<&Error>) -> serde_json::Value {
    let problem = |problem: &speciate::data::Problem| {
        serde_json::json!({
            "file": problem.file, "line": problem.line, "column": problem.column,
            "code": problem.code, "message": problem.message, "help": problem.help,
        })
    };
    serde_json::json!({
        "records": report.records,
        "seeds": report.seeds.len(),
        "exact_duplicates": report.exact_duplicates,
        "not_kept": report.not_kept,
        "bad": report.skipped_bad,
        "bad_by_code": report.bad_by_code,
        "problems": report.problems.iter().map(problem).collect::<Vec<_>>(),
        "notes": report.notes,
        "error": error.map(error_json),
    })
}
