//! `speciate check`: seeds and recipe, before anything is paid.

use speciate::Error;
use speciate::data::{ReadOptions, SeedReport};
use speciate::environment::Environment;
use speciate::project::{Sources, prepare};
use speciate::recipe::RecipeFile;

use crate::args::CheckArgs;
use crate::{exit, layers, printer};

pub(crate) fn check(args: &CheckArgs) -> Result<u8, Error> {
    let mut layers = RecipeFile::paper()?;
    if let Some(path) = &args.recipe {
        layers = layers.overlaid(layers::recipe_file(path)?);
    }
    // To show every problem, reading goes on after the first.
    let read = ReadOptions { skip_bad: true, ..layers::read_options(&args.read) };
    let sources = Sources {
        layers,
        seeds: args.seeds.clone(),
        run_directory: None,
        read,
        environment: Environment::default(),
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

fn show(report: &SeedReport) {
    for problem in &report.problems {
        printer::data_line(&problem.to_string());
    }
    for file in &report.files {
        printer::data_line(&format!(
            "{}: {}{}, {} records, {} seeds",
            file.name,
            file.layout,
            shapes(file),
            file.records,
            file.seeds
        ));
    }
    printer::data_line(&format!(
        "Checked {} records: {} seeds, {} exact duplicates, {} that cannot be read.",
        report.records,
        report.seeds.len(),
        report.exact_duplicates,
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
