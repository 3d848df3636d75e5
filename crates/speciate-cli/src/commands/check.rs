//! `speciate check`: seeds and recipe, before anything is paid.

use std::path::Path;

use speciate::Error;
use speciate::data::{ReadOptions, SeedReport};
use speciate::environment::Environment;
use speciate::project::{Sources, check_recipe, prepare};
use speciate::recipe::{Recipe, RecipeFile};

use crate::args::CheckArgs;
use crate::display::counted;
use crate::{exit, layers, printer};

pub(crate) fn check(args: &CheckArgs) -> Result<u8, Error> {
    let mut layers = RecipeFile::paper()?;
    if let Some(path) = &args.recipe {
        layers = layers.overlaid(layers::recipe_file(path)?);
    }
    let environment = Environment::of_process(Path::new("."))?;
    let names_none = args.seeds.is_empty() && layers.seeds.iter().flatten().next().is_none();
    if let (Some(path), true) = (&args.recipe, names_none) {
        let recipe = check_recipe(layers, &environment, None)?;
        say_sound(&path.display().to_string(), &recipe, args.json);
        return Ok(exit::DONE);
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
    let report = prepare(sources)?.seeds;
    if args.json {
        printer::json(&json(&report));
    } else {
        show(&report);
    }
    Ok(if report.skipped_bad > 0 { exit::SHORT } else { exit::DONE })
}

/// A recipe without seeds, with the operators that it names.
fn say_sound(name: &str, recipe: &Recipe, json: bool) {
    if json {
        return printer::json(&serde_json::json!({
            "recipe": name, "prompt_style": recipe.prompt_style.as_str(), "seeds": null,
        }));
    }
    let operators = recipe.operators_dir.as_ref();
    let operators = operators.map_or_else(String::new, |folder| format!(" and those in {folder}"));
    printer::data_line(&format!(
        "{name}: sound, with the {} operators{operators}; it names no seeds.",
        recipe.prompt_style.as_str(),
    ));
}

fn show(report: &SeedReport) {
    for problem in &report.problems {
        printer::data_line(&problem.to_string());
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
    printer::data_line(&format!(
        "Checked {}: {}, {}, {} that cannot be read.",
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

fn json(report: &SeedReport) -> serde_json::Value {
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
        "bad": report.skipped_bad,
        "problems": report.problems.iter().map(problem).collect::<Vec<_>>(),
    })
}
