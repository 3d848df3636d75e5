//! `speciate rules measure`: how often each rule is right.

use speciate::Error;
use speciate::measure::{Measure, Share, measure, read_labels};

use crate::args::{MeasureArgs, RulesCommand};
use crate::{exit, printer};

pub(crate) fn rules(command: &RulesCommand) -> Result<u8, Error> {
    match command {
        RulesCommand::Measure(args) => show(args),
    }
}

fn show(args: &MeasureArgs) -> Result<u8, Error> {
    let labels = read_labels(&args.labels)?;
    let measures = measure(&labels);
    if args.json {
        measures.iter().for_each(printer::json_line);
        return Ok(exit::DONE);
    }
    printer::data_line(&format!("{} labels", labels.len()));
    printer::data_line("");
    let head = ["rule", "hits", "right", "precision", "faulty", "found", "recall"];
    printer::data_line(&line(head.map(str::to_owned)));
    for measure in &measures {
        printer::data_line(&line(cells(measure)));
    }
    Ok(exit::DONE)
}

fn cells(measure: &Measure) -> [String; 7] {
    [
        measure.rule.clone(),
        measure.hits.to_string(),
        measure.right.to_string(),
        share(measure.precision()),
        measure.faulty.map_or_else(|| "-".to_owned(), |faulty| faulty.to_string()),
        measure.faulty.map_or_else(|| "-".to_owned(), |_| measure.found.to_string()),
        share(measure.recall()),
    ]
}

fn line([rule, hits, right, precision, faulty, found, recall]: [String; 7]) -> String {
    let line = format!(
        "{rule:<18} {hits:>5} {right:>5}  {precision:<17} {faulty:>6} {found:>5}  {recall}"
    );
    line.trim_end().to_owned()
}

fn share(share: Option<Share>) -> String {
    share.map_or_else(
        || "-".to_owned(),
        |Share { value, low, high }| format!("{value:.2} ({low:.2}-{high:.2})"),
    )
}
