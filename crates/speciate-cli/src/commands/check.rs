//! `speciate check`: seeds and recipe, before anything is paid.

use speciate::Error;
use speciate::data::{ReadError, SeedReport, read_seeds};

use crate::args::CheckArgs;
use crate::{exit, layers, printer};

pub(crate) fn check(args: &CheckArgs) -> Result<u8, Error> {
    let mut seeds = args.seeds.clone();
    if let Some(path) = &args.recipe {
        let file = layers::recipe_file(path)?;
        seeds.extend(file.seeds.iter().flatten().map(Into::into));
        let recipe = speciate::recipe::RecipeFile::paper()?.overlaid(file);
        speciate::recipe::Recipe::resolve(recipe, speciate::evolve::PromptStyle::Paper)?;
    }
    let mut options = layers::read_options(&args.read);
    // To show every problem, reading goes on after the first.
    options.skip_bad = true;
    let report = read_seeds(&seeds, &options).map_err(|error: ReadError| Error::from(error))?;
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
